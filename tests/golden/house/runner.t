# What a case can say: exact lines, patterns, any lines, files, status, oracles.
<<< a/b.txt
one
two
>>>
$ cat a/b.txt
| one
| two
$ echo x1; echo; echo y; echo z; printf end
|~ x[0-9]
|
|...
| end
|\
$ echo oops >&2; exit 3
! oops
? 3
$ printf '%s\n' \
>   c a b | sort
= printf 'a\nb\nc\n'
$ cat <<END
> two words
> END
| two words
$ echo "${OMP_NUM_THREADS-unset} ${YOKE_X-unset}" && pwd | grep -c "^$HOME$"
| unset unset
| 1

# -c and -C: 0 when sorted, 1 when not, 2 for trouble.
$ printf '1\n2\n10\n' | yoke sort -cn
$ printf '1\n2\n10\n' | yoke sort -c
! yoke sort: -:3: disorder: 10
? 1
$ printf '1\n2\n10\n' >t; yoke sort -C t
? 1
$ yoke sort -c t -r
! yoke sort: t:2: disorder: 2
? 1
$ printf 'a\na\n' | yoke sort -c
$ printf 'a\na\n' | yoke sort -cu
! yoke sort: -:2: disorder: a
? 1
$ printf 'a 1\na 2\n' | yoke sort -c -k 1,1 -u
! yoke sort: -:2: disorder: a 2
? 1
$ yoke sort --check=silent missing
! yoke sort: missing: No such file or directory
? 2
$ yoke sort -c </dev/null
# A million lines, and one that is wrong.
$ (seq -w 300000; echo 1) | yoke sort -c
! yoke sort: -:300001: disorder: 1
? 1

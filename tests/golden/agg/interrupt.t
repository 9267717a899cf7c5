# Ctrl-C and its kin: at once, with the right status, and the output file as it was.
@ limit 6
<<< t.csv
k,v
a,1
>>>
$ yoke agg 'count()' t.csv -o out.csv
# While a pipe is waited for that nobody writes to and nobody closes: before the header ...
$ mkfifo pipe; exec 3<>pipe; timeout -k 40 -s INT --preserve-status 0.3 yoke agg 'count()' -o out.csv <&3
? 130
# ... and after it, whichever thread does the waiting.
$ for j in 1 2 5; do exec 3<>pipe; printf 'k\na\n' >&3; timeout -k 40 -s INT --preserve-status 0.3 yoke agg 'count()' -j $j -o out.csv <&3; echo $?; done
| 130
| 130
| 130
$ exec 3<>pipe; printf 'k\na\n' >&3; timeout -k 40 -s TERM --preserve-status 0.3 yoke agg 'count()' -o out.csv <&3
? 143
# While rows flow.
$ bash -c '(echo k; yes abc) | timeout -k 40 -s INT --preserve-status 0.3 yoke agg "count()" --by k -o out.csv & wait $!; echo $?'
| 130
$ bash -c '(echo k; yes abc) | timeout -k 40 -s HUP --preserve-status 0.3 yoke agg "count()" --by k -j 3 --progress never & wait $!; echo $?'
| 129
# While output waits for a reader.
$ (echo k; seq 50000) >many.csv; bash -c 'timeout -k 40 -s INT --preserve-status 0.5 yoke agg "count()" --by k many.csv > >(sleep 1.5); echo $?'
| 130
$ cat out.csv; ls -A
| count()
| 1
| many.csv
| out.csv
| pipe
| t.csv
# A signal that the parent chose to ignore stays ignored.
$ (echo k; echo a; sleep 0.8) | timeout -k 40 -s INT --preserve-status 0.3 sh -c 'trap "" INT; exec yoke agg "count()"'
| count()
| 1

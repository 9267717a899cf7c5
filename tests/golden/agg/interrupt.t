# Ctrl-C and its kin: at once, with the right status, and the output file as it was.
@ limit 20
<<< t.csv
k,v
a,1
>>>
$ yoke agg 'count()' t.csv -o out.csv
# While a pipe is waited for, before the header ...
$ bash -c 'sleep 9 | timeout -s INT --preserve-status 0.3 yoke agg "count()" -o out.csv & wait $!; echo $?'
| 130
# ... and after it.
$ bash -c '(echo k; echo a; sleep 9) | timeout -s INT --preserve-status 0.3 yoke agg "count()" -o out.csv & wait $!; echo $?'
| 130
$ bash -c '(echo k; echo a; sleep 9) | timeout -s TERM --preserve-status 0.3 yoke agg "count()" -o out.csv & wait $!; echo $?'
| 143
# While rows flow.
$ bash -c '(echo k; yes abc) | timeout -s INT --preserve-status 0.3 yoke agg "count()" --by k -o out.csv & wait $!; echo $?'
| 130
$ bash -c '(echo k; yes abc) | timeout -s HUP --preserve-status 0.3 yoke agg "count()" --by k -j 3 --progress never & wait $!; echo $?'
| 129
# While output waits for a reader.
$ (echo k; seq 50000) >many.csv; bash -c 'timeout -s INT --preserve-status 0.5 yoke agg "count()" --by k many.csv > >(sleep 1.5); echo $?'
| 130
$ cat out.csv; ls -A
| count()
| 1
| many.csv
| out.csv
| t.csv
# A signal that the parent chose to ignore stays ignored.
$ (echo k; echo a; sleep 1) | timeout -s INT --preserve-status 0.3 sh -c 'trap "" INT; exec yoke agg "count()"'
| count()
| 1

# -o: whole or not at all.
<<< t.csv
k,v
a,1
b,2
>>>
$ yoke agg 'sum(v)' t.csv -o out.csv; cat out.csv; ls -A
| sum(v)
| 3
| out.csv
| t.csv
$ umask 077; yoke agg 'count()' t.csv --output=private.csv; stat -c %a private.csv
| 600
$ umask 022; yoke agg 'count()' t.csv --output=private.csv; stat -c %a private.csv
| 600
$ yoke agg 'count()' t.csv --output=public.csv; stat -c %a public.csv; rm p*.csv
| 644
# A failure leaves the old file, and nothing beside it.
$ printf 'k,v\na,1\nb,x\n' >bad.csv; yoke agg 'sum(v)' bad.csv -o out.csv
!...
? 1
$ cat out.csv; ls -A; rm bad.csv
| sum(v)
| 3
| bad.csv
| out.csv
| t.csv
# A link keeps pointing; input and output may be the same file.
$ ln -s out.csv link.csv; yoke agg 'count()' t.csv -o link.csv; readlink link.csv; cat out.csv; rm link.csv
| out.csv
| count()
| 2
$ cp t.csv same.csv; yoke agg 'sum(v) as v' --by k same.csv -o same.csv; cat same.csv; rm same.csv
| k,v
| a,1
| b,2
# Places that cannot be written are known before the work.
$ yoke agg 'count()' t.csv -o no/such/place.csv
! yoke agg: cannot write no/such/place.csv: No such file or directory
? 1
$ mkdir d; yoke agg 'count()' t.csv -o d; echo $?; ls -A d
| 1
! yoke agg: cannot write d: Is a directory
# A full disk, as standard output and as a file; also for the short texts.
$ yoke agg 'count()' t.csv >/dev/full
! yoke agg: cannot write standard output: No space left on device
? 1
$ yoke agg 'count()' t.csv -o /dev/full
! yoke agg: cannot write /dev/full: No space left on device
? 1
$ yoke --help >/dev/full
! yoke: cannot write standard output: No space left on device
? 1
$ yoke --version >/dev/full
! yoke: cannot write standard output: No space left on device
? 1
$ yoke agg 'count()' t.csv >&-
! yoke agg: cannot write standard output: Bad file descriptor
? 1
$ (echo k; seq 30000) >many.csv
# A closed pipe ends the program, and it says nothing.
$ yoke agg 'count()' --by k --order first many.csv | head -2
| k,count()
| 1,1
$ bash -c "yoke agg 'count()' --by k many.csv | true; echo \${PIPESTATUS[0]}"
| 141
$ bash -c "trap '' PIPE; yoke agg 'count()' --by k many.csv | true; echo \${PIPESTATUS[0]}"
| 141
# A pipe or a device named by -o is written directly.
$ mkfifo pipe; cat pipe & yoke agg 'count()' t.csv -o pipe; wait
| count()
| 2
$ yoke agg 'count()' t.csv -o /dev/stdout
| count()
| 2

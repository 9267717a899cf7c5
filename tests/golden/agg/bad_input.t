# Input that cannot be read, one line each.
$ yoke agg 'count()' none.csv
! yoke agg: none.csv: No such file or directory
? 1
$ printf 'a\n1\n' >t.csv; yoke agg 'count()' t.csv none.csv
! yoke agg: none.csv: No such file or directory
? 1
$ mkdir folder; yoke agg 'count()' folder
! yoke agg: folder: is a directory, expected a file
? 1
$ yoke agg 'count()' <folder
! yoke agg: standard input: is a directory, expected a file
? 1
$ cp t.csv locked.csv; chmod 0 locked.csv; test "$(id -u)" != 0 || as='setpriv --reuid=65534 --regid=65534 --clear-groups'
> $as yoke agg 'count()' locked.csv
! yoke agg: locked.csv: Permission denied
? 1
$ yoke agg 'count()' <&-
!~ yoke agg: standard input: .*Bad file descriptor.*
? 1
$ yoke agg 'count()' - t.csv - <t.csv
! yoke agg: standard input can be read only once
? 2

# Empty; a header and nothing else.
$ yoke agg 'count()' /dev/null
! yoke agg: /dev/null: is empty, expected a header line
? 1
$ : >empty.csv; yoke agg 'count()' empty.csv
! yoke agg: empty.csv: is empty, expected a header line
? 1
$ yoke agg 'count()' --no-header empty.csv
| count()
| 0
$ yoke agg 'count(), sum(b)' --no-header --columns a,b empty.csv
| count(),sum(b)
| 0,
$ printf 'a,b' | yoke agg 'count(), sum(b)'
| count(),sum(b)
| 0,
$ printf 'a,b\n' | yoke agg 'count(), sum(b)' --by a
| a,count(),sum(b)

# Unknown columns: the nearest is suggested.
<<< w.csv
station,month,temp
Oslo,1,2
>>>
$ yoke agg 'mean(tmep)' w.csv
! yoke agg: expressions: no column 'tmep'; did you mean 'temp'?
? 2
$ yoke agg 'count()' --by Station w.csv
! yoke agg: --by: no column 'Station'; did you mean 'station'?
? 2
$ yoke agg 'count()' --by 4 w.csv
!~ yoke agg: --by: no column '4'.*
? 2

# Quotes that do not end or stand where none may.
$ printf 'a,b\n1,2\n3,"x\n4,5\n' | yoke agg 'count()'
!~ yoke agg: standard input: line 3, column 3: .*quote.*
? 1
$ printf 'a,"b\n1,2\n' | yoke agg 'count()'
!~ yoke agg: standard input: line 1, column 3: .*quote.*
? 1
$ printf 'a,b\n1,"x"y\n' | yoke agg 'count()'
!~ yoke agg: standard input: line 2, column .*quote.*
? 1

# NUL bytes are bytes.
$ printf 'a,b\nx\000y,1\nx\000y,2\nx,3\n' | yoke agg 'sum(b)' --by a | od -An -c | tr -d ' \n'; echo
| a,sum(b)\nx,3\nx\0y,3\n
$ printf 'a,b\nx,1\0002\n' | yoke agg 'sum(b)'
!~ yoke agg: standard input: line 2, column 3: .*
? 1

# A line that never ends: stopped at --max-record, in a file and in a pipe, quoted or not.
$ (printf 'a,b\n1,2\n3,'; head -c 5000000 /dev/zero | tr '\0' x) >long.csv
$ yoke agg 'count()' --max-record 1M long.csv
!~ yoke agg: long\.csv: line 3, column 1: .*
? 1
$ cat long.csv | yoke agg 'count()' --max-record 1M
!~ yoke agg: standard input: line 3, column 1: .*
? 1
$ yoke agg 'count()' --max-record 6M long.csv
| count()
| 2
$ (printf 'a,b\n1,2\n3,"'; cat long.csv) | yoke agg 'count()' --max-record 1M
!~ yoke agg: standard input: line 3, column .*
? 1
$ head -c 3000000 /dev/zero | yoke agg 'count()' --max-record 1M
!~ yoke agg: standard input: line 1, column 1: .*
? 1

# Headers of several files must agree.
$ printf 'b\n1\n' >other.csv; yoke agg 'count()' t.csv other.csv
!~ yoke agg: other\.csv: line 1, column 1: .*header.*
? 1
$ printf 'a,b\n1,2\n' >wider.csv; yoke agg 'count()' t.csv wider.csv
!~ yoke agg: wider\.csv: line 1, column 1: .*header.*
? 1

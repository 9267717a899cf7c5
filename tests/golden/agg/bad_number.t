# A field that is not a number, by policy.
<<< t.csv
station,temp
Oslo,1.5
Oslo,12a
Roma,8
"Ro
ma",n/a
Roma,
>>>
$ yoke agg 'sum(temp)' --by station t.csv
!~ yoke agg: t\.csv: line 3, column 6: .*'12a'.*
? 1
$ yoke agg 'sum(temp), count()' --by station --on-error fail <t.csv
!~ yoke agg: standard input: line 3, column 6: .*'12a'.*
? 1
$ yoke agg 'sum(temp), count()' --by station --on-error skip t.csv
| station,sum(temp),count()
| Oslo,1.5,1
| Roma,8,2
! yoke agg: left out 2 rows for a field that is not a number: the first is '12a' in t.csv: line 3, column 6
$ yoke agg 'sum(temp), count(), count(temp)' --by station --on-error null t.csv
| station,sum(temp),count(),count(temp)
| Oslo,1.5,2,1
| "Ro
| ma",,1,0
| Roma,8,2,1
! yoke agg: took 2 fields not a number as missing: the first is '12a' in t.csv: line 3, column 6
# No aggregate needs a number: nothing is wrong.
$ yoke agg 'count(temp), first(temp), last(temp)' t.csv
| count(temp),first(temp),last(temp)
| 4,1.5,n/a
# The first in the input is told, whatever the threads and blocks.
$ yes 'a,1' | head -20000 >many.body; (echo k,v; cat many.body; echo b,x; cat many.body; echo b,y) >many.csv
$ for j in 1 2 3 7; do yoke agg 'sum(v)' -j $j --block 4K many.csv; done
!~ yoke agg: many\.csv: line 20002, column 3: .*'x'.*
!~ yoke agg: many\.csv: line 20002, column 3: .*'x'.*
!~ yoke agg: many\.csv: line 20002, column 3: .*'x'.*
!~ yoke agg: many\.csv: line 20002, column 3: .*'x'.*
? 1
$ for j in 1 2 3 7; do yoke agg 'sum(v)' -j $j --block 4K --on-error skip many.csv; done
| sum(v)
| 40000
| sum(v)
| 40000
| sum(v)
| 40000
| sum(v)
| 40000
! yoke agg: left out 2 rows for a field that is not a number: the first is 'x' in many.csv: line 20002, column 3
! yoke agg: left out 2 rows for a field that is not a number: the first is 'x' in many.csv: line 20002, column 3
! yoke agg: left out 2 rows for a field that is not a number: the first is 'x' in many.csv: line 20002, column 3
! yoke agg: left out 2 rows for a field that is not a number: the first is 'x' in many.csv: line 20002, column 3
# What is not printable is shown harmlessly.
$ printf 'v\n\033[31m\n' | yoke agg 'sum(v)'
!~ yoke agg: standard input: line 2, column 1: [ -~]*
? 1

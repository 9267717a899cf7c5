# A wrong number of fields, by policy.
<<< t.csv
a,b,c
1,2,3
4,5
6,7,8,9
10,11,12
>>>
$ yoke agg 'sum(a)' t.csv
!~ yoke agg: t\.csv: line 3, column 1: .*2 fields.*3.*
? 1
$ yoke agg 'sum(a)' --on-ragged fail t.csv
!~ yoke agg: t\.csv: line 3, column 1: .*2 fields.*3.*
? 1
$ yoke agg 'sum(a), sum(c), count()' --on-ragged skip t.csv
| sum(a),sum(c),count()
| 11,15,2
! yoke agg: left out 2 rows with a wrong number of fields: the first is in t.csv: line 3
$ yoke agg 'sum(a), sum(c), count(c), count()' --on-ragged fill t.csv
| sum(a),sum(c),count(c),count()
| 21,23,3,4
! yoke agg: filled 2 rows with a wrong number of fields: the first is in t.csv: line 3

# Names of aggregates and "as" are blind to case; avg is mean; blanks do not count.
<<< t.csv
a,wind speed,"x,(y)",3
1,2,3,40
5,6,7,80
>>>
$ yoke agg ' COUNT( ) ,Sum( a )AS  total,  avg(a) , count(*) as n' t.csv
| count(),total,mean(a),n
| 2,6,3,2

# Columns in quotes, with blanks, by number; a column that is called 3 is not the third.
$ yoke agg 'sum(wind speed), sum("x,(y)"), sum(`a`), sum(3), sum(2) as two, sum(4) as four' t.csv
| sum(wind speed),"sum(x,(y))",sum(a),sum(3),two,four
| 8,10,6,120,8,120

# Names of the output in quotes, with quotes in them.
$ yoke agg 'sum(a) as "say ""total""", max(a) as `b``t`, min(a) as the least one' t.csv
| "say ""total""",b`t,the least one
| 6,5,1

# What cannot be understood is told with its position.
$ yoke agg 'count(), meen(a)' t.csv
! yoke agg: expressions: position 10: no aggregate 'meen'; did you mean 'mean'?
? 2
$ yoke agg 'quantile(a)' t.csv
! yoke agg: expressions: position 1: no aggregate 'quantile'; there are count, sum, mean, min, max, var, stddev, first and last
? 2
$ yoke agg 'sum()' t.csv
! yoke agg: expressions: position 5: expected a column
? 2
$ yoke agg 'sum a' t.csv
! yoke agg: expressions: position 5: expected '('
? 2
$ yoke agg 'count(a' t.csv
! yoke agg: expressions: position 8: expected ')'
? 2
$ yoke agg 'count(' t.csv
! yoke agg: expressions: position 7: expected a column or ')'
? 2
$ yoke agg 'sum("a)' t.csv
! yoke agg: expressions: position 8: expected a closing "
? 2
$ yoke agg 'count() sum(a)' t.csv
! yoke agg: expressions: position 9: expected ',' or 'as' or the end
? 2
$ yoke agg 'count() as' t.csv
! yoke agg: expressions: position 11: expected a name after 'as'
? 2
$ yoke agg 'count(),' t.csv
! yoke agg: expressions: position 9: expected an aggregate such as count() or mean(column)
? 2
$ yoke agg '' t.csv
! yoke agg: expressions: position 1: expected an aggregate such as count() or mean(column)
? 2
$ yoke agg 'count()' --by 'a,,3' t.csv
! yoke agg: --by: position 3: expected a name
? 2
$ yoke agg 'count()' --columns 'a,"b"c' t.csv
! yoke agg: --columns: position 6: expected ',' or the end
? 2
$ yoke agg 'count()' --where 'a >' t.csv
!~ yoke agg: where: position 4: expected .*
? 2

# Two columns of one name would be a trap for whoever reads them.
$ yoke agg 'count(), COUNT()' t.csv
! yoke agg: two columns of the output are named 'count()'; use 'as' for another
? 2
$ yoke agg 'count() as a' --by a t.csv
! yoke agg: two columns of the output are named 'a'; use 'as' for another
? 2
$ yoke agg 'count(), count() as again' t.csv
| count(),again
| 2,2

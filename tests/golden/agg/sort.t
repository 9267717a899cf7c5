# --sort, --order, --limit.
<<< t.csv
k,m,v
b,10,1
a,9,5
c,9,
b,2,7
a,10,5
d,x,3
>>>
$ yoke agg 'sum(v) as total' --by k --sort total:desc t.csv
| k,total
| a,10
| b,8
| d,3
| c,
$ yoke agg 'sum(v) as total' --by k --sort total t.csv
| k,total
| c,
| d,3
| b,8
| a,10
$ yoke agg 'count(), max(v)' --by k --sort 'count():desc,k:DESC' t.csv
| k,count(),max(v)
| b,2,7
| a,2,5
| d,1,3
| c,1,
# An expression whatever its name, a number, a name in quotes.
$ yoke agg 'max(v) as "top:desc"' --by k --sort 'MAX( v ):desc' --limit 1 t.csv
| k,top:desc
| b,7
$ yoke agg 'max(v) as "top:desc"' --by k --sort '2:desc' --limit 1 t.csv
| k,top:desc
| b,7
$ yoke agg 'max(v) as "top:desc"' --by k --sort '"top:desc":asc' --limit 1 t.csv
| k,top:desc
| c,
# Keys as numbers in front, then text.
$ yoke agg 'count()' --by m --sort m t.csv
| m,count()
| 2,1
| 9,2
| 10,2
| x,1
$ yoke agg 'count()' --by m t.csv
| m,count()
| 10,2
| 2,1
| 9,2
| x,1
# The first appearance; sorting is stable on top of it.
$ yoke agg 'count()' --by k --order first t.csv
| k,count()
| b,2
| a,2
| c,1
| d,1
$ yoke agg 'count()' --by k --order first --sort 'count()' t.csv
| k,count()
| c,1
| d,1
| b,2
| a,2
$ yoke agg 'count()' --by k --order key --limit 2 t.csv
| k,count()
| a,2
| b,2
$ yoke agg 'count()' --by k --limit 0 t.csv
| k,count()
$ yoke agg 'count()' --by k --sort cuont t.csv
! yoke agg: --sort: the output has no column 'cuont'
? 2
$ yoke agg 'count()' --by k --sort 'count:desc' t.csv
! yoke agg: --sort: the output has no column 'count'; did you mean 'count()'?
? 2
$ yoke agg 'count()' --by k --sort '3' t.csv
! yoke agg: --sort: the output has no column '3'
? 2
$ yoke agg 'count()' --by k --sort 'k,' t.csv
! yoke agg: --sort: position 3: expected a column of the output
? 2
$ yoke agg 'count()' --by k --order last t.csv
! yoke agg: --order: 'last' is not key or first
! try 'yoke agg --help'
? 2

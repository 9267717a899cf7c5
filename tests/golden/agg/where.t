# Conditions, checked by sqlite3 and awk.
<<< t.csv
name,code,ms,other
/api/a,200,1.5,1.50
/api/b,500,20,3
/web/c,404,,x
it's,200,7,10
/api/d,503,100,99.5
Straße,200,0,0
>>>
$ yoke agg 'count(), sum(ms)' --where 'code >= 500' t.csv
| count(),sum(ms)
| 2,120
$ yoke agg 'count()' --by name --where "code >= 500 and name ~ '^/api/' or name = 'it''s'" t.csv
| name,count()
| /api/b,1
| /api/d,1
| it's,1
$ yoke agg 'count() as n' --where 'not (code = 200 or code == 404)' t.csv
| n
| 2
$ yoke agg 'count() as n' --where 'ms = other' t.csv
| n
| 2
$ yoke agg 'count() as n' --where 'ms > other' t.csv
= awk -F, 'BEGIN { print "n" } NR > 1 && $3 != "" && $3 + 0 > $4 + 0 { n++ } END { print n }' t.csv
$ yoke agg 'count() as n' --where "ms != '' AND \"code\" <> 200 AND \`name\` !~ 'b\$'" t.csv
| n
| 1
$ yoke agg 'count() as n' --where "code = '200' and name < '/b'" t.csv
| n
| 1
$ yoke agg 'count() as n' --where 'code > 1e400' t.csv
| n
| 0
$ yoke agg 'sum(code), count()' --where 'code < 0' t.csv
| sum(code),count()
| ,0
$ yoke agg 'sum(code)' --by name --where 'code < 0' t.csv
| name,sum(code)
$ yoke agg 'count() as n' --where 'cod = 200' t.csv
!~ yoke agg: where: position 1: no column 'cod'; did you mean 'code'\?
? 2
$ yoke agg 'count() as n' --where "name ~ '['" t.csv
!~ yoke agg: where: .*
? 2
$ yoke agg 'count() as n' --where '' t.csv
!~ yoke agg: where: .*
? 2

$ sqlite3 :memory: '.import --csv t.csv t' "select count(*) from t where (cast(code as real) between 200 and 450) and not name like '/web/%'" >expected; (echo n; cat expected) >oracle
$ yoke agg 'count() as n' --where "code >= 200 and code <= 450 and not name ~ '^/web/'" t.csv
= cat oracle

# The same bytes at any number of threads and any block size, whatever the format.
@ limit 30
$ awk 'BEGIN { srand(7); print "id,name,x,y"; for (i = 0; i < 60000; i++) printf "%d,%s,%.*f,%d\n", rand() * 20000, rand() < .1 ? "\"a,\"\"" int(rand() * 9) "\"" : "n" int(rand() * 99), rand() * 6, (rand() - .5) * 1e6, rand() * 1e9 }' >t.csv
$ for f in csv tsv json jsonl table; do
>   yoke agg 'count(), sum(x), mean(x), min(x), max(x), var(x), stddev(y), first(name), last(y)' --by id t.csv --format $f -j 1 >one
>   for j in 2 3 7; do for b in 1K 7000 1M; do
>     yoke agg 'count(), sum(x), mean(x), min(x), max(x), var(x), stddev(y), first(name), last(y)' --by id t.csv --format $f -j $j --block $b | cmp - one
>   done; done
> done
$ yoke agg 'count(), sum(x), var(y), first(id)' --by name,id --order first t.csv -j 1 >one
$ for j in 2 3 7; do yoke agg 'count(), sum(x), var(y), first(id)' --by name,id --order first t.csv -j $j --block 3K | cmp - one; done
# A stream is cut elsewhere than a file, and gives the same.
$ for j in 1 3; do cat t.csv | yoke agg 'count(), sum(x), var(y), first(id)' --by name,id --order first -j $j | cmp - one; done
$ gzip -k t.csv; yoke agg 'count(), sum(x), var(y), first(id)' --by name,id --order first t.csv.gz | cmp - one
# The threads may be fewer than asked for.
$ OMP_THREAD_LIMIT=2 yoke agg 'count(), sum(x), var(y), first(id)' --by name,id --order first t.csv -j 7 | cmp - one
# Numbers against sqlite3 and awk.
$ sqlite3 :memory: '.mode csv' '.import t.csv t' '.headers off' "select id, count(*), min(y + 0), max(y + 0) from t group by id order by cast(id as text)" | tr -d '\r' >rows; (echo 'id,count(),min(y),max(y)'; cat rows) >oracle
$ yoke agg 'count(), min(y), max(y)' --by id t.csv
= cat oracle
$ yoke agg 'sum(y)' --by id t.csv
= (echo 'id,sum(y)'; awk -F, 'NR > 1 { s[$1] += $NF } END { for (k in s) printf "%s,%d\n", k, s[k] }' t.csv | LC_ALL=C sort -t, -k1,1)

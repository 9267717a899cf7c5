# The first example of the help, checked by awk.
<<< weather.csv
station,month,temp
Oslo,1,-3.5
Oslo,1,-4.25
Roma,1,8
Oslo,7,17.75
Roma,7,26
Roma,7,
Bergen,7,14.5
>>>
$ yoke agg 'count(), mean(temp), max(temp) as hottest' --by station,month weather.csv
| station,month,count(),mean(temp),hottest
| Bergen,7,1,14.5,14.5
| Oslo,1,2,-3.875,-3.5
| Oslo,7,1,17.75,17.75
| Roma,1,1,8,8
| Roma,7,2,26,26

# All aggregates; no key: one group of all rows.
$ yoke agg 'count(), count(temp), sum(temp), mean(temp), min(temp), max(temp), first(temp), last(temp)' weather.csv
| count(),count(temp),sum(temp),mean(temp),min(temp),max(temp),first(temp),last(temp)
| 7,6,58.5,9.75,-4.25,26,-3.5,14.5

$ yoke agg 'var(temp), stddev(temp)' weather.csv
= python3 -c "import statistics as s; x = [-3.5, -4.25, 8, 17.75, 26, 14.5]; print('var(temp),stddev(temp)'); print(f'{s.variance(x)!r},{s.stdev(x)!r}')"

# Standard input, by default and as -.
$ yoke agg 'sum(temp)' --by station <weather.csv
= awk -F, 'BEGIN { print "station,sum(temp)" } NR > 1 { s[$1] += $3 } END { for (k in s) print k "," s[k] | "sort" }' weather.csv
$ yoke agg 'sum(temp)' --by station - <weather.csv
= yoke agg 'sum(temp)' --by station weather.csv
$ cat weather.csv | yoke agg 'sum(temp)' --by station
= yoke agg 'sum(temp)' --by station weather.csv

# Options and files in any order; -- ends the options.
<<< -x.csv
station,month,temp
Paris,1,4
>>>
$ yoke agg --by station 'count()' weather.csv --format tsv -- -x.csv
= printf 'station\tcount()\nBergen\t1\nOslo\t3\nParis\t1\nRoma\t3\n'

# Several files are one table.
$ yoke agg 'count(), sum(temp)' weather.csv weather.csv ./-x.csv
| count(),sum(temp)
| 15,121

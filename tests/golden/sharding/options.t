# The command line of yoke bench sharding.
$ yoke bench sharding --help
| usage: yoke bench sharding [options]
|...
$ yoke bench sharding -s mapp
! yoke bench sharding: --structure: no structure 'mapp'; did you mean 'map'?
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --sed 3
! yoke bench sharding: unknown option '--sed'; did you mean '--seed'?
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --threads 1,,2
! yoke bench sharding: --threads: expected values with commas between, not '1,,2'
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --threads 0
! yoke bench sharding: --threads: '0' is no number from 1 to 1024
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --threads 1.5
! yoke bench sharding: --threads: '1.5' is no whole number
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --skew
! yoke bench sharding: option '--skew' needs a value
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --skew nan
! yoke bench sharding: --skew: 'nan' is no number from 0 to 10
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --read-share 101
! yoke bench sharding: --read-share: '101' is no number from 0 to 100
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --seconds soon
! yoke bench sharding: --seconds: 'soon' is no time such as 10, 500ms or 2m
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --seconds 2h
! yoke bench sharding: --seconds: '2h' is not from 1ms to 1h
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --format xml
! yoke bench sharding: --format: 'xml' is not table, csv, json or jsonl
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding --plot p.gif
! yoke bench sharding: --plot: 'p.gif' does not end in .svg or .png
! try 'yoke bench sharding --help'
? 2
$ yoke bench sharding map
! yoke bench sharding: unexpected 'map'
! try 'yoke bench sharding --help'
? 2
# What is missing or cannot be written is known before the work.
$ y=$(command -v yoke); PATH=/nowhere $y bench sharding --plot p.svg --seconds 1h
! yoke bench sharding: p.svg: gnuplot draws plots, and it is not installed
? 1
$ yoke bench sharding -o nowhere/out --seconds 3600
! yoke bench sharding: cannot write nowhere/out: No such file or directory
? 1
$ yoke bench sharding --affinity near
! yoke bench sharding: --affinity: 'near' is not none, compact or scatter
! try 'yoke bench sharding --help'
? 2

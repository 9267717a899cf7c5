# The command line of yoke bench.
$ yoke bench
! yoke bench: expected loads, or -- and a command (--list shows loads)
! try 'yoke bench --help'
? 2
$ yoke bench trid
! yoke bench: no load or group 'trid'; did you mean 'triad'?
! try 'yoke bench --help'
? 2
$ yoke bench nothing-at-all
! yoke bench: no load or group 'nothing-at-all'; --list shows them
! try 'yoke bench --help'
? 2
$ yoke bench --help
| usage: yoke bench [options] LOAD...            loads of the library, or groups of them
|...
$ yoke help bench
= yoke bench --help
$ yoke bench --list | sed -n '/^stream/,/^[a-z]/p' | grep -o '^  triad '
|   triad 
$ yoke bench --list | awk '/^  / {print $1}' | sort | uniq -d
$ yoke bench triad --sed 3
! yoke bench: unknown option '--sed'; did you mean '--seed'?
! try 'yoke bench --help'
? 2
$ yoke bench triad --threads 1,,2
! yoke bench: --threads: expected values with commas between, not '1,,2'
! try 'yoke bench --help'
? 2
$ yoke bench triad --threads 0
! yoke bench: --threads: '0' is no whole number from 1 to 4096
! try 'yoke bench --help'
? 2
$ yoke bench triad --size big
! yoke bench: --size: 'big' is not a size such as 65536, 256K or 1M
! try 'yoke bench --help'
? 2
$ yoke bench triad --affinity near
! yoke bench: --affinity: 'near' is not none, compact or scatter
! try 'yoke bench --help'
? 2
$ yoke bench triad --reps some
! yoke bench: --reps: 'some' is no whole number from 1 to 1000000
! try 'yoke bench --help'
? 2
$ yoke bench triad --precision 100
! yoke bench: --precision: '100' is no percentage between 0 and 100
! try 'yoke bench --help'
? 2
$ yoke bench triad --confidence nan
! yoke bench: --confidence: 'nan' is no percentage between 0 and 100
! try 'yoke bench --help'
? 2
$ yoke bench triad --grain 0
! yoke bench: --grain: '0' is no time such as 10, 500ms or 2m
! try 'yoke bench --help'
? 2
$ yoke bench triad --repro all
! yoke bench: --repro: 'all' is not threads, fast or exact
! try 'yoke bench --help'
? 2
$ yoke bench triad --format xml
! yoke bench: --format: 'xml' is not table, csv, json or jsonl
! try 'yoke bench --help'
? 2
$ yoke bench triad --plot p.gif
! yoke bench: --plot: 'p.gif' does not end in .svg or .png
! try 'yoke bench --help'
? 2
$ yoke bench triad --vs triad
! yoke bench: --vs: 'triad' is measured already
! try 'yoke bench --help'
? 2
$ yoke bench stream --vs sort_u64
! yoke bench: --vs with several loads needs --size
! try 'yoke bench --help'
? 2
$ yoke bench triad -- true
! yoke bench: a load and a command: choose one
! try 'yoke bench --help'
? 2
$ yoke bench --
! yoke bench: expected a command after '--'
! try 'yoke bench --help'
? 2
$ yoke bench --vs "sleep '1" -- true
! yoke bench: --vs: a quote is open in 'sleep '1'
! try 'yoke bench --help'
? 2
$ yoke bench --vs '  ' -- true
! yoke bench: --vs: an empty command
! try 'yoke bench --help'
? 2
$ yoke bench $(yes -- "--vs true" | head -n 64) -- true
! yoke bench: more than 64 commands
! try 'yoke bench --help'
? 2
$ yoke bench omp_barrier --metg
! yoke bench: --metg: omp_barrier has no tasks whose length can be chosen
! try 'yoke bench --help'
? 2
$ yoke bench --size 4 -- true
! yoke bench: --size: no word of the command has {size}
! try 'yoke bench --help'
? 2
# Each option that is given acts, or is refused.
$ yoke bench triad --grain 1us
! yoke bench: --grain: no load has tasks whose length can be chosen
! try 'yoke bench --help'
? 2
$ yoke bench triad --repro exact
! yoke bench: --repro: no load adds up floating-point numbers
! try 'yoke bench --help'
? 2
$ yoke bench --grain 1us -- true
! yoke bench: --grain: belongs to loads
! try 'yoke bench --help'
? 2
$ yoke bench --repro fast -- true
! yoke bench: --repro: belongs to loads
! try 'yoke bench --help'
? 2
$ yoke bench triad --check-output
! yoke bench: --check-output: belongs to commands
! try 'yoke bench --help'
? 2
$ yoke bench --weak -j 1,2 -- true
! yoke bench: --weak: a command needs --size for that
! try 'yoke bench --help'
? 2
$ yoke bench triad --reps 3 --seconds 1
! yoke bench: --seconds: --reps says how long
! try 'yoke bench --help'
? 2
$ yoke bench task --metg -n 5
! yoke bench: --size: --metg chooses the sizes
! try 'yoke bench --help'
? 2
$ yoke bench triad --db a.db --no-db
! yoke bench: --db and --no-db: choose one
! try 'yoke bench --help'
? 2
# What is missing or cannot be written is known before the work.
$ y=$(command -v yoke); PATH=/nowhere $y bench triad --plot p.svg --seconds 1h
! yoke bench: p.svg: gnuplot draws plots, and it is not installed
? 1
$ yoke bench triad -o nowhere/out --seconds 1h
!~ yoke bench: .*nowhere.*
? 1
$ yoke bench --list triad
! yoke bench: --list shows all loads, and takes no names
! try 'yoke bench --help'
? 2

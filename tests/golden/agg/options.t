# The command line itself.
$ yoke
! yoke: expected a command
! try 'yoke --help'
? 2
$ yoke ag 'count()'
! yoke: no command 'ag'; did you mean 'agg'?
! try 'yoke --help'
? 2
$ yoke --nope
! yoke: unknown option '--nope'
! try 'yoke --help'
? 2
$ yoke --help
| yoke harnesses every core of this machine to one load.
|...
$ yoke help
= yoke --help
$ yoke agg --help
| usage: yoke agg [options] 'EXPRESSIONS' [file...]
|...
| examples:
|...
$ yoke help agg
= yoke agg --help
$ yoke agg -h
= yoke agg --help
$ yoke --version
|~ yoke [0-9]+\.[0-9]+\.[0-9]+
|~ compiler   (gcc|clang) [0-9]+\..*
|~ OpenMP     [0-9.]+ \([0-9]{6}\), /.*(libgomp|libomp).*
|~ libraries  hwloc .*, zstd [0-9.]+, zlib [0-9.]+.*, jansson [0-9.]+
|~ adapters   (postgres \(libpq [0-9.]+\)|no postgres), (http \(libcurl [0-9.]+\)|no http)
|~ processor  [a-z0-9 ,]+
|~ files      .*io_uring.*
|~ results    (SQLite [0-9.]+|are not kept: built without SQLite)
|~ counters   kernel, perf_event.*
|~ reports    text, json, .*
$ yoke agg
! yoke agg: expected expressions such as 'count(), mean(temp)'
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --frobnicate
! yoke agg: unknown option '--frobnicate'
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --treads=2
! yoke agg: unknown option '--treads=2'; did you mean '--threads'?
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' -x
! yoke agg: unknown option '-x'
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --by
! yoke agg: option '--by' needs a value
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' -j
! yoke agg: option '-j' needs a value
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --no-header=yes
! yoke agg: option '--no-header=yes' takes no value
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' -j 0
! yoke agg: --threads: '0' is no whole number from 1 to 4096
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --limit ten
! yoke agg: --limit: 'ten' is no whole number
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --limit -1
! yoke agg: --limit: '-1' is no whole number
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --block 0
! yoke agg: --block: '0' is not a size such as 65536, 256K or 1M
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --max-record 1X
! yoke agg: --max-record: '1X' is not a size such as 65536, 256K or 1M
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' -d ab
! yoke agg: --delimiter: 'ab' is not a single byte or 'tab'
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --quote ''
! yoke agg: --quote: '' is not a single byte or 'none'
! try 'yoke agg --help'
? 2
$ echo a | yoke agg 'count()' -d '"'
! yoke agg: delimiter and quote are the same byte '"'
? 2
$ yoke agg 'count()' --format xml
! yoke agg: --format: 'xml' is not table, csv, tsv, json or jsonl
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --on-error ignore
! yoke agg: --on-error: 'ignore' is not fail, skip or null
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --on-ragged ignore
! yoke agg: --on-ragged: 'ignore' is not fail, skip or fill
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --progress maybe
! yoke agg: --progress: 'maybe' is not auto, always or never
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' --report=xml
! yoke agg: --report: 'xml' is not text, json, csv, html or trace
! try 'yoke agg --help'
? 2

# Progress goes to standard error, and only when it is asked for or standard error is a terminal.
$ printf 'a\n1\n' | yoke agg 'count()' --progress always 2>progress; test -s progress && echo shown
| count()
| 1
| shown
$ printf 'a\n1\n' | yoke agg 'count()' --progress never
| count()
| 1
# A terminal gets a table, all else CSV.
$ printf 'a\n1\n' >t.csv; script -qec "yoke agg --progress never 'count()' t.csv" /dev/null </dev/null | tr -d '\r'
| count()
| -------
|       1
$ yoke agg 'count()' --max-record 2G "$EXAMPLES/weather.csv"
! yoke agg: --max-record: '2G' is more than 1G
! try 'yoke agg --help'
? 2
$ yoke agg 'count()' -o '' "$EXAMPLES/weather.csv"
! yoke agg: the file to write has no name
? 2

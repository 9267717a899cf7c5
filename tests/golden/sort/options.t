# The command line.
$ yoke sort --help | head -n 1
| usage: yoke sort [options] [file...]
$ yoke sort -k 0
! yoke sort: -k '0': fields are numbered from 1
! try 'yoke sort --help'
? 2
$ yoke sort -k 1.0
! yoke sort: -k '1.0': bytes are numbered from 1
! try 'yoke sort --help'
? 2
$ yoke sort -k 2,
! yoke sort: -k '2,': expected the number of a field
! try 'yoke sort --help'
? 2
$ yoke sort -k 1x
! yoke sort: -k '1x': expected FIELD[.BYTE][bdfghiMnr][,FIELD[.BYTE][bdfghiMnr]]
! try 'yoke sort --help'
? 2
$ yoke sort -k 1ng
! yoke sort: options '-gn' are incompatible
! try 'yoke sort --help'
? 2
$ yoke sort -di -n
! yoke sort: options '-din' are incompatible
! try 'yoke sort --help'
? 2
$ printf '10 a\n9 b\n' | yoke sort -g -n -k 2r -k 1n
| 9 b
| 10 a
$ printf '10 a\n9 b\n' | yoke sort -g -n -k 2r -k 1
! yoke sort: options '-gn' are incompatible
! try 'yoke sort --help'
? 2
$ yoke sort -t ''
! yoke sort: -t: expected a byte
! try 'yoke sort --help'
? 2
$ yoke sort -t ab
! yoke sort: -t: 'ab' is not a single byte
! try 'yoke sort --help'
? 2
$ yoke sort -S 12Q
! yoke sort: -S: '12Q' is not a size such as 500M, 2G or 20%
! try 'yoke sort --help'
? 2
$ yoke sort --parallel 0
! yoke sort: --threads: '0' is no whole number from 1 to 4096
! try 'yoke sort --help'
? 2
$ yoke sort --compress gzip
! yoke sort: --compress: 'gzip' is not auto, zstd or none
! try 'yoke sort --help'
? 2
$ yoke sort --check=loudly
! yoke sort: --check: 'loudly' is not quiet, silent or diagnose-first
! try 'yoke sort --help'
? 2
$ yoke sort --sort=random
! yoke sort: --sort: 'random' is not general-numeric, human-numeric, month or numeric
! try 'yoke sort --help'
? 2
$ yoke sort -c a b
! yoke sort: 'b': -c looks at one file
! try 'yoke sort --help'
? 2
$ yoke sort -c -C a
! yoke sort: options '-cC' are incompatible
! try 'yoke sort --help'
? 2
$ yoke sort -c -o b a
! yoke sort: options '-co' are incompatible
! try 'yoke sort --help'
? 2
$ yoke sort --revers
$ yoke sort --nothing
! yoke sort: unknown option '--nothing'
! try 'yoke sort --help'
? 2
$ yoke sort -k
! yoke sort: option '-k' needs a value
! try 'yoke sort --help'
? 2
# Options may stand behind files, and -- ends them.
$ printf 'a\nb\n' >-r; yoke sort -- -r; yoke sort ./-r -r
| a
| b
| b
| a
$ yoke sort -o a -o b </dev/null
! yoke sort: --output: both 'a' and 'b'
! try 'yoke sort --help'
? 2
$ yoke sort -o '' </dev/null
! yoke sort: the file to write has no name
? 2

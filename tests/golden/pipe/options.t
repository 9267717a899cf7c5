# The command line.
$ yoke pipe --help | head -1
| usage: yoke pipe [options] [FILE...] -- COMMAND [ARGUMENT...]
$ yoke pipe </dev/null
! yoke pipe: expected '--' and a command behind the options
! try 'yoke pipe --help'
? 2
$ yoke pipe -- </dev/null
! yoke pipe: expected '--' and a command behind the options
! try 'yoke pipe --help'
? 2
$ yoke pipe --block 0 -- cat
! yoke pipe: --block: '0' is not a size such as 65536, 256K or 1M
! try 'yoke pipe --help'
? 2
$ yoke pipe --lines x -- cat
! yoke pipe: --lines: 'x' is no whole number
! try 'yoke pipe --help'
? 2
$ yoke pipe --jobs 0 -- cat
! yoke pipe: --jobs: '0' is no whole number from 1 to 4096
! try 'yoke pipe --help'
? 2
$ yoke pipe --timeout 1x -- cat
! yoke pipe: --timeout: '1x' is no time such as 10, 500ms or 2m
! try 'yoke pipe --help'
? 2
$ yoke pipe --records '(' -- cat </dev/null
! yoke pipe: the pattern '(' is none: Unmatched ( or \(
? 1
$ yoke pipe --records csv --lines 2 -- cat </dev/null
! yoke pipe: pipe: a number of lines, and records that are not lines
? 1
$ yoke pipe --tee --retries 2 -- cat </dev/null
! yoke pipe: pipe: a command that reads many blocks is not retried
? 1
$ yoke pipe - - -- cat </dev/null
! yoke pipe: standard input can be read only once
! try 'yoke pipe --help'
? 2
$ yoke pipe --blok 3 -- cat
! yoke pipe: unknown option '--blok'; did you mean '--block'?
! try 'yoke pipe --help'
? 2
$ yoke pipe --files nosuch -- cat
! yoke pipe: --files: cannot open 'nosuch': No such file or directory
! try 'yoke pipe --help'
? 2

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
! yoke pipe: --lines: 'x' is no whole number above 0
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
! yoke pipe: '(' is no regular expression: Unmatched ( or \(
! try 'yoke pipe --help'
? 2
$ yoke pipe --records csv --lines 2 -- cat </dev/null
! yoke pipe: --lines goes with records that are lines only
! try 'yoke pipe --help'
? 2
$ yoke pipe --tee --retries 2 -- cat </dev/null
! yoke pipe: --retries: a command that reads many blocks is not run again
! try 'yoke pipe --help'
? 2
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
? 1
$ yoke pipe --lines 0 -- cat
! yoke pipe: --lines: '0' is no whole number above 0
! try 'yoke pipe --help'
? 2
$ yoke pipe --lines 2 --block 4K -- cat
! yoke pipe: --block or --lines, not both
! try 'yoke pipe --help'
? 2
$ yoke pipe --tee --round-robin -- cat
! yoke pipe: --round-robin or --tee, not both
! try 'yoke pipe --help'
? 2
$ : >empty; yoke pipe --files empty -- cat
! yoke pipe: --files: the list names no file
? 1

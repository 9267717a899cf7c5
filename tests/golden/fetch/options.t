# The command line and the lists of yoke fetch.
$ yoke fetch
! yoke fetch: expected a list of addresses, or an address
! try 'yoke fetch --help'
? 2
$ yoke fetch --help | head -1
| usage: yoke fetch [options] LIST|ADDRESS...
$ yoke fetch --max-concurent 3 x
! yoke fetch: unknown option '--max-concurent'; did you mean '--max-concurrent'?
! try 'yoke fetch --help'
? 2
$ yoke fetch -j 0 x
! yoke fetch: --max-concurrent: '0' is no whole number from 1 to 1000
! try 'yoke fetch --help'
? 2
$ yoke fetch --per-host 1001 x
! yoke fetch: --per-host: '1001' is no whole number from 1 to 1000
! try 'yoke fetch --help'
? 2
$ yoke fetch --retries -1 x
! yoke fetch: --retries: '-1' is no whole number from 0 to 1000
! try 'yoke fetch --help'
? 2
$ yoke fetch --timeout 0 x
! yoke fetch: --timeout: '0' is no time such as 10, 500ms or 2m
! try 'yoke fetch --help'
? 2
$ yoke fetch --max-size 1.5GiB x
! yoke fetch: --max-size: '1.5GiB' is not a size such as 65536, 256K or 1M
! try 'yoke fetch --help'
? 2
$ yoke fetch --progress sometimes x
! yoke fetch: --progress: 'sometimes' is not auto, always or never
! try 'yoke fetch --help'
? 2
$ yoke fetch nothing.txt
! yoke fetch: cannot open nothing.txt: No such file or directory
? 1
<<< bad.txt
# a comment

http://x/a
no-address
>>>
$ yoke fetch bad.txt
! yoke fetch: bad.txt: line 4: 'no-address': no address
? 1
<<< same.txt
http://x/a
http://y/a?b
>>>
$ yoke fetch same.txt
! yoke fetch: http://x/a and http://y/a?b would both be the file a
? 1
$ echo 'http://x/ ../a' | yoke fetch -
! yoke fetch: standard input: line 1: '../a': no name for a file
? 1
$ echo 'http://x/..' | yoke fetch -
! yoke fetch: standard input: line 1: '..': no name for a file
? 1
$ echo 'http://x/a b c' | yoke fetch -
! yoke fetch: standard input: line 1: 'c': expected a name and sha256:DIGITS at most
? 1
$ echo 'http://x/a sha256:12' | yoke fetch -
! yoke fetch: standard input: line 1: 'sha256:12': expected a name and sha256:DIGITS at most
? 1
$ printf '' | yoke fetch -
$ yoke fetch -o options.t/no/dir http://127.0.0.1:1/x
! yoke fetch: cannot make the directory options.t/no/dir: No such file or directory
? 1
$ yoke fetch --log no/such/log http://127.0.0.1:1/x
! yoke fetch: cannot write no/such/log: No such file or directory
? 1
$ mkdir dir; yoke fetch dir
! yoke fetch: cannot read dir: Is a directory
? 1
$ yoke fetch - <&-
! yoke fetch: cannot read standard input: Bad file descriptor
? 1
$ : >file; yoke fetch -o file http://127.0.0.1:1/x
! yoke fetch: cannot make the directory file: File exists
? 1
$ yoke fetch --deadline soon x
! yoke fetch: --deadline: 'soon' is no time such as 10, 500ms or 2m
! try 'yoke fetch --help'
? 2

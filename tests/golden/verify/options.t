# The command line, files, standard error, input, limits.
@ limit 60
$ yoke verify-repro --help | sed 2q
| usage: yoke verify-repro [options] -- PROGRAM [ARGUMENT...]
|        yoke verify-repro --self [options]
$ yoke verify-repro
! yoke verify-repro: expected '--' and a program behind the options
!...
? 2
$ yoke verify-repro true
! yoke verify-repro: expected '--' and a program behind the options
!...
? 2
$ yoke verify-repro --self -- true
! yoke verify-repro: --self and a program, not both
!...
? 2
$ yoke verify-repro --self --runs 3
! yoke verify-repro: --self takes --threads, --seed, --only and --json
!...
? 2
$ yoke verify-repro --only sum -- true
! yoke verify-repro: --only: expected --self, too
!...
? 2
$ yoke verify-repro -j 1,0 -- true
! yoke verify-repro: --threads: '0' is no whole number from 1 to 4096
!...
? 2
$ yoke verify-repro --self --only 'no such thing'
! yoke verify-repro: --only: no algorithm has 'no such thing' in its name
! try 'yoke verify-repro --help'
? 2
$ yoke verify-repro -- ./nothing
! yoke verify-repro: cannot run './nothing': No such file or directory
? 127
$ yoke verify-repro --input nothing -- cat
! yoke verify-repro: cannot read 'nothing': No such file or directory
? 3
$ yoke verify-repro -o . -- true
! yoke verify-repro: '.' is no regular file
? 3
$ yoke verify-repro --timeout 200ms -- sleep 3000
! yoke verify-repro: the first run took longer than 0.2 s
? 124
# A run that hangs while the first did not is a difference.
$ yoke verify-repro --timeout 1 --no-cause --runs 1 -j 1,2 -- sh -c '[ $OMP_NUM_THREADS = 1 ] || sleep 3000' | sed 3q
| differs: the exit status
|   run 1: exit status 0
|   run 2: ended by the time limit
# Outputs in files: made anew for each run, and as they were before the first.
$ echo old >log; yoke verify-repro -o log -o new -j 1,2 --runs 1 -- sh -c 'echo more >>log; echo $OMP_NUM_THREADS >new' | sed 4q; cat log new
| differs: new, line 1, byte 0
|   run 1: 1
|   run 2: 2
| depends on the number of threads: with the same number the runs are the same
| old
| more
| 1
$ rm new; yoke verify-repro --no-cause -o new -j 1,2 --runs 1 -- sh -c '[ $OMP_NUM_THREADS = 1 ] || echo >new' | sed 3q
| differs: new
|   run 1: no file
|   run 2: a file
# Several things differ: each is told once. Bytes that are no text are shown as such.
$ yoke verify-repro --no-cause --stderr -j 1,2 --runs 1 -- sh -c 'printf "same\na\001$OMP_NUM_THREADS\n"; echo $OMP_NUM_THREADS >&2; exit $OMP_NUM_THREADS'
| differs: standard output, line 2, byte 7
|   run 1: a\x011
|   run 2: a\x012
| differs: standard error, line 1, byte 0
|   run 1: 1
|   run 2: 2
| differs: the exit status
|   run 1: exit status 1
|   run 2: exit status 2
| runs (those with the same letter gave the same):
|   A   1  OMP_NUM_THREADS=1 YOKE_NUM_THREADS=1
|   B   2  OMP_NUM_THREADS=2 YOKE_NUM_THREADS=2
|   A   3  OMP_NUM_THREADS=1 YOKE_NUM_THREADS=1
? 1
# An output that ends early, and one of many lines.
$ yoke verify-repro --no-cause -j 1,2 --runs 1 -- sh -c 'seq $((100000 - OMP_NUM_THREADS))' | sed 3q
| differs: standard output, line 99999, byte 588882
|   run 1: 99999
|   run 2: (its end)
$ printf 'a\nb\n' >in; yoke verify-repro --input in -j 1,2 --runs 1 -- cat | sed 2q
| the same in 3 runs:
|~   standard output: 4 bytes, digest [0-9a-f]{16}
# What a run leaves behind ends with it.
$ yoke verify-repro -j 1 --runs 1 -- sh -c 'sleep 3217 & echo done' >out; pgrep -fx 'sleep 3217'
? 1
# JSON.
$ yoke verify-repro --json --no-cause -j 1,2 --runs 1 -- sh -c 'echo $OMP_NUM_THREADS' >out; echo $?; python3 -c "
> import json; r = json.load(open('out')); d = r['differences'][0]
> print(r['same'], d['what'], d['line'], d['first'], d['other'], len(r['runs']), r['runs'][1]['group'])"
| 1
| False stdout 1 1 2 3 1
# Ctrl-C ends the program, too, also one that does not want to.
$ timeout -k 40 -s INT --preserve-status 0.7 yoke verify-repro -- sh -c 'sleep 3400.5 & sleep 3400.5; wait'; echo $?; while pgrep -fx 'sleep 3400.5' >/dev/null; do sleep 0.1; done
| 130
$ timeout -k 40 -s INT --preserve-status 0.7 yoke verify-repro -- sh -c 'trap "" INT TERM; sleep 3500.5; sleep 3500.5'; echo $?; while pgrep -fx 'sleep 3500.5' >/dev/null; do sleep 0.1; done
| 130
$ yoke verify-repro -j '' -- true
! yoke verify-repro: --threads: expected values with commas between, not ''
! try 'yoke verify-repro --help'
? 2
$ yoke verify-repro -j 1 --runs 1 -- true >/dev/full
! yoke verify-repro: cannot write standard output: No space left on device
? 3

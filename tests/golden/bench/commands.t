# Any command: what it used, how it ended, and that nothing is left behind.
@ limit 60
$ yoke bench --reps 3 --format jsonl -- sh -c 'echo "$OMP_NUM_THREADS"' | python3 $GOLDEN/check.py
| sh -c echo "$OMP_NUM_THREADS" None None none 3
$ yoke bench --reps 2 -j 1,3 -n 7 --format jsonl -- sh -c 'echo $OMP_NUM_THREADS $0 $1 >>said' '{size}' 'x{threads}' | python3 $GOLDEN/check.py; sort said | uniq -c | sed 's/^ *//'
| sh -c echo $OMP_NUM_THREADS $0 $1 >>said {size} x{threads} 7 1 none 2
| sh -c echo $OMP_NUM_THREADS $0 $1 >>said {size} x{threads} 7 3 none 2
| 3 1 7 x1
| 3 3 7 x3
# It reads nothing, and what it writes is dropped.
$ yes | yoke bench --reps 2 --format csv -- sh -c 'cat; echo out; echo err >&2' | cut -d, -f1,2,13
| load,group,runs
| sh -c cat; echo out; echo err >&2,command,2
$ yoke bench --reps 2 -- sh -c 'exit 3'
! yoke bench: sh -c exit 3: exit status 3
? 1
$ yoke bench --reps 2 --any-status --format csv -- sh -c 'exit 3' | wc -l
| 2
$ yoke bench -- sh -c 'echo first >&2; echo "it broke" >&2; exit 1'
! yoke bench: sh -c echo first >&2; echo "it broke" >&2; exit 1: exit status 1: it broke
? 1
$ yoke bench -- sh -c 'kill -9 $$'
! yoke bench: sh -c kill -9 $$: was killed by signal 9
? 1
$ yoke bench -- ./no-such-program
! yoke bench: ./no-such-program: cannot run './no-such-program': No such file or directory
? 1
$ yoke bench --check-output -- sh -c 'echo $$'
! yoke bench: sh -c echo $$: its output is not that of the first run
? 1
$ yoke bench --check-output --reps 4 --format csv -- seq 1000 | wc -l
| 2
# A parent that ignores the ends of programs.
$ timeout 20 python3 -c 'import os, signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execlp("yoke", "yoke", "bench", "--reps", "2", "--", "sh", "-c", "exit 3")'
! yoke bench: sh -c exit 3: exit status 3
? 1
# One fails, the other has its figures.
$ yoke bench --reps 2 --format csv --vs 'sh -c "exit 4"' -- true | cut -d, -f1
| load
| true
! yoke bench: sh -c "exit 4": exit status 4
$ yoke bench --reps 8 --vs "sh -c 'sleep 0.4'" -- true | grep -c '^true: .* times as fast as sh -c .sleep 0.4. (95 %: .* to .*); a run of it is faster with probability 1.000$'
| 1
$ yoke bench --reps 6 --format json --vs true -- true | python3 -c 'import json, sys; d = json.load(sys.stdin); c = d["comparisons"]; print(len(d["rows"]), len(c), c[0]["row"], c[0]["other"], c[0]["low"] <= c[0]["ratio"] <= c[0]["high"])'
| 2 1 0 1 True
# Ctrl-C ends the whole group, also of those that do not want to end.
$ timeout -k 40 -s INT --preserve-status 0.4 yoke bench -- sh -c 'trap "" INT TERM; sleep 3425 & sleep 3450'; echo $?
| 130
!...
$ while pgrep -fx 'sleep 3425|sleep 3450' >/dev/null; do sleep 0.1; done

# Ctrl-C ends the run and not what was measured by then: that is written, kept and marked.
@ limit 60
# A command interrupts yoke in its last run, each configuration having one that does not count: one is
# complete by then, and the other is not.
<<< prog
#!/bin/sh
echo run >>runs
test "$(grep -c run runs)" -lt 18 || { kill -INT $PPID; sleep 30; }
>>>
$ chmod +x prog
$ yoke bench --reps 8 -j 1,2 --format jsonl -o rows -- ./prog; echo $?; python3 -c 'import json; r = [json.loads(line) for line in open("rows")]; print(sorted((x["cut"], x["error"], x["runs"] + x["warmup"] < 8) for x in r))'
| 130
| [(False, None, False), (True, None, True)]
! yoke bench: interrupted: of 2 configurations 1 are complete, 1 cut short, 0 without a run
$ sqlite3 .local/share/yoke/bench.db 'SELECT cut, count(*) FROM result GROUP BY cut'
| 0|1
| 1|1
# The table has a mark, and so has CSV.
$ rm runs; yoke bench --reps 8 -j 1,2 --report=csv:report.csv -- ./prog | grep -c ' cut '; cut -d, -f17 report.csv | sort
| 1
| cut
| false
| true
! yoke bench: interrupted: of 2 configurations 1 are complete, 1 cut short, 0 without a run
# Nothing was measured: what was there stays, and nothing is kept.
$ seq 18 | sed s/.*/run/ >runs; echo old >rows; yoke bench --reps 8 --db own.db -o rows -- ./prog; echo $?; cat rows; sqlite3 own.db 'SELECT count(*) FROM session'; ls -A | grep -c rows
| 130
| old
| 0
| 1
! yoke bench: interrupted: of 1 configurations 0 are complete, 0 cut short, 1 without a run
# Other signals do the same, whatever is measured.
$ yoke bench triad -j 1 -n 1K --reps 1000000 --no-db --format jsonl -o rows & p=$!; until [ $(awk '{print $14}' /proc/$p/stat) -gt 50 ]; do sleep 0.1; done; kill -TERM $p; wait $p; echo $?; python3 -c 'import json; r = json.loads(open("rows").readline()); print(r["cut"], r["runs"] > 0)'
| 143
| True True
! yoke bench: interrupted: of 1 configurations 0 are complete, 1 cut short, 0 without a run

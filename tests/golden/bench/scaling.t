# Scaling: laws of a command whose time is known, and how small tasks may be.
@ limit 60
<<< amdahl
#!/bin/sh
exec sleep $(awk "BEGIN {print 0.04 + 0.16 / $OMP_NUM_THREADS}")
>>>
<<< laws.py
import json, sys
d = json.load(sys.stdin)
for f in d["fits"]:
    p = f["parameters"]
    print(f["law"], f["points"], sorted(p), all(v["low"] <= v["high"] for v in p.values()), f["size"])
print(sum(f["best"] for f in d["fits"]), len(d["metg"]))
>>>
$ chmod +x amdahl; yoke bench -j 1,2,4,8 --reps 2 --format json -- ./amdahl >d.json; python3 laws.py <d.json
| amdahl 4 ['serial'] True None
| usl 4 ['coherency', 'contention'] True None
| 1 0
$ yoke bench triad -j 1,2,3 -n 1K --weak --reps 1 --format json | python3 laws.py
| gustafson 3 ['serial'] True None
| 1 0
$ yoke bench -j 1,2,4 --reps 1 -- ./amdahl | sed -n '/^scaling/,$p' | sed 's/[0-9][0-9.e+-]*/N/g' | grep -v '^note'
| scaling of ./amdahl:
|   Amdahl: serial N (N to N); off by N %, where a point is left out by N %
|~   amdahl predicts left-out points best: with N threads a speed-up of N(, never more than N)?
|   no fit: usl needs N different numbers of threads, and has N
$ yoke bench -j 1,2 --reps 1 -- true | grep '^  no fit'
|   no fit: amdahl needs 3 different numbers of threads, and has 2
$ yoke bench task_spawn -j 1,2 --metg --grain 200us,20us,2us --reps 1 --format json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(len(d["rows"]), [(m["load"], m["threads"], m["efficiency"], (m["seconds"]["value"] is None) != (m["below_s"] is None)) for m in d["metg"]], d["fits"])'
| 6 [('task_spawn', 1, 0.5, True), ('task_spawn', 2, 0.5, True)] []
$ yoke bench task_spawn -j 1 --metg --grain 200us,20us,2us --reps 1 | grep -c '^METG(50 %) of task_spawn, 1 thread: '
| 1
$ yoke bench triad --metg
! yoke bench: --metg: triad has no tasks whose length can be chosen
! try 'yoke bench --help'
? 2
$ yoke bench --metg -- true
! yoke bench: --metg: a command has no tasks whose length can be chosen
! try 'yoke bench --help'
? 2

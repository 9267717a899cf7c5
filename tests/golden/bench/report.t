# What --report says of an experiment, beside its output: where it was made, and the roof.
@ limit 60
$ yoke bench triad -j 1,2 -n 100K --reps 2 --format csv -o rows.csv --report=json:r.json; python3 -c '
> import json
> d = json.load(open("r.json"))
> print([(r["load"], r["threads"]) for r in d["rows"]], sorted(d["roof"]), d["roof"]["bytes"] > 0)
> print(sorted(d["origin"]), d["memory_limit"]["bytes"] > 0, d["comparisons"], "changes" in d)'
| [('triad', 1), ('triad', 2)] ['bytes', 'flops'] True
| ['compiler', 'cpu_limit', 'dirty', 'flags', 'machine', 'revision', 'yoke'] True [] False
$ yoke bench triad -j 1 -n 100K --reps 2 -o rows --report=csv:r.csv; python3 -c '
> import csv
> r = list(csv.DictReader(open("r.csv")))
> print(len(r), list(r[0])[-3:], float(r[0]["roof_bytes_s"]) > 0, float(r[0]["roof_flops_s"]) > 0)'
| 1 ['samples', 'roof_bytes_s', 'roof_flops_s'] True True
# Text goes to standard error, like that of other commands.
$ yoke bench triad -j 1 -n 100K --reps 2 --report 2>r.txt | head -1 | awk '{print $1, $2}'; sed -n 's/^\(roof of this node\|triad, size 102400, 1 thread\): .*/\1/p; /to use (/s/.*/machine/p; /of memory to be had (/s/.*/memory/p; /^yoke .* revision/s/.*/revision/p' r.txt
| load size
| machine
| revision
| memory
| roof of this node
| triad, size 102400, 1 thread
$ tail -1 r.txt | sed 's/[0-9.]* %/N %/'
|~ triad, size 102400, 1 thread: N % of what (memory|arithmetic) would give
# likwid-bench raises the roof where it finds more bandwidth; one that fails, or finds less, does not.
<<< likwid-bench
#!/bin/sh
case $* in '-t stream_mem_'*' -i 20 -w N:402653kB:'*) ;; *) exit 1 ;; esac
cat said
>>>
$ chmod +x likwid-bench; for said in 9e12 1 nothing; do echo "MByte/s: $said" >said; PATH=$PWD:$PATH yoke bench triad -j 1 -n 100K --reps 2 --report --format csv -o rows.csv 2>r.txt; sed -n 's/^roof of this node: \(9e+09\|[0-9.e+]*\) GB.s (\([a-z]*\)_[a-z0-9_]*), .*/\1 \2/p' r.txt | sed 's/^[0-9.]* stream/N stream/'; done
| 9e+09 likwid
| N stream
| N stream
# Without work there is no roof to compare with.
$ yoke bench --reps 2 --report=json:- --format csv -- true | tail -1 | python3 -c 'import json, sys; d = json.load(sys.stdin); print("roof" in d, d["rows"][0]["load"])'
| False true
$ yoke bench --reps 2 --report=csv:r.csv --format csv -o rows.csv -- true; tail -1 r.csv | grep -c ',,$'
| 1
$ yoke bench triad --report=trace:t.json
! yoke bench: --report: an experiment has no trace; text, json, csv or html
! try 'yoke bench --help'
? 2
$ yoke bench triad --report=json:nowhere/r.json --seconds 1h
! yoke bench: --report: cannot write nowhere/r.json: No such file or directory
? 1
$ yoke bench --reps 2 --report=text:- -- true >/dev/full
!~ yoke bench: cannot write standard output: No space left on device
? 1

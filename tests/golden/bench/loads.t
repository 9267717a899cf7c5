# Loads of the library: all configurations are there, and what is written agrees in all formats.
@ limit 60
$ yoke bench triad sort_u64 -j 1,2,3 -n 500,1K --affinity compact,none --reps 4 --format jsonl -o rows.jsonl; python3 $GOLDEN/check.py <rows.jsonl
| triad 500 1 compact 4
| triad 500 2 compact 4
| triad 500 3 compact 4
| triad 500 1 none 4
| triad 500 2 none 4
| triad 500 3 none 4
| triad 1024 1 compact 4
| triad 1024 2 compact 4
| triad 1024 3 compact 4
| triad 1024 1 none 4
| triad 1024 2 none 4
| triad 1024 3 none 4
| sort_u64 500 1 compact 4
| sort_u64 500 2 compact 4
| sort_u64 500 3 compact 4
| sort_u64 500 1 none 4
| sort_u64 500 2 none 4
| sort_u64 500 3 none 4
| sort_u64 1024 1 compact 4
| sort_u64 1024 2 compact 4
| sort_u64 1024 3 compact 4
| sort_u64 1024 1 none 4
| sort_u64 1024 2 none 4
| sort_u64 1024 3 none 4
$ yoke bench triad -j 2 -n 1K --weak --reps 4 --format jsonl | python3 $GOLDEN/check.py
| triad 2048 2 none 4
# CSV has the names of JSON.
$ yoke bench triad -j 1 -n 1K --reps 2 --format csv -o out.csv; head -1 out.csv; python3 -c 'import csv; rows = list(csv.DictReader(open("out.csv"))); print(len(rows), rows[0]["load"], rows[0]["size"], len(rows[0]["samples"].split()), rows[0]["grain_s"] == "")'
| load,group,size,threads,affinity,grain_s,unit,items,median_s,low_s,high_s,confidence,runs,warmup,steady,noisy,cut,rate,bytes_s,flops_s,user_s,system_s,queue_s,voluntary_switches,involuntary_switches,minor_faults,major_faults,max_rss_bytes,samples
| 1 triad 1024 2 True
$ head -1 out.csv | tr , '\n' >csv.names; python3 -c 'import json; print("\n".join(k for k in json.loads(open("rows.jsonl").readline()) if k != "error"))' | cmp - csv.names
# The table.
$ yoke bench triad -j 1,2 -n 1K --reps 2 | head -3 | awk '{print $1, $2, $3}'
| load size threads
| triad 1024 1
| triad 1024 2
# Another load beside it, at the same size.
# How much threads waited is a share of their time.
$ yoke bench omp_barrier -j 4 --seconds 0.05 --precision 0.0001 | sed -n 's/.*waited for a processor \([0-9.]*\) % of their time$/\1/p' | awk '{ print $1 >= 0 && $1 <= 100 }'
| 1
$ yoke bench triad --vs stream_copy -n 1K -j 2 --reps 6 | grep -o '^triad, size 1024, 2 threads: [0-9.]* times as fast as stream_copy' | sed 's/[0-9.]* times/N times/'
| triad, size 1024, 2 threads: N times as fast as stream_copy
# Groups, and a grain.
$ yoke bench task -j 1 -n 20 --grain 1us,2us --reps 1 --format jsonl | python3 -c 'import json, sys; print(sorted({(r["group"], r["grain_s"]) for r in map(json.loads, sys.stdin)}))'
| [('task', 1e-06), ('task', 2e-06)]
$ yoke bench triad -j 1,2 -n 1K --reps 2 --plot p.svg >/dev/null && grep -c '<svg' p.svg && yoke bench triad -j 1 -n 1K,2K --reps 2 --plot p.png >/dev/null && head -c 4 p.png | tail -c 3
| 1
| PNG
|\
# Titles leave out what the axis shows.
$ yoke bench triad -j 1,2 -n 1K --reps 2 --plot t.svg >/dev/null; yoke bench triad -j 2 -n 1K,2K --reps 2 --plot s.svg >/dev/null; sed -n 's/.*>\(triad[^<]*\)<.*/\1/p' t.svg s.svg | sort -u
| triad, 2 threads
| triad, size 1024
# One point has room on both sides.
$ yoke bench triad -j 1 -n 1K --reps 2 --plot one.svg >/dev/null && grep -c '<svg' one.svg
| 1
$ yoke bench triad -n 0
! yoke bench: --size: '0' is not a size such as 65536, 256K or 1M
! try 'yoke bench --help'
? 2

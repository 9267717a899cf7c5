# A report of sort, on standard error or in a file.
$ printf 'b\na\n' >t.txt
$ yoke sort t.txt --report
| a
| b
!~ run         yoke sort, [0-9]+ threads?, [0-9.]+ .*s
!~ machine     .*; at most [0-9]+ processors?: .*
!~ efficiency +[0-9.]+ %  parallel efficiency, the product of
!...
$ yoke sort t.txt --report=json:r.json -o s.txt; python3 -c "
> import json; r = json.load(open('r.json')); print(sorted(r), r['profile']['program'])"
| ['profile'] yoke sort
$ yoke sort t.txt --report=csv:- -o s.txt | head -n 1
| region,name,parent,activity,thread,tid,cpu,metric,unit,source,value
$ yoke sort t.txt --report=trace:r.trace -o s.txt; python3 -c "
> import json; r = json.load(open('r.trace')); print(r['displayTimeUnit'], r['otherData']['program'])"
| ms yoke sort
# The standard output is closed when the sorted lines are final, and still there for the report.
$ yoke sort t.txt --report=json:- | tail -n +3 | python3 -c "import json, sys; print(sorted(json.load(sys.stdin)))"
| ['profile']
# A place that cannot be written is known before the work.
$ yoke sort t.txt --report=json:none/r.json -o never.txt
! yoke sort: --report: cannot write none/r.json: No such file or directory
? 2
$ mkdir d; yoke sort t.txt --report=json:d -o never.txt
! yoke sort: --report: 'd' is a folder
? 2
$ ls
| d
| r.json
| r.trace
| s.txt
| t.txt
# The profile of a command has its words, as a shell would read them.
$ cp t.txt "it's it"; YOKE_MEASURE=m.json yoke sort "it's it" -o s.txt; python3 -c "
> import json; print(json.load(open('m.json'))['command'])"
| yoke sort 'it'\''s it' -o s.txt
# Wrong values.
$ yoke sort --report=xml t.txt
! yoke sort: --report: 'xml' is not text, json, csv, html or trace
! try 'yoke sort --help'
? 2
$ yoke sort --report=json: t.txt
! yoke sort: --report: expected a file behind ':'
! try 'yoke sort --help'
? 2
$ yoke sort --report=trace t.txt
! yoke sort: --report: trace needs a file: --report=trace:FILE
! try 'yoke sort --help'
? 2
# A device is written as it is.
$ yoke sort t.txt --report=json:/dev/null; yoke sort t.txt --report=json:/dev/full
| a
| b
| a
| b
! yoke sort: cannot write /dev/full: No space left on device
? 2
# An old report stays when the new one cannot be made.
$ echo old >r.json; yoke sort none.txt --report=json:r.json; cat r.json
| old
! yoke sort: none.txt: No such file or directory
# One measurement at a time.
# A group of likwid, with a library that answers like it, where there is one; without counters a note.
$ stub=$B/tests/likwid_stub.so; [ ! -e $stub ] || export YOKE_LIKWID=$stub; YOKE_MEASURE_LIKWID=MEM yoke sort t.txt -o s.txt --report=json:r.json; python3 -c '
> import json, os
> r = json.load(open("r.json"))["profile"]; metrics = {m["name"]: m["source"] for m in r["metrics"]}
> counted = "CPI" in metrics and metrics["CAS_COUNT_RD"].endswith("uncore")
> print(counted if "YOKE_LIKWID" in os.environ else any(n.startswith("likwid: ") for n in r["notes"]) or counted)'
| True
$ [ -e /dev/cpu/0/msr ] || YOKE_MEASURE_LIKWID=MEM yoke sort t.txt --report 2>&1 >s.txt | grep -o 'likwid: there is no'; [ ! -e /dev/cpu/0/msr ] || echo likwid: there is no
| likwid: there is no
$ YOKE_MEASURE=m.json yoke sort t.txt --report
! yoke sort: --report: this run is measured already, by YOKE_MEASURE
? 2

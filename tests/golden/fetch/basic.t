# Files, names, checksums, the log, and going on.
@ limit 30
<<< fields.py
import json, sys
for line in sys.stdin:
    o = json.loads(line)
    o["url"] = o["url"].split("/", 3)[3]
    assert o.pop("seconds") >= 0
    print(json.dumps(o))
>>>
$ $GOLDEN/serve 'printf "%s/ok/10 ten\n%s/ok/20?q # twenty\n%s/\n" $AT $AT $AT | yoke fetch -o d --retries 0 --log log.jsonl -'; ls d; python3 fields.py <log.jsonl | sort
| 20
| ten
| {"url": "", "file": "d/index.html", "status": "failed", "error": "HTTP 404", "http": 404, "bytes": 0, "tries": 1}
| {"url": "ok/10", "file": "d/ten", "status": "fetched", "http": 200, "bytes": 10, "tries": 1}
| {"url": "ok/20?q", "file": "d/20", "status": "fetched", "http": 200, "bytes": 20, "tries": 1}
! yoke fetch: http://127.0.0.1:PORT/: HTTP 404
! yoke fetch: 1 of 3 failed
# The same again, with resume, and checksums as another program makes them.
$ $GOLDEN/serve 'yoke fetch --resume --sums -o d --log log.jsonl $AT/ok/20 $AT/ok/30000 $AT/empty'; python3 fields.py <log.jsonl | grep -o '"status": "[a-z]*"' | sort
| "status": "fetched"
| "status": "fetched"
| "status": "there"
$ python3 -c 'import json; [print(o["sha256"], "", o["file"]) for o in map(json.loads, open("log.jsonl"))]' | sort -k2 | sha256sum -c
| d/20: OK
| d/30000: OK
| d/empty: OK
# A list without a line feed at its end.
$ $GOLDEN/serve 'printf "%s/ok/11\n%s/ok/12" $AT $AT | yoke fetch -o e -'; ls e; rm -r e
| 11
| 12
# Around the blocks of the checksum.
$ $GOLDEN/serve 'for n in 1 55 56 57 63 64 65 119 120 127 128 129; do echo $AT/ok/$n; done | yoke fetch --sums -o sums --log sums.jsonl -'
$ python3 -c 'import json; [print(o["sha256"], "", o["file"]) for o in map(json.loads, open("sums.jsonl"))]' | sha256sum -c --quiet
# A checksum in the list, with a name and without.
$ sum=$(sha256sum d/20 | cut -c1-64); $GOLDEN/serve "printf '%s/ok/20 x sha256:$sum\n%s/ok/20 sha256:$sum\n' \$AT \$AT | yoke fetch -"; cmp x d/20 && cmp 20 d/20
# A part of an earlier run is completed.
$ $GOLDEN/serve 'yoke fetch --retries 0 $AT/cut/1/400000; ls; yoke fetch --resume --log log.jsonl $AT/cut/1/400000'; python3 fields.py <log.jsonl
| 20
| 400000.part
| 400000.part.etag
| d
| fields.py
| log.jsonl
| port
| serve.err
| serve.log
| serve.out
| sums
| sums.jsonl
| x
| {"url": "cut/1/400000", "file": "400000", "status": "fetched", "http": 206, "bytes": 400000, "resumed": 200000, "tries": 1}
! yoke fetch: http://127.0.0.1:PORT/cut/1/400000: transfer closed with 200000 bytes remaining to read
! yoke fetch: 1 of 1 failed
# Limits: three at a time at one host.
$ $GOLDEN/serve 'for i in $(seq 12); do echo "$AT/slow/3?$i s$i"; done | yoke fetch -j 10 --per-host 3 -o s - && yoke fetch $AT/most && cat most'
| 3
|\
# Progress.
$ $GOLDEN/serve 'yoke fetch --progress always $AT/ok/7' 2>&1 | tr '\r' '\n' | tail -1 | grep -o '100%  1 / 1 files'
| 100%  1 / 1 files
# Ctrl-C: the file is not there, and what there was of it is kept for the next time.
$ $GOLDEN/serve '(until [ -e c/400000.part ] && [ -e c/400000.part.etag ]; do sleep 0.02; done; pkill -INT -P $$ -x yoke) & yoke fetch -o c $AT/hang/400000; echo $?; ls c'
| 130
| 400000.part
| 400000.part.etag
$ $GOLDEN/serve 'timeout -k 40 -s TERM --preserve-status 0.3 yoke fetch -o c $AT/mute'
? 143
# A report comes after the last file.
$ $GOLDEN/serve 'yoke fetch -o r --report=json:report.json $AT/ok/20'; python3 -c "
> import json; r = json.load(open('report.json')); print(sorted(r), r['profile']['program'])"
| ['profile'] yoke fetch

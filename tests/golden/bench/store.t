# Results are kept, and commits compared by them. sqlite3 is the oracle.
@ limit 60
<<< prog
#!/bin/sh
exec sleep 0.01
>>>
$ chmod +x prog; git init -q . && git config user.email e && git config user.name n && git add prog && git commit -qm 1
$ yoke bench --reps 8 --format csv -o out.csv -- ./prog; db=.local/share/yoke/bench.db; sqlite3 $db 'SELECT load, load_group, size, threads, affinity, runs + warmup, json_array_length(samples) = runs FROM result'
| ./prog|command|0|0|none|8|1
$ sqlite3 .local/share/yoke/bench.db 'SELECT revision, dirty FROM session'
= echo "$(git rev-parse HEAD)|0"
$ sqlite3 .local/share/yoke/bench.db "SELECT yoke != '', compiler LIKE '%c% %', flags LIKE '%-g%', cpus > 0, time LIKE '20__-%Z' FROM session"
| 1|1|1|1|1
$ sqlite3 .local/share/yoke/bench.db 'SELECT printf("%.9g,%.9g,%.9g", median_s, low_s, high_s) FROM result'
= tail -1 out.csv | cut -d, -f9-11
# What has no figures is not kept, and neither is anything with --no-db.
$ yoke bench --reps 2 -- false
! yoke bench: false: exit status 1
? 1
$ yoke bench --reps 2 --no-db --format csv -- true | wc -l; yoke bench --reps 2 --db own.db --format csv -- true | wc -l; sqlite3 own.db 'SELECT count(*) FROM result'; sqlite3 .local/share/yoke/bench.db 'SELECT count(*) FROM session'
| 2
| 2
| 1
| 1
# Nothing to compare with yet.
$ yoke bench --compare HEAD
!~ yoke bench: no results newer or other than those of '[0-9a-f]{40}' are kept
? 1
# A change that makes it slower; seen with the changed file, and as a commit.
$ sed -i 's/0.01/0.4/' prog; yoke bench --reps 8 --format csv -o out.csv -- ./prog; yoke bench --compare HEAD >table; echo $?; sqlite3 .local/share/yoke/bench.db 'SELECT dirty FROM session'
| 3
| 0
| 1
$ git commit -qam 2; yoke bench --reps 8 --format csv -o out.csv -- ./prog; yoke bench --compare HEAD~1..HEAD ./prog >table; echo $?; grep -c '^./prog .* REGRESSION$' table; tail -1 table
| 3
| 1
| 1 of 1 slower by more than 5 %, with a probability of at least 95 %; P is that of being slower by more than that
$ yoke bench --compare HEAD..HEAD~1; echo $?
|...
| 0 of 1 slower by more than 5 %, with a probability of at least 95 %; P is that of being slower by more than that
| 0
$ yoke bench --compare HEAD~1..HEAD --format jsonl | python3 -c 'import json, sys; d = json.loads(sys.stdin.read()); print(d["load"], d["ratio"] > 1.5, d["low"] <= d["ratio"] <= d["high"], d["probability_slower"] > 0.9, d["regression"], d["before_runs"], d["after_runs"])'
|~ ./prog True True True True [4-8] [4-8]
$ yoke bench --compare HEAD~1 --format json | python3 -c 'import json, sys; d = json.load(sys.stdin); print(d["regressions"], len(d["changes"]))'
| 1 1
$ yoke bench --compare $(git rev-parse --short HEAD~1)..HEAD nothing | tail -1
!~ yoke bench: no results of '[0-9a-f]{40}' are kept
# With something to measure, that is compared, and kept; with HEAD itself, with what was kept before.
$ yoke bench --compare HEAD~1 --reps 8 -- ./prog >table; echo $?; grep -c '^./prog .* REGRESSION$' table; sed -n 2p table | awk '{print $1}'
| 3
| 1
| ./prog
$ yoke bench --compare HEAD --reps 8 --threshold 90 --format json -- ./prog | python3 -c 'import json, sys; d = json.load(sys.stdin); c = d["changes"]; print(len(d["rows"]), d["regressions"], len(c), c[0]["before_sessions"], c[0]["after_sessions"])'
| 1 0 1 2 1
$ yoke bench --compare HEAD~1 --reps 2 --report=json:r.json --format json -o out.json -- ./prog; echo $?; python3 -c 'import json; print(len(json.load(open("r.json"))["changes"]))'
|~ [03]
| 1
# The figures are there although nothing is kept that they could be compared with.
$ yoke bench --compare HEAD~1 --reps 2 -- true | grep -c '^true '
| 1
!~ yoke bench: no results of '[0-9a-f]{40}' are kept
$ yoke bench --compare HEAD~1 --reps 2 --format csv -- true
! yoke bench: --compare beside a measurement writes a table or json
! try 'yoke bench --help'
? 2
# Without git, the digits of a commit do.
$ id=$(git rev-parse HEAD~1 | cut -c1-10); mv .git away; yoke bench --compare $id >table; echo $?; mv away .git
| 3
# Names that are not UTF-8.
$ for i in 1 2; do yoke bench --reps 4 --db names.db --format csv -o out.csv -- printf "$(printf 'a\377b')"; git commit -qm $i --allow-empty; done; yoke bench --db names.db --compare HEAD~2..HEAD~1 --format json | python3 -c 'import json, sys; print(ascii(json.load(sys.stdin)["changes"][0]["load"]))'
| 'printf a\ufffdb'
# What cannot be used.
$ yoke bench --compare HEAD~9
! yoke bench: no results of 'HEAD~9' are kept
? 1
$ yoke bench --compare HEAD~1..HEAD -- true
! yoke bench: --compare A..B measures nothing; name what is kept
! try 'yoke bench --help'
? 2
$ yoke bench --compare HEAD~1..HEAD --threads 2
! yoke bench: --threads: --compare HEAD~1..HEAD measures nothing
! try 'yoke bench --help'
? 2
$ yoke bench --compare HEAD --vs true
! yoke bench: --vs: --compare HEAD measures nothing without loads or a command
! try 'yoke bench --help'
? 2
$ yoke bench --compare HEAD..HEAD
!~ yoke bench: --compare: both sides are [0-9a-f]{40}
! try 'yoke bench --help'
? 2
$ yoke bench --compare ..HEAD
! yoke bench: --compare: expected a commit, or two as A..B
! try 'yoke bench --help'
? 2
$ yoke bench --compare $(printf 'x%.0s' $(seq 300))
! yoke bench: --compare: no such commit
! try 'yoke bench --help'
? 2
$ yoke bench --compare HEAD --format csv
! yoke bench: --compare writes a table, json or jsonl
! try 'yoke bench --help'
? 2
$ yoke bench --compare HEAD --no-db
! yoke bench: --compare needs a database
! try 'yoke bench --help'
? 2
$ yoke bench --threshold 3 -- true
! yoke bench: --threshold belongs to --compare
! try 'yoke bench --help'
? 2
$ head -c 5000 /dev/zero >zero.db; yoke bench --db zero.db -- true
! yoke bench: zero.db: file is not a database
? 1
$ yoke bench --db nowhere/../prog/x.db -- true
! yoke bench: nowhere/../prog/x.db: unable to open database file
? 1
# The database breaks meanwhile: the figures are written all the same.
$ yoke bench --db broken.db --reps 2 --format csv -- sh -c 'echo no database at all >broken.db' >rows; echo $?; wc -l <rows
| 1
| 2
!~ yoke bench: results are not kept: broken.db: .*
# The usual place cannot be used: that is told, and the rest goes on.
$ XDG_DATA_HOME=$PWD/prog yoke bench --reps 2 --format csv -- true | wc -l
| 2
!~ yoke bench: results are not kept: .*/prog/yoke/bench.db: unable to open database file

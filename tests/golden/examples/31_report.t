# What the report says is known: half of the 0.2 s of member 0 is what member 1 has, behind 0.1 s alone.
@ limit 60
$ 31_report . >text; grep -c '^efficiency' text; grep -o '"solve"\|"read the grid"' 31_report.json | sort -u
| 1
| "read the grid"
| "solve"
$ cat >check.py <<'END'
> import json
> p = json.load(open("31_report.json"))
> e = p["efficiency"]
> assert abs(e["load_balance"] - 0.8) < 0.05, e
> assert abs(e["load_balance"] * e["serialisation"] * e["transfer"] - e["parallel"]) < 1e-12, e
> names = [r["name"] for r in p["regions"]]
> spans = [s for s in p["spans"] if names[s[0]] == "solve"]
> assert len(spans) == 2 and {s[1] for s in spans} == {0, 1}, spans
> events = json.load(open("31_report.trace"))["traceEvents"]
> assert sum(event["ph"] == "X" and event["name"] == "solve" for event in events) == 2
> END
$ python3 check.py
$ 31_report none >/dev/null
! 31_report: cannot write none/31_report.json: No such file or directory
? 1

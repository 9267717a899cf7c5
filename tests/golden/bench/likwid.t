# --group counts a group of likwid in each run, with a library that answers like likwid where its
# headers are installed; without one, and without counters, a figure of its name is not measured.
@ limit 60
<<< counted.py
import csv, json, os, re, sqlite3
document, stub = json.load(open("r.json")), "YOKE_LIKWID" in os.environ
rows, table, lines = list(csv.DictReader(open("r.csv"))), open("table").read(), open("notes").read().splitlines()
db = sqlite3.connect("own.db")
for row, kept in zip(document["rows"], db.execute("SELECT id FROM result ORDER BY id").fetchall()):
    for m in row["metrics"]:
        assert len(m["samples"]) == row["runs"], m
        stored = db.execute("SELECT median, json_array_length(samples), source FROM metric WHERE result = ? AND name = ?", (kept[0], m["name"])).fetchone()
        assert stored == (m["median"], row["runs"], m["source"]), (stored, m)
        assert m["name"] in rows[0] and (rows[0][m["name"]] == "") == (m["median"] is None), m
        said = re.findall(rf"^  {re.escape(m['name'])} +(.*)$", table, re.M)
        assert len(said) == 2 and (said[0] == "not measured") == (m["median"] is None), said
names = [m["name"] for m in document["rows"][0]["metrics"]]
likwid = {m["name"]: m["median"] for m in document["rows"][0]["metrics"]}
if stub:
    print(likwid["CPI"] == 2 and likwid["INSTR_RETIRED_ANY"] > 0 and likwid["Nonsense"] is None and not lines)
else:
    print(os.path.exists("/dev/cpu/0/msr") or (names == ["MEM"] and any("likwid: " in line for line in lines)))
>>>
$ stub=$B/tests/likwid_stub.so; [ ! -e $stub ] || export YOKE_LIKWID=$stub; yoke bench triad -j 1,2 -n 10K --reps 3 --group MEM --db own.db --report=json:r.json >table 2>notes; yoke bench triad -j 1,2 -n 10K --reps 3 --group MEM --no-db --format csv -o r.csv 2>>notes; python3 counted.py
| True
$ yoke bench triad --group ''
! yoke bench: --group: expected a group of likwid
! try 'yoke bench --help'
? 2
$ yoke bench --compare A..B --group MEM
! yoke bench: --group: --compare A..B measures nothing
! try 'yoke bench --help'
? 2

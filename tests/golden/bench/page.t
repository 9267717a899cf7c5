# The page of an experiment has its rows, its laws, and a roof where the loads have work below it.
# report.t has the other forms.
@ limit 60
@ plain
<<< document.py
import json, re, sys
d = json.loads(re.search(r'id="data">(.*?)</script>', sys.stdin.read(), re.S)[1])
e = d["experiment"]
print(d["profile"], [row["load"] for row in e["rows"]], sorted({fit["law"] for fit in e["fits"]}))
print({name: value > 0 for name, value in e.get("roof", {}).items()}, e["weak"])
>>>
$ yoke bench triad -j 1,2,3 -n 100K --reps 2 --report=html:a.html >/dev/null && python3 document.py <a.html
| None ['triad', 'triad', 'triad'] ['amdahl']
| {'bytes': True, 'flops': True} False
$ yoke bench sort_u64 -j 1,2,3 -n 1K --weak --reps 2 --report=html:a.html >/dev/null && python3 document.py <a.html
| None ['sort_u64', 'sort_u64', 'sort_u64'] ['gustafson']
| {} True
$ yoke bench triad --report=html
! yoke bench: --report: html needs a file: --report=html:FILE
! try 'yoke bench --help'
? 2
$ yoke bench triad --report=html:nowhere/a.html
! yoke bench: --report: cannot write nowhere/a.html: No such file or directory
? 1

# --report goes to standard error, behind the result.
$ printf 'k,v\na,1\nb,2\na,3\n' >t.csv
$ yoke agg 'sum(v)' --by k t.csv -j 2 --report
| k,sum(v)
| a,4
| b,2
!~ 2 groups from 3 records, 16 B in [0-9.]+ s \(.*/s, [0-9.]+ million records/s\)
!
!~  cpu +busy +idle +blocks +bytes +records +share +keys
!~  *([0-9]+|\?) +[0-9.]+ s +[0-9.]+ s +[0-9]+ +[0-9]+ B +[0-9]+ +[0-9.]+ % +[0-9]+
!~  *([0-9]+|\?) +[0-9.]+ s +[0-9.]+ s +[0-9]+ +[0-9]+ B +[0-9]+ +[0-9.]+ % +[0-9]+
!
!~ phases      open [0-9.]+ s, read and group [0-9.]+ s, merge [0-9.]+ s, order [0-9.]+ s, write [0-9.]+ s
!~ tables      [0-9.]+ .*B
!~ balance     [0-9.]+ % \(mean busy [0-9.]+ s / most busy [0-9.]+ s\)
!~ efficiency  [0-9.]+ % \(mean busy / wall [0-9.]+ s\) = balance x [0-9.]+ % \(most busy / wall\)
!~ threads     2, asked for by --threads; the CPU limit is [0-9]+:
!...
!~ machine     [0-9]+ packages?, .*
!
!~ run         yoke agg, [0-9]+ threads?, [0-9.]+ .*s
!~ machine     .*; at most [0-9]+ processors?: .*
!...
!~ limit       .*
!...
# The limit names what binds it.
$ OMP_NUM_THREADS=1 yoke agg 'count()' t.csv --report 2>&1 | grep -E '^threads|OpenMP threads'
| threads     1, the CPU limit is 1:
|~   \* OpenMP threads +1  OMP_NUM_THREADS.*1
# As JSON, one line.
$ yoke agg 'sum(v)' --by k t.csv --report=json -o out.csv 2>report.json; wc -l <report.json; python3 -c "
> import json; r = json.load(open('report.json'))
> print(r['groups'], r['records'], sum(c['records'] for c in r['cores']), len(r['cores']) == r['threads'])
> print(sorted(r))
> print([b['binding'] for b in r['cpu_limit']['bounds']].count(True), sorted(r['phases']))"
| 1
| 2 3 3 True
| ['bytes', 'cores', 'cpu_limit', 'groups', 'load_balance', 'machine', 'parallel_efficiency', 'phases', 'profile', 'records', 'seconds', 'table_bytes', 'threads']
| 1 ['map', 'merge', 'open', 'order', 'sort', 'write']
# The profile is the last member, as in the reports of all commands.
$ python3 -c "
> import json; p = json.load(open('report.json'))['profile']
> print(p['program'], p['regions'][0]['parent'], sorted(p['efficiency'])[:3])"
| yoke agg -1 ['elapsed_s', 'limit', 'limit_factor']
# In a file, whole, and after the output.
$ yoke agg 'sum(v)' --by k t.csv --report=text:report.txt -o out.csv && head -n 1 report.txt; ls
|~ 2 groups from .*
| out.csv
| report.json
| report.txt
| t.csv
# No report of work that failed, and no trace of one.
$ yoke agg 'sum(k)' t.csv --report=csv:fail.csv
!...
? 1
$ ls
| out.csv
| report.json
| report.txt
| t.csv

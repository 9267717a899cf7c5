# A program's streams and exit status are its own.
$ printf 'in' | yoke doctor -- cat
| in
|\
!...
$ yoke doctor -o out -- sh -c 'echo to stdout; echo to stderr >&2; exit 7'
| to stdout
! to stderr
? 7
$ yoke doctor -o out -- sh -c 'kill -TERM $$'
? 143
$ yoke doctor -- no-such-program
! yoke doctor: cannot run 'no-such-program': No such file or directory
? 127
$ yoke doctor -- /
! yoke doctor: cannot run '/': Permission denied
? 126
# One that ends at once is not judged.
$ yoke doctor -- true
!~ yoke doctor: watched for .* s: .* of .* CPUs, .* samples?
!~ note: .* was seen at work for .* s only, in . samples?: how its threads work together is not judged
! nothing found
# JSON.
$ yoke doctor --json -o out -- true && python3 -c 'import json; d = json.load(open("out")); print(sorted(d)); print(d["findings"], d["status"])'
| ['cpu_limit', 'cpus', 'findings', 'killed', 'notes', 'processes', 'samples', 'seconds', 'status', 'threads', 'yoke']
| [] 0
# A process that runs already, for a time.
$ sleep 5 & yoke doctor --time 0.1 --json -o out -p $!; code=$?; kill $!; grep -c '"status": null' out; exit $code
| 1
# SIGTERM is handed on.
$ yoke doctor -o out -- sh -c 'trap "echo handed on; exit 5" TERM; echo $PPID >doctor; while :; do sleep 0.05; done' & while ! [ -s doctor ]; do sleep 0.02; done; kill $(cat doctor); wait $!
| handed on
? 5

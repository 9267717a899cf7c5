# The command line.
$ yoke doctor --help
| usage: yoke doctor [options]                        this node
|...
| example:
|...
$ yoke doctor -p 1 -- true
! yoke doctor: either a program or --pid, not both
! try 'yoke doctor --help'
? 2
$ yoke doctor --races
! yoke doctor: --races needs a command after --
! try 'yoke doctor --help'
? 2
$ yoke doctor --keep
! yoke doctor: --interval and --keep are for programs
! try 'yoke doctor --help'
? 2
$ yoke doctor --keep -p 1
! yoke doctor: --keep: a process that runs already is never ended
! try 'yoke doctor --help'
? 2
$ yoke doctor --races --time 1 -- true
! yoke doctor: --races goes with --json and --output only
! try 'yoke doctor --help'
? 2
$ yoke doctor -p 0
!~ yoke doctor: --pid: .*
! try 'yoke doctor --help'
? 2
$ yoke doctor --ime 1
! yoke doctor: unknown option '--ime'; did you mean '--time'?
! try 'yoke doctor --help'
? 2
$ yoke doctor -p 999999999
! yoke doctor: no process 999999999
? 1
# The node: every group is there, and each fact has a value.
@ limit 20
$ yoke doctor --time 0.02 --json -o out; python3 -c 'import json; d = json.load(open("out")); print(sorted({f["group"] for f in d["facts"]})); print(all(f["value"] for f in d["facts"] if f["group"] != "variables"))'
| ['CPU limit', 'OpenMP', 'binding', 'control group', 'counters', 'limits', 'memory', 'noise', 'processor', 'shared lines', 'topology', 'variables']
| True
$ OMP_NUM_THREADS=1000000 yoke doctor --time 0.02 -o out; echo $?; grep '^node: OpenMP is asked' out
| 1
|~ node: OpenMP is asked for 1e\+06 threads \(OMP_NUM_THREADS=1000000\) where .* CPUs are to be had
$ YOKE_NUM_THREADS=many yoke doctor --time 0.02 -o out; grep -A 1 many.*obeyed out
| node: YOKE_NUM_THREADS='many' is not obeyed
|   advice: give a positive whole number, or unset it
$ yoke doctor --
! yoke doctor: expected a program after '--'
! try 'yoke doctor --help'
? 2
$ yoke doctor -- nothing-there
! yoke doctor: cannot run 'nothing-there': No such file or directory
? 127

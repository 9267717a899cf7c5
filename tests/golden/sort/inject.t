# Each allocation and each system call failing in turn: see inject.py.
@ limit 120
$ printf 'b 2\na 10\nc 2\n' >a; printf 'x 1\ny 10' >b; printf 'a\0b\0' >names
$ python3 $GOLDEN/inject.py
| sort: every failure ends well
| names: every failure ends well
| merge: every failure ends well
| spill: every failure ends well
| binary: every failure ends well
| pieces: every failure ends well
| runs: every failure ends well
| report: every failure ends well
| unique: every failure ends well

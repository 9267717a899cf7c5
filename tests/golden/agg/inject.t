# Each allocation and each system call failing in turn: see inject.py.
@ limit 120
$ (echo k,v; for i in 1 2 3 4 5 6 7 8 9; do echo "a$i,$i"; echo "\"b\"\"$i\",$i.5"; done) >t.csv; gzip -k t.csv; zstd -q t.csv
$ python3 $GOLDEN/inject.py
| csv: every failure ends well
| json: every failure ends well
| table: every failure ends well

# Random lines, options and files against GNU sort: see random_lines.py.
@ limit 60
$ python3 $GOLDEN/random_lines.py 320
| 320 answers agree
$ python3 $GOLDEN/random_lines.py 12 spill
| 12 answers agree

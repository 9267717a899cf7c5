# Random lines, options and files against GNU sort: see random_lines.py.
@ limit 120
$ python3 $GOLDEN/random_lines.py 200
| 200 answers agree
$ python3 $GOLDEN/random_lines.py 8 spill
| 8 answers agree
$ python3 $GOLDEN/random_lines.py 12 deal
| 12 answers agree

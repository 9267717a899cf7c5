# Random small tables against sums of fractions and sqlite3: see random.py.
@ limit 60
$ python3 $GOLDEN/random.py 300
| 300 tables agree

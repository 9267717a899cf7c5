# Random small tables against sums of fractions and sqlite3: see random_tables.py.
@ limit 60
$ python3 $GOLDEN/random_tables.py 300
| 300 tables agree

# The ninth example: the same numbers by any number of threads, and by Python.
$ for n in 1 2 3 7; do OMP_NUM_THREADS=$n 09_queens; done | LC_ALL=C sort -u
= python3 "$GOLDEN/queens.py" 10 | LC_ALL=C sort

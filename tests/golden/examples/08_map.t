# The eighth example: the same answer by any number of threads, and by Python.
$ for n in 1 2 3 7 64; do OMP_NUM_THREADS=$n 08_map; done | uniq
= python3 "$GOLDEN/lengths.py" 300000

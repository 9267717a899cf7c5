# The sixth example: the same answer by any number of threads, and by Python.
$ 06_queue
= python3 "$GOLDEN/collatz.py" 100000

$ for n in 1 2 3 7 64; do OMP_NUM_THREADS=$n 06_queue; done | uniq
| 77031 takes 350 steps

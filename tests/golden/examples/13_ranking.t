# The thirteenth example: the ranking that Python finds, at any number of threads.
@ limit 30
$ for n in 1 2 3 7; do OMP_NUM_THREADS=$n 13_ranking; done | LC_ALL=C sort -u
= python3 "$GOLDEN/ranking.py" | LC_ALL=C sort -u

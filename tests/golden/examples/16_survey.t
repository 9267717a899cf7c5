# The sixteenth example: what Python counts, at any number of threads, and an estimate within 3 %.
@ limit 60
$ for n in 1 2 3 7; do OMP_NUM_THREADS=$n 16_survey | grep -v about; done | LC_ALL=C sort -u
= python3 "$GOLDEN/walks.py" | LC_ALL=C sort -u
$ 16_survey | awk '/about/ {print ($2 > 194000 && $2 < 206000)}'
| 1

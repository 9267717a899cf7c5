# The twenty-first example: Python's means of twelve in a row, with any number of threads.
$ 21_sensors <"$EXAMPLES/weather.csv"
= python3 "$GOLDEN/twelves.py" "$EXAMPLES/weather.csv"
$ for n in 1 2 3 7; do OMP_NUM_THREADS=$n 21_sensors <"$EXAMPLES/weather.csv" | sha256sum; done | sort -u | wc -l
| 1

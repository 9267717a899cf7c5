# The third example, at one thread and at three.
$ 03_histogram
= cat "$ROOT/examples/03_histogram.out"

$ OMP_NUM_THREADS=1 03_histogram && OMP_NUM_THREADS=3 03_histogram
= cat "$ROOT/examples/03_histogram.out" "$ROOT/examples/03_histogram.out"

# All times are in some bin.
$ 03_histogram | awk 'NR > 1 { n += $2 } END { print n }'
| 100000

# Regions: calls and declared work are exact, whatever the threads.
$ 30_regions
= cat "$ROOT/examples/30_regions.out"

$ OMP_THREAD_LIMIT=1 30_regions
= cat "$ROOT/examples/30_regions.out"

# With times.
$ 30_regions x | grep -c ' s$'
| 6

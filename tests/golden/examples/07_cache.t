# The seventh example: a cache loads each key once, whatever the number of threads.
$ 07_cache
= cat "$ROOT/examples/07_cache.out"

$ OMP_NUM_THREADS=7 07_cache
= cat "$ROOT/examples/07_cache.out"

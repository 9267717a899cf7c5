# The fourth example: yoke stays in the team of the caller's parallel region.
$ cd "$ROOT" && 04_inside_omp
= cat "$ROOT/examples/04_inside_omp.out"

$ cd "$ROOT" && OMP_MAX_ACTIVE_LEVELS=4 OMP_NUM_THREADS=2,2,2 04_inside_omp
= cat "$ROOT/examples/04_inside_omp.out"

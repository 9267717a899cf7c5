# The tenth example neither makes nor loses money, with any number of workers.
$ 10_bank && OMP_NUM_THREADS=1 10_bank && OMP_NUM_THREADS=3 10_bank
= cat "$ROOT/examples/10_bank.out" "$ROOT/examples/10_bank.out" "$ROOT/examples/10_bank.out"

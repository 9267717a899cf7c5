# The twelfth example: the same sum at any number of threads, and the exact one.
$ 12_exact_sum
= cat "$ROOT/examples/12_exact_sum.out"

# The twentieth example: zstd gives back what it compressed, however many threads there were.
$ 20_compress </dev/null | wc -c
| 0
$ seq 700000 >numbers && for n in 1 2 7; do OMP_NUM_THREADS=$n 20_compress <numbers | zstd -dc | cmp - numbers || echo "$n: not the same"; done
$ for n in 1 2 7; do OMP_NUM_THREADS=$n 20_compress <numbers | sha256sum; done | sort -u | wc -l
| 1
$ 20_compress <numbers >/dev/full
! 20_compress: standard output: No space left on device
? 1

# What yoke verify-repro finds in it.
@ limit 60
$ 33_verify; 33_verify fast; 33_verify own
| sum -693.145513896
| sum -693.145513896
| sum -693.145513896
$ yoke verify-repro --runs 2 --no-cause -j 1,2,3 -- 33_verify | sed 's/ digest [0-9a-f]*$//'
| the same in 7 runs:
|   standard output: 19 bytes,
|   results of yoke: 1
|   digests announced: 1
$ yoke verify-repro --no-cause -j 1,2,3 -- 33_verify fast | sed 's/ digest.*//; s/run [2-9]/run N/; 3q'
| differs: yoke_sum_f64, call 1
|   run 1: yoke_sum_f64, FAST: 8 bytes,
|   run N: yoke_sum_f64, FAST: 8 bytes,
$ yoke verify-repro --runs 2 --no-cause -j 1,2,3 -- 33_verify own | sed 's/ digest [0-9a-f]*$//; 3q'
| differs: digest 'sum', number 1
|   run 1: sum: 8 bytes,
|   run 2: sum: 8 bytes,

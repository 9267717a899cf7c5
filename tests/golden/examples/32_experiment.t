# Whatever the figures are: both ways have some, and the ratio lies in its interval.
@ limit 60
$ 32_experiment >out; sed 's/[0-9][0-9.e+-]*/N/g; s/, noisy//' out
| add_fast: median N ms, from N to N, N runs
| add_exactly: median N ms, from N to N, N runs
| add_exactly takes N times as long, with N % N to N
$ awk '/takes/ {print ($10 <= $3 && $3 <= $12)}' out
| 1

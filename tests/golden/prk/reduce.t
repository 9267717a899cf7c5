# reduce
$ prk_reduce 4 70001
| Vector reduction, two vectors a thread
| ITERATIONS = 4
| LENGTH     = 70001
| Solution validates
|~ Rate \(MFlop/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for n in 1 2 3 5 7; do prk_reduce 3 200000 -j $n | grep -c validates; done
| 1
| 1
| 1
| 1
| 1
# Three threads have six vectors, 1 to 6.
$ prk_reduce 5 1000 -j 3 --spoil
|...
| ERROR: the answer is nan, not 21
? 1
$ prk_reduce 5
! prk_reduce: expected LENGTH
! try 'prk_reduce --help'
? 2
$ prk_reduce 5 0
! prk_reduce: LENGTH: '0' is no whole number from 1 to 1099511627776
! try 'prk_reduce --help'
? 2

# sparse
$ prk_sparse 3 6 4
| Sparse matrix times vector, scrambled
| ITERATIONS = 3
| LOG2SIZE   = 6
| RADIUS     = 4
| Solution validates
|~ Rate \(MFlop/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for n in 1 2 3; do prk_sparse 2 7 3 -j $n; prk_sparse 2 0 0 -j $n; prk_sparse 2 4 7 -j $n; done | grep -c validates
| 9
$ prk_sparse 5 6 4 --spoil
|...
| ERROR: the answer is nan, not 1462272
? 1
$ prk_sparse 1 2 2
! prk_sparse: a star of radius 2 laps itself on a grid of size 4
? 2
$ prk_sparse 1 17 2
! prk_sparse: LOG2SIZE: '17' is no whole number from 0 to 16
! try 'prk_sparse --help'
? 2

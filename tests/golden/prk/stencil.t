# stencil: radius 2 unless it is said
$ prk_stencil 3 200
| Stencil on a grid of two dimensions
| ITERATIONS = 3
| SIZE       = 200
| RADIUS     = 2
| Solution validates
|~ Rate \(MFlop/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for r in 1 2 3 4 5 9; do for n in 1 2 3; do prk_stencil 2 113 $r -j $n; done; done | grep -c validates
| 18
$ prk_stencil 2 5 | grep validates
| Solution validates
$ prk_stencil 5 100 3 --spoil
|...
| ERROR: the answer is nan, not 12
? 1
$ prk_stencil 1 4
! prk_stencil: a stencil of radius 2 does not fit a grid of size 4
? 2
$ prk_stencil 1 100 33
! prk_stencil: [RADIUS]: '33' is no whole number from 1 to 32
! try 'prk_stencil --help'
? 2

# random: each update is taken back, by any number of threads
$ prk_random 14 4 8
| Random access
| LOG2SIZE   = 14
| RATIO      = 4
| VECTOR     = 8
| Solution validates
|~ Rate \(MUpdate/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for n in 1 2 3 7; do prk_random 10 1024 1 -j $n; done | grep -c validates
| 4
$ prk_random 12 4 16 --spoil
|...
| ERROR: the answer is 2, not 1
? 1
$ prk_random 4 3 1
! prk_random: RATIO and VECTOR must be powers of two, and VECTOR at most half of the updates
? 2
$ prk_random 4 4 64
! prk_random: RATIO and VECTOR must be powers of two, and VECTOR at most half of the updates
? 2
$ prk_random 0 4 64
! prk_random: LOG2SIZE: '0' is no whole number from 1 to 36
! try 'prk_random --help'
? 2

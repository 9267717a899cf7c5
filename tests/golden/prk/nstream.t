# nstream: the answer is checked, a NaN is found, bad arguments are refused.
$ prk_nstream 3 100001
| Stream triad: A = A + (B + scalar C)
| ITERATIONS = 3
| LENGTH     = 100001
| OFFSET     = 0
| Solution validates
|~ Rate \(MB/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for n in 1 2 3 7; do prk_nstream 2 100000 13 -j $n | grep -c validates; done
| 1
| 1
| 1
| 1
$ prk_nstream 1 1 | tail -2 | head -1
| Solution validates
$ prk_nstream 3 1000 --spoil
|...
| ERROR: the answer is nan, not 32
? 1
$ prk_nstream
! prk_nstream: expected ITERATIONS
! try 'prk_nstream --help'
? 2
$ prk_nstream 3
! prk_nstream: expected LENGTH
! try 'prk_nstream --help'
? 2
$ prk_nstream 0 5
! prk_nstream: ITERATIONS: '0' is no whole number from 1 to 1000000000
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 5x
! prk_nstream: LENGTH: '5x' is no whole number from 1 to 1099511627776
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 -5
! prk_nstream: unknown option '-5'
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 2 3 4
! prk_nstream: unexpected '4'
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 2 -j 0
! prk_nstream: --threads: '0' is no whole number from 1 to 4096
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 2 -j
! prk_nstream: a value is missing after '-j'
! try 'prk_nstream --help'
? 2
$ prk_nstream 1 2 --fast
! prk_nstream: unknown option '--fast'
! try 'prk_nstream --help'
? 2
$ prk_nstream --help
| usage: prk_nstream [options] ITERATIONS LENGTH [OFFSET]
|...

# transpose
$ prk_transpose 3 101
| Transpose of a matrix, added: B = B + A^T
| ITERATIONS = 3
| ORDER      = 101
| Solution validates
|~ Rate \(MB/s\): [0-9.]+, Avg time \(s\): [0-9.]+
$ for n in 1 2 3 7; do for order in 1 7 64 200; do prk_transpose 2 $order -j $n; done; done | grep -c validates
| 16
$ prk_transpose 5 100 --spoil
|...
| ERROR: the answer is nan, not 1
? 1
$ prk_transpose 5 0
! prk_transpose: ORDER: '0' is no whole number from 1 to 1048576
! try 'prk_transpose --help'
? 2

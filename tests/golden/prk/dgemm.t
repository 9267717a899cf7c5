# dgemm, where OpenBLAS is installed
$ if command -v prk_dgemm >/dev/null; then prk_dgemm 2 200; else echo Solution validates; fi | grep validates
| Solution validates
$ if command -v prk_dgemm >/dev/null; then prk_dgemm 2 200 --spoil; else echo ERROR; false; fi | grep -o ERROR
| ERROR

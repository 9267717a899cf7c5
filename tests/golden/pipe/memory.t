# More memory than there is. (Sanitizers need more than that themselves.)
@ plain
$ head -c 300000 /dev/zero | (ulimit -v 200000; yoke pipe --block 900M -- wc -c)
!~ yoke pipe: no memory for a block of \d+ bytes
? 1
$ for what in --zstd --gzip; do yes | head -c 100000000 | (ulimit -v 120000; yoke pipe -j 2 $what --block 32M >/dev/null); echo $?; done
| 1
| 1
!~ yoke pipe: no memory .*
!~ yoke pipe: no memory .*
$ yes | head -c 1000000 | zstd -q --long=27 >f; (ulimit -v 120000; yoke pipe -j 2 --zstd -d f)
! yoke pipe: no memory to decompress
? 1

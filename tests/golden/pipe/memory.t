# More memory than there is. (Sanitizers need more than that themselves.)
@ plain
$ head -c 300000 /dev/zero | (ulimit -v 200000; yoke pipe --lines 100 --block 900M -- wc -c)
!~ yoke pipe: no memory for a block of \d+ bytes
? 1

# Temporary files and results that do not fit: the limit of the file's size stands for a full disk.
# (ThreadSanitizer itself cannot live with the limit.)
@ plain
$ seq 300000 >t; echo old >out
$ trap '' XFSZ; ulimit -f 300; yoke sort -S 1 -T . --compress=none t -o out
!~ yoke sort: cannot write a temporary file: File too large
? 2
$ trap '' XFSZ; ulimit -f 300; yoke sort t -o out
!~ yoke sort: cannot write the output: File too large
? 2
$ cat out; ls -A
| old
| out
| t

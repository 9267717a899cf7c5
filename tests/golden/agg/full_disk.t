# A result that does not fit: the limit of the file's size stands for a full disk. The file that was
# there stays as it was, and nothing else is left. (ThreadSanitizer itself cannot live with the limit.)
@ plain
$ echo old >out.csv
$ (echo k; seq 30000) >many.csv
$ trap '' XFSZ; ulimit -f 64; yoke agg 'count()' --by k many.csv -o out.csv
! yoke agg: cannot write out.csv: File too large
? 1
$ cat out.csv; ls -A
| old
| many.csv
| out.csv

# Ctrl-C and its kin: at once, with the right status, and nothing left.
@ limit 12
$ echo old >out; mkfifo pipe
# While a pipe is waited for that nobody writes to.
$ exec 3<>pipe; timeout -k 40 -s INT --preserve-status 0.3 yoke sort -o out <&3
? 130
$ exec 3<>pipe; timeout -k 40 -s TERM --preserve-status 0.3 yoke sort -o out -j 3 <&3
? 143
# While lines flow, into memory and into temporary files.
$ bash -c 'yes abc | timeout -k 40 -s INT --preserve-status 0.3 yoke sort -S 500M -o out & wait $!; echo $?'
| 130
$ bash -c 'yes abc | timeout -k 40 -s HUP --preserve-status 0.5 yoke sort -S 1 -T . -o out & wait $!; echo $?'
| 129
$ bash -c 'timeout -k 40 -s INT --preserve-status 0.5 yoke sort <(seq 300000) > >(sleep 1.5); echo $?'
| 130
$ cat out; ls -A
| old
| out
| pipe

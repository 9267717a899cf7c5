# What yoke sort does with files as they are.
<<< a
pear
apple
>>>
<<< b
fig
apple
>>>
$ yoke sort a b
| apple
| apple
| fig
| pear
$ yoke sort <a
| apple
| pear
$ cat b | yoke sort a - | tr '\n' ' '
|~ apple apple fig pear 
$ yoke sort -r a b -u
| pear
| fig
| apple
# A last line without an end gets one; empty lines and empty files are no trouble.
$ printf 'b\n\na' | yoke sort
| 
| a
| b
$ yoke sort /dev/null; printf '' | yoke sort
$ printf '\n\n' | yoke sort | od -c
| 0000000  \n  \n
| 0000002
# Bytes are bytes: NUL, bytes above 127, carriage returns.
$ printf 'b\0x\nb\nb\0\n\377\n\303\251\nz\r\nz\n' | yoke sort | od -An -c
|    b  \n   b  \0  \n   b  \0   x  \n   z  \n   z  \r  \n 303 251
|   \n 377  \n
$ printf 'b\nx\0a\0' | yoke sort -z | od -An -c
|    a  \0   b  \n   x  \0
# A file in the list twice is read twice; standard input is not.
$ yoke sort a a | wc -l; yoke sort - - <a | wc -l
| 4
| 2
# The output may be an input, keeps its mode, and is replaced as a whole.
$ cp a c; chmod 640 c; yoke sort c b -o c; cat c; stat -c %a c
| apple
| apple
| fig
| pear
| 640
$ ln -s c link; yoke sort -r c -o link; head -n 1 c; ls -A
| pear
| a
| b
| c
| link
# Files without a size.
$ test "$(yoke sort /proc/self/status | wc -l)" -gt 10
$ yoke sort -c /proc/version
# Names from a file.
$ printf 'a\0b' | yoke sort --files0-from=- | head -n 3
| apple
| apple
| fig
$ printf 'a\0b\0' >names; yoke sort -m --files0-from names | wc -l
| 4
$ printf '' >none; yoke sort --files0-from none
!~ yoke sort: no input from 'none'
! try 'yoke sort --help'
? 2
$ printf 'a\0\0' | yoke sort --files0-from -
! yoke sort: -:2: a name of no bytes
! try 'yoke sort --help'
? 2
$ yoke sort --files0-from names a
! yoke sort: files cannot be named both in the line and by --files0-from
! try 'yoke sort --help'
? 2
$ yoke sort --files0-from missing
! yoke sort: missing: No such file or directory
? 2
# What cannot be read is said before anything is written.
$ echo old >out; yoke sort a missing -o out
! yoke sort: missing: No such file or directory
? 2
$ yoke sort a . >out2
! yoke sort: .: is a directory, expected a file
? 2
$ cat out; wc -c <out2
| old
| 0
$ yoke sort a -o missing/out
! yoke sort: cannot write missing/out: No such file or directory
? 2
$ yoke sort a >/dev/full
! yoke sort: cannot write the output: No space left on device
? 2
# Who reads the output may go away.
$ seq 200000 | (yoke sort; echo $? >status) | head -n 1; cat status
| 1
| 141

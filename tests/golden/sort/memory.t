# More than the memory holds: the least memory is 1 MiB.
@ limit 30
$ seq 300000 | awk '{ print ($1 * 7919) % 300007, "line", $1 }' >t
$ yoke sort -S 1 t | cksum
= LC_ALL=C sort t | cksum
$ yoke sort -S 1 -j 3 --compress=zstd -k 1,1n t | cksum
= LC_ALL=C sort -k 1,1n t | cksum
$ cat t | yoke sort -S 1 -u -k 1.1,1.2 -T . | cksum; ls -A
= LC_ALL=C sort -u -k 1.1,1.2 t | cksum; echo t
$ yoke sort -S 1 -s -k 2,2 t | cmp - t
$ yoke sort -S 2M -T . -T .. -r t -o t2; LC_ALL=C sort -r t | cmp - t2
# One line that is longer than the memory, among others.
$ (cat t; head -c 5000000 /dev/zero | tr '\0' y; echo; cat t; head -c 20000000 /dev/zero | tr '\0' x) >long
$ yoke sort -S 1 long | cksum
= LC_ALL=C sort long | cksum
# Only empty lines.
$ head -c 500000 /dev/zero | tr '\0' '\n' | yoke sort -S 1 | wc -lw
|~  *500000  *0
# Many files to merge.
$ mkdir many; seq 700 | while read -r i; do echo "$i" >many/$i; echo "$i same" >>many/$i; done
$ yoke sort -m -S 1 -k 2 many/* | cksum
= LC_ALL=C sort -k 2 many/* | cksum
# Temporary files that cannot be made or written.
$ yoke sort -S 1 -T missing t
! yoke sort: cannot make a temporary file in missing: No such file or directory
? 2
$ yoke sort -S 1 -T t t
!~ yoke sort: cannot make a temporary file in t: .*
? 2

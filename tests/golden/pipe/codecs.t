# Compression on all cores; the standard tools read it, and it is the same at any number of workers.
@ limit 30
$ seq 900000 >s
$ for j in 1 2 5; do yoke pipe --zstd -j $j s | md5sum; done | uniq | wc -l
| 1
$ for j in 1 2 5; do cat s | yoke pipe --gzip -j $j | md5sum; done | uniq | wc -l
| 1
$ yoke pipe --zstd s | zstd -dc | cmp - s; yoke pipe --zstd=19 --block 100K s | zstd -dc | cmp - s
$ yoke pipe --gzip s | gzip -dc | cmp - s; yoke pipe --gzip=12 --block 3K s >s.gz; gzip -t s.gz; gzip -dc s.gz | cmp - s
# The way back, from us and from others, with one frame and with many.
$ for b in 1K 100K 1M 8M; do yoke pipe --zstd --block $b s | yoke pipe --zstd -d -j 3 | cmp - s; done
$ for b in 1K 100K 1M 8M; do yoke pipe --gzip --block $b s | yoke pipe --gzip -d -j 3 | cmp - s; done
$ zstd -qc s >1.zst; gzip -c s >1.gz; yoke pipe --zstd -d 1.zst | cmp - s; yoke pipe --gzip -d 1.gz | cmp - s
$ cat s | zstd -qc | yoke pipe --zstd -d | cmp - s
$ yoke pipe --gzip s >2.gz; cat 2.gz 1.gz 2.gz | yoke pipe --gzip -d | cmp - 3 2>&1; cat s s s >3; cat 2.gz 1.gz 2.gz | yoke pipe --gzip -d | cmp - 3
| cmp: 3: No such file or directory
$ yoke pipe --zstd s >2.zst; cat 2.zst 1.zst 2.zst | yoke pipe --zstd -d | cmp - 3
$ yoke pipe --zstd -d 1.zst 2.zst | md5sum
= cat s s | md5sum
# Nothing, one byte, what does not get smaller.
$ : | yoke pipe --zstd | zstd -dc; : | yoke pipe --gzip | gzip -dc; printf x | yoke pipe --gzip | yoke pipe --gzip -d; echo
| x
$ head -c 3000000 /dev/urandom >r; yoke pipe --zstd r | zstd -dc | cmp - r; yoke pipe --gzip r | gzip -dc | cmp - r
# Damage. What is before it is written.
$ head -c 300000 2.zst >t; bash -c 'yoke pipe --zstd -d t | head -c 4500000 | cmp -n 4500000 - s; yoke pipe --zstd -d t >/dev/null'
! yoke pipe: t: ends in the middle of a frame
? 1
$ bash -c 'yoke pipe --gzip -d <(head -c 50000 1.gz) >/dev/null'
!~ yoke pipe: /dev/fd/\d+: ends in the middle of a member
? 1
$ (head -c 3000 2.gz; printf 'xxxx'; tail -c +3005 2.gz) >t; yoke pipe --gzip -d t >/dev/null
! yoke pipe: t: damaged: a member that is not what its checksum says
? 1
$ (head -c 3000 2.zst; printf 'xxxx'; tail -c +3005 2.zst) >t; yoke pipe --zstd -d t >/dev/null
!~ yoke pipe: t: damaged: .*
? 1
$ (head -c 3000 1.gz; printf 'xxxx'; tail -c +3005 1.gz) >t; yoke pipe --gzip -d t >/dev/null
!~ yoke pipe: t: damaged: .*
? 1
$ yoke pipe --zstd -d s
! yoke pipe: s: not in zstd format
? 1
$ yoke pipe --gzip -d s
! yoke pipe: s: not in gzip format
? 1
$ (cat 2.gz; echo more) | yoke pipe --gzip -d >/dev/null
! yoke pipe: standard input: something that is not gzip stands behind a frame
? 1
$ : | yoke pipe --zstd -d
! yoke pipe: standard input: empty, not in zstd format
? 1
$ seq 9 | zstd -q --long=28 >long; yoke pipe --zstd -d long
! yoke pipe: long: needs more memory than 128 MiB: a frame with a long window
? 1
# A full disk, both ways and with members of another program.
$ for what in '--zstd s' '--gzip s' '--zstd -d 2.zst' '--gzip -d 2.gz' '--zstd -d 1.zst' '--gzip -d 1.gz'; do yoke pipe $what >/dev/full; echo $?; done 2>&1
| yoke pipe: cannot write the output: No space left on device
| 1
| yoke pipe: cannot write the output: No space left on device
| 1
| yoke pipe: cannot write the output: No space left on device
| 1
| yoke pipe: cannot write the output: No space left on device
| 1
| yoke pipe: cannot write the output: No space left on device
| 1
| yoke pipe: cannot write the output: No space left on device
| 1
# Nobody reads any more.
$ bash -c 'for what in --zstd --gzip "--gzip -d"; do [ "$what" = "--gzip -d" ] && in=2.gz || in=s; yoke pipe $what --block 10K $in $in $in | head -c 1 | wc -c; echo ${PIPESTATUS[0]}; done'
| 1
| 141
| 1
| 141
| 1
| 141
# Ctrl-C: busy, and waiting for input.
$ for what in --zstd --gzip=12; do yes | timeout -k 40 -s INT --preserve-status 0.3 yoke pipe $what >/dev/null; echo $?; done
| 130
| 130
$ mkfifo f; exec 3<>f; echo >&3; for what in --gzip '--gzip -d'; do timeout -k 40 -s TERM --preserve-status 0.3 yoke pipe $what f >/dev/null; echo $?; done
| 143
| 143
$ bash -c 'cat s s s | yoke pipe --zstd -d <(cat 2.zst 2.zst 2.zst 2.zst) | head -1; echo ${PIPESTATUS[1]}'
| 1
| 141
$ yoke pipe --gzip nosuch
! yoke pipe: cannot open 'nosuch': No such file or directory
? 1
# The command line.
$ yoke pipe --zstd --gzip s
! yoke pipe: --zstd or --gzip, not both
! try 'yoke pipe --help'
? 2
$ yoke pipe --zstd=20 s
! yoke pipe: --zstd: '20' is no whole number from 1 to 19
! try 'yoke pipe --help'
? 2
$ yoke pipe --zstd s -- cat
! yoke pipe: a command or a codec, not both
! try 'yoke pipe --help'
? 2
$ yoke pipe --zstd --tee s
! yoke pipe: --zstd and --gzip take --block, --jobs and --files only
! try 'yoke pipe --help'
? 2
$ yoke pipe -d s
! yoke pipe: --decompress: expected --zstd or --gzip, too
! try 'yoke pipe --help'
? 2

# What can go wrong around the commands. Nothing hangs, nothing is left running.
@ limit 20
$ seq 200000 >s
# One that reads nothing, one that stops reading.
$ yoke pipe --block 100K s -- true
$ cat s | yoke pipe --block 300K -- head -1 | wc -l
| 5
$ yoke pipe --round-robin -j 2 --block 100K s -- true
$ yoke pipe --tee -j 2 --block 100K s -- sh -c '[ {#} = 1 ] || exec wc -l'
| 200000
# One that writes more than it reads; what has to wait lies in a temporary file.
$ yoke pipe --lines 50000 -j 4 s -- sh -c '[ {#} != 1 ] || sleep 0.5; cat; seq 400000' | md5sum
= for i in 0 1 2 3; do seq $((i * 50000 + 1)) $((i * 50000 + 50000)); seq 400000; done | md5sum
$ yoke pipe --round-robin -j 2 --block 300K s -- sh -c 'cat; seq 400000' | sort | md5sum
= (cat s; seq 400000; seq 400000) | sort | md5sum
$ yoke pipe --tee -j 2 --block 300K s -- sh -c 'cat; seq 400000' | md5sum
= (cat s; seq 400000; cat s; seq 400000) | md5sum
$ TMPDIR=/nonexistent yoke pipe --lines 50000 -j 4 s -- sh -c '[ {#} != 1 ] || sleep 1; seq 400000' >/dev/null
! yoke pipe: cannot make a temporary file: No such file or directory
? 1
# Nobody reads the output any more; the disk is full.
$ bash -c 'yoke pipe --block 10K s -- sh -c "cat; sleep 0.1" | head -1; echo ${PIPESTATUS[0]}'
| 1
| 141
$ yoke pipe s -- cat >/dev/full
! yoke pipe: cannot write the output: No space left on device
? 1
$ bash -c 'yoke pipe --round-robin -j 2 --block 10K s -- cat | head -1; yoke pipe --unordered -j 2 --block 10K s -- cat | head -1 | wc -l; echo ${PIPESTATUS[0]}'
| 1
| 1
| 141
$ bash -c 'for how in --round-robin "--tee -j 3"; do yoke pipe $how --block 10K s s s -- cat | head -1; echo ${PIPESTATUS[0]}; done'
| 1
| 141
| 1
| 141
$ for how in --tee --round-robin --unordered; do yoke pipe $how -j 2 --block 10K s -- cat >/dev/full; echo $?; done
| 1
| 1
| 1
! yoke pipe: cannot write the output: No space left on device
! yoke pipe: cannot write the output: No space left on device
! yoke pipe: cannot write the output: No space left on device
# Commands that read many blocks: one is killed, one never reads and never ends.
$ yoke pipe --round-robin -j 2 --block 300K s -- sh -c 'if [ {#} = 1 ]; then kill -9 $$; fi; tail -1'
| 191413
! yoke pipe: command 1: 'sh' was killed by signal 9
? 137
$ yoke pipe --tee -j 2 --block 300K s -- sh -c 'if [ {#} = 1 ]; then kill -9 $$; fi; tail -1'
| 200000
! yoke pipe: command 1: 'sh' was killed by signal 9
? 137
$ yoke pipe --round-robin -j 2 --timeout 300ms --block 300K s s -- sh -c 'if [ {#} = 1 ]; then sleep 3500.5; fi; wc -c'
|...
!...
! yoke pipe: command 1: 'sh' was ended after 0.3 s
!...
? 124
$ while pgrep -fx 'sleep 3500.5' >/dev/null; do sleep 0.1; done
# Records longer than a block are read whole, up to a limit.
$ (printf 'a\n'; head -c 300000 /dev/zero | tr '\0' x; printf '\nb\n') >long; yoke pipe --block 1K long -- wc -c
| 2
| 300001
| 2
$ yoke pipe --block 1K --max-record 100K long -- wc -c
|...
!~ yoke pipe: long: the record at byte 2 is longer than 102400 bytes
? 1
# No line feed at the end.
$ for how in --ordered --round-robin --tee; do printf 'a\nb' | yoke pipe $how --lines 1 -j 1 -- cat | od -An -c; done
|    a  \n   b
|    a  \n   b
|    a  \n   b
# Inputs.
$ yoke pipe nosuch -- cat
! yoke pipe: cannot open 'nosuch': No such file or directory
? 1
$ yoke pipe / -- cat
! yoke pipe: '/' is a directory
? 1
$ printf 'a\n' >a; yoke pipe a nosuch -- cat
|...
! yoke pipe: cannot open 'nosuch': No such file or directory
? 1
# Ctrl-C ends the groups of all commands.
$ timeout -k 40 -s INT --preserve-status 0.4 yoke pipe --block 100K -j 2 s -- sh -c 'sleep 3200.5 & sleep 3200.5; wait'
? 130
$ while pgrep -fx 'sleep 3200.5' >/dev/null; do sleep 0.1; done
$ bash -c '(seq 10; sleep 5) | timeout -k 40 -s TERM --preserve-status 0.4 yoke pipe -- cat; echo ${PIPESTATUS[1]}'
| 143
$ for how in --tee --round-robin; do timeout -k 40 -s INT --preserve-status 0.4 yoke pipe $how -j 2 s -- sh -c 'sleep 3600.5 & sleep 3600.5; wait'; echo $?; done
| 130
| 130
$ while pgrep -fx 'sleep 3600.5' >/dev/null; do sleep 0.1; done
$ timeout -k 40 -s INT --preserve-status 0.4 yoke pipe s -- sh -c 'trap "" INT TERM; sleep 3300.5; sleep 3300.5'
? 130
$ while pgrep -fx 'sleep 3300.5' >/dev/null; do sleep 0.1; done

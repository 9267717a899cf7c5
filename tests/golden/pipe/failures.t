# Commands that fail.
$ seq 30 >s
# The first block that failed gives the status; the others go on.
$ yoke pipe --lines 10 -j 1 s -- sh -c 'head -1; [ {#} = 1 ] || exit 1{#}'
| 1
| 11
| 21
!~ yoke pipe: block 2 \(bytes 21 to 51\): 'sh' ended with status 12
!~ yoke pipe: block 3 \(bytes 51 to 81\): 'sh' ended with status 13
? 12
# A command killed.
$ yoke pipe --lines 30 s -- sh -c 'echo a; kill -9 $$'
| a
! yoke pipe: block 1 (bytes 0 to 81): 'sh' was killed by signal 9
? 137
# Its errors come with its output.
$ yoke pipe --lines 10 -j 3 s -- sh -c '[ {#} != 1 ] || sleep 0.3; echo {#} >&2'
! 1
! 2
! 3
# The first failure ends the run; what is before it is written.
$ yoke pipe --fail-fast --lines 1 -j 2 s -- sh -c '[ {#} != 4 ] || exit 3; [ {#} -lt 4 ] || sleep 3000; cat'
| 1
| 2
| 3
! yoke pipe: block 4 (bytes 6 to 8): 'sh' ended with status 3
? 3
# Again, without what the first attempt wrote.
$ yoke pipe --lines 10 --retries 2 -j 1 s -- sh -c 'head -1; [ {#} != 2 ] || [ -e tried ] || { touch tried; exit 1; }'
| 1
| 11
| 21
! yoke pipe: block 2 (bytes 21 to 51): 'sh' ended with status 1; it is run again
$ yoke pipe --lines 30 --retries 1 s -- false
! yoke pipe: block 1 (bytes 0 to 81): 'false' ended with status 1; it is run again
! yoke pipe: block 1 (bytes 0 to 81): 'false' ended with status 1
? 1
# Too slow: the whole group is ended, also one that will not hear.
$ yoke pipe --timeout 300ms s -- sh -c 'echo begun; sleep 3100.5 | cat'
| begun
! yoke pipe: block 1 (bytes 0 to 81): 'sh' was ended after 0.3 s
? 124
$ yoke pipe --timeout 200ms s -- sh -c 'trap "" TERM; sleep 3100.5; sleep 3100.5'
! yoke pipe: block 1 (bytes 0 to 81): 'sh' was ended after 0.2 s
? 124
# Which is another thing than to end with that status by itself.
$ yoke pipe --timeout 100 s -- sh -c 'exit 124'
! yoke pipe: block 1 (bytes 0 to 81): 'sh' ended with status 124
? 124
$ while pgrep -fx 'sleep 3100.5' >/dev/null; do sleep 0.1; done
# With many blocks for a command it is the command that failed.
$ yoke pipe --round-robin --lines 1 -j 2 s -- sh -c 'cat >x; exit {#}'
!~ yoke pipe: command [12]: 'sh' ended with status [12]
!~ yoke pipe: command [12]: 'sh' ended with status [12]
? 1
# No such command, one that is none.
$ yoke pipe s -- nosuch
! yoke pipe: cannot run 'nosuch': No such file or directory
? 127
$ yoke pipe s -- ./s
! yoke pipe: cannot run './s': Permission denied
? 126

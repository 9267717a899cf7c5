# Commands that read many blocks.
$ seq 20000 >s; yoke pipe --round-robin --lines 5000 -j 2 s -- sed -n '1p;$p'
| 1
| 15000
| 5001
| 20000
$ yoke pipe --round-robin --block 1K -j 3 s -- cat | sort -n | cmp - s && echo same
| same
# In each run the same.
$ for i in 1 2 3; do cat s | yoke pipe --round-robin --block 1K -j 3 -- md5sum | md5sum; done | uniq | wc -l
| 1
$ yoke pipe --tee -j 3 s -- sh -c 'echo {#} $(tail -1)'
| 1 20000
| 2 20000
| 3 20000
$ cat s | yoke pipe --tee --block 1K -j 2 -- cat | md5sum
= cat s s | md5sum
# One that reads nothing holds up nobody.
$ yoke pipe --tee --block 1K -j 2 s -- sh -c '[ {#} = 1 ] || wc -l'
| 20000
# A last line without an end stays apart from the next file's first; nothing is added at the end.
$ printf 'a\nb' >1; printf 'h\nc' >2; yoke pipe --round-robin -j 1 1 2 -- cat; echo; yoke pipe --tee -j 2 --header 2 1 -- paste -sd,
| a
| b
| h
| c
| h,c,a,b
| h,c,a,b
$ yoke pipe --round-robin --block 1 -j 2 1 1 -- paste -sd,
| a,a
| b,b
# Fewer blocks than commands.
$ printf '1\n' | yoke pipe --round-robin -j 4 -- wc -l
| 1
# Of brief commands the next are started ahead, but no more than n read at a time.
$ yoke pipe --lines 100 -j 1 s -- sh -c 'read first; mkdir reading || echo "{#} reads beside another"; cat >rest; rmdir reading'
# The time of one that waits to read does not count.
$ yoke pipe --lines 500 --timeout 5 -j 1 s -- sh -c 'read first; case {#} in 21|22) sleep 3 ;; esac; echo $first' | sed -n '21,22p'
| 10001
| 10501
# One that fails before it may read does not keep others from reading.
$ yoke pipe --lines 100 --fail-fast -j 2 s -- sh -c '[ {#} -lt 50 ] || exit 3; cat' | md5sum
= head -4900 s | md5sum
!...
! yoke pipe: block 50 (bytes 23393 to 23893): 'sh' ended with status 3
!...
$ yoke pipe --lines 100 --retries 1 -j 2 s -- sh -c '[ -e once{#} ] || { touch once{#}; exit 1; }; cat' 2>again | cmp - s; wc -l <again
| 200
# As they are ready, each in one piece.
$ yoke pipe --unordered --lines 4000 -j 4 s -- sh -c 'cat; touch done{#}; until [ {#} != 1 ] || [ -e done5 ]; do sleep 0.05; done' >u
$ head -1 u | grep -c '^1$'; sort -n u | cmp - s; awk '$1 != last + 1 { pieces++ } { last = $1 } END { print (pieces <= 5) }' u
| 0
| 1

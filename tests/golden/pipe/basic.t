# Blocks through copies of a command, outputs in order.
$ seq 100000 >s; cat s | yoke pipe -- cat | cmp - s && echo same
| same
$ for b in 3000 4K 64K 1M; do yoke pipe --block $b -j 3 s -- cat | cmp - s; done; echo done
| done
$ seq 3000 >t; for b in 1 7; do head -200 t | yoke pipe --block $b -j 3 -- cat; done | md5sum
= seq 200 >u; cat u u | md5sum
# From a pipe, which is read into memory, and from several files, of which none shares a block.
$ cat s | yoke pipe --block 9K -j 2 -- cat | cmp - s && echo same
| same
$ printf 'a\nb' >1; printf 'c\n' >2; yoke pipe 1 - 2 <t -- wc -l
| 1
| 3000
| 1
# The file is read from where standard input stands.
$ (read -r line; yoke pipe -- head -1) <t
| 2
# No line end at the end, none at all, no input at all.
$ printf 'a\nb' | yoke pipe --block 2 -- sh -c 'cat; echo .'
| a
| .
| b.
$ printf 'abc' | yoke pipe -- cat; echo
| abc
$ yoke pipe </dev/null -- wc -c; : | yoke pipe -j 3 -- wc -c
| 0
| 0
# Lines, counted.
$ yoke pipe --lines 1000 t -- sed -n '1p;$p'
| 1
| 1000
| 1001
| 2000
| 2001
| 3000
$ cat t | yoke pipe --lines 999 -j 2 -- wc -l
| 999
| 999
| 999
| 3
# The number of the block.
$ yoke pipe --lines 1500 t -- echo '{#}:{#}' x
| 1:1 x
| 2:2 x
# A list of files.
$ printf 't\n1\n' >list; yoke pipe --files list -- wc -l; printf '2\n' | yoke pipe --files - -- cat
| 3000
| 1
| c
# A header before each block of its input.
$ printf 'h\n1\n2\n' >3; printf 'g\n8\n9\n' >4; yoke pipe --header --lines 1 3 4 -- paste -sd,
| h,1
| h,2
| g,8
| g,9
$ cat 3 | yoke pipe --header=2 --block 1 -- paste -sd,
| h,1,2
# Nothing but a header, or parts of one: still a block that begins with it.
$ printf 'h\n' | yoke pipe --header -- cat; printf 'h\n' >5; yoke pipe --header=2 5 5 -- sh -c 'cat; echo .'
| h
| h
| .
$ yoke pipe --header 5 3 -- paste -sd,
| h,1,2
# As awk counts.
$ yoke pipe --block 5K s -- awk '{ s += $1 } END { print s }' | awk '{ s += $1 } END { print s }'
= seq 100000 | awk '{ s += $1 } END { print s }'

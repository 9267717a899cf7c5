# Records that are not lines.
@ limit 240
$ printf 'a,"b\nc"\nd,e\n"x\n""\ny",2' | yoke pipe --records csv --block 4 -- sh -c 'cat; echo "|"'
| a,"b
| c"
| |
| d,e
| |
| "x
| ""
| y",2|
$ printf '>a\nAC\nGT\n>b\nTT\n>c\n' >f; yoke pipe --records fasta --block 1 f -- paste -sd' '
| >a AC GT
| >b TT
| >c
$ cat f | yoke pipe --records fasta --block 9 -- paste -sd' '
| >a AC GT
| >b TT >c
$ printf 'x 1\n y\nx 2\n\nx 3\n' | yoke pipe --records '^x [0-9]' --block 1 -- paste -sd,
| x 1, y
| x 2,
| x 3
# The same records however they come and in whatever blocks.
$ python3 "$GOLDEN/random_records.py"
| 150 inputs
# Blocks of a file are those of the same bytes from a pipe, wherever the last record in them ends:
# within the 4 KiB of the block that are looked at first, in its last 64 KiB, or before.
$ python3 -c 'for i in range(300): print(str(i) * (i * 7919 % 30000 + 1))' >long
$ for kind in lines '^[0-9]*5'; do yoke pipe --block 100K --records "$kind" long -- wc -c >of_file; cat long | yoke pipe --block 100K --records "$kind" -- wc -c | cmp - of_file && wc -l <of_file; done
| 146
| 45

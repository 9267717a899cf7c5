# Records that are not lines.
@ limit 40
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

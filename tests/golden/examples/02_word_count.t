# The second example counts as grep, sort and uniq do.
$ cd "$ROOT" && 02_word_count
= cat "$ROOT/examples/02_word_count.out"

$ cd "$ROOT" && OMP_NUM_THREADS=3 02_word_count | tail -n +2
= grep -oE '[A-Za-z]+' "$ROOT/LICENSE" | sort | uniq -c | sort -k 1,1nr -k 2 | head -10 | awk '{ printf "%6d %s\n", $1, $2 }'

$ 02_word_count missing.txt
! missing.txt: No such file or directory
? 1

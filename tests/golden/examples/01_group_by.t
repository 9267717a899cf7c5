# The first example prints what it should, at any number of threads, and awk agrees.
$ cd "$ROOT" && 01_group_by
= cat "$ROOT/examples/01_group_by.out"
= awk -F, 'NR > 1 && $5 != "" { if (!n[$1]++ || $5 > hot[$1]) hot[$1] = $5; sum[$1] += $5 } END { for (s in n) printf "%-12s %4d %7.2f %7.2f\n", s, n[s], sum[s] / n[s], hot[s] | "sort" }' "$EXAMPLES/weather.csv"

$ cd "$ROOT" && OMP_NUM_THREADS=1 01_group_by && OMP_NUM_THREADS=3 01_group_by
= cat "$ROOT/examples/01_group_by.out" "$ROOT/examples/01_group_by.out"

$ 01_group_by missing.csv
! missing.csv: No such file or directory
? 1

$ 01_group_by "$EXAMPLES/countries.csv"
!~ .*no column 'station'.*
? 1

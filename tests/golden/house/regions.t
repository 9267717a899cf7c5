# Programs report what they call of the library without a word: kernels by their names; and the
# check sees one that does not.
@ limit 60
$ YOKE_MEASURE=p.json yoke verify-repro --self -j 2 >rows; $GOLDEN/regions.py $ROOT p.json
$ sed 's/"yoke_gather_u64"/"another"/g; s/"yoke_gather_[a-z0-9]*"/"another"/g' p.json >q.json; $GOLDEN/regions.py $ROOT q.json
| permute.h: yoke_gather is no region
# Patterns.
$ YOKE_MEASURE=p.json yoke bench aio_read batch_empty counting fib groupby lease limiter sort_lines -j 2 -n 200 --reps 2 --no-db >rows; python3 -c '
> import json
> regions = {(r["name"], r["activity"]) for r in json.load(open("p.json"))["regions"]}
> for name in "aio", "actor", "create resource", "pool work", "yoke_batch_run", "yoke_pipeline_run", "yoke_groupby_run", "yoke_mapreduce", "read", "aggregate", "merge", "yoke_sort_lines":
>     if (name, "work") not in regions: print(name, "is missing")
> for name in "pool worker", "pipeline worker", "yoke_team_run":
>     if (name, "runtime") not in regions: print(name, "is missing")'

# The library's own promises.
@ limit 60
$ yoke verify-repro --self --only 'product' -j 1,3
| | algorithm | input, up to | reproducible | digest | tries |
| |---|---|---|---|---|
|~ \| product \| 50,000 doubles near 1 \| any threads \| `[0-9a-f]{16}` \| same \|
|~ \| product, exact \| 50,000 doubles near 1 \| exact \| `[0-9a-f]{16}` \| same \|
|~ \| sum, product, dot, mean and variance of integers \| .*same \|
$ yoke verify-repro --self --only sort --json | python3 -c "
> import json, sys; d = json.load(sys.stdin)
> print(d['same'], all(r['same'] == r['ways'] for r in d['rows']), len(d['rows']) > 4)"
| True True True

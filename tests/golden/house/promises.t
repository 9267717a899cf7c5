# Each promise of bits in the public headers is tried by yoke verify-repro --self; and the check sees
# what is missing.
@ limit 60
$ yoke verify-repro --self --json -j 2 >rows; $GOLDEN/promises.py $ROOT <rows
$ sed 's/"headers":"permute"/"headers":""/g' rows | $GOLDEN/promises.py $ROOT
| permute.h: no row of --self, and no reason why
| permute.h: promises 'same result at', and no row of --self tries it
$ mkdir -p tree/perf; cp -r $ROOT/include tree; cp $ROOT/perf/verify_list_*.c tree/perf; sed -i '/yoke_gather\|yoke_set_symm/d' tree/perf/*.c; touch tree/include/yoke/another.h; $GOLDEN/promises.py tree <rows
| another.h: no row of --self, and no reason why
| merge.h: yoke_set_symmetric is in no row of --self
| permute.h: yoke_gather is in no row of --self

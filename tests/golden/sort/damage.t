# Temporary files that change between the runs and the merge: see damage.py.
@ limit 30
$ python3 $GOLDEN/damage.py
| text, --compress none: every damage was found
| text, --compress zstd: every damage was found
| numbers, --compress none: every damage was found
| numbers, --compress zstd: every damage was found

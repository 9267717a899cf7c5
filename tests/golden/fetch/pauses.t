# Pauses between tries, as the log has them.
@ limit 30
<<< pauses.py
import json, sys
for name in sys.argv[1:]:
    for o in sorted(map(json.loads, open(name)), key=lambda o: o["file"]):
        assert o["seconds"] * 1.00001 >= o["paused"]
        print(o["file"], o["tries"], o["paused"])
>>>
# Doubled up to the most, less a random part of at most a half: 10 + 20 + 25 + 25 ms.
$ $GOLDEN/serve 'for seed in 7 7 8; do yoke fetch --retries 4 --backoff 0.01 --backoff-max 0.025 --seed $seed --log $seed.$((i += 1)) $AT/status/500; done' 2>/dev/null
? 1
$ python3 pauses.py 7.1 7.2 8.3 | python3 -c '
> a, b, c = [line.split() for line in open(0)]
> print(a == b, a[1], a[2] != c[2], all(0.04 <= float(x[2]) <= 0.08 for x in (a, b, c)))'
| True 5 True True
# What the server wishes, in seconds or as a date, holds up to the most.
$ $GOLDEN/serve 'yoke fetch --retries 1 --backoff 0.01 --backoff-max 0.025 --log after $AT/after/7 $AT/afterdate/3600' 2>/dev/null; python3 pauses.py after
| 3600 2 0.025
| 7 2 0.025
$ $GOLDEN/serve 'yoke fetch --retries 1 --backoff 0.01 --log once $AT/after/1' 2>/dev/null; python3 pauses.py once
| 1 2 1.0

# Arrays of numbers.
<<< make.py
import struct, sys
sys.stdout.buffer.write(struct.pack(f"<{len(sys.argv) - 2}{sys.argv[1]}", *map(float if sys.argv[1] in "fd" else int, sys.argv[2:])))
>>>
<<< show.py
import struct, sys
data = sys.stdin.buffer.read()
print(*struct.unpack(f"<{len(data) // struct.calcsize(sys.argv[1])}{sys.argv[1]}", data))
>>>
$ python3 make.py Q 3 1 18446744073709551615 2 1 >a; python3 make.py Q 7 >b; yoke sort --binary u64 a b | python3 show.py Q
| 1 1 2 3 7 18446744073709551615
$ yoke sort --binary=u64 -ru b - -o a <a; python3 show.py Q <a
| 18446744073709551615 7 3 2 1
$ python3 make.py q 3 -1 -5 2 | yoke sort --binary i64 | python3 show.py q
| -5 -1 2 3
$ python3 make.py i 3 -1 -5 2 | yoke sort --binary i32 -r -j 3 | python3 show.py i
| 3 2 -1 -5
$ python3 make.py I 3 4294967295 0 | yoke sort --binary u32 | python3 show.py I
| 0 3 4294967295
$ python3 make.py d 3 -0.0 0 inf -inf nan 1e-310 | yoke sort --binary f64 | python3 show.py d
| -inf -0.0 0.0 1e-310 3.0 inf nan
$ python3 make.py f 3 -0.5 0.25 | yoke sort --binary f32 | python3 show.py f
| -0.5 0.25 3.0
$ yoke sort --binary u64 /dev/null | wc -c
| 0
$ python3 make.py i 1 2 2 1 >c; yoke sort --binary i32 -c c
! yoke sort: c:4: disorder
? 1
$ yoke sort --binary i32 -cu c
! yoke sort: c:3: disorder
? 1
$ yoke sort --binary i32 -Cu c
? 1
$ yoke sort --binary i32 -u c | yoke sort --binary i32 -cu
$ yoke sort --binary i32 -cr b
$ head -c 12 a >part; yoke sort --binary u64 part
! yoke sort: part: 12 bytes are no whole number of 8-byte elements
? 2
$ yoke sort --binary u64 missing
! yoke sort: missing: No such file or directory
? 2
$ yoke sort --binary u16 a
! yoke sort: --binary: 'u16' is not u64, i64, u32, i32, f32 or f64
! try 'yoke sort --help'
? 2
$ yoke sort --binary u64 -n a
! yoke sort: --binary goes with -c, -C, -j, -m, -o, -r, -s and -u only
! try 'yoke sort --help'
? 2
# Many numbers from a pipe.
$ python3 -c "import random, array, sys; r = random.Random(1); array.array('Q', [r.randrange(2**64) for _ in range(200000)]).tofile(sys.stdout.buffer)" >r; cat r r | yoke sort --binary u64 | yoke sort --binary u64 -C; yoke sort --binary u64 -r r | yoke sort --binary u64 -cr

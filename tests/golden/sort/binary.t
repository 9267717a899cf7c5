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
! yoke sort: --binary goes with -c, -C, -j, -m, -o, -r, -s, -S, -T, -u and --compress only
! try 'yoke sort --help'
? 2
# Many numbers from a pipe.
$ python3 -c "import random, array, sys; r = random.Random(1); array.array('Q', [r.randrange(2**64) for _ in range(200000)]).tofile(sys.stdout.buffer)" >r; cat r r | yoke sort --binary u64 | yoke sort --binary u64 -C; yoke sort --binary u64 -r r | yoke sort --binary u64 -cr
# More than the memory holds: the least memory is 1 MiB, and a piece is less than half of it. What is
# sorted in memory has the same bytes; -m, -u and -r, too.
<<< many.py
import random, array, sys
r = random.Random(2)
kind, n = sys.argv[1], int(sys.argv[2])
bits = 8 * array.array(kind).itemsize
whole = [r.getrandbits(bits) >> r.randrange(bits) for _ in range(n // 2)] * 2
array.array("Q" if bits == 64 else "I", whole).tofile(sys.stdout.buffer)
>>>
$ for t in Q,u64 q,i64 d,f64 I,u32 i,i32 f,f32; do k=${t%,*} b=${t#*,}; python3 many.py $k 300000 >big; for how in "" -ru; do yoke sort --binary $b -S 1G $how big -o whole; yoke sort --binary $b -S 1 $how big | cmp - whole; yoke sort --binary $b -j 3 -S 1 --compress zstd -T . $how <big | cmp - whole; yoke sort --binary $b -C $how whole; done; done; ls -A | grep -v '^[a-c]$'
| big
| make.py
| many.py
| part
| r
| show.py
| whole
$ python3 many.py Q 400000 >big; python3 -c "import array, sys; a = array.array('Q', open('big', 'rb').read()); array.array('Q', sorted(a)).tofile(open('want', 'wb')); array.array('Q', sorted(set(a))).tofile(open('once', 'wb')); array.array('Q', sorted(a, reverse=True)).tofile(open('back', 'wb'))"
$ yoke sort --binary u64 -S 1 big | cmp - want; yoke sort --binary u64 -S 1 -u big | cmp - once; yoke sort --binary u64 -rS 1 --compress none big | cmp - back
# Files that are sorted already: read once, a few or so many that it takes several rounds.
$ yoke sort --binary u64 -muS 1 want once want | cmp - once; yoke sort --binary u64 -m -S 1 want once -o both; (cat want; cat once) | yoke sort --binary u64 | cmp - both; yoke sort --binary u64 -mr back - /dev/null -o both <back; (cat want; cat want) | yoke sort --binary u64 -r | cmp - both; yoke sort --binary u64 -m | wc -c
| 0
$ split -b 80000 want run.; ls run.* | wc -l; yoke sort --binary u64 -mS 1 run.* | cmp - want; yoke sort --binary u64 -m -S 1 --compress zstd -T . run.* | cmp - want; rm run.*
| 40
# The first number out of order, in a later block than the first; no output.
$ yoke sort --binary u64 -m once back -o never; head -c 3200000 want >near; head -c 8 once >>near; yoke sort --binary u64 -m -S 1 want near -o never; printf x >>once; yoke sort --binary u64 -m once want -o never; ls never
!~ yoke sort: back:[23]: disorder in a file to be merged
! yoke sort: near:400001: disorder in a file to be merged
!~ yoke sort: once: \d* bytes are no whole number of 8-byte elements
! ls: cannot access 'never': No such file or directory
? 2
# Sorted already, and the other way round: pieces that do not overlap. Many small files.
$ yoke sort --binary u64 -S 1 want | cmp - want; yoke sort --binary u64 -r want | yoke sort --binary u64 -S 1 | cmp - want
$ split -b 8000 big part.; yoke sort --binary u64 -S 1 part.* | cmp - want; (cat big; printf x) >odd; yoke sort --binary u64 -S 1 odd -o never; ls never
! yoke sort: odd: 3200001 bytes are no whole number of 8-byte elements
! ls: cannot access 'never': No such file or directory
? 2
$ yoke sort --binary u64 -S 1 -T missing big
! yoke sort: cannot make a temporary file in missing: No such file or directory
? 2
# Where a block of a check ends and the next begins: 2^20 elements of eight bytes.
$ python3 -c "import array, sys; array.array('Q', list(range(1048576)) + [1048575] + list(range(1048576, 1200000)) + [5]).tofile(sys.stdout.buffer)" >near; yoke sort --binary u64 -c near
! yoke sort: near:1200002: disorder
? 1
$ yoke sort --binary u64 -cu near
! yoke sort: near:1048577: disorder
? 1

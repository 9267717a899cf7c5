# Keys, against GNU sort in the C locale.
<<< t
b  10 x,2,c
a 9 y,10,B
a 10 z,1,a
 c -1.5 w,,d
c 1e2 v,0x10,D
d 2K u,1,C
d 1M t,1,b
Mar 3 s
feb 7 r
>>>
$ yoke sort -k 2,2n -k 1 t
= LC_ALL=C sort -k 2,2n -k 1 t
$ yoke sort -k2n t
= LC_ALL=C sort -k2n t
$ yoke sort -k 2,2g -k 1,1r t
= LC_ALL=C sort -k 2,2g -k 1,1r t
$ yoke sort -k 2,2h t; yoke sort -k 1,1M t; yoke sort -M t
= LC_ALL=C sort -k 2,2h t; LC_ALL=C sort -k 1,1M t; LC_ALL=C sort -M t
$ yoke sort -b -k 1.2,1.3 t; yoke sort -k 1.2b,1.3 t; yoke sort -bf t; yoke sort -k 2b,2.1b t
= LC_ALL=C sort -b -k 1.2,1.3 t; LC_ALL=C sort -k 1.2b,1.3 t; LC_ALL=C sort -bf t; LC_ALL=C sort -k 2b,2.1b t
$ yoke sort -t , -k 2,2n -s t; yoke sort -t , -k 3f t; yoke sort -t , -k 2,2n -u t; yoke sort -t , -k 2,1 t
= LC_ALL=C sort -t , -k 2,2n -s t; LC_ALL=C sort -t , -k 3f t; LC_ALL=C sort -t , -k 2,2n -u t; LC_ALL=C sort -t , -k 2,1 t
$ yoke sort -d t; yoke sort -i t; yoke sort -df -k 1,1 t; yoke sort -n t; yoke sort -nr t; yoke sort -rs -k 1,1 t
= LC_ALL=C sort -d t; LC_ALL=C sort -i t; LC_ALL=C sort -df -k 1,1 t; LC_ALL=C sort -n t; LC_ALL=C sort -nr t; LC_ALL=C sort -rs -k 1,1 t
$ yoke sort --sort=numeric -k 2 t; yoke sort --key=2,2 --reverse t; yoke sort -k 99 -k 18446744073709551617 t
= LC_ALL=C sort -n -k 2 t; LC_ALL=C sort -k 2,2 -r t; LC_ALL=C sort t
$ printf '1\0002\000' >z; printf 'a\0001\nb\0000\n' | yoke sort -t '\0' -k 2 | tr '\0' ' '
| b 0
| a 1
# The order of -g: no number, then NaN, then numbers.
$ printf '%s\n' 1 inf nan x -inf 0 -0 1e-4940 | yoke sort -g
| x
| nan
| -inf
| -0
| 0
| 1e-4940
| 1
| inf
# NaN are equal when sign and payload are, however they are asked. GNU sort has no answer to hold this
# against: 9.1 compares bytes beside the number that nothing has set, and so keeps both lines of
# "nan nan" by -gu, and one by -k 1,1g -u; later ones compare what printf makes of the number.
$ printf '%s\n' nan 1 -nan 'NaN(1)' x NAN +nan 'nan(0x1)' y nan 1.0 >nans; yoke sort -gu nans >one; cat one
| x
| nan
| -nan
| NaN(1)
| 1
$ yoke sort -k 1,1g -u nans | cmp - one; yoke sort -gu -S 1 one nans | cmp - one; yoke sort -gs nans | yoke sort -gum - one | cmp - one; yoke sort -gcu one
$ yoke sort -gs nans | yoke sort -gcu
! yoke sort: -:2: disorder: y
? 1
# Numbers of any length, and what differs in the last digit.
$ (for i in 1 2 3; do printf '%s%d\n' 12345678901234567890123456789 $((4 - i)); done; printf '%0100d\n' 5; printf -- '-%s\n' 0.00000000000000000002 0.00000000000000000001) | yoke sort -n
| -0.00000000000000000002
| -0.00000000000000000001
| 0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000005
| 123456789012345678901234567891
| 123456789012345678901234567892
| 123456789012345678901234567893

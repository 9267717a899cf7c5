# Wrong types do not compile, and the check of that is no blind one.
@ limit 60
<<< compiles.c
int one = 1; /* must not compile */
>>>
<<< broken.c
int one = two; /* must not compile */
int three = four;
>>>
<<< nothing.c
int one = 1;
>>>
$ $ROOT/tests/compile_fail/run
$ $ROOT/tests/compile_fail/run compiles.c
| compiles.c:1: compiles
? 1
$ $ROOT/tests/compile_fail/run broken.c | grep -o '^broken.c:1: [a-z, ]*'
| broken.c:1: something else is wrong, too
| broken.c:1: does not compile without it
$ $ROOT/tests/compile_fail/run nothing.c
| nothing.c: one line has to end with /* must not compile */
? 1

# The unit-test harness: every way to fail is seen, and counted.
@ plain
@ limit 60
<<< tests/test_ways.c
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"

TEST(passes) { CU_ASSERT(test_random() == test_random() ? 0 : 1); }
TEST(differs) {
    unsigned char small = 200;
    CU_ASSERT_EQUAL(strlen("four"), 5);
    CU_ASSERT_EQUAL(0.1 + 0.2, 0.3);
    CU_ASSERT_EQUAL(small, -1);
    CU_ASSERT_STRING_EQUAL("one", "two");
    CU_ASSERT_STRING_EQUAL(NULL, "two");
    CU_ASSERT(small == 1);
}
TEST(stops) {
    REQUIRE(1 == 2);
    CU_FAIL("goes on");
}
TEST(crashes) { abort(); }
TEST(exits) { _exit(3); }
TEST_WITH_LIMIT(hangs, 1) {
    if (fork() == 0) execlp("sh", "sh", "-c", "echo $$ >sleeper; exec sleep 1234", NULL);
    pause();
}
TEST(leaves_files) {
    test_file("a", "x", 1);
    abort();
}
>>>
$ gcc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wno-sign-compare -I. -I$ROOT tests/test_ways.c $ROOT/tests/harness.c -lcunit -o test_ways
$ YOKE_TEST_SEED=7 ./test_ways
|~ ways: passes [0-9.]+ s ok
|     tests/test_ways.c:10: strlen("four") == 5: 4, not 5
|     tests/test_ways.c:11: 0.1 + 0.2 == 0.3: 0.30000000000000004, not 0.29999999999999999
|     tests/test_ways.c:12: small == -1: 200, not -1
|     tests/test_ways.c:13: "one" == "two":
|       is        "one"
|       should be "two"
|     tests/test_ways.c:14: NULL == "two":
|       is        "(null)"
|       should be "two"
|     tests/test_ways.c:15: small == 1
|~ ways: differs [0-9.]+ s FAILED \(status 1\)
|     tests/test_ways.c:18: 1 == 2
|~ ways: stops [0-9.]+ s FAILED \(status 1\)
|~ ways: crashes [0-9.]+ s FAILED \(Aborted\)
|~ ways: exits [0-9.]+ s FAILED \(status 3\)
|~ ways: hangs [0-9.]+ s FAILED \(time limit\)
|~ ways: leaves_files [0-9.]+ s FAILED \(Aborted\)
| ways: YOKE_TEST_SEED=7
| 1 passed, 6 failed
? 1
$ cat /proc/$(cat sleeper)/cmdline 2>/dev/null | wc -c
| 0
$ ./test_ways passes | sed -n '$p'
| 1 passed, 0 failed
$ ./test_ways no_such_test
|...
| 0 passed, 0 failed
? 1

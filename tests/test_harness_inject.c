/* SPDX-License-Identifier: Apache-2.0
 *
 * The injection of failures itself: what it promises to the tests that rely on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/inject.h"

/* Keeps the compiler from leaving an allocation out. */
static void *kept(void *block) {
    void *volatile seen = block;
    return seen;
}

TEST(the_nth_allocation_fails_once) {
    inject_fail_allocation(2);
    void *first = kept(malloc(8)), *second = kept(calloc(1, 8)), *third = kept(strdup("x"));
    CU_ASSERT(first && !second && third);
    CU_ASSERT(inject_happened());
    free(first), free(third);
}

TEST(transfers_are_short_and_interrupted) {
    const char *path = test_file("ten", "0123456789", 10);
    char data[10];
    int file = open(path, O_RDONLY);
    REQUIRE(file >= 0);
    inject_short_io(3);
    CU_ASSERT_EQUAL(read(file, data, sizeof data), 3);
    CU_ASSERT_EQUAL(pread(file, data, sizeof data, 8), 2);
    inject_short_io(0);
    inject_interrupt_io(2);
    CU_ASSERT_EQUAL(pread(file, data, sizeof data, 0), 10);
    CU_ASSERT_EQUAL(pread(file, data, sizeof data, 0), -1);
    CU_ASSERT_EQUAL(errno, EINTR);
    inject_reset();
    inject_fail_io(1, ENOSPC);
    CU_ASSERT_EQUAL(write(file, data, 1), -1);
    CU_ASSERT_EQUAL(errno, ENOSPC);
    close(file);
}

/* Three allocations, the second of which it can do without. */
static int allocates(void *ctx) {
    char *first = kept(malloc(1));
    char *second = first ? kept(malloc(1)) : NULL;
    char *third = first ? kept(malloc(1)) : NULL;
    int status = first && third ? 0 : -7;
    free(first), free(second), free(third);
    ++*(int *)ctx;
    return status;
}

TEST(each_allocation_fails_in_turn) {
    int runs = 0;
    CU_ASSERT_EQUAL(inject_each_allocation(allocates, &runs, -7), 2);
    CU_ASSERT_EQUAL(runs, 4);
}

static int opens(void *ctx) {
    int file = open(ctx, O_RDONLY);
    if (file < 0) return errno == EMFILE ? -5 : -6;
    close(file);
    return 0;
}

TEST(each_io_call_fails_in_turn) {
    CU_ASSERT_EQUAL(inject_each_io(opens, "/dev/null", EMFILE, -5), 1);
}

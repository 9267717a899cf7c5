/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact accumulators when memory runs out: with each number of bytes left in the arena, and none
 * to be had when they are used up.
 */
#include "tests/harness.h"

#include <string.h>

#include "tests/inject.h"
#include "yoke/exact.h"

enum { ALL = YOKE_EXACT_SUM | YOKE_EXACT_RANGE | YOKE_EXACT_SQUARES };

/* Makes all sorts of wide parts: moved hot parts, long digits, far exponents. */
static int add_numbers(yoke_exact *into, yoke_arena *arena) {
    static const char *const texts[] = {"1.5",
                                        "999999999999999999",
                                        "0.000000000000000001",
                                        "1e-300",
                                        "1e-900",
                                        "123456789012345678901234567890.123456789",
                                        "1e300",
                                        "nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        YOKE_TRY(yoke_exact_add_text(into, ALL, texts[i], strlen(texts[i]), arena));
    }
    return YOKE_OK;
}

static int use(yoke_arena *arena) {
    uint64_t storage[2][9] = {{0}};
    yoke_exact *a = (yoke_exact *)storage[0], *b = (yoke_exact *)storage[1];
    YOKE_TRY(add_numbers(a, arena));
    YOKE_TRY(yoke_exact_combine(b, a, ALL, arena));
    CU_ASSERT_EQUAL(yoke_exact_count(b), 8);
    return YOKE_OK;
}

/* With `left` bytes and no more. */
static int use_with(size_t left) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    REQUIRE(yoke_arena_alloc(&arena, 8) != NULL);
    arena.end = arena.next + left;
    inject_fail_allocation(1);
    int status = use(&arena);
    CU_ASSERT_EQUAL(status, inject_happened() ? YOKE_ENOMEM : YOKE_OK);
    inject_reset();
    yoke_arena_fini(&arena);
    return status;
}

TEST(every_missing_byte_is_noticed) {
    size_t left = 0;
    while (left < 16384 && use_with(left) == YOKE_ENOMEM) left += 8;
    CU_ASSERT(left > 1000);
    CU_ASSERT(left < 16384);
}

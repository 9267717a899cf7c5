/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts when memory is short: they say so, and have touched nothing.
 */
#include "tests/inject.h"
#include "tests/sort_keys.h"
#include "yoke/merge.h"

enum { MANY = 70000, SOME = 1000 };

static uint64_t keys[MANY], before[MANY], values[MANY];
static char records[SOME][24];

static void fill(size_t n) {
    test_random_seed(1);
    keys_fill(keys, n, 64, KEYS_RANDOM);
    memcpy(before, keys, sizeof keys);
}

static int check(int status, size_t n) {
    if (status == YOKE_ENOMEM) CU_ASSERT(!memcmp(keys, before, n * sizeof *keys));
    return status;
}

static int sort_keys(void *ctx) {
    size_t n = *(size_t *)ctx;
    fill(n);
    return check(yoke_sort(keys, n, YOKE_ASCENDING, NULL), n);
}
static int sort_nearly_sorted(void *ctx) {
    (void)ctx;
    keys_fill(keys, MANY, 64, KEYS_NEARLY);
    memcpy(before, keys, sizeof keys);
    return check(yoke_sort(keys, MANY, YOKE_ASCENDING, NULL), MANY);
}
static int sort_pairs(void *ctx) {
    size_t n = *(size_t *)ctx;
    fill(n);
    return check(yoke_sort_pairs(keys, values, 8, n, YOKE_ASCENDING, NULL), n);
}
static int argsort(void *ctx) {
    size_t n = *(size_t *)ctx;
    fill(n);
    return check(yoke_argsort(keys, n, YOKE_ASCENDING, values, NULL), n);
}
static int sort_records(void *ctx) {
    (void)ctx;
    fill(SOME);
    return yoke_sort_pairs(keys, records, sizeof *records, SOME, YOKE_ASCENDING, NULL);
}
static int sort_with_scratch(void *ctx) {
    (void)ctx;
    yoke_scratch scratch = {0};
    fill(SOME);
    int status = yoke_sort(keys, SOME, YOKE_ASCENDING, &(yoke_run){.scratch = &scratch});
    yoke_scratch_fini(&scratch);
    return check(status, SOME);
}
static int sort_some(void *ctx) {
    (void)ctx;
    static const size_t offsets[] = {0, SOME / 2, SOME};
    fill(SOME);
    YOKE_TRY(check(yoke_top(keys, SOME, 9, YOKE_ASCENDING, values, NULL), SOME));
    YOKE_TRY(check(yoke_nth(keys, SOME, 9, YOKE_ASCENDING, NULL), SOME));
    fill(SOME);
    return check(yoke_sort_segments(keys, offsets, 2, YOKE_ASCENDING, NULL), SOME);
}
static int compare(const void *a, const void *b, void *ctx) {
    (void)ctx;
    return memcmp(a, b, sizeof *keys);
}
static int sort_by(void *ctx) {
    (void)ctx;
    fill(SOME);
    return check(yoke_sort_by(keys, SOME, sizeof *keys, compare, NULL, NULL), SOME);
}
static int intersect(void *ctx) {
    (void)ctx;
    size_t count;
    for (size_t i = 0; i < SOME; i++) before[i] = keys[i] = i;
    int status =
        yoke_set_intersection(keys, SOME, before, SOME, YOKE_ASCENDING, values, &count, NULL);
    return check(status, SOME);
}
static int references(void *ctx) {
    (void)ctx;
    fill(SOME);
    YOKE_TRY(yoke_sort_pairs_u64_ref(keys, records, sizeof *records, SOME, YOKE_ASCENDING));
    YOKE_TRY(yoke_argsort_u64_ref(keys, SOME, YOKE_ASCENDING, values));
    YOKE_TRY(yoke_top_u64_ref(keys, SOME, 9, YOKE_ASCENDING, values));
    YOKE_TRY(yoke_nth_u64_ref(keys, SOME, 9, YOKE_ASCENDING));
    YOKE_TRY(yoke_sort_by_ref(keys, SOME, sizeof *keys, compare, NULL));
    return yoke_sort_u64_ref(keys, SOME, YOKE_ASCENDING);
}

TEST(short_of_memory) {
    size_t sizes[] = {SOME, MANY};
    for (int i = 0; i < 2; i++) {
        CU_ASSERT(inject_each_allocation(sort_keys, &sizes[i], YOKE_ENOMEM) > 0);
        CU_ASSERT(inject_each_allocation(sort_pairs, &sizes[i], YOKE_ENOMEM) > 0);
        CU_ASSERT(inject_each_allocation(argsort, &sizes[i], YOKE_ENOMEM) > 0);
    }
    CU_ASSERT(inject_each_allocation(sort_nearly_sorted, NULL, YOKE_ENOMEM) > 0);
    CU_ASSERT(inject_each_allocation(sort_records, NULL, YOKE_ENOMEM) > 2);
    CU_ASSERT(inject_each_allocation(sort_with_scratch, NULL, YOKE_ENOMEM) > 0);
    CU_ASSERT(inject_each_allocation(sort_some, NULL, YOKE_ENOMEM) > 3);
    CU_ASSERT(inject_each_allocation(sort_by, NULL, YOKE_ENOMEM) > 0);
    CU_ASSERT(inject_each_allocation(intersect, NULL, YOKE_ENOMEM) > 0);
    CU_ASSERT(inject_each_allocation(references, NULL, YOKE_ENOMEM) > 8);
}

/* Too many bytes for any memory. */
TEST(too_many) {
    size_t n = SIZE_MAX / 16;
    CU_ASSERT_EQUAL(yoke_sort_pairs(keys, records, SIZE_MAX / 4, 8, YOKE_ASCENDING, NULL),
                    YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_argsort32(keys, n, YOKE_ASCENDING, (uint32_t *)records, NULL),
                    YOKE_EINVAL);
}

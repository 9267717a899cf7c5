/* SPDX-License-Identifier: Apache-2.0
 *
 * Selecting when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/select.h"

enum { N = 100 };
static const uint32_t from[N];
static const unsigned char flags[N];
static uint32_t to[N];
static uint64_t lengths[N];

static int select_some(void *ctx) {
    size_t count = 99;
    (void)ctx;
    int status = yoke_select(from, flags, N, to, &count, NULL);
    CU_ASSERT_EQUAL(count, status == YOKE_OK ? 0 : 99);
    return status;
}

static int part_some(void *ctx) {
    size_t counts[3];
    (void)ctx;
    return yoke_partition3(from, N, 1, 2, to, counts, NULL);
}

static int encode_some(void *ctx) {
    size_t count;
    (void)ctx;
    YOKE_TRY(yoke_rle_encode(from, N, to, lengths, &count, NULL));
    return yoke_rle_decode(to, lengths, count, to + 1, N - 1, &count, NULL) == YOKE_ERANGE
               ? YOKE_OK
               : YOKE_ENOMEM;
}

TEST(memory_runs_out) {
    CU_ASSERT_EQUAL(inject_each_allocation(select_some, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(part_some, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(encode_some, NULL, YOKE_ENOMEM), 2);
}

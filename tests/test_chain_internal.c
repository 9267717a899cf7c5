/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of blocks when members are late.
 */
#include "tests/harness.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "kernels/chain.h"

enum { BLOCKS = 60, BLOCK = 10, N = BLOCKS * BLOCK - 3 };

/* Each item of block b is worth b % 4 units; what is delivered is noted. */
typedef struct notes {
    atomic_int collected[BLOCKS], counted;
    size_t before[BLOCKS], count[BLOCKS];
    bool slow;
} notes;

static size_t worth(size_t begin, size_t end) { return begin / BLOCK % 4 * (end - begin); }

static size_t collect(const void *ctx, size_t begin, size_t end, void *buffer) {
    notes *n = (notes *)(uintptr_t)ctx;
    atomic_fetch_add(&n->collected[begin / BLOCK], 1);
    if (n->slow && begin / BLOCK % 5 == 0) nanosleep(&(struct timespec){0, 2000000}, NULL);
    *(size_t *)buffer = begin;
    return worth(begin, end);
}

static size_t count(const void *ctx, size_t begin, size_t end) {
    atomic_fetch_add(&((notes *)(uintptr_t)ctx)->counted, 1);
    return worth(begin, end);
}

static void deliver(const void *ctx, size_t index, size_t before, size_t units,
                    const void *buffer) {
    notes *n = (notes *)(uintptr_t)ctx;
    if (*(const size_t *)buffer != index * BLOCK) before = SIZE_MAX;
    n->before[index] = before;
    n->count[index] = units;
}

static int run_chain(notes *n, const yoke_run *run, size_t items, size_t *total) {
    yoke__chain chain = {items, BLOCK, sizeof(size_t), collect, count, deliver, n};
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, yoke__chain_size(&chain, run)));
    int status = yoke__chain_run(&chain, run, work.memory, total);
    yoke__work_close(&work);
    return status;
}

static void check_chain(bool slow, int threads) {
    notes *n = calloc(1, sizeof *n);
    size_t total = 0, sum = 0;
    n->slow = slow;
    CU_ASSERT_EQUAL(run_chain(n, &(yoke_run){.threads = threads}, N, &total), YOKE_OK);
    for (size_t b = 0; b < BLOCKS; b++) {
        CU_ASSERT_EQUAL(atomic_load(&n->collected[b]), 1);
        CU_ASSERT_EQUAL(n->before[b], sum);
        sum += n->count[b];
    }
    CU_ASSERT_EQUAL(total, sum);
    CU_ASSERT(threads > 1 || atomic_load(&n->counted) == 0);
    if (slow && threads > 1) CU_ASSERT(atomic_load(&n->counted) > 0);
    free(n);
}

TEST(outputs_follow_one_another) {
    static const int threads[] = {1, 2, 3, 8};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) check_chain(false, threads[i]);
}

TEST(late_blocks_are_counted_by_others) {
    check_chain(true, 2);
    check_chain(true, 5);
}

TEST(nothing_comes_of_nothing) {
    notes *n = calloc(1, sizeof *n);
    size_t total = 99;
    CU_ASSERT_EQUAL(run_chain(n, NULL, 0, &total), YOKE_OK);
    CU_ASSERT_EQUAL(total, 0);
    total = 99;
    CU_ASSERT_EQUAL(run_chain(n, &(yoke_run){.deadline = 1}, N, &total), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(total, 99);
    free(n);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Random updates and chains of pointers against their references.
 */
#include "yoke/access.h"

#include "tests/kernel_use.h"

TEST(numbers_of_the_sequence) {
    uint64_t number = 1;
    for (uint64_t n = 0; n < 1000; n++) {
        CU_ASSERT_EQUAL(yoke_access_number(n), number);
        number = yoke_access_next(number);
    }
    CU_ASSERT_EQUAL(yoke_access_number(64), 7);
    /* its period, which HPC Challenge states */
    CU_ASSERT_EQUAL(yoke_access_number(1317624576693539401), 1);
    for (int i = 0; i < 100; i++) {
        uint64_t n = test_random() >> 1;
        CU_ASSERT_EQUAL(yoke_access_number(n + 1), yoke_access_next(yoke_access_number(n)));
    }
}

typedef struct updates {
    size_t size;
    uint64_t first, count, *table, *expected;
} updates;

static void check_updates(void *ctx, const yoke_run *run) {
    const updates *u = ctx;
    for (size_t i = 0; i < u->size; i++) u->table[i] = i;
    CU_ASSERT_EQUAL(yoke_access_update(u->table, u->size, u->first, u->count, run), YOKE_OK);
    CU_ASSERT(memcmp(u->table, u->expected, u->size * sizeof *u->table) == 0);
    CU_ASSERT_EQUAL(yoke_access_update(u->table, u->size, u->first, u->count, run), YOKE_OK);
    for (size_t i = 0; i < u->size; i++) CU_ASSERT_FATAL(u->table[i] == i);
}

static void check_table(size_t size, uint64_t first, uint64_t count) {
    updates u = {size, first, count, calloc(size, 8), calloc(size, 8)};
    for (size_t i = 0; i < size; i++) u.expected[i] = i;
    yoke_access_update_ref(u.expected, size, first, count);
    kernel_each(check_updates, &u);
    free(u.table), free(u.expected);
}

TEST(no_update_is_lost) {
    check_table(1, 0, 1000);
    check_table(2, 5, test_size(1000000, 200000)); /* all at the same two places */
    check_table(1024, test_random(), 0);
    check_table(1024, test_random(), 1);
    check_table(1024, test_random(), 63);
    check_table(1024, test_random(), 65537);
    check_table(1 << 16, test_random(), test_size(1 << 20, 1 << 18));
}

static void check_cycle(size_t n, uint64_t seed) {
    size_t *next = malloc((n + 1) * sizeof *next), at = 0, steps = 0;
    yoke_access_cycle(next, n, seed);
    do at = next[at], steps++;
    while (at != 0 && steps <= n);
    CU_ASSERT_EQUAL(steps, n);
    free(next);
}

TEST(a_cycle_goes_through_all_places) {
    for (size_t n = 1; n < 100; n++) check_cycle(n, test_random());
    check_cycle(100000, 0);
    yoke_access_cycle(NULL, 0, 1);
    size_t a[50], b[50], same = 0;
    yoke_access_cycle(a, 50, 7);
    yoke_access_cycle(b, 50, 7);
    CU_ASSERT(memcmp(a, b, sizeof a) == 0);
    yoke_access_cycle(b, 50, 8);
    for (int i = 0; i < 50; i++) same += a[i] == b[i];
    CU_ASSERT(same < 25);
}

static void check_chase(void *ctx, const yoke_run *run) {
    const size_t *next = ctx;
    for (size_t together = 1; together <= 16; together += together < 4 ? 1 : 4)
        for (size_t chains = 0; chains < 40; chains += 19) {
            size_t at[40], expected[40];
            uint64_t steps = test_random_below(200);
            for (size_t i = 0; i < 40; i++) at[i] = expected[i] = i * 25;
            CU_ASSERT_EQUAL(yoke_access_chase(next, at, chains, together, steps, run), YOKE_OK);
            yoke_access_chase_ref(next, expected, chains, steps);
            CU_ASSERT(memcmp(at, expected, sizeof at) == 0);
        }
}

TEST(chains_go_where_they_lead) {
    static size_t next[1000];
    yoke_access_cycle(next, 1000, 3);
    kernel_each(check_chase, next);
    size_t at = 5; /* all the way round, in more than one stretch */
    CU_ASSERT_EQUAL(yoke_access_chase(next, &at, 1, 1, 200000, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(at, 5);
}

static int update(const yoke_run *run) {
    uint64_t table[2] = {0};
    return yoke_access_update(table, 2, 0, 10, run);
}

static int chase(const yoke_run *run) {
    size_t next[] = {0}, at[] = {0};
    return yoke_access_chase(next, at, 1, 1, 10, run);
}

TEST(stops_and_refuses) {
    kernel_refuses(update);
    kernel_refuses(chase);
    uint64_t table[3] = {0};
    size_t place = 0;
    CU_ASSERT_EQUAL(yoke_access_update(table, 3, 0, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_access_update(table, 0, 0, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_access_chase(&place, &place, 1, 0, 1, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_access_chase(&place, &place, 1, 17, 1, NULL), YOKE_EINVAL);
}

/* A chain of any length ends when its time is over. */
TEST(a_long_chain_stops) {
    size_t next[] = {1, 0}, at[] = {0};
    yoke_run run = {.threads = 1, .deadline = yoke_deadline_in(0.05)};
    CU_ASSERT_EQUAL(yoke_access_chase(next, at, 1, 1, UINT64_MAX, &run), YOKE_ETIMEDOUT);
}

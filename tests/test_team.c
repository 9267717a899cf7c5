/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/team.h"

enum { MOST = 64 };

typedef struct record {
    atomic_int runs[MOST];
    atomic_int sizes_seen, level;
} record;

static int note(yoke_team *team, int member, void *ctx) {
    record *seen = ctx;
    atomic_fetch_add(&seen->runs[member], 1);
    atomic_fetch_or(&seen->sizes_seen, yoke_team_size(team));
    atomic_store(&seen->level, omp_get_active_level());
    return YOKE_OK;
}

static void check_each_once(const record *seen, int size) {
    for (int i = 0; i < MOST; i++) CU_ASSERT_EQUAL(atomic_load(&seen->runs[i]), i < size);
    CU_ASSERT_EQUAL(atomic_load(&seen->sizes_seen), size);
}

static const int sizes[] = {1, 2, 3, 7, 16, 64};
#define SIZES (sizeof sizes / sizeof *sizes)

TEST(each_member_runs_exactly_once) {
    for (size_t i = 0; i < SIZES; i++) {
        record seen = {0};
        CU_ASSERT_EQUAL(yoke_team_run(sizes[i], note, &seen), YOKE_OK);
        check_each_once(&seen, sizes[i]);
    }
}

TEST(size_zero_is_the_default_size) {
    record seen = {0};
    int size = yoke_team_default_size();
    CU_ASSERT(size >= 1 && size <= MOST);
    CU_ASSERT_EQUAL(yoke_team_run(0, note, &seen), YOKE_OK);
    check_each_once(&seen, size);
}

TEST(fewer_threads_than_members_still_run_all) {
    omp_set_dynamic(1);
    record seen = {0};
    CU_ASSERT_EQUAL(yoke_team_run(MOST, note, &seen), YOKE_OK);
    check_each_once(&seen, MOST);
}

static int count_member(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member;
    atomic_fetch_add((atomic_int *)ctx, 1);
    return YOKE_OK;
}

TEST(a_team_larger_than_any_machine_still_runs) {
    atomic_int count = 0;
    CU_ASSERT_EQUAL(yoke_team_run(100000, count_member, &count), YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&count), 100000);
}

/* From a single, from a task, and from every thread of the user's region at once. */
TEST(inside_a_region_no_second_team_is_opened) {
    omp_set_max_active_levels(4);
    record single = {0}, task = {0}, all[4] = {0};
    int single_size = 0;
#pragma omp parallel num_threads(4)
    {
#pragma omp single
        {
            single_size = yoke_team_default_size();
            yoke_team_run(7, note, &single);
#pragma omp task
            yoke_team_run(5, note, &task);
        }
        yoke_team_run(9, note, &all[omp_get_thread_num()]);
    }
    CU_ASSERT_EQUAL(single_size, 4);
    check_each_once(&single, 7);
    check_each_once(&task, 5);
    CU_ASSERT_EQUAL(atomic_load(&single.level), 1);
    for (int i = 0; i < 4; i++) check_each_once(&all[i], 9);
}

TEST(a_region_of_one_thread_counts_as_inside) {
    record seen = {0};
#pragma omp parallel num_threads(1)
    {
        CU_ASSERT_EQUAL(yoke_team_default_size(), 1);
        yoke_team_run(6, note, &seen);
    }
    check_each_once(&seen, 6);
    CU_ASSERT_EQUAL(atomic_load(&seen.level), 0);
}

static int nest(yoke_team *team, int member, void *ctx) {
    (void)team;
    return yoke_team_run(3, note, (record *)ctx + member);
}

TEST(a_team_within_a_team_shares_its_threads) {
    omp_set_max_active_levels(4);
    record seen[5] = {0};
    CU_ASSERT_EQUAL(yoke_team_run(5, nest, seen), YOKE_OK);
    for (int i = 0; i < 5; i++) {
        check_each_once(&seen[i], 3);
        CU_ASSERT_EQUAL(atomic_load(&seen[i].level), 1);
    }
}

/* ---- failures ---- */

static int fail_at(yoke_team *team, int member, void *ctx) {
    int *culprit = ctx;
    (void)team;
    return member == *culprit ? yoke_fail(YOKE_EDATA, "member %d gave up", member) : YOKE_OK;
}

static void check_failure(int size, int culprit) {
    yoke_fail(YOKE_EIO, "an older failure");
    char expected[64];
    snprintf(expected, sizeof expected, "member %d gave up", culprit);
    CU_ASSERT_EQUAL(yoke_team_run(size, fail_at, &culprit), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), expected);
}

TEST(a_failure_comes_back_with_its_detail) {
    for (size_t i = 0; i < SIZES; i++) check_failure(sizes[i], (int)test_random_below(sizes[i]));
#pragma omp parallel num_threads(3)
#pragma omp single
    for (size_t i = 0; i < SIZES; i++) check_failure(sizes[i], (int)test_random_below(sizes[i]));
}

static int fail_always(yoke_team *team, int member, void *ctx) {
    (void)team, (void)ctx;
    return yoke_fail(-1 - member % 11, "%d", member);
}

TEST(of_many_failures_status_and_detail_belong_together) {
    for (int round = 0; round < 300; round++) {
        int status = yoke_team_run(8, fail_always, NULL);
        CU_ASSERT_EQUAL(status, -1 - atoi(yoke_error_detail()) % 11);
    }
}

/* On one thread members run one after another, in any order; ctx notes the first. */
static int fail_and_note(yoke_team *team, int member, void *ctx) {
    (void)team;
    int *first = ctx;
    if (*first < 0) *first = member;
    return yoke_fail(-1 - member, "%d", member);
}

TEST(the_first_failure_is_the_one_returned) {
    int first = -1, status = YOKE_OK;
#pragma omp parallel num_threads(1)
    status = yoke_team_run(5, fail_and_note, &first);
    CU_ASSERT_EQUAL(status, -1 - first);
    CU_ASSERT_EQUAL(atoi(yoke_error_detail()), first);
}

/* Member 0 fails; the others work until they are told to stop. */
static int work_until_stopped(yoke_team *team, int member, void *ctx) {
    if (member == 0) return yoke_fail(YOKE_EDATA, "zero");
    while (!yoke_team_stopping(team)) continue;
    atomic_fetch_add((atomic_int *)ctx, 1);
    return YOKE_OK;
}

static int work_until_one_stops(yoke_team *team, int member, void *ctx) {
    if (member == 0) yoke_team_stop(team);
    while (!yoke_team_stopping(team)) continue;
    atomic_fetch_add((atomic_int *)ctx, 1);
    return YOKE_OK;
}

TEST(a_failure_stops_the_others) {
    atomic_int stopped = 0;
    CU_ASSERT_EQUAL(yoke_team_run(4, work_until_stopped, &stopped), YOKE_EDATA);
    CU_ASSERT_EQUAL(stopped, 3);
}

TEST(a_member_may_stop_the_run_without_a_failure) {
    atomic_int stopped = 0;
    CU_ASSERT_EQUAL(yoke_team_run(4, work_until_one_stops, &stopped), YOKE_OK);
    CU_ASSERT_EQUAL(stopped, 4);
}

TEST(bad_arguments_are_refused) {
    CU_ASSERT_EQUAL(yoke_team_run(-1, note, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_team_run(1, NULL, NULL), YOKE_EINVAL);
}

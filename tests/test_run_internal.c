/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernels/run.h"
#include "yoke/isa.h"

enum { MOST = 1000 };

typedef struct record {
    atomic_int runs[MOST];
    size_t begins[MOST], ends[MOST];
    atomic_int busy[64]; /* a member */
    int members;
    atomic_int breaches, calls;
    yoke_cancel *cancel; /* requested in call 3 */
    int fail_at;
} record;

static int note(void *ctx, size_t index, size_t begin, size_t end, int member) {
    record *r = ctx;
    if (member < 0 || member >= r->members || atomic_fetch_add(&r->busy[member], 1) != 0)
        atomic_fetch_add(&r->breaches, 1);
    atomic_fetch_add(&r->runs[index], 1);
    r->begins[index] = begin;
    r->ends[index] = end;
    int call = atomic_fetch_add(&r->calls, 1) + 1;
    if (r->cancel && call == 3) yoke_cancel_request(r->cancel);
    atomic_fetch_sub(&r->busy[member], 1);
    /* The member that failed may be without a processor, and has yet to say so. */
    if (r->fail_at && call > r->fail_at) usleep(20000);
    return call == r->fail_at ? yoke_fail(YOKE_EDATA, "call %d", call) : YOKE_OK;
}

static void check_blocks(size_t n, size_t size, int threads) {
    record *r = calloc(1, sizeof *r);
    yoke_run run = {.threads = threads};
    size_t blocks = yoke__block_count(n, size);
    r->members = yoke__run_members(&run, blocks);
    CU_ASSERT_EQUAL(yoke__run_blocks(&run, n, size, note, r), YOKE_OK);
    for (size_t i = 0; i < MOST; i++) {
        CU_ASSERT_EQUAL(atomic_load(&r->runs[i]), i < blocks);
        if (i >= blocks) continue;
        CU_ASSERT_EQUAL(r->begins[i], i * size);
        CU_ASSERT_EQUAL(r->ends[i], i + 1 < blocks ? (i + 1) * size : n);
    }
    CU_ASSERT_EQUAL(atomic_load(&r->breaches), 0);
    free(r);
}

TEST(each_block_runs_once_with_the_same_bounds) {
    static const size_t lengths[] = {0, 1, 9, 10, 11, 99, 640, 641, 7000};
    static const int threads[] = {1, 2, 3, 8, 64};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (size_t j = 0; j < sizeof threads / sizeof *threads; j++)
            check_blocks(lengths[i], 10, threads[j]);
}

static int count_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)end;
    if (index == begin && member < 200) atomic_fetch_add((atomic_int *)ctx + index, 1);
    return YOKE_OK;
}

TEST(more_members_than_shares) {
    atomic_int counts[MOST] = {0};
    CU_ASSERT_EQUAL(yoke__run_blocks(&(yoke_run){.threads = 200}, MOST, 1, count_block, counts),
                    YOKE_OK);
    for (int i = 0; i < MOST; i++) CU_ASSERT_EQUAL(atomic_load(&counts[i]), 1);
}

TEST(members_are_at_most_the_blocks) {
    yoke_run run = {.threads = 8};
    CU_ASSERT_EQUAL(yoke__run_members(&run, 0), 1);
    CU_ASSERT_EQUAL(yoke__run_members(&run, 3), 3);
    CU_ASSERT_EQUAL(yoke__run_members(&run, 100), 8);
    CU_ASSERT(yoke__run_members(NULL, 100) >= 1);
}

TEST(works_inside_a_team) {
    record *r = calloc(1, sizeof *r);
    r->members = 2;
    yoke_run run = {.threads = 2};
    int status = -1;
#pragma omp parallel num_threads(2)
#pragma omp single
    status = yoke__run_blocks(&run, 500, 1, note, r);
    CU_ASSERT_EQUAL(status, YOKE_OK);
    CU_ASSERT_EQUAL(atomic_load(&r->calls), 500);
    CU_ASSERT_EQUAL(atomic_load(&r->breaches), 0);
    free(r);
}

static int run_stopping(yoke_run *run, record *r) {
    r->members = 2;
    run->threads = 2;
    int status = yoke__run_blocks(run, 500, 1, note, r);
    CU_ASSERT(atomic_load(&r->calls) < 500);
    free(r);
    return status;
}

TEST(stops_at_a_failure) {
    record *r = calloc(1, sizeof *r);
    r->fail_at = 5;
    CU_ASSERT_EQUAL(run_stopping(&(yoke_run){0}, r), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "call 5");
}

TEST(stops_at_a_request) {
    record *r = calloc(1, sizeof *r);
    CU_ASSERT_EQUAL_FATAL(yoke_cancel_create(&r->cancel), YOKE_OK);
    yoke_cancel *token = yoke_cancel_retain(r->cancel);
    CU_ASSERT_EQUAL(run_stopping(&(yoke_run){.cancel = token}, r), YOKE_ECANCELED);
    yoke_cancel_release(token);
    yoke_cancel_release(token);
}

TEST(stops_at_a_deadline) {
    record *r = calloc(1, sizeof *r);
    CU_ASSERT_EQUAL(run_stopping(&(yoke_run){.deadline = 1}, r), YOKE_ETIMEDOUT);
}

TEST(refuses_bad_options) {
    record r = {0};
    CU_ASSERT_EQUAL(yoke__run_blocks(&(yoke_run){.threads = -1}, 1, 1, note, &r), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke__run_blocks(&(yoke_run){.repro = 3}, 1, 1, note, &r), YOKE_EINVAL);
    CU_ASSERT_EQUAL(atomic_load(&r.calls), 0);
}

TEST(scratch_is_used_again) {
    yoke_scratch scratch = {0};
    yoke_run run = {.scratch = &scratch};
    yoke__work work;
    CU_ASSERT_EQUAL_FATAL(yoke__work_open(&work, &run, 1000), YOKE_OK);
    void *first = work.memory;
    memset(first, 1, 1000);
    yoke__work_close(&work);
    CU_ASSERT_EQUAL_FATAL(yoke__work_open(&work, &run, 10), YOKE_OK);
    CU_ASSERT_PTR_EQUAL(work.memory, first);
    yoke__work_close(&work);
    CU_ASSERT_EQUAL_FATAL(yoke__work_open(&work, &run, 100000), YOKE_OK);
    memset(work.memory, 1, 100000);
    yoke__work_close(&work);
    CU_ASSERT_EQUAL(scratch.size, 100000);
    CU_ASSERT_EQUAL(yoke__work_open(&work, &run, SIZE_MAX), YOKE_ENOMEM);
    yoke_scratch_fini(&scratch);
    CU_ASSERT_EQUAL_FATAL(yoke__work_open(&work, NULL, 0), YOKE_OK);
    yoke__work_close(&work);
}

TEST(instructions_can_be_limited) {
    yoke_isa widest = yoke_isa_in_use();
    CU_ASSERT_EQUAL(yoke_isa_limit(YOKE_ISA_PLAIN), YOKE_ISA_PLAIN);
    CU_ASSERT_EQUAL(yoke_isa_in_use(), YOKE_ISA_PLAIN);
    CU_ASSERT_EQUAL(yoke_isa_limit(YOKE_ISA_AVX512), widest);
    CU_ASSERT_STRING_EQUAL(yoke_isa_name(YOKE_ISA_AVX2), "avx2");
    CU_ASSERT_STRING_EQUAL(yoke_isa_name((yoke_isa)9), "unknown");
}

TEST(the_environment_limits_instructions) {
    setenv("YOKE_ISA", "plain", 1);
    CU_ASSERT_EQUAL(yoke_isa_in_use(), YOKE_ISA_PLAIN);
}

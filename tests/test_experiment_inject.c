/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments and statistics when memory is short.
 */
#include "tests/harness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/inject.h"
#include "tests/likwid_use.h"
#include "yoke/experiment.h"

static int nothing(yoke_load_run *run) {
    run->seconds = 1;
    return 0;
}
static void finish(yoke_load_run *run) { (void)run; }

static const yoke_load load = {.name = "load",
                               .group = "test",
                               .item = "item",
                               .size = 1,
                               .prepare = nothing,
                               .repeat = nothing,
                               .check = nothing,
                               .finish = finish};
static const char *const words[] = {"true", "{threads}", NULL};
static const yoke_command command = {.words = words, .check_output = true};

/* A configuration that met the failure says so in its row. */
static int measure(void *ctx) {
    yoke_subject subject = *(yoke_subject *)ctx;
    const int threads[] = {1, 2};
    const yoke_affinity affinity = YOKE_AFFINITY_SCATTER;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread changes the environment */
    const char *group = getenv("YOKE_LIKWID") ? "MEM" : NULL;
    yoke_experiment *e = NULL;
    yoke_experiment_options o = {.subjects = &subject,
                                 .subject_count = 1,
                                 .threads = threads,
                                 .thread_count = 2,
                                 .affinities = &affinity,
                                 .affinity_count = 1,
                                 .reps = 4,
                                 .likwid = group};
    int status = yoke_experiment_run(&o, &e);
    for (size_t i = 0; !status && i < e->row_count; i++) status = e->rows[i].status;
    yoke_experiment_destroy(e);
    return status;
}

TEST(loads_without_memory) {
    yoke_subject subject = {.load = &load};
    CU_ASSERT(inject_each_allocation(measure, &subject, YOKE_ENOMEM) > 5);
}

TEST(counting_without_memory) {
    yoke_subject subject = {.load = &load};
    if (!*stub()) return;
    setenv("YOKE_LIKWID", stub(), 1);
    CU_ASSERT(inject_each_allocation(measure, &subject, YOKE_ENOMEM) > 15);
}

TEST(programs_without_memory) {
    yoke_subject subject = {.command = &command};
    CU_ASSERT(inject_each_allocation(measure, &subject, YOKE_ENOMEM) > 10);
}

TEST(programs_without_files) {
    yoke_subject subject = {.command = &command};
    CU_ASSERT(inject_each_io(measure, &subject, EIO, YOKE_EIO) > 3);
}

static int use_statistics(void *ctx) {
    yoke_samples samples = *(yoke_samples *)ctx;
    double value;
    size_t warmup;
    bool steady;
    yoke_estimate estimate;
    yoke_rank_test test;
    yoke_comparison comparison;
    YOKE_TRY(yoke_stat_quantile(samples, 0.5, &value));
    YOKE_TRY(yoke_stat_mad(samples, &value));
    YOKE_TRY(yoke_stat_interval(samples, 0.5, 0.9, &estimate));
    YOKE_TRY(yoke_stat_warmup(samples, &warmup, &steady));
    YOKE_TRY(yoke_stat_rank_test(samples, samples, &test));
    return yoke_stat_compare(&samples, 1, &samples, 1, 0, 0.9, 1, &comparison);
}

TEST(statistics_without_memory) {
    const double values[] = {5, 1, 2, 3, 2, 4, 1, 2};
    yoke_samples samples = {values, 8};
    CU_ASSERT(inject_each_allocation(use_statistics, &samples, YOKE_ENOMEM) > 10);
}

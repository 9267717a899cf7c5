/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments over loads that count how they are called.
 */
#include "tests/harness.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "yoke/experiment.h"
#include "yoke/profile.h"
#include "yoke/team.h"

/* ---- a load that counts ---- */

static struct {
    atomic_int prepared, most_prepared, finished, repeats, checks, renewals;
    int fail_check_after; /* repeats; 0: never */
    int fail_repeat_after;
    double own_seconds; /* 0: the clock's */
    size_t block;       /* bytes that a state takes */
    int order[4096];    /* threads of each repeat */
} seen;

static void reset(void) { memset(&seen, 0, sizeof seen); }

static int prepare(yoke_load_run *run) {
    int now = ++seen.prepared - seen.finished;
    if (now > seen.most_prepared) seen.most_prepared = now;
    run->seconds = NAN;
    run->items = run->size;
    run->state = malloc(seen.block + 1);
    if (!run->state) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(run->state, 1, seen.block + 1);
    return 0;
}

static int renew(yoke_load_run *run) {
    (void)run;
    seen.renewals++;
    return 0;
}

static int repeat(yoke_load_run *run) {
    int count = ++seen.repeats;
    if (count < 4096) seen.order[count] = run->run->threads;
    if (seen.fail_repeat_after && count > seen.fail_repeat_after)
        return yoke_fail(YOKE_EIO, "the disk is gone");
    if (seen.own_seconds != 0) {
        run->seconds = seen.own_seconds;
        return 0;
    }
    nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    return 0;
}

static int check(yoke_load_run *run) {
    (void)run;
    seen.checks++;
    if (seen.fail_check_after && seen.repeats > seen.fail_check_after)
        return yoke_fail(YOKE_EDATA, "item 7 is wrong");
    return 0;
}

static void finish(yoke_load_run *run) {
    free(run->state);
    run->state = NULL;
    seen.finished++;
}

static const yoke_load counting = {.name = "counting",
                                   .group = "test",
                                   .item = "element",
                                   .bytes = 8,
                                   .size = 1000,
                                   .least = 10,
                                   .prepare = prepare,
                                   .renew = renew,
                                   .repeat = repeat,
                                   .check = check,
                                   .finish = finish};

static yoke_experiment *measure(yoke_experiment_options options, const yoke_load *load) {
    yoke_experiment *e = NULL;
    yoke_subject subject = {.load = load};
    if (!options.subjects) {
        options.subjects = &subject;
        options.subject_count = 1;
    }
    REQUIRE(!yoke_experiment_run(&options, &e));
    return e;
}

TEST(every_configuration_is_measured) {
    reset();
    const int threads[] = {1, 2, 3};
    const size_t sizes[] = {10, 500};
    const yoke_affinity affinities[] = {YOKE_AFFINITY_NONE, YOKE_AFFINITY_COMPACT};
    yoke_experiment *e = measure((yoke_experiment_options){.threads = threads,
                                                           .thread_count = 3,
                                                           .sizes = sizes,
                                                           .size_count = 2,
                                                           .affinities = affinities,
                                                           .affinity_count = 2,
                                                           .reps = 6},
                                 &counting);
    REQUIRE(e->row_count == 12);
    for (size_t i = 0; i < 12; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        CU_ASSERT(!row->status && !row->cut);
        CU_ASSERT_STRING_EQUAL(row->load, "counting");
        CU_ASSERT_EQUAL(row->threads, threads[i % 3]);
        CU_ASSERT_EQUAL(row->affinity, affinities[i / 3 % 2]);
        CU_ASSERT_EQUAL(row->size, sizes[i / 6]);
        CU_ASSERT_EQUAL(row->runs + row->warmup, 6);
        CU_ASSERT(row->seconds.value >= 300e-6 && row->seconds.low <= row->seconds.value);
        CU_ASSERT(fabs(row->rate * row->seconds.value - (double)row->size) < 1e-6);
        CU_ASSERT(fabs(row->bytes_s - 8 * row->rate) < 1e-6 * row->bytes_s);
        CU_ASSERT(!yoke_is_measured(row->flops_s));
        CU_ASSERT(row->usage.max_rss > 0 && row->usage.voluntary_switches >= 0);
    }
    CU_ASSERT_EQUAL(seen.prepared, seen.finished);
    CU_ASSERT_EQUAL(seen.renewals, seen.repeats);
    CU_ASSERT(seen.checks >= 12);
    yoke_experiment_destroy(e);
}

/* With room for all, each is prepared once; without, they take turns. */
TEST(loads_stay_prepared_while_there_is_room) {
    const int threads[] = {1, 2, 3};
    yoke_experiment_options options = {
        .threads = threads, .thread_count = 3, .reps = 30, .memory = (size_t)1 << 32};
    reset();
    seen.block = (size_t)8 << 20;
    yoke_experiment_destroy(measure(options, &counting));
    CU_ASSERT_EQUAL(seen.prepared, 3);
    CU_ASSERT_EQUAL(seen.most_prepared, 3);
    reset();
    seen.block = (size_t)8 << 20;
    options.memory = (size_t)12 << 20;
    yoke_experiment_destroy(measure(options, &counting));
    CU_ASSERT(seen.prepared > 3);
    CU_ASSERT(seen.most_prepared <= 2);
    CU_ASSERT_EQUAL(seen.prepared, seen.finished);
}

/* One round, as a machine that is busy may cut a visit short. */
TEST(the_order_of_visits_is_random_and_the_seeds) {
    const int threads[] = {1, 2, 3, 4, 5, 6};
    const size_t sizes[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
    int orders[3][400];
    const uint64_t seeds[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        reset();
        seen.own_seconds = 0.06; /* said; so one sample is one repeat */
        yoke_experiment_destroy(measure((yoke_experiment_options){.threads = threads,
                                                                  .thread_count = 6,
                                                                  .sizes = sizes,
                                                                  .size_count = 10,
                                                                  .reps = 1,
                                                                  .memory = SIZE_MAX / 2,
                                                                  .seed = seeds[i]},
                                        &counting));
        memcpy(orders[i], seen.order, sizeof orders[i]);
        int sorted = 1;
        for (int k = 2; k <= 36; k++) sorted &= seen.order[k] >= seen.order[k - 1];
        CU_ASSERT(!sorted);
    }
    CU_ASSERT(!memcmp(orders[0], orders[1], sizeof orders[0]));
    CU_ASSERT(memcmp(orders[0], orders[2], sizeof orders[0]) != 0);
}

TEST(runs_end_when_the_interval_is_narrow) {
    reset();
    seen.own_seconds = 0.5;
    const int one = 1;
    yoke_experiment_options options = {.threads = &one, .thread_count = 1};
    yoke_experiment *e = measure(options, &counting);
    CU_ASSERT_EQUAL(e->rows[0].runs, 10);
    CU_ASSERT(!e->rows[0].noisy && e->rows[0].steady);
    CU_ASSERT_EQUAL(e->rows[0].seconds.value, 0.5);
    yoke_experiment_destroy(e);
    seen.own_seconds = -1e-9; /* an overhead that is lost in noise has no rate */
    e = measure(options, &counting);
    CU_ASSERT(!e->rows[0].status && !yoke_is_measured(e->rows[0].rate));
    yoke_experiment_destroy(e);
}

/* Its times are random over a wide range. */
static int noisy_repeat(yoke_load_run *run) {
    run->seconds = (double)(1 + test_random_below(1000)) * 1e-3;
    return 0;
}

TEST(noise_is_said) {
    yoke_load noisy = counting;
    noisy.repeat = noisy_repeat;
    const int one = 1;
    reset();
    yoke_experiment *e = measure(
        (yoke_experiment_options){.threads = &one, .thread_count = 1, .most_reps = 52}, &noisy);
    CU_ASSERT_EQUAL(e->rows[0].runs + e->rows[0].warmup, 52);
    CU_ASSERT(e->rows[0].noisy && e->rows[0].status == 0);
    yoke_experiment_destroy(e);
    reset();
    e = measure((yoke_experiment_options){.threads = &one, .thread_count = 1, .seconds = 1e-9},
                &noisy);
    CU_ASSERT(e->rows[0].noisy && e->rows[0].runs >= 1 && e->rows[0].runs <= 5);
    yoke_experiment_destroy(e);
}

TEST(a_wrong_answer_has_no_figures_and_the_others_go_on) {
    const int threads[] = {1, 2};
    yoke_load right = counting;
    right.name = "right";
    right.check = NULL;
    right.check = renew; /* always content */
    yoke_subject subjects[] = {{.load = &counting}, {.load = &right}};
    reset();
    seen.fail_check_after = 1;
    yoke_experiment *e = measure((yoke_experiment_options){.subjects = subjects,
                                                           .subject_count = 2,
                                                           .threads = threads,
                                                           .thread_count = 2,
                                                           .reps = 3},
                                 NULL);
    REQUIRE(e->row_count == 4);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(e->rows[i].status, YOKE_EDATA);
        CU_ASSERT_STRING_EQUAL(e->rows[i].detail, "item 7 is wrong");
        CU_ASSERT(!yoke_is_measured(e->rows[i].seconds.value) && !e->rows[i].runs);
        CU_ASSERT_EQUAL(e->rows[2 + i].status, 0);
    }
    yoke_comparison c;
    CU_ASSERT_EQUAL(yoke_experiment_compare(&e->rows[0], &e->rows[2], 0, 0.95, 1, &c), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_experiment_compare(&e->rows[2], &e->rows[3], 0, 0.95, 1, &c), 0);
    CU_ASSERT_EQUAL(seen.prepared, seen.finished);
    yoke_experiment_destroy(e);
    reset();
    seen.fail_repeat_after = 4;
    e = measure((yoke_experiment_options){.threads = threads, .thread_count = 1, .reps = 30},
                &counting);
    CU_ASSERT_EQUAL(e->rows[0].status, YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail, "the disk is gone");
    yoke_experiment_destroy(e);
}

TEST(limits_of_loads_are_kept) {
    yoke_load two = counting;
    two.most_threads = 2;
    two.grain = 1e-6;
    const int threads[] = {1, 2, 3, 8};
    const double grains[] = {1e-3, 1e-5};
    reset();
    yoke_experiment *e = measure((yoke_experiment_options){.threads = threads,
                                                           .thread_count = 4,
                                                           .grains = grains,
                                                           .grain_count = 2,
                                                           .weak = true,
                                                           .reps = 1},
                                 &two);
    REQUIRE(e->row_count == 4);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(e->rows[i].threads, 1 + i % 2);
        CU_ASSERT_EQUAL(e->rows[i].size, 1000u * (1 + i % 2));
        CU_ASSERT_EQUAL(e->rows[i].grain, grains[i / 2]);
    }
    yoke_experiment_destroy(e);
    const int unordered[] = {8, 1, 2};
    e = measure((yoke_experiment_options){.threads = unordered, .thread_count = 3, .reps = 1},
                &two);
    REQUIRE(e->row_count == 2);
    CU_ASSERT(e->rows[0].threads == 2 && e->rows[1].threads == 1);
    yoke_experiment_destroy(e);
}

TEST(options_are_checked) {
    yoke_experiment *e = NULL;
    yoke_subject subject = {.load = &counting}, nothing = {0};
    const size_t small = 9;
    const int none = 0;
    yoke_experiment_options o = {.subjects = &subject, .subject_count = 1};
    CU_ASSERT_EQUAL(yoke_experiment_run(NULL, &e), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, NULL), YOKE_EINVAL);
    o.sizes = &small, o.size_count = 1;
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, &e), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "counting: the size is at least 10");
    o.size_count = 0, o.threads = &none, o.thread_count = 1;
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, &e), YOKE_EINVAL);
    o.thread_count = 0, o.precision = 1;
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, &e), YOKE_EINVAL);
    o.precision = 0, o.subjects = &nothing;
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, &e), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(e);
    yoke_experiment_destroy(NULL);
}

/* ---- cancellation ---- */

static int cancelling_repeat(yoke_load_run *run) {
    if (++seen.repeats == 9) yoke_cancel_request((yoke_cancel *)run->run->cancel);
    run->seconds = 1;
    return 0;
}

TEST(cancelled_experiments_end_and_free_all) {
    yoke_load load = counting;
    load.repeat = cancelling_repeat;
    yoke_subject subject = {.load = &load};
    yoke_cancel *cancel;
    yoke_experiment *e = NULL;
    reset();
    REQUIRE(!yoke_cancel_create(&cancel));
    yoke_experiment_options o = {
        .subjects = &subject, .subject_count = 1, .reps = 100, .cancel = cancel};
    CU_ASSERT_EQUAL(yoke_experiment_run(&o, &e), YOKE_ECANCELED);
    CU_ASSERT_PTR_NULL(e);
    CU_ASSERT_EQUAL(seen.prepared, seen.finished);
    yoke_cancel_release(cancel);
}

/* What is kept was taken before the last check; the first repeat of each configuration is not. */
static size_t checked;

static int note_check(yoke_load_run *run) {
    (void)run;
    checked = (size_t)(seen.repeats - seen.prepared);
    return 0;
}

TEST(what_was_checked_before_a_cancel_is_a_result_when_asked_for) {
    yoke_load load = counting;
    load.repeat = cancelling_repeat;
    load.check = note_check;
    yoke_subject subject = {.load = &load};
    const int threads[] = {1, 2};
    yoke_cancel *cancel;
    yoke_experiment *e = NULL;
    reset();
    REQUIRE(!yoke_cancel_create(&cancel));
    yoke_experiment_options o = {.subjects = &subject,
                                 .subject_count = 1,
                                 .threads = threads,
                                 .thread_count = 2,
                                 .reps = 100,
                                 .memory = SIZE_MAX / 2,
                                 .cancel = cancel,
                                 .partial = true};
    REQUIRE(!yoke_experiment_run(&o, &e));
    REQUIRE(e->row_count == 2);
    size_t kept = 0;
    for (int i = 0; i < 2; i++) {
        const yoke_experiment_row *row = &e->rows[i];
        size_t runs = row->runs + row->warmup;
        CU_ASSERT(row->cut);
        CU_ASSERT_EQUAL(row->status, runs ? 0 : YOKE_ECANCELED);
        CU_ASSERT_EQUAL(row->items, runs ? 1000 : 0);
        if (runs) CU_ASSERT_EQUAL(row->seconds.value, 1.0);
        kept += runs;
    }
    CU_ASSERT_EQUAL(kept, checked);
    CU_ASSERT(kept > 0);
    CU_ASSERT_EQUAL(seen.prepared, seen.finished);
    yoke_experiment_destroy(e);
    REQUIRE(!yoke_experiment_run(&o, &e)); /* before anything began */
    CU_ASSERT(e->rows[0].status == YOKE_ECANCELED && e->rows[1].status == YOKE_ECANCELED);
    yoke_experiment_destroy(e);
    yoke_cancel_release(cancel);
}

/* ---- affinity ---- */

TEST(compact_and_scatter_orders) {
    int to[8];
    setenv("HWLOC_SYNTHETIC", "pack:2 core:2 pu:2", 1);
    REQUIRE(!yoke_affinity_order(YOKE_AFFINITY_COMPACT, 8, to));
    for (int i = 0; i < 8; i++) CU_ASSERT_EQUAL(to[i], i);
    REQUIRE(!yoke_affinity_order(YOKE_AFFINITY_SCATTER, 2, to));
    CU_ASSERT(to[0] / 4 != to[1] / 4);
    REQUIRE(!yoke_affinity_order(YOKE_AFFINITY_SCATTER, 4, to));
    int cores = 0;
    for (int i = 0; i < 4; i++) cores |= 1 << to[i] / 2;
    CU_ASSERT_EQUAL(cores, 15);
    REQUIRE(!yoke_affinity_order(YOKE_AFFINITY_SCATTER, 8, to));
    int units = 0;
    for (int i = 0; i < 8; i++) units |= 1 << to[i];
    CU_ASSERT_EQUAL(units, 255);
    setenv("HWLOC_SYNTHETIC", "pack:1 core:2 pu:1", 1);
    REQUIRE(!yoke_affinity_order(YOKE_AFFINITY_SCATTER, 5, to));
    CU_ASSERT(to[0] != to[1] && to[0] == to[2] && to[1] == to[3] && to[0] == to[4]);
    CU_ASSERT_EQUAL(yoke_affinity_order(YOKE_AFFINITY_SCATTER, 0, to), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_affinity_order((yoke_affinity)9, 1, to), YOKE_EINVAL);
    CU_ASSERT_STRING_EQUAL(yoke_affinity_name(YOKE_AFFINITY_COMPACT), "compact");
}

static atomic_int pinned, members;

static int count_pinned(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member, (void)ctx;
    cpu_set_t mine;
    sched_getaffinity(0, sizeof mine, &mine);
    pinned += CPU_COUNT(&mine) == 1;
    members++;
    return 0;
}

static int pinned_repeat(yoke_load_run *run) {
    run->seconds = 1;
    return yoke_team_run(run->run->threads, count_pinned, NULL);
}

TEST(threads_are_pinned_and_given_back) {
    yoke_load load = counting;
    load.repeat = pinned_repeat;
    load.renew = NULL;
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof before, &before);
    const int threads[] = {2, 3};
    const yoke_affinity affinity = YOKE_AFFINITY_COMPACT;
    reset();
    yoke_experiment_destroy(measure((yoke_experiment_options){.threads = threads,
                                                              .thread_count = 2,
                                                              .affinities = &affinity,
                                                              .affinity_count = 1,
                                                              .reps = 5},
                                    &load));
    int most = members; /* but for the first repeats, in which the caller may use all of them */
    CU_ASSERT(pinned >= most - 2);
    sched_getaffinity(0, sizeof after, &after);
    CU_ASSERT(CPU_EQUAL(&before, &after));
    pinned = members = 0;
    REQUIRE(!yoke_team_run(3, count_pinned, NULL));
    if (CPU_COUNT(&before) > 1) CU_ASSERT_EQUAL(pinned, 0);
}

/* ---- JSON ---- */

static int append(void *ctx, const char *bytes, size_t size) {
    strncat(ctx, bytes, size);
    return 0;
}

TEST(a_row_is_json) {
    const double samples[] = {0.5, 0.25};
    const double no = YOKE_NOT_MEASURED;
    yoke_experiment_row row = {.load = "a \"b\"",
                               .group = "g",
                               .unit = "key",
                               .threads = 2,
                               .seconds = {0.375, 0.25, 0.5, 0.5},
                               .rate = no,
                               .bytes_s = 8e9,
                               .flops_s = no,
                               .runs = 2,
                               .samples = samples,
                               .steady = true,
                               .usage = {1, 2, no, 3, 4, 5, 6, 4096},
                               .detail = ""};
    char text[2048] = "";
    REQUIRE(!yoke_experiment_row_json(&row, append, text));
    CU_ASSERT_STRING_EQUAL(
        text,
        "{\"load\":\"a \\\"b\\\"\",\"group\":\"g\",\"size\":null,\"threads\":2,\"affinity\":"
        "\"none\",\"grain_s\":null,\"unit\":\"key\",\"items\":null,\"median_s\":0.375,\"low_s\":"
        "0.25,\"high_s\":0.5,\"confidence\":0.5,\"runs\":2,\"warmup\":0,\"steady\":true,\"noisy\":"
        "false,\"cut\":false,\"rate\":null,\"bytes_s\":8000000000,\"flops_s\":null,"
        "\"user_s\":1,"
        "\"system_s\":2,"
        "\"queue_s\":null,\"voluntary_switches\":3,\"involuntary_switches\":4,\"minor_faults\":5,"
        "\"major_faults\":6,\"max_rss_bytes\":4096,\"samples\":[0.5,0.25],\"error\":null}");
    CU_ASSERT_EQUAL(yoke_experiment_row_json(NULL, append, text), YOKE_EINVAL);
}

/* ---- the library's own ---- */

TEST(loads_of_the_library_can_be_measured) {
    const int threads[] = {1, 2};
    const size_t size = 4096;
    const char *const names[] = {"triad", "sort_u64"};
    for (int i = 0; i < 2; i++) {
        const yoke_load *load = yoke_load_find(names[i]);
        if (!load) continue;
        yoke_experiment *e = measure(
            (yoke_experiment_options){
                .threads = threads, .thread_count = 2, .sizes = &size, .size_count = 1, .reps = 3},
            load);
        for (size_t k = 0; k < e->row_count; k++) CU_ASSERT_EQUAL(e->rows[k].status, 0);
        yoke_experiment_destroy(e);
    }
}

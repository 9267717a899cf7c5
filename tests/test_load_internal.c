/* SPDX-License-Identifier: Apache-2.0
 *
 * Every load at a small size: it can be repeated, its answer is right, and a wrong one is found.
 */
#include <stdlib.h>
#include <string.h>

#include "perf/load.h"
#include "tests/harness.h"

/* Small, but several blocks of a kernel where an item is cheap. */
static size_t small_size(const yoke_load *load) {
    if (!strcmp(load->group, "overhead")) return 4; /* three threads on two processors take turns */
    bool dear = load->size < 1 << 21;               /* messages, leases, items of pipelines */
    size_t size = dear ? load->size / 50 : test_size(100000, 50000);
    if (dear && size > test_size(20000, 4000)) size = test_size(20000, 4000);
    return size > load->least ? size : load->least ? load->least : 1;
}

static int use(const yoke_load *load, yoke_load_run *run) {
    for (int i = 0; i < 2; i++) {
        if (load->renew) YOKE_TRY(load->renew(run));
        YOKE_TRY(load->repeat(run));
    }
    return load->check(run);
}

static void expect(const yoke_load *load, int threads, int status, int should) {
    if (status == should) return;
    char text[256];
    snprintf(text, sizeof text, "%s with %d threads: %d %s", load->name, threads, status,
             yoke_error_detail());
    CU_assertImplementation(CU_FALSE, __LINE__, text, __FILE__, "", CU_FALSE);
}

/* One byte of the answer. */
static void spoil(const yoke_load_run *run) {
    const yoke__load_data *data = run->state;
    size_t place = data->answer_bytes / 16 * 8;
    size_t left = data->answer_bytes - place;
    ((unsigned char *)data->answer)[place + (left < 8 ? left : 8) - 1] ^= 0x40;
}

static void check_load(const yoke_load *load, int threads) {
    yoke_run how = {.threads = threads};
    yoke_load_run run = {.size = small_size(load), .seed = 7, .grain = 1e-6, .run = &how};
    int status = load->prepare(&run);
    bool there = status != YOKE_ENOENT || strcmp(load->group, "likwid"); /* likwid-bench */
    if (status >= 0) status = use(load, &run);
    if (there) expect(load, threads, status, YOKE_OK);
    if (status == YOKE_OK) {
        CU_ASSERT(run.items > 0);
        CU_ASSERT(yoke__load_of(&run)->answer_bytes > 0);
        spoil(&run);
        expect(load, threads, load->check(&run), YOKE_EDATA);
    }
    load->finish(&run);
    CU_ASSERT_PTR_NULL(run.state);
}

static void check_group(const char *group) {
    size_t count, found = 0;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(loads[i]->group, group)) continue;
        found++;
        for (int threads = 1; threads <= 3; threads++)
            if (!loads[i]->most_threads || threads <= loads[i]->most_threads)
                check_load(loads[i], threads);
    }
    CU_ASSERT(found > 0);
}

static const char *const groups[] = {
    "stream",   "reduce",   "scan",      "bins",     "sort",   "select", "move",    "random",
    "summary",  "stencil",  "sparse",    "nbody",    "access", "pool",   "task",    "actor",
    "resource", "pipeline", "mapreduce", "overhead", "likwid", "aio",    "compress"};

TEST(the_list_is_in_order_and_complete) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; i < count; i++) {
        const yoke_load *load = loads[i];
        CU_ASSERT_PTR_EQUAL(yoke_load_find(load->name), load);
        CU_ASSERT(load->about && load->item && load->size >= load->least);
        CU_ASSERT(load->prepare && load->repeat && load->check && load->finish);
        if (i) {
            int order = strcmp(loads[i - 1]->group, load->group);
            CU_ASSERT(order < 0 || (!order && strcmp(loads[i - 1]->name, load->name) < 0));
        }
        bool known = false;
        for (size_t g = 0; g < sizeof groups / sizeof *groups; g++)
            known |= !strcmp(groups[g], load->group);
        CU_ASSERT(known);
    }
    CU_ASSERT_PTR_NULL(yoke_load_find("no such load"));
    CU_ASSERT_PTR_NULL(yoke_load_find(NULL));
}

/* ---- what is promised of all */

/* The answer's bytes, as one number. */
static uint64_t answer_of(const char *name, int threads, uint64_t seed, yoke_repro repro) {
    const yoke_load *load = yoke_load_find(name);
    yoke_run how = {.threads = threads, .repro = repro};
    yoke_load_run run = {.size = small_size(load), .seed = seed, .grain = 1e-6, .run = &how};
    int status = load->prepare(&run);
    if (status >= 0) status = use(load, &run);
    expect(load, threads, status, YOKE_OK);
    uint64_t print = 0;
    if (status >= 0) {
        const yoke__load_data *data = run.state;
        const unsigned char *bytes = data->answer;
        for (size_t i = 0; i < data->answer_bytes; i++) print = print * 31 + bytes[i] + 1;
    }
    load->finish(&run);
    return print;
}

/* Those whose answer is a count, or has addresses in it. */
static bool has_bits(const yoke_load *load) {
    static const char *const without[] = {"overhead", "resource", "likwid"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (!strcmp(load->group, without[i])) return false;
    return strcmp(load->name, "sort_strings") != 0;
}

TEST_WITH_LIMIT(data_and_answers_do_not_depend_on_the_threads, 60) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; i < count; i++) {
        if (!has_bits(loads[i])) continue;
        uint64_t one = answer_of(loads[i]->name, 1, 7, YOKE_REPRO_ANY_THREADS);
        uint64_t three = answer_of(loads[i]->name, 3, 7, YOKE_REPRO_ANY_THREADS);
        if (one != three) expect(loads[i], 3, 0, YOKE_EDATA);
    }
}

TEST(another_seed_is_other_data) {
    static const char *const random[] = {
        "triad",   "sum_f64", "sort_u64", "groupby",    "norm2_f64", "reduce_by_key_f64",
        "nth_u64", "top_u64", "aio_read", "gather_u64", "chase",     "sample_f64"};
    for (size_t i = 0; i < sizeof random / sizeof *random; i++)
        CU_ASSERT(answer_of(random[i], 2, 7, YOKE_REPRO_FAST) !=
                  answer_of(random[i], 2, 8, YOKE_REPRO_FAST));
}

TEST(exact_answers_are_right_too) {
    static const char *const exact[] = {"sum_f64", "dot_f64", "min_f64", "variance_f64",
                                        "bins_weighted_f64"};
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
        answer_of(exact[i], 2, 7, YOKE_REPRO_EXACT);
}

static void check_small(const yoke_load *load, size_t size) {
    yoke_run how = {.threads = 2};
    yoke_load_run run = {.size = size, .seed = 7, .grain = 1e-7, .run = &how};
    int status = load->prepare(&run);
    if (status >= 0) status = use(load, &run);
    expect(load, 2, status, YOKE_OK);
    load->finish(&run);
}

TEST_WITH_LIMIT(the_smallest_sizes, 60) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; i < count; i++) {
        size_t least = loads[i]->least ? loads[i]->least : 1;
        if (!strcmp(loads[i]->group, "likwid")) continue;
        for (size_t more = 0; more < 2; more++) check_small(loads[i], least + more);
    }
}

TEST(a_run_that_is_told_to_stop_says_so) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    yoke_cancel *token;
    REQUIRE(yoke_cancel_create(&token) == YOKE_OK);
    yoke_cancel_request(token);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(loads[i]->group, "reduce")) continue;
        yoke_run how = {.threads = 2, .cancel = token};
        yoke_load_run run = {.size = 1000, .run = &how};
        int status = loads[i]->prepare(&run);
        if (status >= 0) status = loads[i]->repeat(&run);
        expect(loads[i], 2, status, YOKE_ECANCELED);
        loads[i]->finish(&run);
    }
    yoke_cancel_release(token);
}

/* ---- each group ---- */

TEST(stream) { check_group("stream"); }
TEST(reduce) { check_group("reduce"); }
TEST(scan) { check_group("scan"); }
TEST(bins) { check_group("bins"); }
TEST(sort) { check_group("sort"); }
TEST(selects) { check_group("select"); }
TEST(move) { check_group("move"); }
TEST(randoms) { check_group("random"); }
TEST(summary) { check_group("summary"); }
TEST(stencil) { check_group("stencil"); }
TEST(sparse) { check_group("sparse"); }
TEST(nbody) { check_group("nbody"); }
TEST(access) { check_group("access"); }
TEST(pool) { check_group("pool"); }
TEST(task) { check_group("task"); }
TEST(actor) { check_group("actor"); }
TEST(aio) { check_group("aio"); }
TEST(compress) { check_group("compress"); }
TEST(resource) { check_group("resource"); }
TEST(pipeline) { check_group("pipeline"); }
TEST(mapreduce) { check_group("mapreduce"); }
TEST_WITH_LIMIT(overhead, 120) { check_group("overhead"); }

TEST(loads_of_likwid_bench_need_it) {
    REQUIRE(setenv("PATH", test_directory(), 1) == 0);
    const yoke_load *load = yoke_load_find("likwid_triad");
    yoke_load_run run = {.size = load->least, .run = &(yoke_run){.threads = 1}};
    CU_ASSERT_EQUAL(load->prepare(&run), YOKE_ENOENT);
    load->finish(&run);
}

TEST(likwid) { check_load(yoke_load_find("likwid_triad"), 1); }

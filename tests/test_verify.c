/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of programs. The programs are this one: with the variable YOKE_TEST_PROGRAM it is
 * one of those below instead of the suite, so it is built as the suite is.
 */
#include "tests/harness.h"

#include <fcntl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "yoke/yoke.h"

/* ---- the programs ---- */

enum { N = 200000 };
static double x[N];

static void fill(void) {
    for (int i = 0; i < N; i++) x[i] = (i % 2 ? 1e3 : -1e3) / (i + 1);
}

static void add(void *acc, const void *items, size_t begin, size_t end, const void *ctx) {
    (void)ctx;
    for (size_t i = begin; i < end; i++) *(double *)acc += ((const double *)items)[i];
}
static void plus(void *into, const void *from, const void *ctx) {
    (void)ctx;
    *(double *)into += *(const double *)from;
}
static void zero(void *acc, const void *ctx) { *(double *)acc = ((void)ctx, 0.0); }

/* It says that it is exact, and is not: an accumulator for each member. */
static const yoke_reducer liar = {sizeof(double), 1000, zero, add, plus, NULL, true};

static int same(void) {
    double sum = 0;
    uint64_t keys[1000];
    fill();
    for (int i = 0; i < 1000; i++) keys[i] = (uint64_t)i * 7919 % 1000;
    yoke_sum(x, N, &sum, NULL);
    yoke_sort(keys, 1000, YOKE_DESCENDING, NULL);
    yoke_verify_digest("keys", keys, sizeof keys);
    printf("%.17g %d\n", sum, (int)keys[0]);
    return 0;
}

static int lies(void) {
    double sum = 0;
    fill();
    yoke_sum(x, N, &sum, NULL);
    yoke_reduce(&liar, x, N, &sum, NULL);
    puts("rounded");
    return 0;
}

/* Announced by all threads, in any order: as many, and the same ones. */
static int together(void) {
#pragma omp parallel for schedule(dynamic, 1) default(none)
    for (int i = 0; i < 40; i++) yoke_verify_digest("item", &i, sizeof i);
    puts("done");
    return 0;
}

/* How many sums depends on the threads; that is the program's affair. */
static int shares(void) {
    static double sums[64];
    fill();
#pragma omp parallel default(none) shared(x, sums)
    {
        int threads = omp_get_num_threads(), me = omp_get_thread_num();
        size_t begin = (size_t)N * (size_t)me / (size_t)threads,
               end = (size_t)N * (size_t)(me + 1) / (size_t)threads;
        yoke_sum_f64(x + begin, end - begin, &sums[me % 64], &(yoke_run){.threads = 1});
    }
    puts("done");
    return 0;
}

static int announces(void) {
    int threads = omp_get_max_threads();
    yoke_verify_digest("same", "x", 1);
    yoke_verify_digest("threads", &threads, sizeof threads);
    return 0;
}

static int more_calls(void) {
    for (int i = 0; i < omp_get_max_threads(); i++) yoke_verify_digest("turn", "x", 1);
    return 0;
}

/* ---- calls of kernels that tell what they have written ---- */

enum { SIDE = 64, ITEMS = SIDE * SIDE };
static double from[ITEMS], to[ITEMS], more[ITEMS];
static uint64_t order[ITEMS], words[ITEMS];

static int moves(void) {
    size_t n;
    for (uint64_t i = 0; i < ITEMS; i++) order[i] = i;
    YOKE_TRY(yoke_random_fill_f64((yoke_random){1, 0}, 0, from, ITEMS, NULL));
    YOKE_TRY(yoke_shuffle(order, ITEMS, ((yoke_random){2, 0}), NULL));
    YOKE_TRY(yoke_permutation_invert(order, ITEMS, words, NULL));
    YOKE_TRY(yoke_gather(from, ITEMS, order, ITEMS, to, NULL));
    YOKE_TRY(yoke_scatter(from, order, ITEMS, to, ITEMS, NULL));
    YOKE_TRY(yoke_reverse(to, ITEMS, NULL));
    YOKE_TRY(yoke_transpose(from, SIDE, SIDE, to, NULL));
    YOKE_TRY(yoke_transpose_in_place(to, SIDE / 2, 2 * SIDE, NULL));
    YOKE_TRY(yoke_difference(from, ITEMS, to, NULL));
    for (int i = 0; i < SIDE; i++) words[i] = SIDE;
    return yoke_rle_decode(from, words, SIDE, to, ITEMS, &n, NULL);
}

static int bins(void) {
    static const double bounds[] = {0, 0.25, 0.5, 1};
    YOKE_TRY(yoke_bins_even(from, ITEMS, 0, 1, 100, words, NULL, NULL));
    YOKE_TRY(yoke_bins_ranges(from, ITEMS, bounds, 3, words, NULL, NULL));
    YOKE_TRY(yoke_bins_even_weighted(from, from, ITEMS, 0, 1, 100, to, NULL));
    return yoke_bins_ranges_weighted(from, from, ITEMS, bounds, 3, to, NULL);
}

static int sparse(void) {
    static uint64_t begin[SIDE + 1];
    static uint32_t column[ITEMS];
    for (uint32_t i = 0; i <= SIDE; i++) begin[i] = (uint64_t)i * SIDE;
    for (uint32_t i = 0; i < ITEMS; i++) column[i] = i % SIDE;
    yoke_csr_f64 matrix = {SIDE, SIDE, begin, column, NULL, from};
    YOKE_TRY(yoke_csr_multiply(to, &matrix, from, NULL));
    return yoke_csr_multiply_add(to, &matrix, from, NULL);
}

static int numbers(void) {
    static const yoke_stencil_term terms[] = {{0, 0, -1, 0.5}, {0, 1, 0, 0.5}};
    yoke_stencil stencil = {terms, 2};
    yoke_grid grid = {1, SIDE, SIDE};
    yoke_bodies_f64 bodies = {SIDE, from, from + SIDE, from + 2 * SIDE, from + 3 * SIDE};
    YOKE_TRY(sparse());
    YOKE_TRY(yoke_nbody(to, to + SIDE, to + 2 * SIDE, &bodies, 0.1, NULL));
    YOKE_TRY(yoke_stencil_apply(to, from, &grid, &stencil, NULL));
    YOKE_TRY(yoke_stencil_add(to, from, &grid, &stencil, NULL));
    memcpy(more, from, sizeof more);
    YOKE_TRY(yoke_stencil_steps(to, more, &grid, &stencil, 5, NULL));
    YOKE_TRY(yoke_vector_triad_f64(to, from, 3, from, ITEMS, NULL));
    return yoke_access_update(words, ITEMS, 0, ITEMS, NULL);
}

static int summaries(void) {
    yoke_sample *sample = NULL;
    yoke_distinct *distinct = NULL;
    yoke_quantiles *quantiles = NULL;
    YOKE_TRY(yoke_sample_create(&(yoke_sample_options){.k = 10, .item_size = 8}, &sample));
    YOKE_TRY(yoke_distinct_create(NULL, &distinct));
    YOKE_TRY(yoke_quantiles_create(NULL, &quantiles));
    YOKE_TRY(yoke_sample_add_array(sample, 0, from, ITEMS, NULL));
    YOKE_TRY(yoke_distinct_add_array(distinct, words, ITEMS, NULL));
    YOKE_TRY(yoke_quantiles_add_array(quantiles, from, SIDE, NULL));
    yoke_sample_destroy(sample);
    yoke_distinct_destroy(distinct);
    yoke_quantiles_destroy(quantiles);
    return YOKE_OK;
}

enum { MOVES = 10, BINS = 4, NUMBERS = 10, SUMMARIES = 3 };

static int tells(void) {
    YOKE_TRY(moves());
    YOKE_TRY(bins());
    YOKE_TRY(numbers());
    YOKE_TRY(summaries());
    puts("told");
    return 0;
}

/* It closes what it does not know, and has a file of its own with a number of those. */
static int closes(void) {
    double sum = 0;
    for (int i = 3; i < 64; i++) close(i);
    int own = open(getenv("YOKE_TEST_FILE"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (own != 3 || write(own, "own\n", 4) != 4) return 1;
    yoke_sum(x, N, &sum, NULL);
    yoke_verify_digest("own", "x", 1);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} programs[] = {{"same", same},     {"lies", lies},           {"together", together},
                {"shares", shares}, {"announces", announces}, {"more_calls", more_calls},
                {"tells", tells},   {"closes", closes}};

__attribute__((constructor)) static void be_a_program(void) {
    const char *wanted = getenv("YOKE_TEST_PROGRAM");
    for (size_t i = 0; wanted && i < sizeof programs / sizeof *programs; i++)
        if (strcmp(programs[i].name, wanted) == 0) exit(programs[i].run());
}

/* ---- running them ---- */

static int verify(const char *program, yoke_verify_options options, yoke_verify_report *report) {
    static const int threads[] = {1, 2, 3};
    static char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    REQUIRE(size > 0);
    self[size] = 0;
    const char *const command[] = {self, NULL};
    setenv("YOKE_TEST_PROGRAM", program, 1);
    options.command = command;
    options.threads = threads;
    options.thread_count = 3;
    options.without_cause = true;
    int status = yoke_verify_program(&options, report);
    unsetenv("YOKE_TEST_PROGRAM");
    return status;
}

TEST_WITH_LIMIT(what_is_reproducible_is_the_same, 60) {
    yoke_verify_report report = {.runs = NULL};
    REQUIRE(verify("same", (yoke_verify_options){.runs = 2}, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    CU_ASSERT_EQUAL(report.run_count, 7);
    CU_ASSERT_EQUAL(report.regions, 2);
    CU_ASSERT_EQUAL(report.announced, 1);
    CU_ASSERT_EQUAL(report.output_count, 1);
    CU_ASSERT(report.outputs[0].size > 5);
    CU_ASSERT_STRING_EQUAL(report.runs[6].settings, "OMP_NUM_THREADS=1 YOKE_NUM_THREADS=1");
    for (size_t i = 0; i < report.run_count; i++) CU_ASSERT_EQUAL(report.runs[i].group, 0);
    yoke_verify_report_fini(&report);
    CU_ASSERT_EQUAL(report.run_count, 0);
}

TEST_WITH_LIMIT(kernels_tell_what_they_have_written, 120) {
    yoke_verify_report report = {.runs = NULL};
    REQUIRE(verify("tells", (yoke_verify_options){.runs = 2}, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    CU_ASSERT_EQUAL(report.regions, MOVES + BINS + NUMBERS + SUMMARIES);
    CU_ASSERT(report.outputs[0].size > 4);
    yoke_verify_report_fini(&report);
}

TEST_WITH_LIMIT(the_call_that_differs_is_named, 60) {
    yoke_verify_report report = {.runs = NULL};
    REQUIRE(verify("lies", (yoke_verify_options){.runs = 3}, &report) == YOKE_OK);
    REQUIRE(report.difference_count == 1);
    CU_ASSERT_EQUAL(report.differences[0].what, YOKE_VERIFY_REGION);
    CU_ASSERT_STRING_EQUAL(report.differences[0].name, "yoke_reduce");
    CU_ASSERT_EQUAL(report.differences[0].call, 1);
    CU_ASSERT(report.differences[0].run > 0);
    CU_ASSERT(strcmp(report.differences[0].first, report.differences[0].other) != 0);
    CU_ASSERT_EQUAL(report.runs[0].group, 0);
    CU_ASSERT(report.runs[report.differences[0].run].group > 0);
    yoke_verify_report_fini(&report);
    yoke_verify_options outputs = {.runs = 1, .without_regions = true};
    REQUIRE(verify("lies", outputs, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    CU_ASSERT_EQUAL(report.regions, 0);
    yoke_verify_report_fini(&report);
}

TEST_WITH_LIMIT(what_threads_tell_has_no_order, 60) {
    yoke_verify_report report = {.runs = NULL};
    REQUIRE(verify("together", (yoke_verify_options){.runs = 2}, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    CU_ASSERT_EQUAL(report.announced, 40);
    yoke_verify_report_fini(&report);
    REQUIRE(verify("shares", (yoke_verify_options){.runs = 1}, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    yoke_verify_report_fini(&report);
}

TEST_WITH_LIMIT(announced_digests_are_compared, 60) {
    yoke_verify_report report = {.runs = NULL};
    REQUIRE(verify("announces", (yoke_verify_options){.runs = 1}, &report) == YOKE_OK);
    REQUIRE(report.difference_count == 1);
    CU_ASSERT_EQUAL(report.differences[0].what, YOKE_VERIFY_ANNOUNCED);
    CU_ASSERT_STRING_EQUAL(report.differences[0].name, "threads");
    CU_ASSERT_EQUAL(report.differences[0].call, 1);
    CU_ASSERT_EQUAL(report.differences[0].run, 1);
    yoke_verify_report_fini(&report);
    REQUIRE(verify("more_calls", (yoke_verify_options){.runs = 1}, &report) == YOKE_OK);
    REQUIRE(report.difference_count == 1);
    CU_ASSERT_EQUAL(report.differences[0].call, 2);
    CU_ASSERT_STRING_EQUAL(report.differences[0].first, "no more calls");
    yoke_verify_report_fini(&report);
}

TEST_WITH_LIMIT(nothing_is_told_to_a_file_of_the_program, 60) {
    char text[64] = "";
    yoke_verify_report report = {.runs = NULL};
    setenv("YOKE_TEST_FILE", test_file("own", "", 0), 1);
    REQUIRE(verify("closes", (yoke_verify_options){.runs = 1}, &report) == YOKE_OK);
    CU_ASSERT_EQUAL(report.difference_count, 0);
    CU_ASSERT_EQUAL(report.runs[0].status, 0);
    yoke_verify_report_fini(&report);
    FILE *file = fopen(getenv("YOKE_TEST_FILE"), "r");
    REQUIRE(file != NULL);
    CU_ASSERT_EQUAL(fread(text, 1, sizeof text - 1, file), 16);
    CU_ASSERT_STRING_EQUAL(text, "own\nown\nown\nown\n");
    fclose(file);
}

/* ---- failures ---- */

TEST(options_are_checked) {
    const char *const nothing[] = {NULL}, *const command[] = {"true", NULL};
    const int none[] = {1, 0};
    yoke_verify_report report;
    CU_ASSERT_EQUAL(yoke_verify_program(NULL, &report), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_verify_program(&(yoke_verify_options){.command = nothing}, &report),
                    YOKE_EINVAL);
    yoke_verify_options options = {.command = command, .threads = none, .thread_count = 2};
    CU_ASSERT_EQUAL(yoke_verify_program(&options, &report), YOKE_EINVAL);
    options = (yoke_verify_options){.command = command, .runs = -1};
    CU_ASSERT_EQUAL(yoke_verify_program(&options, &report), YOKE_EINVAL);
    options = (yoke_verify_options){.command = command, .input = "no such file"};
    CU_ASSERT_EQUAL(yoke_verify_program(&options, &report), YOKE_EIO);
    options = (yoke_verify_options){.command = command, .input = "/dev/null/"};
    CU_ASSERT(yoke_verify_program(&options, &report) < 0);
    CU_ASSERT_EQUAL(yoke_verify_self(NULL, NULL, NULL), YOKE_EINVAL);
}

TEST(a_cancelled_verification_ends_its_run) {
    const char *const command[] = {"sleep", "30", NULL};
    yoke_verify_report report;
    yoke_cancel *cancel;
    REQUIRE(yoke_cancel_create(&cancel) == YOKE_OK);
    yoke_cancel_request(cancel);
    yoke_verify_options options = {.command = command, .cancel = cancel};
    CU_ASSERT_EQUAL(yoke_verify_program(&options, &report), YOKE_ECANCELED);
    options.cancel = NULL;
    options.timeout = 0.2;
    CU_ASSERT_EQUAL(yoke_verify_program(&options, &report), YOKE_ETIMEDOUT);
    yoke_cancel_release(cancel);
}

/* ---- the library ---- */

typedef struct seen {
    int rows, ways;
    char first[64];
} seen;

static void note(const yoke_verify_row *row, void *ctx) {
    seen *s = ctx;
    if (!s->rows++) snprintf(s->first, sizeof s->first, "%s", row->algorithm);
    s->ways += row->ways;
    CU_ASSERT_EQUAL(row->status, YOKE_OK);
    CU_ASSERT_EQUAL(row->same, row->ways);
    CU_ASSERT_STRING_EQUAL(row->differs, "");
}

TEST_WITH_LIMIT(the_library_keeps_its_promises, 120) {
    const int threads[] = {3};
    seen all = {.rows = 0}, some = {.rows = 0};
    yoke_isa before = yoke_isa_in_use();
    yoke_verify_self_options options = {.threads = threads, .thread_count = 1, .seed = 9};
    CU_ASSERT_EQUAL(yoke_verify_self(&options, note, &all), 0);
    CU_ASSERT(all.rows > 60);
    CU_ASSERT(all.ways >= 2 * all.rows);
    CU_ASSERT_EQUAL(yoke_isa_in_use(), before);
    options.only = "stencil";
    CU_ASSERT_EQUAL(yoke_verify_self(&options, note, &some), 0);
    CU_ASSERT_EQUAL(some.rows, 2);
    CU_ASSERT_STRING_EQUAL(some.first, "stencil, once, added, and 20 steps");
}

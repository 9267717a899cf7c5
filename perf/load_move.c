/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/permute.h and yoke/random.h: items are moved, or made.
 */
#include "perf/load.h"
#include "yoke/permute.h"

enum { FROM, TO, INDEX };

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, FROM, run->size, 0));
    YOKE_TRY(yoke__load_array(run, TO, run->size, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, TO), run->size * sizeof(uint64_t));
}

/* ---- by an index: a random permutation ---- */

static int prepare_index(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    YOKE_TRY(yoke__load_count_up(run, INDEX, run->size));
    yoke_random random = {.seed = run->seed, .stream = INDEX};
    return yoke_shuffle_u64(yoke__load_words(run, INDEX), run->size, random, run->run);
}

static int gather(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_gather_u64(d->array[FROM], run->size, d->array[INDEX], run->size, d->array[TO],
                           &d->run);
}

static int scatter(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_scatter_u64(d->array[FROM], d->array[INDEX], run->size, d->array[TO], run->size,
                            &d->run);
}

static int check_gather(yoke_load_run *run) {
    const uint64_t *from = yoke__load_words(run, FROM), *to = yoke__load_words(run, TO);
    for (size_t i = 0; i < run->size; i++)
        if (to[i] != from[yoke__load_words(run, INDEX)[i]]) return yoke__load_wrong(i);
    return YOKE_OK;
}

static int check_scatter(yoke_load_run *run) {
    const uint64_t *from = yoke__load_words(run, FROM), *to = yoke__load_words(run, TO);
    for (size_t i = 0; i < run->size; i++)
        if (to[yoke__load_words(run, INDEX)[i]] != from[i]) return yoke__load_wrong(i);
    return YOKE_OK;
}

static int invert(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_permutation_invert(d->array[INDEX], run->size, d->array[TO], &d->run);
}

static int check_invert(yoke_load_run *run) {
    for (size_t i = 0; i < run->size; i++)
        if (yoke__load_words(run, TO)[yoke__load_words(run, INDEX)[i]] != i)
            return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- transpose: the largest square ---- */

static size_t side(const yoke_load_run *run) {
    size_t root = (size_t)sqrt((double)run->size);
    while (root * root > run->size) root--;
    return root;
}

static int prepare_transpose(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    run->items = side(run) * side(run);
    return yoke__load_answer(run, yoke__load_words(run, TO), run->items * sizeof(uint64_t));
}

static int transpose(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_transpose_u64(d->array[FROM], side(run), side(run), d->array[TO], &d->run);
}

static int check_transpose(yoke_load_run *run) {
    const uint64_t *from = yoke__load_words(run, FROM), *to = yoke__load_words(run, TO);
    size_t n = side(run);
    for (size_t i = 0; i < n * n; i++)
        if (to[i % n * n + i / n] != from[i]) return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- shuffle: again and again ---- */

static int prepare_shuffle(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_count_up(run, TO, run->size));
    yoke__load_of(run)->word = yoke__load_print(yoke__load_words(run, TO), run->size);
    return yoke__load_answer(run, yoke__load_words(run, TO), run->size * sizeof(uint64_t));
}

static int shuffle(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    yoke_random random = {.seed = run->seed, .stream = d->count++};
    return yoke_shuffle_u64(d->array[TO], run->size, random, &d->run);
}

/* All are there, and few at their own place: one is to be expected. */
static int check_shuffle(yoke_load_run *run) {
    const uint64_t *to = yoke__load_words(run, TO);
    size_t same = 0;
    for (size_t i = 0; i < run->size; i++) same += to[i] == i;
    if (same > 50) return yoke_fail(YOKE_EDATA, "%zu items are at their old place", same);
    return yoke__load_equal(yoke__load_print(to, run->size), yoke__load_of(run)->word);
}

/* ---- random numbers ---- */

static int prepare_random(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_array(run, TO, run->size, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, TO), run->size * sizeof(uint64_t));
}

static yoke_random numbers_of(const yoke_load_run *run) {
    return (yoke_random){.seed = run->seed, .stream = 1};
}

static int random_u64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_random_fill_u64(numbers_of(run), 0, d->array[TO], run->size, &d->run);
}

static int random_f64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_random_fill_f64(numbers_of(run), 0, d->array[TO], run->size, &d->run);
}

static int random_normal(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_random_fill_normal_f64(numbers_of(run), 0, d->array[TO], run->size, &d->run);
}

/* Some of them, one by one. */
static size_t step(const yoke_load_run *run) { return run->size / 200000 + 1; }

static int check_u64(yoke_load_run *run) {
    for (size_t i = 0; i < run->size; i += step(run))
        if (yoke__load_words(run, TO)[i] != yoke_random_u64(numbers_of(run), i))
            return yoke__load_wrong(i);
    return YOKE_OK;
}

static int check_f64(yoke_load_run *run) {
    for (size_t i = 0; i < run->size; i += step(run))
        if (yoke__load_reals(run, TO)[i] != yoke_random_f64(numbers_of(run), i))
            return yoke__load_wrong(i);
    return YOKE_OK;
}

/* By its range, and six standard deviations of mean and variance. */
static int check_normal(yoke_load_run *run) {
    const double *to = yoke__load_reals(run, TO);
    double sum = 0, squares = 0, n = (double)run->size;
    for (size_t i = 0; i < run->size; i++) {
        if (!(fabs(to[i]) < 8.6)) return yoke__load_wrong(i);
        sum += to[i], squares += to[i] * to[i];
    }
    if (fabs(sum / n) > 6 / sqrt(n) || fabs(squares / n - 1) > 6 * sqrt(2 / n))
        return yoke_fail(YOKE_EDATA, "mean %g, variance %g", sum / n, squares / n);
    return YOKE_OK;
}

#define MOVE .group = "move", .item = "element", .size = 1 << 24, .finish = yoke__load_close
#define RANDOM                                                                                     \
    .group = "random", .item = "number", .bytes = 8, .size = 1 << 24, .finish = yoke__load_close,  \
    .prepare = prepare_random
const yoke_load yoke__loads_move[] = {
    {MOVE, .name = "gather_u64", .about = "items fetched by a random permutation", .bytes = 24,
     .prepare = prepare_index, .repeat = gather, .check = check_gather},
    {MOVE, .name = "scatter_u64", .about = "items put by a random permutation", .bytes = 24,
     .prepare = prepare_index, .repeat = scatter, .check = check_scatter},
    {MOVE, .name = "permutation_invert", .about = "the inverse of a random permutation",
     .bytes = 16, .prepare = prepare_index, .repeat = invert, .check = check_invert},
    {MOVE, .name = "transpose_u64", .about = "a square matrix", .bytes = 16,
     .prepare = prepare_transpose, .repeat = transpose, .check = check_transpose},
    {MOVE, .name = "shuffle_u64", .about = "a random order", .bytes = 16,
     .prepare = prepare_shuffle, .repeat = shuffle, .check = check_shuffle},
    {RANDOM, .name = "random_u64", .about = "64 random bits", .repeat = random_u64,
     .check = check_u64},
    {RANDOM, .name = "random_f64", .about = "uniform in [0, 1)", .repeat = random_f64,
     .check = check_f64},
    {RANDOM, .name = "random_normal_f64", .about = "the normal distribution",
     .repeat = random_normal, .check = check_normal},
    {.name = NULL}};

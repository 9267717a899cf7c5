/* SPDX-License-Identifier: Apache-2.0
 *
 * Moving items: gather, scatter, transpose, reverse, shuffle. And random numbers.
 */
#include "perf/verify_list.h"
#include "yoke/permute.h"
#include "yoke/random.h"

enum { N = 50000 };

static int gathering(verify_case *c) {
    double *x, *to;
    uint64_t *index;
    size_t n = c->n;
    YOKE_TRY(yoke__verify_reals(c, &x, n));
    YOKE_TRY(yoke__verify_words(c, &index, n));
    YOKE_TRY(yoke__verify_room(c, &to, n * sizeof *to));
    for (size_t i = 0; i < n; i++) index[i] %= n;
    YOKE_TRY(yoke_gather(x, n, index, n, to, c->run));
    yoke__verify_add(c, to, n * sizeof *to);
    YOKE_TRY(yoke_scatter(x, index, n, to, n, c->run)); /* the last for a place wins */
    return yoke__verify_add(c, to, n * sizeof *to);
}

static int turning(verify_case *c) {
    double *x, *to;
    size_t rows = c->n > 1000 ? 250 : 1, columns = c->n / rows;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &to, c->n * sizeof *to));
    YOKE_TRY(yoke_transpose(x, rows, columns, to, c->run));
    yoke__verify_add(c, to, rows * columns * sizeof *to);
    YOKE_TRY(yoke_transpose_in_place(x, rows, columns, c->run));
    YOKE_TRY(yoke_reverse(x, c->n, c->run));
    return yoke__verify_add(c, x, c->n * sizeof *x);
}

static int shuffling(verify_case *c) {
    uint64_t *index, *inverse;
    size_t n = c->n;
    YOKE_TRY(yoke__verify_room(c, &index, n * sizeof *index));
    YOKE_TRY(yoke__verify_room(c, &inverse, n * sizeof *inverse));
    for (size_t i = 0; i < n; i++) index[i] = i;
    YOKE_TRY(yoke_shuffle(index, n, ((yoke_random){yoke__verify_random(c), 1}), c->run));
    YOKE_TRY(yoke_permutation_invert(index, n, inverse, c->run));
    yoke__verify_add(c, index, n * sizeof *index);
    return yoke__verify_add(c, inverse, n * sizeof *inverse);
}

static int numbers(verify_case *c) {
    uint32_t *small;
    uint64_t *words;
    float *floats;
    double *reals;
    size_t n = c->n;
    yoke_random random = {yoke__verify_random(c), 3};
    YOKE_TRY(yoke__verify_room(c, &small, n * sizeof *small));
    YOKE_TRY(yoke__verify_room(c, &words, n * sizeof *words));
    YOKE_TRY(yoke__verify_room(c, &floats, n * sizeof *floats));
    YOKE_TRY(yoke__verify_room(c, &reals, n * sizeof *reals));
    YOKE_TRY(yoke_random_fill_u32(random, 5, small, n, c->run));
    YOKE_TRY(yoke_random_fill_u64(random, 6, words, n, c->run));
    YOKE_TRY(yoke_random_fill_f32(random, 7, floats, n, c->run));
    YOKE_TRY(yoke_random_fill_f64(random, 8, reals, n, c->run));
    yoke__verify_add(c, small, n * sizeof *small);
    yoke__verify_add(c, words, n * sizeof *words);
    yoke__verify_add(c, floats, n * sizeof *floats);
    return yoke__verify_add(c, reals, n * sizeof *reals);
}

static int normal_numbers(verify_case *c) {
    double *x;
    float *y;
    yoke_random random = {yoke__verify_random(c), 4};
    YOKE_TRY(yoke__verify_room(c, &x, c->n * sizeof *x));
    YOKE_TRY(yoke__verify_room(c, &y, c->n * sizeof *y));
    YOKE_TRY(yoke_random_fill_normal_f64(random, 3, x, c->n, c->run));
    YOKE_TRY(yoke_random_fill_normal_f32(random, 3, y, c->n, c->run));
    yoke__verify_add(c, x, c->n * sizeof *x);
    return yoke__verify_add(c, y, c->n * sizeof *y);
}

#define MOVE(text, of, header, fn)                                                                 \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = "always", .headers = (header), .n = N,        \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_move[] = {
    MOVE("gather, scatter", "doubles, places taken twice", "permute", gathering),
    MOVE("transpose, also in place, reverse", "doubles", "permute", turning),
    MOVE("shuffle, inverse permutation", "places", "permute", shuffling),
    MOVE("random numbers", "integers, floats, doubles", "random", numbers),
    {.algorithm = "normal random numbers",
     .input = "doubles, floats",
     .level = "always",
     .headers = "random",
     .n = N / 2,
     .local = true,
     .compute = normal_numbers},
    {.algorithm = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts, selections, merges and set operations.
 */
#include <string.h>

#include "perf/verify_list.h"
#include "yoke/merge.h"
#include "yoke/sort_strings.h"

enum { N = 50000 };

/* Many equal keys, of both signs. */
static int crowded(verify_case *c, double **keys) {
    YOKE_TRY(yoke__verify_wholes(c, keys, c->n, 40001));
    for (size_t i = 0; i < c->n; i++) (*keys)[i] -= 20000;
    return YOKE_OK;
}

static int keys_of_all_types(verify_case *c) {
    double *reals;
    uint64_t *words;
    float *floats;
    uint32_t *small;
    bool sorted = false;
    size_t n = c->n;
    YOKE_TRY(yoke__verify_reals(c, &reals, n));
    YOKE_TRY(yoke__verify_words(c, &words, n));
    YOKE_TRY(yoke__verify_room(c, &floats, n * sizeof *floats));
    YOKE_TRY(yoke__verify_room(c, &small, n * sizeof *small));
    for (size_t i = 0; i < n; i++) floats[i] = (float)reals[i], small[i] = (uint32_t)words[i];
    YOKE_TRY(yoke_sort(reals, n, YOKE_ASCENDING, c->run));
    YOKE_TRY(yoke_sort(words, n, YOKE_DESCENDING, c->run));
    YOKE_TRY(yoke_sort(floats, n, YOKE_DESCENDING, c->run));
    YOKE_TRY(yoke_sort(small, n, YOKE_ASCENDING, c->run));
    YOKE_TRY(yoke_is_sorted(small, n, YOKE_ASCENDING, &sorted, c->run));
    yoke__verify_add(c, reals, n * sizeof *reals);
    yoke__verify_add(c, words, n * sizeof *words);
    yoke__verify_add(c, floats, n * sizeof *floats);
    yoke__verify_add(c, small, n * sizeof *small);
    return yoke__verify_add(c, &(uint8_t){sorted}, 1);
}

static int pairs(verify_case *c) {
    double *keys;
    uint64_t *values, *places;
    uint32_t *few;
    size_t n = c->n;
    YOKE_TRY(crowded(c, &keys));
    YOKE_TRY(yoke__verify_words(c, &values, n));
    YOKE_TRY(yoke__verify_room(c, &places, n * sizeof *places));
    YOKE_TRY(yoke__verify_room(c, &few, n * sizeof *few));
    YOKE_TRY(yoke_argsort(keys, n, YOKE_ASCENDING, places, c->run));
    YOKE_TRY(yoke_argsort32(keys, n, YOKE_DESCENDING, few, c->run));
    YOKE_TRY(yoke_sort_pairs(keys, values, sizeof *values, n, YOKE_ASCENDING, c->run));
    yoke__verify_add(c, places, n * sizeof *places);
    yoke__verify_add(c, few, n * sizeof *few);
    yoke__verify_add(c, keys, n * sizeof *keys);
    return yoke__verify_add(c, values, n * sizeof *values);
}

static int some(verify_case *c) {
    double *keys, *top;
    size_t n = c->n, count = n / 100 + 1;
    YOKE_TRY(crowded(c, &keys));
    YOKE_TRY(yoke__verify_room(c, &top, count * sizeof *top));
    YOKE_TRY(yoke_top(keys, n, count, YOKE_DESCENDING, top, c->run));
    yoke__verify_add(c, top, count * sizeof *top);
    YOKE_TRY(yoke_nth(keys, n, n / 3, YOKE_ASCENDING, c->run));
    yoke__verify_add(c, keys, n * sizeof *keys);
    YOKE_TRY(yoke_partial_sort(keys, n, n / 2, YOKE_DESCENDING, c->run));
    return yoke__verify_add(c, keys, n * sizeof *keys);
}

static int segments(verify_case *c) {
    enum { SEGMENTS = 100 };
    double *keys;
    size_t *offsets;
    YOKE_TRY(crowded(c, &keys));
    YOKE_TRY(yoke__verify_room(c, &offsets, (SEGMENTS + 1) * sizeof *offsets));
    for (size_t i = 1; i <= SEGMENTS; i++) offsets[i] = c->n * i / SEGMENTS;
    YOKE_TRY(yoke_sort_segments(keys, offsets, SEGMENTS, YOKE_ASCENDING, c->run));
    return yoke__verify_add(c, keys, c->n * sizeof *keys);
}

static int by_magnitude(const void *a, const void *b, void *ctx) {
    double x = *(const double *)a, y = *(const double *)b;
    (void)ctx;
    return (x * x > y * y) - (x * x < y * y);
}

static int by_comparison(verify_case *c) {
    double *keys, *to;
    size_t n = c->n, half = n / 2;
    YOKE_TRY(crowded(c, &keys));
    YOKE_TRY(yoke__verify_room(c, &to, n * sizeof *to));
    YOKE_TRY(yoke_sort_by(keys, half, sizeof *keys, by_magnitude, NULL, c->run));
    YOKE_TRY(yoke_sort_by(keys + half, n - half, sizeof *keys, by_magnitude, NULL, c->run));
    YOKE_TRY(yoke_merge_by(keys, half, keys + half, n - half, to, sizeof *to, by_magnitude, NULL,
                           c->run));
    return yoke__verify_add(c, to, n * sizeof *to);
}

static int merges(verify_case *c) {
    double *a, *b, *to;
    size_t n = c->n, count;
    YOKE_TRY(crowded(c, &a));
    YOKE_TRY(crowded(c, &b));
    YOKE_TRY(yoke__verify_room(c, &to, 2 * n * sizeof *to));
    YOKE_TRY(yoke_sort(a, n, YOKE_ASCENDING, c->run));
    YOKE_TRY(yoke_sort(b, n, YOKE_ASCENDING, c->run));
    YOKE_TRY(yoke_merge(a, n, b, n, YOKE_ASCENDING, to, c->run));
    yoke__verify_add(c, to, 2 * n * sizeof *to);
    YOKE_TRY(yoke_set_union(a, n, b, n, YOKE_ASCENDING, to, &count, c->run));
    yoke__verify_add(c, to, count * sizeof *to);
    YOKE_TRY(yoke_set_intersection(a, n, b, n, YOKE_ASCENDING, to, &count, c->run));
    yoke__verify_add(c, to, count * sizeof *to);
    YOKE_TRY(yoke_set_difference(a, n, b, n, YOKE_ASCENDING, to, &count, c->run));
    yoke__verify_add(c, to, count * sizeof *to);
    YOKE_TRY(yoke_set_symmetric(a, n, b, n, YOKE_ASCENDING, to, &count, c->run));
    return yoke__verify_add(c, to, count * sizeof *to);
}

/* Of 1 to 12 letters, with long common beginnings. */
static int make_strings(verify_case *c, yoke_string **strings) {
    enum { LONGEST = 12 };
    char *text;
    YOKE_TRY(yoke__verify_room(c, &text, c->n * LONGEST));
    YOKE_TRY(yoke__verify_room(c, strings, c->n * sizeof **strings));
    for (size_t i = 0; i < c->n; i++) {
        uint64_t draw = yoke__verify_random(c);
        char *at = text + i * LONGEST;
        memset(at, 'a', LONGEST);
        for (int k = 4; k < LONGEST; k++) at[k] = (char)('a' + (draw >> 3 * k) % 3);
        (*strings)[i] = (yoke_string){at, 1 + draw % LONGEST};
    }
    return YOKE_OK;
}

static int strings(verify_case *c) {
    yoke_string *of;
    uint64_t *order;
    YOKE_TRY(make_strings(c, &of));
    YOKE_TRY(yoke__verify_room(c, &order, c->n * sizeof *order));
    YOKE_TRY(yoke_argsort_strings(of, c->n, order, c->run));
    YOKE_TRY(yoke__verify_add(c, order, c->n * sizeof *order));
    const char *first = of[0].data;
    for (size_t i = 1; i < c->n; i++) first = of[i].data < first ? of[i].data : first;
    YOKE_TRY(yoke_sort_strings(of, c->n, c->run));
    for (size_t i = 0; i < c->n; i++) order[i] = (uint64_t)(of[i].data - first);
    return yoke__verify_add(c, order, c->n * sizeof *order);
}

#define SORT(text, of, header, fn)                                                                 \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = "always", .headers = (header), .n = N,        \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_sort[] = {
    SORT("sort of keys", "doubles, floats, integers", "sort", keys_of_all_types),
    SORT("sort of pairs, argsort", "doubles, many equal", "sort", pairs),
    SORT("nth key, partial sort, top", "doubles, many equal", "sort", some),
    SORT("sort of segments", "doubles, 100 segments", "sort", segments),
    SORT("sort and merge by a comparison", "doubles, many equal", "sort", by_comparison),
    SORT("merge, set operations", "doubles on each side, many equal", "merge", merges),
    SORT("sort of strings", "strings, many equal", "sort_strings", strings),
    {.algorithm = NULL}};

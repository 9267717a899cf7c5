/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/sort.h and yoke/merge.h. A sort works in place, so its input is copied before each
 * repeat. What comes out is sorted, and has the same keys by a fingerprint of their set; values say
 * where their keys come from, so that a stable permutation is seen as such.
 */
#include "perf/load.h"
#include "yoke/merge.h"
#include "yoke/sort.h"

enum { KEYS, INPUT, VALUES, TOP };

static int prepare_keys(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    YOKE_TRY(yoke__load_array(run, KEYS, run->size, sizeof(uint64_t)));
    d->word = yoke__load_print(d->array[INPUT], run->size);
    return yoke__load_answer(run, d->array[KEYS], run->size * sizeof(uint64_t));
}

static int prepare_u64(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, INPUT, run->size, 0));
    return prepare_keys(run);
}

static int prepare_f64(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_f64(run, INPUT, run->size));
    return prepare_keys(run);
}

static int renew(yoke_load_run *run) {
    return yoke__load_copy(run, KEYS, INPUT, run->size * sizeof(uint64_t));
}

static int sort_u64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sort_u64(d->array[KEYS], run->size, YOKE_ASCENDING, &d->run);
}

static int sort_f64(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sort_f64(d->array[KEYS], run->size, YOKE_ASCENDING, &d->run);
}

/* As numbers of 64 bits, which have the order of doubles that are not negative. */
static int check_keys(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    const uint64_t *keys = d->array[KEYS];
    for (size_t i = 1; i < run->size; i++)
        if (keys[i - 1] > keys[i]) return yoke__load_wrong(i);
    return yoke__load_equal(yoke__load_print(keys, run->size), d->word);
}

/* ---- some of the keys ---- */

static int find_nth(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_nth_u64(d->array[KEYS], run->size, run->size / 2, YOKE_ASCENDING, &d->run);
}

static int check_nth(yoke_load_run *run) {
    const uint64_t *keys = yoke__load_words(run, KEYS);
    size_t nth = run->size / 2;
    for (size_t i = 0; i < run->size; i++)
        if (i < nth ? keys[i] > keys[nth] : keys[i] < keys[nth]) return yoke__load_wrong(i);
    return yoke__load_equal(yoke__load_print(keys, run->size), yoke__load_of(run)->word);
}

static size_t tenth(const yoke_load_run *run) { return (run->size + 9) / 10; }

static int sort_tenth(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_partial_sort_u64(d->array[KEYS], run->size, tenth(run), YOKE_ASCENDING, &d->run);
}

static int check_tenth(yoke_load_run *run) {
    const uint64_t *keys = yoke__load_words(run, KEYS);
    size_t count = tenth(run);
    for (size_t i = 1; i < run->size; i++)
        if (keys[i] < keys[(i < count ? i : count) - 1]) return yoke__load_wrong(i);
    return yoke__load_equal(yoke__load_print(keys, run->size), yoke__load_of(run)->word);
}

static size_t top_count(const yoke_load_run *run) {
    enum { MOST = 1000 };
    return run->size < MOST ? run->size : MOST;
}

static int prepare_top(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, INPUT, run->size, 0));
    YOKE_TRY(yoke__load_array(run, TOP, top_count(run), sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, TOP), top_count(run) * sizeof(uint64_t));
}

static int find_top(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_top_u64(d->array[INPUT], run->size, top_count(run), YOKE_DESCENDING, d->array[TOP],
                        &d->run);
}

/* Those above the last of them are above it in the input, too, and no others. */
static int check_top(yoke_load_run *run) {
    const uint64_t *input = yoke__load_words(run, INPUT), *top = yoke__load_words(run, TOP);
    size_t count = top_count(run), above = 0, same = 0, first = 0;
    for (size_t i = 1; i < count; i++)
        if (top[i - 1] < top[i]) return yoke__load_wrong(i);
    while (top[first] > top[count - 1]) first++;
    uint64_t sum = 0, should = 0; /* modulo 2^64 */
    for (size_t i = 0; i < first; i++) should += top[i] * top[i];
    for (size_t i = 0; i < run->size; i++) {
        same += input[i] == top[count - 1];
        if (input[i] <= top[count - 1]) continue;
        above++;
        sum += input[i] * input[i];
    }
    if (same < count - first) return yoke__load_wrong(first);
    YOKE_TRY(yoke__load_equal(above, first));
    return yoke__load_equal(sum, should);
}

/* ---- keys with values, some of them equal ---- */

static int prepare_some(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, INPUT, run->size, run->size / 4 + 1));
    YOKE_TRY(yoke__load_count_up(run, VALUES, run->size));
    return yoke__load_answer(run, yoke__load_words(run, VALUES), run->size * sizeof(uint64_t));
}

static int prepare_pairs(yoke_load_run *run) {
    YOKE_TRY(prepare_some(run));
    return yoke__load_array(run, KEYS, run->size, sizeof(uint64_t));
}

static int renew_pairs(yoke_load_run *run) {
    YOKE_TRY(renew(run));
    return yoke__load_recount(run, VALUES, run->size);
}

static int sort_pairs(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sort_pairs_u64(d->array[KEYS], d->array[VALUES], sizeof(uint64_t), run->size,
                               YOKE_ASCENDING, &d->run);
}

static int argsort(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_argsort_u64(d->array[INPUT], run->size, YOKE_ASCENDING, d->array[VALUES], &d->run);
}

/* Pairs of key and place ascend strictly, so no place is there twice. */
static int check_places(yoke_load_run *run) {
    const uint64_t *input = yoke__load_words(run, INPUT), *place = yoke__load_words(run, VALUES);
    for (size_t i = 0; i < run->size; i++) {
        if (place[i] >= run->size) return yoke__load_wrong(i);
        if (!i) continue;
        uint64_t before = input[place[i - 1]], key = input[place[i]];
        if (before > key || (before == key && place[i - 1] >= place[i])) return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

static int check_pairs(yoke_load_run *run) {
    YOKE_TRY(check_places(run));
    const uint64_t *input = yoke__load_words(run, INPUT), *place = yoke__load_words(run, VALUES);
    for (size_t i = 0; i < run->size; i++)
        if (yoke__load_words(run, KEYS)[i] != input[place[i]]) return yoke__load_wrong(i);
    return YOKE_OK;
}

/* ---- items of any kind: a key and its place ---- */

typedef struct placed {
    uint64_t key, place;
} placed;

static int prepare_items(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_u64(run, INPUT, run->size, run->size / 4 + 1));
    YOKE_TRY(yoke__load_array(run, KEYS, run->size, sizeof(placed)));
    return yoke__load_answer(run, yoke__load_of(run)->array[KEYS], run->size * sizeof(placed));
}

static void place_items(void *ctx, size_t begin, size_t end) {
    const yoke__load_data *d = ctx;
    for (size_t i = begin; i < end; i++)
        ((placed *)d->array[KEYS])[i] = (placed){((const uint64_t *)d->array[INPUT])[i], i};
}

static int renew_items(yoke_load_run *run) {
    return yoke__load_share(run, run->size, place_items, yoke__load_of(run));
}

static int by_key(const void *a, const void *b, void *ctx) {
    uint64_t x = ((const placed *)a)->key, y = ((const placed *)b)->key;
    (void)ctx;
    return (x > y) - (x < y);
}

static int sort_items(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sort_by(d->array[KEYS], run->size, sizeof(placed), by_key, NULL, &d->run);
}

/* Key and place ascend strictly, as in check_places. */
static int check_items(yoke_load_run *run) {
    const placed *items = yoke__load_of(run)->array[KEYS];
    const uint64_t *input = yoke__load_words(run, INPUT);
    for (size_t i = 0; i < run->size; i++) {
        if (items[i].place >= run->size || items[i].key != input[items[i].place])
            return yoke__load_wrong(i);
        if (!i || items[i - 1].key < items[i].key) continue;
        if (items[i - 1].key > items[i].key || items[i - 1].place >= items[i].place)
            return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

/* ---- merge ---- */

static void ascend(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = i * 8 + ((uint64_t *)ctx)[i] % 8;
}

/* INPUT holds both arrays, one behind the other. */
static int prepare_merge(yoke_load_run *run) {
    YOKE_TRY(prepare_u64(run));
    yoke__load_data *d = yoke__load_of(run);
    uint64_t *a = d->array[INPUT];
    size_t half = run->size / 2;
    YOKE_TRY(yoke__load_share(run, half, ascend, a));
    YOKE_TRY(yoke__load_share(run, run->size - half, ascend, a + half));
    d->word = yoke__load_print(a, run->size);
    return YOKE_OK;
}

static int merge(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    const uint64_t *a = d->array[INPUT];
    size_t half = run->size / 2;
    return yoke_merge_u64(a, half, a + half, run->size - half, YOKE_ASCENDING, d->array[KEYS],
                          &d->run);
}

/* ---- sets ---- */

static void double_places(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = 2 * i;
}

static void treble_places(void *ctx, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i++) ((uint64_t *)ctx)[i] = 3 * i;
}

/* INPUT holds both sets: even numbers, and behind them multiples of three, which reach further. */
static int prepare_sets(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    YOKE_TRY(yoke__load_array(run, INPUT, run->size, sizeof(uint64_t)));
    uint64_t *a = yoke__load_words(run, INPUT);
    size_t half = run->size / 2, both = (half + 2) / 3;
    YOKE_TRY(yoke__load_share(run, half, double_places, a));
    YOKE_TRY(yoke__load_share(run, run->size - half, treble_places, a + half));
    YOKE_TRY(yoke__load_array(run, KEYS, half, sizeof(uint64_t)));
    return yoke__load_answer(run, yoke__load_words(run, KEYS), both * sizeof(uint64_t));
}

static int intersect(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    const uint64_t *a = d->array[INPUT];
    size_t half = run->size / 2;
    return yoke_set_intersection_u64(a, half, a + half, run->size - half, YOKE_ASCENDING,
                                     d->array[KEYS], &d->count, &d->run);
}

static int check_sets(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    for (size_t i = 0; i < d->count; i++)
        if (yoke__load_words(run, KEYS)[i] != 6 * i) return yoke__load_wrong(i);
    return yoke__load_equal(d->count, (run->size / 2 + 2) / 3);
}

#define SORT .group = "sort", .item = "key", .size = 10000000, .finish = yoke__load_close
const yoke_load yoke__loads_sort[] = {
    {SORT, .name = "sort_u64", .about = "random keys of 64 bits", .prepare = prepare_u64,
     .renew = renew, .repeat = sort_u64, .check = check_keys},
    {SORT, .name = "sort_f64", .about = "random doubles", .prepare = prepare_f64, .renew = renew,
     .repeat = sort_f64, .check = check_keys},
    {SORT, .name = "sort_pairs_u64", .about = "keys and values of 64 bits, stably",
     .prepare = prepare_pairs, .renew = renew_pairs, .repeat = sort_pairs, .check = check_pairs},
    {SORT, .name = "sort_by", .about = "items of 16 bytes by a function, stably",
     .prepare = prepare_items, .renew = renew_items, .repeat = sort_items, .check = check_items},
    {SORT, .name = "argsort_u64", .about = "the stable order of keys of 64 bits",
     .prepare = prepare_some, .repeat = argsort, .check = check_places},
    {SORT, .name = "merge_u64", .about = "two sorted arrays of the same length", .bytes = 16,
     .prepare = prepare_merge, .repeat = merge, .check = check_keys},
    {SORT, .name = "intersection_u64", .about = "what two sorted sets of the same size share",
     .prepare = prepare_sets, .repeat = intersect, .check = check_sets},
    {SORT, .name = "nth_u64", .about = "the median of keys, in its place", .prepare = prepare_u64,
     .renew = renew, .repeat = find_nth, .check = check_nth},
    {SORT, .name = "partial_sort_u64", .about = "the first tenth of the keys",
     .prepare = prepare_u64, .renew = renew, .repeat = sort_tenth, .check = check_tenth},
    {SORT, .name = "top_u64", .about = "the 1000 largest keys, sorted", .prepare = prepare_top,
     .repeat = find_top, .check = check_top},
    {.name = NULL}};

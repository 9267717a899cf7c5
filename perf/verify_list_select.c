/* SPDX-License-Identifier: Apache-2.0
 *
 * Selecting, parting, runs of equal items.
 */
#include <string.h>

#include "perf/verify_list.h"
#include "yoke/select.h"

enum { N = 50000 };

static int add(verify_case *c, const double *items, size_t count) {
    YOKE_TRY(yoke__verify_add(c, &count, sizeof count));
    return yoke__verify_add(c, items, count * sizeof *items);
}

static int make_flags(verify_case *c, unsigned char **flags) {
    YOKE_TRY(yoke__verify_room(c, flags, c->n));
    for (size_t i = 0; i < c->n; i++) (*flags)[i] = yoke__verify_random(c) % 3 == 0;
    return YOKE_OK;
}

static int above(double item, const void *ctx) {
    (void)ctx;
    return item > 0.25;
}
YOKE_DEFINE_PREDICATE(larger, double, above)

static int selecting(verify_case *c) {
    double *x, *to;
    uint64_t *places;
    unsigned char *flags;
    size_t n = c->n, count;
    YOKE_TRY(yoke__verify_reals(c, &x, n));
    YOKE_TRY(yoke__verify_room(c, &to, n * sizeof *to));
    YOKE_TRY(yoke__verify_room(c, &places, n * sizeof *places));
    YOKE_TRY(make_flags(c, &flags));
    YOKE_TRY(yoke_select(x, flags, n, to, &count, c->run));
    add(c, to, count);
    YOKE_TRY(yoke_select_where(x, n, YOKE_RELATION_LESS, 0.5, to, &count, c->run));
    add(c, to, count);
    YOKE_TRY(yoke_select_places(flags, n, places, &count, c->run));
    yoke__verify_add(c, places, count * sizeof *places);
    YOKE_TRY(larger_select(x, n, NULL, to, &count, c->run)); /* yoke_select_by */
    add(c, to, count);
    YOKE_TRY(larger_places(x, n, NULL, places, &count, c->run)); /* yoke_select_places_by */
    return yoke__verify_add(c, places, count * sizeof *places);
}

static int parting(verify_case *c) {
    double *x, *to;
    unsigned char *flags;
    size_t n = c->n, count, counts[3];
    YOKE_TRY(yoke__verify_reals(c, &x, n));
    YOKE_TRY(yoke__verify_room(c, &to, n * sizeof *to));
    YOKE_TRY(make_flags(c, &flags));
    YOKE_TRY(yoke_partition(x, flags, n, to, &count, c->run));
    add(c, to, n);
    YOKE_TRY(yoke_partition_where(x, n, YOKE_RELATION_GREATER, 0.1, to, &count, c->run));
    add(c, to, n);
    YOKE_TRY(yoke_partition3(x, n, -0.3, 0.3, to, counts, c->run));
    add(c, to, n);
    YOKE_TRY(larger_partition(x, n, NULL, to, &count, c->run)); /* yoke_partition_by */
    return add(c, to, n);
}

static int runs(verify_case *c) {
    double *x, *items, *back;
    uint64_t *lengths;
    size_t n = c->n, count, total = 0;
    YOKE_TRY(yoke__verify_wholes(c, &x, n, 2));
    YOKE_TRY(yoke__verify_room(c, &items, n * sizeof *items));
    YOKE_TRY(yoke__verify_room(c, &back, n * sizeof *back));
    YOKE_TRY(yoke__verify_room(c, &lengths, n * sizeof *lengths));
    YOKE_TRY(yoke_unique(x, n, items, &count, c->run));
    add(c, items, count);
    YOKE_TRY(yoke_rle_encode(x, n, items, lengths, &count, c->run));
    add(c, items, count);
    yoke__verify_add(c, lengths, count * sizeof *lengths);
    YOKE_TRY(yoke_rle_decode(items, lengths, count, back, n, &total, c->run));
    return add(c, back, total);
}

static int differences(verify_case *c) {
    double *x, *to;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &to, c->n * sizeof *to));
    YOKE_TRY(yoke_difference(x, c->n, to, c->run));
    return add(c, to, c->n);
}

#define SELECT(text, of, fn)                                                                       \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = "always", .headers = "select", .n = N,        \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_select[] = {
    SELECT("select, by flags, relations, tests of one's own", "doubles", selecting),
    SELECT("partition in two and three", "doubles", parting),
    SELECT("unique, run lengths and back", "doubles, 2 values", runs),
    SELECT("adjacent differences", "doubles", differences),
    {.algorithm = NULL}};

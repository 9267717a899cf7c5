/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys alone. A template: the including file defines `item`, its unsigned type `rank`, the names
 * SORT and SORT_ALONE, and, for ranks of that size, rank_of, bits_of and few_of (kernels/sort.h).
 */
#include "kernels/sort_radix.h"

#define SECOND    0
#define item_rank (rank)
#define load_rank load

static inline item load(const yoke__sort_arrays *a, size_t i) {
    return rank_of(((const item *)a->keys)[i], a->ranking);
}

static void emit(const yoke__sort_arrays *a, const item *from, size_t n, size_t at) {
    item *to = (item *)a->keys_out + at;
    for (size_t i = 0; i < n; i++) to[i] = bits_of(from[i], a->ranking);
}

static void emit_same(const yoke__sort_arrays *a, rank same, size_t n, size_t at) {
    item *to = (item *)a->keys_out + at, bits = bits_of(same, a->ranking);
    for (size_t i = 0; i < n; i++) to[i] = bits;
}

#include "kernels/sort_radix.inc.h"

static void sort_few(const sorter *s, const item *from, size_t n, size_t at) {
    item *to = (item *)s->arrays->keys_out + at;
    s->few->few_of(from, to, n);
    if (s->arrays->ranking.flip) emit(s->arrays, to, n, at);
}

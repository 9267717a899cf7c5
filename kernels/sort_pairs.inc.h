/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys with values. A template: the including file defines `item`, `rank`, `item_rank`, `item_of`
 * (a rank and a value), item_value (an item), and the names SORT_PAIRS and SORT_PAIRS_ALONE.
 *
 * A network is not stable, and it knows no values. So a few items are sorted by numbers that each
 * hold what differs of the rank and, in the lowest bits, the place of the item. Where the rank has
 * more bits than fit, those left out decide in a last step among neighbours.
 */
#include "kernels/sort_radix.h"

#define SECOND     1
#define SORT       SORT_PAIRS
#define SORT_ALONE SORT_PAIRS_ALONE

static inline rank load_rank(const yoke__sort_arrays *a, size_t i) {
    if (a->key_size == 4) return (rank)yoke__rank32(((const yoke__bits32 *)a->keys)[i], a->ranking);
    return (rank)yoke__rank64(((const yoke__bits64 *)a->keys)[i], a->ranking);
}

static inline uint64_t load_value(const yoke__sort_arrays *a, size_t i) {
    uint64_t value = i;
    if (a->index) return value;
    uint32_t half;
    if (a->value_size == 8) return memcpy(&value, (const char *)a->values + i * 8, 8), value;
    return memcpy(&half, (const char *)a->values + i * 4, 4), half;
}

static inline item load(const yoke__sort_arrays *a, size_t i) {
    return item_of(load_rank(a, i), load_value(a, i));
}

static void emit_keys(const yoke__sort_arrays *a, const item *from, size_t n, size_t at) {
    yoke__bits32 *to32 = (yoke__bits32 *)a->keys_out + at;
    yoke__bits64 *to64 = (yoke__bits64 *)a->keys_out + at;
    yoke__ranking r = a->ranking;
    if (a->key_size == 4)
        for (size_t i = 0; i < n; i++) to32[i] = yoke__unrank32((uint32_t)item_rank(from[i]), r);
    else
        for (size_t i = 0; i < n; i++) to64[i] = yoke__unrank64(item_rank(from[i]), r);
}

static void emit_values(const yoke__sort_arrays *a, const item *from, size_t n, size_t at) {
    char *to = (char *)a->values_out + at * (size_t)a->value_size;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = item_value(from[i]);
        uint32_t half = (uint32_t)value;
        if (a->value_size == 4)
            memcpy(to + i * 4, &half, 4);
        else
            memcpy(to + i * 8, &value, 8);
    }
}

static void emit(const yoke__sort_arrays *a, const item *from, size_t n, size_t at) {
    if (a->keys_out) emit_keys(a, from, n, at);
    emit_values(a, from, n, at);
}

#include "kernels/sort_radix.inc.h"

/* Equal but for bits that were left out: a stable insertion. */
static void settle(item *items, size_t n) {
    for (size_t i = 1; i < n; i++) {
        item x = items[i];
        size_t at = i;
        for (; at > 0 && item_rank(items[at - 1]) > item_rank(x); at--) items[at] = items[at - 1];
        items[at] = x;
    }
}

static void sort_few(const sorter *s, const item *from, size_t n, size_t at) {
    enum { PLACE = 7 }; /* bits that say which of YOKE__FEW_MOST */
    uint64_t marked[YOKE__FEW_MOST];
    item sorted[YOKE__FEW_MOST];
    if (!n) return;
    int length = length_in_bits(differing_bits(from, n));
    int left_out = length > 64 - PLACE ? length - (64 - PLACE) : 0;
    uint64_t differing = length < 64 ? ((uint64_t)1 << length) - 1 : UINT64_MAX;
    size_t count = 0;
    do marked[count] = (item_rank(from[count]) & differing) >> left_out << PLACE | count;
    while (++count < n);
    s->few->sort64(marked, marked, n);
    for (size_t i = 0; i < n; i++) sorted[i] = from[marked[i] % YOKE__FEW_MOST];
    if (left_out) settle(sorted, n);
    emit(s->arrays, sorted, n, at);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting results in order: a stable parallel merge sort over pairs of a 64-bit prefix (the key's
 * first eight bytes as a big-endian number, or the place of first appearance) and the entry, so
 * that most comparisons touch no entry. Halves are sorted by tasks; a merge is cut in two at the
 * median of its longer half (Cormen et al., "Introduction to Algorithms", multithreaded merge
 * sort).
 */
#include <stdlib.h>

#include "mapreduce/job.h"
#include "yoke/team.h"

enum { SERIAL = 4096, INSERTION = 16 };

typedef struct item {
    uint64_t prefix;
    yoke_entry *entry;
} item;

typedef struct sorting {
    yoke_order order;
    item *items, *spare;
    size_t count;
} sorting;

static int compare_rest(yoke_order order, const yoke_entry *a, const yoke_entry *b) {
    if (order == YOKE_ORDER_FIRST) return (a->sequence > b->sequence) - (a->sequence < b->sequence);
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    int difference = memcmp(a->key, b->key, size);
    return difference ? difference : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static inline bool less(yoke_order order, const item *a, const item *b) {
    if (a->prefix != b->prefix) return a->prefix < b->prefix;
    return compare_rest(order, a->entry, b->entry) < 0;
}

static void insertion_sort(yoke_order order, item *items, size_t count) {
    for (size_t i = 1; i < count; i++) {
        item moving = items[i];
        size_t j = i;
        for (; j && less(order, &moving, &items[j - 1]); j--) items[j] = items[j - 1];
        items[j] = moving;
    }
}

/* Merges a and b into `to`; of equals, those of a first. */
static void merge_serial(yoke_order order, const item *a, size_t na, const item *b, size_t nb,
                         item *to) {
    while (na && nb) {
        if (less(order, b, a))
            *to++ = *b++, nb--;
        else
            *to++ = *a++, na--;
    }
    memcpy(to, na ? a : b, (na + nb) * sizeof *to);
}

/* How many of the items are less than the key, or not greater where `upper`. */
static size_t bound(yoke_order order, const item *items, size_t count, const item *key,
                    bool upper) {
    size_t low = 0;
    while (count) {
        size_t half = count / 2;
        bool below =
            upper ? !less(order, key, &items[low + half]) : less(order, &items[low + half], key);
        if (below)
            low += half + 1, count -= half + 1;
        else
            count = half;
    }
    return low;
}

static void merge_parallel(yoke_order order, const item *a, size_t na, const item *b, size_t nb,
                           item *to) {
    if (na + nb <= 2 * SERIAL) {
        merge_serial(order, a, na, b, nb, to);
        return;
    }
    size_t ma, mb;
    if (na >= nb)
        ma = na / 2, mb = bound(order, b, nb, &a[ma], false);
    else
        mb = nb / 2, ma = bound(order, a, na, &b[mb], true);
#pragma omp task default(none) firstprivate(order, a, ma, b, mb, to)
    merge_parallel(order, a, ma, b, mb, to);
    merge_parallel(order, a + ma, na - ma, b + mb, nb - mb, to + ma + mb);
#pragma omp taskwait
}

/* Sorts `items`; the result is left in `items`, or in `spare` where asked. */
static void sort(yoke_order order, item *items, item *spare, size_t count, bool into_spare) {
    if (count <= INSERTION) {
        insertion_sort(order, items, count);
        if (into_spare) memcpy(spare, items, count * sizeof *items);
        return;
    }
    size_t half = count / 2;
#pragma omp task default(none)                                                                     \
    firstprivate(order, items, spare, half, into_spare) if (count > SERIAL)
    sort(order, items, spare, half, !into_spare);
    sort(order, items + half, spare + half, count - half, !into_spare);
#pragma omp taskwait
    const item *from = into_spare ? items : spare;
    merge_parallel(order, from, half, from + half, count - half, into_spare ? spare : items);
}

static uint64_t prefix_of(yoke_order order, const yoke_entry *entry) {
    return order == YOKE_ORDER_FIRST ? entry->first : __builtin_bswap64(entry->key[0]);
}

/* Member 0 makes the tasks; the other threads of the region take them at its end. */
static int sort_member(yoke_team *team, int member, void *ctx) {
    (void)team;
    sorting *work = ctx;
    if (member == 0) sort(work->order, work->items, work->spare, work->count, false);
    return 0;
}

int yoke__order(yoke_entry **entries, size_t count, yoke_order order, int threads) {
    if (order == YOKE_ORDER_NONE || count < 2) return 0;
    sorting work = {.order = order, .count = count};
    work.items = yoke_aligned_alloc(2 * count * sizeof(item));
    if (!work.items) return yoke_fail(YOKE_ENOMEM, NULL);
    work.spare = work.items + count;
    for (size_t i = 0; i < count; i++) {
        work.items[i] = (item){prefix_of(order, entries[i]), entries[i]};
    }
    int status = yoke_team_run(count > SERIAL ? threads : 1, sort_member, &work);
    for (size_t i = 0; i < count; i++) entries[i] = work.items[i].entry;
    yoke_aligned_free(work.items);
    return status;
}

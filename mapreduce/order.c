/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting results in order. Entries lie anywhere in memory and looking at one costs a cache miss,
 * so the sort works on pairs of a 64-bit prefix and the entry, and compares prefixes only: eight
 * bytes of the key as a big-endian number, or the place of first appearance. Where prefixes are
 * equal, the run is sorted again by the next eight bytes, and so on (after multikey quicksort,
 * Bentley and Sedgewick, SODA 1997, with words for characters).
 *
 * The sort itself is a parallel merge sort: halves are sorted by tasks, and a merge is cut in two
 * at the median of its longer half (Cormen et al., "Introduction to Algorithms", multithreaded
 * merge sort).
 */
#include <stdlib.h>

#include "mapreduce/job.h"
#include "runtime/region.h"
#include "yoke/team.h"

enum { SERIAL = 4096, INSERTION = 16, DEEPEST = 64 };

typedef struct item {
    uint64_t prefix;
    yoke_entry *entry;
} item;

typedef struct sorting {
    const yoke_job *job;
    item *items, *spare;
    size_t count;
    yoke_entry **entries; /* in and out */
    size_t *shares;       /* where each member's begins; one more for the end */
} sorting;

/* ---- by prefix ---- */

static void insertion_sort(item *items, size_t count) {
    for (size_t i = 1; i < count; i++) {
        item moving = items[i];
        size_t j = i;
        for (; j && moving.prefix < items[j - 1].prefix; j--) items[j] = items[j - 1];
        items[j] = moving;
    }
}

/* Merges a and b into `to`; of equals, those of a first. The choice is a conditional move: a branch
 * would be mispredicted every other time. */
static void merge_serial(const item *a, size_t na, const item *b, size_t nb, item *to) {
    const item *a_end = a + na, *b_end = b + nb;
    while (a < a_end && b < b_end) {
        bool second = b->prefix < a->prefix;
        const item *from = second ? b : a;
        *to++ = *from;
        b += second;
        a += !second;
    }
    memcpy(to, a, (size_t)(a_end - a) * sizeof *to);
    memcpy(to + (a_end - a), b, (size_t)(b_end - b) * sizeof *to);
}

/* How many of the items are below the prefix, or not above it where `upper`. */
static size_t bound(const item *items, size_t count, uint64_t prefix, bool upper) {
    size_t low = 0;
    while (count) {
        size_t half = count / 2;
        uint64_t middle = items[low + half].prefix;
        if (upper ? middle <= prefix : middle < prefix)
            low += half + 1, count -= half + 1;
        else
            count = half;
    }
    return low;
}

static void merge_parallel(const item *a, size_t na, const item *b, size_t nb, item *to) {
    if (na + nb <= 2 * SERIAL) {
        merge_serial(a, na, b, nb, to);
        return;
    }
    size_t ma, mb;
    if (na >= nb)
        ma = na / 2, mb = bound(b, nb, a[ma].prefix, false);
    else
        mb = nb / 2, ma = bound(a, na, b[mb].prefix, true);
#pragma omp task default(none) firstprivate(a, ma, b, mb, to)
    merge_parallel(a, ma, b, mb, to);
    merge_parallel(a + ma, na - ma, b + mb, nb - mb, to + ma + mb);
#pragma omp taskwait
}

/* Sorts `items`; the result is left there, or in `spare` where asked. */
static void sort_by_prefix(item *items, item *spare, size_t count, bool into_spare) {
    if (count <= INSERTION) {
        insertion_sort(items, count);
        if (into_spare) memcpy(spare, items, count * sizeof *items);
        return;
    }
    size_t half = count / 2;
#pragma omp task default(none) firstprivate(items, spare, half, into_spare) if (count > SERIAL)
    sort_by_prefix(items, spare, half, !into_spare);
    sort_by_prefix(items + half, spare + half, count - half, !into_spare);
#pragma omp taskwait
    const item *from = into_spare ? items : spare;
    merge_parallel(from, half, from + half, count - half, into_spare ? spare : items);
}

/* ---- equal prefixes ---- */

static int compare_keys(const void *left, const void *right) {
    const yoke_entry *a = ((const item *)left)->entry, *b = ((const item *)right)->entry;
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    int difference = memcmp(a->key, b->key, size);
    return difference ? difference : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static size_t words_of(const yoke_entry *entry) {
    return entry->key_size <= 16 ? 2 : ((size_t)entry->key_size + 7) / 8;
}

static uint64_t word_at(const yoke_entry *entry, size_t depth) {
    return __builtin_bswap64(entry->key[depth]);
}

/* Moves the keys that end before word `depth` to the front and sorts them: they are equal but for
 * zeros at their ends. Returns how many there are. */
static size_t sort_ended(item *items, size_t count, size_t depth) {
    size_t ended = 0;
    for (size_t i = 0; i < count; i++) {
        if (depth < words_of(items[i].entry) && depth <= DEEPEST) continue;
        item moving = items[i];
        items[i] = items[ended];
        items[ended++] = moving;
    }
    qsort(items, ended, sizeof *items, compare_keys);
    return ended;
}

static void sort_runs(item *items, item *spare, size_t count, size_t depth);

/* Sorts keys that are equal before word `depth`. */
static void sort_deeper(item *items, item *spare, size_t count, size_t depth) {
    size_t ended = sort_ended(items, count, depth);
    items += ended;
    count -= ended;
    for (size_t i = 0; i < count; i++) items[i].prefix = word_at(items[i].entry, depth);
    sort_by_prefix(items, spare, count, false);
    sort_runs(items, spare, count, depth);
}

static void sort_runs(item *items, item *spare, size_t count, size_t depth) {
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && items[end].prefix == items[begin].prefix;) end++;
        if (end - begin > 1) sort_deeper(items + begin, spare + begin, end - begin, depth + 1);
    }
}

static void sort_runs_by_sequence(const yoke_job *job, item *items, item *spare, size_t count) {
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint64_t first = items[begin].prefix;
        for (end = begin + 1; end < count && items[end].prefix == first;) end++;
        if (end - begin == 1) continue;
        for (size_t i = begin; i < end; i++) {
            items[i].prefix = yoke__appearance(job, items[i].entry)->sequence;
        }
        sort_by_prefix(items + begin, spare + begin, end - begin, false);
        for (size_t i = begin; i < end; i++) items[i].prefix = first;
    }
}

/* ---- all together ---- */

/* Cuts the items into a share for each member, so that no run of equal prefixes is cut. */
static void cut_shares(sorting *work, int members) {
    size_t share = work->count / (size_t)members;
    for (int m = 0; m < members; m++) {
        size_t at = share * (size_t)m;
        while (at && at < work->count && work->items[at].prefix == work->items[at - 1].prefix) at++;
        work->shares[m] = at;
    }
    work->shares[members] = work->count;
}

static int load_member(yoke_team *team, int member, void *ctx) {
    const sorting *work = ctx;
    size_t size = (size_t)yoke_team_size(team), share = (work->count + size - 1) / size;
    size_t begin = share * (size_t)member, end = begin + share;
    for (size_t i = begin; i < end && i < work->count; i++) {
        yoke_entry *entry = work->entries[i];
        if (i + INSERTION < work->count) __builtin_prefetch(work->entries[i + INSERTION]);
        bool first = work->job->order == YOKE_ORDER_FIRST;
        uint64_t prefix = first ? yoke__appearance(work->job, entry)->ordinal : word_at(entry, 0);
        work->items[i] = (item){prefix, entry};
    }
    return 0;
}

/* Member 0 makes the tasks; the other threads of the region take them at its end. */
static int sort_member(yoke_team *team, int member, void *ctx) {
    (void)team;
    const sorting *work = ctx;
    if (member == 0) sort_by_prefix(work->items, work->spare, work->count, false);
    return 0;
}

static int store_member(yoke_team *team, int member, void *ctx) {
    const sorting *work = ctx;
    (void)team;
    size_t begin = work->shares[member], end = work->shares[member + 1];
    item *items = work->items + begin, *spare = work->spare + begin;
    if (work->job->order == YOKE_ORDER_FIRST)
        sort_runs_by_sequence(work->job, items, spare, end - begin);
    else
        sort_runs(items, spare, end - begin, 0);
    for (size_t i = begin; i < end; i++) work->entries[i] = work->items[i].entry;
    return 0;
}

/* Memory for `count` items: an index that nobody needs any more, if one is large enough, since
 * fresh pages are dear. */
static item *take_memory(yoke_emitter *const *tables, int table_count, size_t count) {
    for (int t = 0; t < table_count; t++) {
        uint64_t *index = tables[t]->index;
        if (!index || (tables[t]->mask + 1) * sizeof *index < count * sizeof(item)) continue;
        tables[t]->index = NULL;
        return (item *)(void *)index;
    }
    return yoke_aligned_alloc(count * sizeof(item));
}

int yoke__order(const yoke_job *job, yoke_entry **entries, size_t count,
                yoke_emitter *const *tables, int threads) {
    YOKE__REGION("order", YOKE_ACTIVITY_WORK);
    if (job->order == YOKE_ORDER_NONE || count < 2) return 0;
    int members = count < SERIAL ? 1 : threads;
    sorting work = {.job = job, .count = count, .entries = entries};
    work.items = take_memory(tables, threads, count);
    work.spare = take_memory(tables, threads, count);
    work.shares = calloc((size_t)members + 1, sizeof *work.shares);
    bool complete = work.items && work.spare && work.shares;
    int status = complete ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
    if (status >= 0) status = yoke_team_run(members, load_member, &work);
    if (status >= 0) status = yoke_team_run(members, sort_member, &work);
    if (status >= 0) cut_shares(&work, members);
    if (status >= 0) status = yoke_team_run(members, store_member, &work);
    yoke_aligned_free(work.items);
    yoke_aligned_free(work.spare);
    free(work.shares);
    return status;
}

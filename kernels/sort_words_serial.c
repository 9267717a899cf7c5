/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial part: a radix sort of the words from their highest bit down, that leaves out the bits
 * in which no two words of a group differ, with insertion below some dozens of records. Every step
 * is stable. When a group is sorted by one word, its runs of equal words are sorted by the next
 * one, all in one sweep, so that what they need can be fetched early. Recursion is bounded: after
 * DEEPEST words the rest of the keys is compared by a merge sort.
 */
#include "kernels/sort_words.h"

#include <string.h>

enum {
    SMALL = 24,   /* records that insertion sorts faster */
    DEEPEST = 24, /* words of a key that are looked at one by one */
    AHEAD = 16,   /* records that are fetched early */
    RADIX_BITS = 8,
    BUCKETS = 1 << RADIX_BITS,
};

/* ---- merge sort by comparison, for what has no words or too many ---- */

typedef struct comparison {
    const yoke__words *words;
    uint32_t level;
} comparison;

static bool is_after(const comparison *by, const yoke__record *a, const yoke__record *b) {
    return by->words->compare(by->words, a->place, b->place, by->level) > 0;
}

static void merge(const comparison *by, yoke__record *records, yoke__record *spare, size_t half,
                  size_t n) {
    memcpy(spare, records, half * sizeof *spare);
    size_t left = 0, right = half, to = 0;
    while (left < half && right < n) {
        bool take_right = is_after(by, &spare[left], &records[right]);
        records[to++] = take_right ? records[right++] : spare[left++];
    }
    memcpy(records + to, spare + left, (half - left) * sizeof *spare);
}

static void merge_sort(const comparison *by, yoke__record *records, yoke__record *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2;
    merge_sort(by, records, spare, half);
    merge_sort(by, records + half, spare, n - half);
    if (is_after(by, &records[half - 1], &records[half])) merge(by, records, spare, half, n);
}

static void sort_by_comparison(const comparison *by, yoke__record *records, yoke__record *spare,
                               size_t n) {
    merge_sort(by, records, spare, n);
    if (!by->words->mark) return;
    for (size_t i = n; --i > 0;)
        if (!is_after(by, &records[i], &records[i - 1])) records[i].place |= YOKE__PLACE_EQUAL;
}

/* ---- words ---- */

static void mark_equal(const yoke__words *words, yoke__record *records, size_t n) {
    if (!words->mark) return;
    for (size_t i = 1; i < n; i++) records[i].place |= YOKE__PLACE_EQUAL;
}

void yoke__sort_words_equal(const yoke__words *words, yoke__record *records, yoke__record *spare,
                            size_t n, uint32_t level, int depth) {
    if (n < 2) return;
    uint32_t next = words->next(words, level, records[0].word);
    if (next == YOKE__LEVEL_END) {
        mark_equal(words, records, n);
    } else if (next & YOKE__LEVEL_COMPARE || depth >= DEEPEST) {
        comparison by = {words, next & ~YOKE__LEVEL_COMPARE};
        sort_by_comparison(&by, records, spare, n);
    } else {
        words->load(words, records, n, next);
        yoke__sort_words_serial(words, records, spare, n, next, depth + 1);
    }
}

static void insert_all(yoke__record *records, size_t n) {
    for (size_t i = 1; i < n; i++) {
        yoke__record moving = records[i];
        size_t j = i;
        for (; j > 0 && records[j - 1].word > moving.word; j--) records[j] = records[j - 1];
        records[j] = moving;
    }
}

/* The bits in which words differ; 0 also when they are in order, which `sorted` says. */
static uint64_t look(const yoke__record *records, size_t n, bool *sorted) {
    uint64_t differ = 0;
    size_t falls = 0;
    for (size_t i = 1; i < n; i++) {
        differ |= records[i].word ^ records[0].word;
        falls += records[i].word < records[i - 1].word;
    }
    *sorted = !falls;
    return differ;
}

/* Moves the records to their buckets, by the bits from `shift` on; ends[b] is where bucket b ends.
 */
static void distribute(yoke__record *records, yoke__record *spare, size_t n, int shift,
                       size_t ends[BUCKETS]) {
    memset(ends, 0, BUCKETS * sizeof *ends);
    for (size_t i = 0; i < n; i++) ends[records[i].word >> shift & (BUCKETS - 1)]++;
    for (size_t b = 0, begin = 0; b < BUCKETS; b++) {
        size_t count = ends[b];
        ends[b] = begin;
        begin += count;
    }
    for (size_t i = 0; i < n; i++)
        spare[ends[records[i].word >> shift & (BUCKETS - 1)]++] = records[i];
    memcpy(records, spare, n * sizeof *records);
}

/* Sorts by the words alone. */
static void sort_by_word(yoke__record *records, yoke__record *spare, size_t n) {
    bool sorted = n <= SMALL;
    if (sorted) insert_all(records, n);
    uint64_t differ = sorted ? 0 : look(records, n, &sorted);
    if (sorted) return;
    int highest = 63 - __builtin_clzll(differ);
    int shift = highest < RADIX_BITS ? 0 : highest + 1 - RADIX_BITS;
    size_t ends[BUCKETS];
    distribute(records, spare, n, shift, ends);
    if (!shift) return;
    for (size_t b = 0, begin = 0; b < BUCKETS; begin = ends[b++])
        if (ends[b] - begin > 1) sort_by_word(records + begin, spare, ends[b] - begin);
}

/* Fetches what the index-th record stands for, if its run has others. */
static inline void fetch_run(const yoke__words *words, const yoke__record *records, size_t n,
                             size_t index) {
    if (index + 1 >= n) return;
    uint64_t word = records[index].word;
    if (word == records[index + 1].word || word == records[index - 1].word)
        words->fetch(words, records[index].place);
}

/* Goes on with each run of equal words among sorted ones. What runs stand for is fetched well
 * before. */
static void sort_runs(const yoke__words *words, yoke__record *records, yoke__record *spare,
                      size_t n, uint32_t level, int depth) {
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && records[end].word == records[begin].word; end++)
            fetch_run(words, records, n, end + AHEAD);
        fetch_run(words, records, n, begin + AHEAD);
        if (end - begin > 1)
            yoke__sort_words_equal(words, records + begin, spare, end - begin, level, depth);
    }
}

void yoke__sort_words_serial(const yoke__words *words, yoke__record *records, yoke__record *spare,
                             size_t n, uint32_t level, int depth) {
    sort_by_word(records, spare, n);
    sort_runs(words, records, spare, n, level, depth);
}

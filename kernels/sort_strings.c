/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings as words: seven bytes, and in the lowest byte how many bytes there were left, at most
 * eight. So two words are equal only if the strings are equal so far and both end here or both go
 * on, and the end needs no mark of its own.
 */
#include "yoke/sort_strings.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/sort_words.h"
#include "kernels/string_word.h"
#include "yoke/sort.h"

enum { BLOCK = 1 << 14, AHEAD = 16 /* strings fetched early */ };

typedef struct sorting {
    yoke__words words;
    const yoke_string *strings;
    yoke__record *records, *spare;
    yoke_string *to; /* either this one is filled, */
    uint64_t *order; /* or this one */
} sorting;

int yoke_string_compare(yoke_string a, yoke_string b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int found = common ? memcmp(a.data, b.data, common) : 0;
    return found ? found : (a.size > b.size) - (a.size < b.size);
}

/* ---- words ---- */

static inline const yoke_string *string_at(const sorting *s, uint64_t place) {
    return &s->strings[place & ~YOKE__PLACE_EQUAL];
}

static void fetch(const yoke__words *words, uint64_t place) {
    __builtin_prefetch(string_at((const sorting *)words, place)->data);
}

static void load(const yoke__words *words, yoke__record *records, size_t n, uint32_t level) {
    const sorting *s = (const sorting *)words;
    size_t at = (size_t)level * YOKE__WORD_BYTES;
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) __builtin_prefetch(string_at(s, records[i + AHEAD].place)->data + at);
        const yoke_string *string = string_at(s, records[i].place);
        records[i].word = yoke__string_word(string->data, string->size, at);
    }
}

static uint32_t next(const yoke__words *words, uint32_t level, uint64_t word) {
    (void)words;
    return yoke__word_goes_on(word) ? level + 1 : YOKE__LEVEL_END;
}

static int compare(const yoke__words *words, uint64_t a, uint64_t b, uint32_t level) {
    const sorting *s = (const sorting *)words;
    size_t at = (size_t)level * YOKE__WORD_BYTES;
    yoke_string x = *string_at(s, a), y = *string_at(s, b);
    return yoke_string_compare((yoke_string){x.data + at, x.size - at},
                               (yoke_string){y.data + at, y.size - at});
}

/* ---- the sort ---- */

static int make_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) s->records[i].place = i;
    load(&s->words, s->records + begin, end - begin, 0);
    return YOKE_OK;
}

static int write_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++) {
        if (s->order) s->order[i] = s->records[i].place;
        if (s->to) s->to[i] = s->strings[s->records[i].place];
    }
    return YOKE_OK;
}

static int copy_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    sorting *s = ctx;
    (void)index, (void)member;
    memcpy((yoke_string *)s->strings + begin, s->to + begin, (end - begin) * sizeof *s->to);
    return YOKE_OK;
}

static int sort_records(sorting *s, size_t n, const yoke_run *run) {
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK, make_block, s));
    YOKE_TRY(yoke__sort_words(&s->words, s->records, s->spare, n, run));
    return yoke__run_blocks(run, n, BLOCK, write_block, s);
}

static int check(const void *strings, const void *order, size_t n, const yoke_run *run) {
    if (n && (!strings || !order)) return yoke_fail(YOKE_EINVAL, "sort strings: no array");
    if (n > PTRDIFF_MAX / (2 * sizeof(yoke__record))) return yoke_fail(YOKE_ENOMEM, NULL);
    return yoke__run_check(run);
}

/* What is written to the strings themselves is written when nothing can fail any more. */
static int copy_back(sorting *s, size_t n, const yoke_run *run) {
    yoke_run surely = {.threads = run ? run->threads : 0};
    return yoke__run_blocks(&surely, n, BLOCK, copy_block, s);
}

static int sort(const yoke_string *strings, size_t n, uint64_t *order, const yoke_run *run) {
    YOKE_TRY(check(strings, order ? (void *)order : (const void *)strings, n, run));
    if (!n) return YOKE_OK;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, 2 * n * sizeof(yoke__record)));
    _Static_assert(sizeof(yoke_string) <= sizeof(yoke__record), "a string fits a spare record");
    sorting s = {
        .words = {.load = load, .fetch = fetch, .next = next, .compare = compare},
        .strings = strings,
        .records = work.memory,
        .spare = (yoke__record *)work.memory + n,
        .order = order,
    };
    if (!order) s.to = (yoke_string *)s.spare;
    int status = sort_records(&s, n, run);
    if (!status && !order) status = copy_back(&s, n, run);
    yoke__work_close(&work);
    return status;
}

int yoke_sort_strings(yoke_string *strings, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return sort(strings, n, NULL, run);
}

int yoke_argsort_strings(const yoke_string *strings, size_t n, uint64_t *order,
                         const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(check(strings, order, n, run));
    int status = sort(strings, n, order, run);
    return yoke__told(status, run, "yoke_argsort_strings", order, n * sizeof *order);
}

/* ---- the references ---- */

static void sort_ref(yoke_string *strings, yoke_string *spare, size_t n) {
    if (n < 2) return;
    size_t half = n / 2, left = 0, right = half;
    sort_ref(strings, spare, half);
    sort_ref(strings + half, spare, n - half);
    memcpy(spare, strings, n * sizeof *strings);
    for (size_t i = 0; i < n; i++) {
        bool take_right =
            left == half || (right < n && yoke_string_compare(spare[left], spare[right]) > 0);
        strings[i] = take_right ? spare[right++] : spare[left++];
    }
}

int yoke_sort_strings_ref(yoke_string *strings, size_t n) {
    YOKE_TRY(check(strings, strings, n, NULL));
    yoke_string *spare = malloc(n ? n * sizeof *spare : 1);
    if (!spare) return yoke_fail(YOKE_ENOMEM, NULL);
    sort_ref(strings, spare, n);
    free(spare);
    return YOKE_OK;
}

static int compare_places(const void *a, const void *b, void *ctx) {
    const yoke_string *strings = ctx;
    return yoke_string_compare(strings[*(const uint64_t *)a], strings[*(const uint64_t *)b]);
}

int yoke_argsort_strings_ref(const yoke_string *strings, size_t n, uint64_t *order) {
    YOKE_TRY(check(strings, order, n, NULL));
    for (size_t i = 0; i < n; i++) order[i] = i;
    return yoke_sort_by_ref(order, n, sizeof *order, compare_places, (yoke_string *)strings);
}

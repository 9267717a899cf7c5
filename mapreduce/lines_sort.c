/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of a chunk as records: a place is where the line begins and how long it is. Lines too
 * long for that have the largest length, and their end is looked for.
 */
#include <string.h>

#include "mapreduce/lines_chunk.h"

enum { AHEAD = 12 /* lines fetched early */ };

typedef struct sorting {
    yoke__line_words words;
    yoke__line_chunk *chunk;
} sorting;

/* ---- what yoke__sort_words asks for ---- */

static inline const yoke__line_words *of(const yoke__words *words) {
    return (const yoke__line_words *)words;
}

static inline yoke_string line_of(const yoke__line_words *w, uint64_t place) {
    return yoke__line_at(w->base, place, w->plan->end);
}

static void fetch(const yoke__words *words, uint64_t place) {
    __builtin_prefetch(yoke__line_data(of(words)->base, place));
}

static void load(const yoke__words *words, yoke__record *records, size_t n, uint32_t level) {
    const yoke__line_words *w = of(words);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) __builtin_prefetch(yoke__line_data(w->base, records[i + AHEAD].place));
        records[i].word = yoke__line_word(w->plan, line_of(w, records[i].place), level);
    }
}

static uint32_t next(const yoke__words *words, uint32_t level, uint64_t word) {
    return yoke__line_next(of(words)->plan, level, word);
}

static int compare(const yoke__words *words, uint64_t a, uint64_t b, uint32_t level) {
    const yoke__line_words *w = of(words);
    return yoke__line_compare(w->plan, line_of(w, a), line_of(w, b), level);
}

yoke__line_words yoke__line_words_of(const yoke__line_plan *plan, const char *base) {
    yoke__words words = {
        .load = load, .fetch = fetch, .next = next, .compare = compare, .mark = plan->unique};
    return (yoke__line_words){.words = words, .plan = plan, .base = base};
}

/* ---- records ---- */

/* Where the line begins that holds byte `at`. */
static size_t line_begin(const yoke__line_chunk *c, size_t at) {
    const char *last = at ? memrchr(c->base, c->plan->end, at) : NULL;
    return last ? (size_t)(last - c->base) + 1 : 0;
}

/* The lines that end in the index-th block. */
static int make_records(void *ctx, size_t index, size_t block, size_t next_block, int member) {
    sorting *s = ctx;
    yoke__line_chunk *c = s->chunk;
    (void)block, (void)next_block, (void)member;
    size_t at = index * c->block, end = at + c->block < c->used ? at + c->block : c->used;
    if (!c->counts[index]) return YOKE_OK;
    size_t begin = line_begin(c, at);
    yoke__record *record = c->records + c->first[index];
    for (const char *found; at < end && (found = memchr(c->base + at, c->plan->end, end - at));
         record++) {
        size_t stop = (size_t)(found - c->base);
        yoke_string line = {c->base + begin, stop - begin};
        *record =
            (yoke__record){yoke__line_word(c->plan, line, 0), yoke__line_place(begin, line.size)};
        at = begin = stop + 1;
    }
    return YOKE_OK;
}

/* Returns the number of blocks. */
static size_t number_lines(yoke__line_chunk *c) {
    size_t blocks = (c->used + c->block - 1) / c->block, lines = 0;
    for (size_t i = 0; i < blocks; i++) {
        size_t count = c->counts[i];
        c->first[i] = lines;
        lines += count;
    }
    return blocks;
}

int yoke__line_chunk_sort(yoke__line_chunk *c) {
    sorting s = {.words = yoke__line_words_of(c->plan, c->base), .chunk = c};
    size_t bytes = c->lines * sizeof(yoke__record);
    c->spare = (yoke__record *)(c->base + c->capacity - bytes);
    c->records = (yoke__record *)((char *)c->spare - bytes);
    size_t blocks = number_lines(c);
    yoke_run how = yoke__line_run_for(c->run, c->used);
    YOKE_TRY(yoke__run_blocks(&how, blocks, 1, make_records, &s));
    return yoke__sort_words(&s.words.words, c->records, c->spare, c->lines, &how);
}

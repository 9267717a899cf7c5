/* SPDX-License-Identifier: Apache-2.0
 *
 * Radix sort from the most significant digit, on as few passes over memory as there can be. A
 * template: the including file defines
 *   SORT, SORT_ALONE  the names of the sorts that it gets (kernels/sort.h)
 *   item            what is moved; rank: the unsigned type that it is sorted by
 *   item_rank       (item): its rank
 *   load, load_rank (arrays, i): item i of the caller's arrays, and its rank
 *   emit            (arrays, from, n, at): n sorted items to the caller's arrays from index `at` on
 *   sort_few        (sorter, n): sorts so few items stably and emits them
 *   SECOND          1 when items cannot be kept in the caller's arrays meanwhile, else 0
 *   emit_same       where SECOND is 0: (arrays, rank, n, at): the same rank n times
 *
 * A large array is cut into blocks. Each block counts how many of its items fall into each bucket;
 * the sums of the counts say where each block's items of each bucket go, and the blocks move them
 * there, in order, so all is stable. Items are gathered in one line of cache for each bucket, and
 * whole lines go past the caches.
 *
 * A bucket is then small enough to be sorted within the second-level cache of one core: again by
 * one digit, from the highest bit in which its ranks differ on, into buckets of some dozen items;
 * neighbouring buckets together make up what a sorting network takes best, and its result goes
 * straight to where it belongs. Buckets that come out too large are split further in the same way.
 * Every such digit begins at a bit that differs, so no item is moved more often than its rank has
 * digits, and there is no bad input.
 */

#include "kernels/sort_digit.inc.h"

enum {
    LINE = 64 / sizeof(item),          /* items of a line of cache */
    PART = 1 << 19,                    /* items that one member sorts alone, at most */
    IDEAL_PART = 1 << 15,              /* and at best */
    DEPTH = 2 + RANK_BITS / DEEP_BITS, /* of passes of all members */
    CHUNKS = 64,                       /* blocks of such a pass, at most */
    MIN_CHUNK = 1 << 14,
};

/* ---- one member's part ---- */

typedef struct sorter {
    const yoke__sort_arrays *arrays;
    const yoke__sort_few *few;
} sorter;

static void sort_few(const sorter *s, const item *from, size_t n, size_t at);

/* Moves items to their buckets; ends[b] becomes where bucket b ends. */
static void split_part(const item *restrict from, item *restrict to, size_t n, const digit *d,
                       uint32_t *ends) {
    memset(ends, 0, (d->last + 1) * sizeof *ends);
    rank low = d->low;
    int shift = d->shift;
    for (size_t i = 0; i < n; i++) ends[(item_rank(from[i]) - low) >> shift]++;
    uint32_t sum = 0;
    for (size_t b = 0; b <= d->last; b++) {
        uint32_t count = ends[b];
        ends[b] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) to[ends[(item_rank(from[i]) - low) >> shift]++] = from[i];
}

/* Sorts n items, of which PART at most, and emits them from index `at` on; what lies in `from` and
 * in `other`, of n items too, is lost. */
static void sort_part(const sorter *s, item *from, item *other, size_t n, size_t at) {
    if (n <= s->few->most) return sort_few(s, from, n, at);
    rank differ = differing_bits(from, n);
    if (!differ) return emit(s->arrays, from, n, at);
    digit d = digit_at(item_rank(from[0]), differ, digit_bits(n, s->few->ideal / 2));
    uint32_t ends[MOST_BUCKETS];
    split_part(from, other, n, &d, ends);
    if (!d.shift) return emit(s->arrays, other, n, at);
    size_t begin = 0, end = 0; /* of buckets that are still to be sorted together */
    for (size_t b = 0; b <= d.last; b++) {
        if (ends[b] - begin <= s->few->ideal) {
            end = ends[b];
            continue;
        }
        if (end > begin) sort_few(s, other + begin, end - begin, at + begin);
        begin = end, end = ends[b];
        if (end - begin <= s->few->ideal) continue;
        sort_part(s, other + begin, from + begin, end - begin, at + begin);
        begin = end;
    }
    if (end > begin) sort_few(s, other + begin, end - begin, at + begin);
}

/* ---- passes of all members ---- */

typedef struct call {
    sorter sorter;
    const yoke_run *run;
    size_t chunk; /* items of a block of the present pass */
    size_t chunks;
    digit digit;
    const item *from; /* NULL: the caller's arrays */
    size_t at;        /* the index of the first item among all */
    char *to;         /* down to a line */
    size_t skip;      /* items of that line that are not ours */
    bool stream;      /* whole lines go past the caches */
    item *parts;      /* PART items a member */
    item *lines;      /* MOST_BUCKETS * LINE items a member */
    size_t *begins;   /* MOST_BUCKETS a member */
    size_t *counts;   /* MOST_BUCKETS a chunk */
    size_t *ends;     /* MOST_BUCKETS a level: of the buckets */
    rank *differ;     /* one a chunk */
    rank *values;     /* of the buckets */
    item *room[2];    /* where items lie by turns */
} call;

static int count_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    (void)member;
    size_t *counts = c->counts + index * MOST_BUCKETS;
    memset(counts, 0, MOST_BUCKETS * sizeof *counts);
    digit d = c->digit;
    const yoke__sort_arrays *a = c->sorter.arrays;
    if (c->from)
        for (size_t i = begin; i < end; i++) counts[bucket_of(&d, item_rank(c->from[i]))]++;
    else if (d.steps)
        for (size_t i = begin; i < end; i++) counts[scaled_bucket_of(&d, load_rank(a, i))]++;
    else
        for (size_t i = begin; i < end; i++) counts[bucket_of(&d, load_rank(a, i))]++;
    return YOKE_OK;
}

static int differ_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    (void)member;
    c->differ[index] = differing_bits(c->from + begin, end - begin) |
                       (item_rank(c->from[begin]) ^ item_rank(c->from[0]));
    return YOKE_OK;
}

static int emit_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    (void)index, (void)member;
    emit(c->sorter.arrays, c->from + begin, end - begin, c->at + begin);
    return YOKE_OK;
}

/* From counts to where the items of each chunk and bucket begin, in lines' terms. */
static void place_chunks(const call *c, size_t *ends) {
    size_t sum = 0;
    for (size_t b = 0; b <= c->digit.last; b++) {
        for (size_t i = 0; i < c->chunks; i++) {
            size_t *count = &c->counts[i * MOST_BUCKETS + b], items = *count;
            *count = sum + c->skip;
            sum += items;
        }
        ends[b] = sum;
    }
}

/* A full line, or what of it belongs to this chunk. */
static inline void put_line(const call *c, size_t line, const item *items, size_t begin) {
    char *to = c->to + line * sizeof(item);
    if (line < begin) {
        size_t lost = begin - line;
        memcpy(to + lost * sizeof(item), items + lost, 64 - lost * sizeof(item));
    } else if (c->stream) {
        yoke__stream_line(to, items);
    } else {
        memcpy(to, items, 64);
    }
}

static inline __attribute__((always_inline)) void
move_item(const call *c, item x, size_t b, size_t *next, item *lines, const size_t *begins) {
    size_t at = next[b]++, in_line = at % LINE;
    lines[b * LINE + in_line] = x;
    if (in_line == LINE - 1) put_line(c, at + 1 - LINE, lines + b * LINE, begins[b]);
}

/* The lines that are not full yet. */
static void put_rest(const call *c, const size_t *next, const item *lines, const size_t *begins) {
    for (size_t b = 0; b <= c->digit.last; b++) {
        size_t line = next[b] / LINE * LINE, begin = line > begins[b] ? line : begins[b];
        if (begin < next[b])
            memcpy(c->to + begin * sizeof(item), lines + b * LINE + (begin - line),
                   (next[b] - begin) * sizeof(item));
    }
    if (c->stream) yoke__stream_end();
}

static int move_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    size_t *next = c->counts + index * MOST_BUCKETS;
    size_t *begins = c->begins + (size_t)member * MOST_BUCKETS;
    item *lines = c->lines + (size_t)member * MOST_BUCKETS * LINE;
    digit d = c->digit;
    memcpy(begins, next, (d.last + 1) * sizeof *next);
    const yoke__sort_arrays *a = c->sorter.arrays;
    if (c->from)
        for (size_t i = begin; i < end; i++)
            move_item(c, c->from[i], bucket_of(&d, item_rank(c->from[i])), next, lines, begins);
    else if (d.steps)
        for (size_t i = begin; i < end; i++)
            move_item(c, load(a, i), scaled_bucket_of(&d, load_rank(a, i)), next, lines, begins);
    else
        for (size_t i = begin; i < end; i++)
            move_item(c, load(a, i), bucket_of(&d, load_rank(a, i)), next, lines, begins);
    put_rest(c, next, lines, begins);
    return YOKE_OK;
}

/* Below the first digit; `equal` when there is none. */
static int find_digit(call *c, size_t n, int bits, bool *equal) {
    YOKE_TRY(yoke__run_blocks(c->run, n, c->chunk, differ_chunk, c));
    rank differ = 0;
    for (size_t i = 0; i < c->chunks; i++) differ |= c->differ[i];
    c->digit = digit_at(item_rank(c->from[0]), differ, bits > DEEP_BITS ? bits : DEEP_BITS);
    *equal = !differ;
    return YOKE_OK;
}

/* n items from here to the other room, by buckets. */
static int split(call *c, size_t n, item *to, size_t *ends) {
    c->skip = (uintptr_t)to / sizeof(item) % LINE;
    c->to = (char *)to - c->skip * sizeof(item);
    c->stream = n * sizeof(item) > YOKE__SORT_STREAM;
    YOKE_TRY(yoke__run_blocks(c->run, n, c->chunk, count_chunk, c));
    place_chunks(c, ends);
    return yoke__run_blocks(c->run, n, c->chunk, move_chunk, c);
}

/* The buckets of a pass. */
typedef struct buckets {
    const call *call;
    item *items;
    const size_t *ends;
    size_t at;
} buckets;

static int sort_bucket(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const buckets *b = ctx;
    (void)begin, (void)end;
    size_t from = index ? b->ends[index - 1] : 0, n = b->ends[index] - from;
    if (!n || n > PART) return YOKE_OK;
    sort_part(&b->call->sorter, b->items + from, b->call->parts + (size_t)member * PART, n,
              b->at + from);
    return YOKE_OK;
}

/* ---- few values ----
 * Keys alone that have few values need not be moved: they are counted, which also shows whether the
 * sample has missed a value, and written anew. */
#if SECOND
static int sort_values(call *c, size_t n, const rank *sample, bool *done) {
    (void)c, (void)n, (void)sample;
    *done = false;
    return YOKE_OK;
}
#else
static int count_values(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    (void)member;
    size_t *counts = c->counts + index * MOST_BUCKETS;
    memset(counts, 0, MOST_BUCKETS * sizeof *counts);
    digit d = c->digit;
    rank differ = 0;
    for (size_t i = begin; i < end; i++) {
        rank r = load_rank(c->sorter.arrays, i);
        size_t b = bucket_of(&d, r);
        counts[b]++;
        differ |= r ^ c->values[b];
    }
    c->differ[index] = differ;
    return YOKE_OK;
}

static int write_values(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const call *c = ctx;
    (void)index, (void)member;
    for (size_t b = 0, at = begin; at < end; b++) {
        if (c->ends[b] <= at) continue;
        size_t stop = c->ends[b] < end ? c->ends[b] : end;
        emit_same(c->sorter.arrays, c->values[b], stop - at, at);
        at = stop;
    }
    return YOKE_OK;
}

static int sort_values(call *c, size_t n, const rank *sample, bool *done) {
    rank values[MOST_BUCKETS];
    c->values = values;
    *done = false;
    if (!find_values(&c->digit, sample, values)) return YOKE_OK;
    YOKE_TRY(yoke__run_blocks(c->run, n, c->chunk, count_values, c));
    for (size_t i = 0; i < c->chunks; i++)
        if (c->differ[i]) return YOKE_OK;
    place_chunks(c, c->ends);
    YOKE_TRY(yoke__run_blocks(c->run, n, c->chunk, write_values, c));
    *done = true;
    return YOKE_OK;
}
#endif

static void cut_chunks(call *c, size_t n) {
    size_t chunk = n / ((size_t)yoke__run_members(c->run, (size_t)-1) * 4) + 1;
    if (chunk < MIN_CHUNK) chunk = MIN_CHUNK;
    if (n / chunk >= CHUNKS) chunk = n / CHUNKS + 1;
    c->chunk = chunk, c->chunks = yoke__block_count(n, chunk);
}

static int sort_level(call *c, size_t n, size_t at, int level);

/* By the digit that has been chosen. */
static int sort_buckets(call *c, size_t n, size_t at, int level) {
    item *to = c->room[level % 2] + at;
    size_t *ends = c->ends + (size_t)level * MOST_BUCKETS;
    YOKE_TRY(split(c, n, to, ends));
    size_t count = (size_t)c->digit.last + 1;
    buckets b = {c, to, ends, at};
    YOKE_TRY(yoke__run_blocks(c->run, count, 1, sort_bucket, &b));
    for (size_t i = 0, begin = 0; i < count; begin = ends[i++])
        if (ends[i] - begin > PART) YOKE_TRY(sort_level(c, ends[i] - begin, at + begin, level + 1));
    return YOKE_OK;
}

/* Sorts n items of a room that begin at index `at`: a bucket of the level above. */
static int sort_level(call *c, size_t n, size_t at, int level) {
    cut_chunks(c, n);
    c->at = at;
    c->from = c->room[(level - 1) % 2] + at;
    bool equal;
    YOKE_TRY(find_digit(c, n, digit_bits(n, IDEAL_PART), &equal));
    if (equal) return yoke__run_blocks(c->run, n, c->chunk, emit_chunk, c);
    return sort_buckets(c, n, at, level);
}

/* Sorts the caller's arrays. */
static int sort_all(call *c, size_t n) {
    rank sample[SAMPLE];
    draw_sample(c->sorter.arrays, sample);
    cut_chunks(c, n);
    c->digit = sampled_digit(sample, digit_bits(n, IDEAL_PART));
    bool done;
    YOKE_TRY(sort_values(c, n, sample, &done));
    return done ? YOKE_OK : sort_buckets(c, n, 0, 0);
}

/* ---- memory ---- */

static size_t for_all_members(size_t members, size_t n) {
    size_t a_member = PART * sizeof(item) + MOST_BUCKETS * (64 + sizeof(size_t));
    size_t tables = (CHUNKS + DEPTH) * MOST_BUCKETS * sizeof(size_t) + CHUNKS * sizeof(rank);
    return members * a_member + tables + (SECOND ? 2 : 1) * n * sizeof(item) + 3 * YOKE_CACHE_PAD;
}

static call lay_out(const yoke__sort_arrays *arrays, const yoke_run *run, void *memory) {
    size_t n = arrays->n, members = (size_t)yoke__run_members(run, (size_t)-1);
    call c = {.sorter = {arrays, yoke__sort_few_in_use()}, .run = run};
    c.lines = memory;
    c.parts = c.lines + members * MOST_BUCKETS * LINE;
    c.room[0] = c.parts + members * PART;
    c.room[1] = SECOND ? c.room[0] + n + LINE - n % LINE : arrays->keys_out;
    item *end = SECOND ? c.room[1] + n : c.room[0] + n;
    c.begins = (size_t *)(((uintptr_t)end + 63) / 64 * 64);
    c.counts = c.begins + members * MOST_BUCKETS;
    c.ends = c.counts + (size_t)CHUNKS * MOST_BUCKETS;
    c.differ = (rank *)(c.ends + (size_t)DEPTH * MOST_BUCKETS);
    return c;
}

static int sort_by_all(const yoke__sort_arrays *arrays, const yoke_run *run) {
    size_t n = arrays->n, members = (size_t)yoke__run_members(run, (size_t)-1);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, for_all_members(members, n)));
    call c = lay_out(arrays, run, work.memory);
    int status = sort_all(&c, n);
    yoke__work_close(&work);
    return status;
}

/* Without other members; `memory` of (1 + SECOND) n items is not looked at when a few are sorted.
 */
void SORT_ALONE(const yoke__sort_arrays *arrays, void *memory) {
    sorter s = {arrays, yoke__sort_few_in_use()};
    size_t n = arrays->n;
    item few[YOKE__FEW_MOST], *items = n > s.few->most ? memory : few;
    for (size_t i = 0; i < n; i++) items[i] = load(arrays, i);
    sort_part(&s, items, SECOND ? items + n : (item *)arrays->keys_out, n, 0);
}

static int sort_alone(const yoke__sort_arrays *arrays, const yoke_run *run) {
    yoke__work work = {0};
    if (arrays->n > YOKE__FEW_MOST)
        YOKE_TRY(yoke__work_open(&work, run, (1 + SECOND) * arrays->n * sizeof(item)));
    item memory[(1 + SECOND) * YOKE__FEW_MOST];
    SORT_ALONE(arrays, work.memory ? work.memory : memory);
    yoke__work_close(&work);
    return YOKE_OK;
}

#if !SECOND
#include "kernels/sort_nearly.inc.h"
#endif

int SORT(const yoke__sort_arrays *arrays, const yoke_run *run) {
    size_t n = arrays->n;
    if (n > PTRDIFF_MAX / (4 * sizeof(item)))
        return yoke_fail(YOKE_ENOMEM, "sort: %zu items are too many", n);
#if !SECOND
    bool done = false;
    if (n >= YOKE__SORT_ALONE) YOKE_TRY(sort_nearly_sorted(arrays, run, &done));
    if (done) return YOKE_OK;
#endif
    bool alone = n < YOKE__SORT_ALONE || (n <= PART && yoke__run_members(run, n) == 1);
    return alone ? sort_alone(arrays, run) : sort_by_all(arrays, run);
}

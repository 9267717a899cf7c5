/* SPDX-License-Identifier: Apache-2.0
 *
 * Filling a chunk. Text is read in rounds, each so large that the records of its lines surely find
 * their place if lines are as long as so far, and a quarter of what is left in any case. All
 * members read parts of a round, up to the bounds of blocks, and count the ends of lines while the
 * text is in their cache. Should a round have brought more lines than there is room for, the chunk
 * ends at the last block that fits, and the rest is moved to the front for the next one.
 */
#include <pthread.h>
#include <string.h>

#include "mapreduce/lines_chunk.h"
#include "mapreduce/scan.h"
#include "runtime/region.h"
#include "yoke/memory.h"

#define LEAST_MEMORY   ((size_t)1 << 20)
#define LARGEST_BLOCK  ((size_t)1 << 20)
#define LARGEST_ROUND  ((size_t)64 << 20)
#define LARGEST_MEMORY ((size_t)1 << 39)          /* what a place can hold */
#define RECORDS        (2 * sizeof(yoke__record)) /* bytes a line needs beside its text */
#define SLACK          128                        /* bytes behind all */
#define GAP            64                         /* between text and records */

/* ---- memory ---- */

/* What the inputs need at most; 0: not known. */
static size_t needed(const yoke__line_chunk *c) {
    const size_t most = LARGEST_MEMORY / (RECORDS + 2);
    size_t total = 0;
    for (size_t i = 0; i < c->input_count && total < most; i++) {
        uint64_t size = yoke__line_input_size(&c->inputs[i]);
        if (size >= most) return 0;
        total += (size_t)size + 1;
    }
    return total * (RECORDS + 1);
}

static int take_memory(yoke__line_chunk *c, size_t memory) {
    c->capacity = memory & ~(size_t)63;
    c->block = c->capacity / 64 & ~(size_t)63;
    if (c->block > LARGEST_BLOCK) c->block = LARGEST_BLOCK;
    size_t blocks = c->capacity / c->block + 2;
    YOKE_TRY(yoke__line_map_open(&c->map, c->capacity + SLACK));
    c->base = c->map.base;
    c->counts = yoke_aligned_alloc(2 * blocks * sizeof *c->counts);
    if (!c->counts) {
        yoke__line_map_close(&c->map);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    memset(c->counts, 0, blocks * sizeof *c->counts);
    c->first = c->counts + blocks;
    return YOKE_OK;
}

int yoke__line_chunk_open(yoke__line_chunk *c, size_t memory, bool guessed) {
    size_t most = needed(c);
    if (most && most < memory) memory = most;
    if (memory < LEAST_MEMORY) memory = LEAST_MEMORY;
    if (memory > LARGEST_MEMORY) memory = LARGEST_MEMORY;
    int status = take_memory(c, memory);
    for (; status < 0 && guessed && memory > LEAST_MEMORY; memory /= 2)
        status = take_memory(c, memory / 2);
    return status;
}

static void free_memory(yoke__line_chunk *c) {
    yoke__line_map_close(&c->map);
    yoke_aligned_free(c->counts);
    c->counts = NULL;
}

void yoke__line_chunk_close(yoke__line_chunk *c) {
    if (c->is_open) yoke__line_input_close(&c->input);
    free_memory(c);
    c->is_open = false;
}

/* A line is longer than all: twice the memory. */
static int grow(yoke__line_chunk *c) {
    yoke__line_chunk old = *c;
    if (old.capacity > LARGEST_MEMORY / 2)
        return yoke_fail(YOKE_EUNSUPPORTED, "a line is longer than %zu bytes", old.capacity);
    int status = take_memory(c, 2 * old.capacity);
    if (status < 0) {
        *c = old;
        return yoke_fail(status, "no memory for a line of more than %zu bytes", old.capacity);
    }
    memcpy(c->base, old.base, old.size);
    free_memory(&old);
    return YOKE_OK;
}

/* ---- counting ---- */

/* Reads no byte beyond `end`: another member may be writing there. */
static size_t count_ends(const yoke__line_chunk *c, size_t begin, size_t end) {
    size_t whole = begin + (end - begin) / 64 * 64;
    size_t count = yoke__scan_select(NULL)->count(c->base, begin, whole, c->plan->end);
    for (size_t i = whole; i < end; i++) count += (unsigned char)c->base[i] == c->plan->end;
    return count;
}

static void add_count(yoke__line_chunk *c, size_t begin, size_t end) {
    for (size_t next; begin < end; begin = next) {
        next = (begin / c->block + 1) * c->block;
        if (next > end) next = end;
        size_t count = count_ends(c, begin, next);
        c->counts[begin / c->block] += count;
        c->ends += count;
    }
}

/* ---- rounds ---- */

typedef struct round {
    yoke__line_chunk *chunk;
    size_t begin, end; /* in the text */
    uint64_t offset;   /* in the input */
    size_t reached;    /* where the first short part ended */
    size_t first;      /* its number */
    bool is_short;
    pthread_mutex_t lock; /* of the last three */
} round;

static void note_short(round *r, size_t index, size_t reached) {
    pthread_mutex_lock(&r->lock);
    if (!r->is_short || index < r->first) {
        r->first = index;
        r->reached = reached;
    }
    r->is_short = true;
    pthread_mutex_unlock(&r->lock);
}

/* The index-th block that the round touches. */
static int read_part(void *ctx, size_t index, size_t item, size_t next_item, int member) {
    round *r = ctx;
    yoke__line_chunk *c = r->chunk;
    (void)item, (void)next_item, (void)member;
    size_t block = r->begin / c->block + index;
    size_t begin = block * c->block, end = begin + c->block;
    if (begin < r->begin) begin = r->begin;
    if (end > r->end) end = r->end;
    ssize_t got = yoke__line_input_read_at(&c->input, c->base + begin, end - begin,
                                           r->offset + (begin - r->begin));
    if (got < 0) return (int)got;
    if ((size_t)got < end - begin) note_short(r, index, begin + (size_t)got);
    c->counts[block] += count_ends(c, begin, begin + (size_t)got);
    yoke_progress_add(c->progress, (uint64_t)got);
    return YOKE_OK;
}

/* The file has become shorter: what lies behind is no text. */
static void cut_round(const round *r) {
    yoke__line_chunk *c = r->chunk;
    size_t last = r->begin / c->block + r->first;
    for (size_t i = last + 1; i * c->block < r->end; i++) c->counts[i] = 0;
    c->input.size = 0;
}

static int read_known(yoke__line_chunk *c, size_t want) {
    uint64_t left = yoke__line_input_left(&c->input);
    if (want > left) want = (size_t)left;
    round r = {
        .chunk = c,
        .begin = c->size,
        .end = c->size + want,
        .offset = c->input.at,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    size_t first = r.begin / c->block, parts = (r.end - 1) / c->block + 1 - first, before = 0;
    for (size_t i = 0; i < parts; i++) before += c->counts[first + i];
    yoke_run how = yoke__line_run_for(c->run, want);
    int status = yoke__run_blocks(&how, parts, 1, read_part, &r);
    pthread_mutex_destroy(&r.lock);
    YOKE_TRY(status);
    if (r.is_short) cut_round(&r);
    for (size_t i = 0; i < parts; i++) c->ends += c->counts[first + i];
    c->ends -= before;
    c->size = r.is_short ? r.reached : r.end;
    c->input.at += c->size - r.begin;
    return 1;
}

/* The end of an input is the end of a line. */
static void end_input(yoke__line_chunk *c) {
    yoke__line_input_close(&c->input);
    c->is_open = false;
    if (!c->size || (unsigned char)c->base[c->size - 1] == c->plan->end) return;
    c->base[c->size++] = (char)c->plan->end;
    c->counts[(c->size - 1) / c->block]++;
    c->ends++;
}

/* Reads up to `want` bytes. Returns 1, or 0 when there is nothing left in any input. */
static int read_round(yoke__line_chunk *c, size_t want) {
    YOKE_TRY(yoke__run_check(c->run));
    if (!c->is_open) {
        if (c->opened == c->input_count) return 0;
        YOKE_TRY(yoke__line_input_open(&c->input, &c->inputs[c->opened], c->opened));
        c->is_open = true;
        c->opened++;
    }
    if (yoke__line_input_left(&c->input)) return read_known(c, want);
    ssize_t got =
        yoke__line_input_read(&c->input, c->base + c->size, want < c->block ? want : c->block);
    if (got < 0) return (int)got;
    if (!got) {
        end_input(c);
        return 1;
    }
    add_count(c, c->size, c->size + (size_t)got);
    c->size += (size_t)got;
    yoke_progress_add(c->progress, (uint64_t)got);
    return 1;
}

/* ---- the chunk ---- */

/* What is behind the lines of the last chunk comes to the front. */
static void keep_rest(yoke__line_chunk *c) {
    size_t rest = c->size - c->used;
    memset(c->counts, 0, (c->size / c->block + 1) * sizeof *c->counts);
    memmove(c->base, c->base + c->used, rest);
    c->size = rest;
    c->used = c->lines = c->ends = 0;
    add_count(c, 0, rest);
}

static size_t room(const yoke__line_chunk *c) {
    size_t taken = c->size + GAP + c->ends * RECORDS;
    return taken < c->capacity ? c->capacity - taken : 0;
}

/* Takes as many blocks as have room for their records, and of them whole lines. */
static void cut(yoke__line_chunk *c) {
    size_t blocks = (c->size + c->block - 1) / c->block, i = 0;
    c->lines = 0;
    for (; i < blocks; i++) {
        size_t lines = c->lines + c->counts[i];
        if (i && c->size + GAP + lines * RECORDS > c->capacity) break;
        c->lines = lines;
    }
    c->used = i * c->block < c->size ? i * c->block : c->size;
    const char *last = c->used ? memrchr(c->base, c->plan->end, c->used) : NULL;
    c->used = last ? (size_t)(last - c->base) + 1 : 0;
}

static int fill(yoke__line_chunk *c) {
    for (;;) {
        size_t left = room(c), want = left / 4;
        if (left < c->capacity / 16) {
            if (c->ends) return 0;
            YOKE_TRY(grow(c));
            keep_rest(c);
            continue;
        }
        if (want > LARGEST_ROUND) want = LARGEST_ROUND;
        int more = read_round(c, want);
        if (more < 0) return more;
        if (!more) return 1;
    }
}

int yoke__line_chunk_next(yoke__line_chunk *c) {
    YOKE__REGION("read and sort lines", YOKE_ACTIVITY_WORK);
    keep_rest(c);
    int last = fill(c);
    if (last < 0) return last;
    cut(c);
    YOKE_TRY(yoke__line_chunk_sort(c));
    return last && c->used == c->size;
}

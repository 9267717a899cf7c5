/* SPDX-License-Identifier: Apache-2.0
 *
 * The key that sorting would put at a given place, without sorting all.
 *
 * All keys are counted by one digit between the least and the greatest of a sample. The counts say
 * in which bucket the wanted key lies; only the keys of that bucket are copied and sorted. A stable
 * partition in three by that key then puts everything where it belongs.
 */
#include <string.h>

#include "kernels/sort_typed.h"
#include "yoke/memory.h"

enum { BITS = 11, BUCKETS = 1 << BITS, CHUNKS = 64, MIN_CHUNK = 1 << 14, SAMPLE = 1024 };

typedef struct selection {
    const yoke__sort_arrays *arrays;
    size_t chunk; /* keys of a block */
    size_t chunks;
    uint64_t low; /* of the second bucket's range; smaller ranks are in the first */
    int shift;
    uint64_t bucket; /* where the wanted key lies */
    size_t (*counts)[BUCKETS];
    size_t before[CHUNKS + 1]; /* keys in earlier buckets, up to each chunk */
    size_t within[CHUNKS + 1]; /* keys in the bucket, up to each chunk */
    char *lower;               /* where keys of earlier buckets go; NULL: nowhere */
    char *inside;              /* where those of the bucket go */
} selection;

static inline uint64_t rank_at(const yoke__sort_arrays *a, size_t i) {
    if (a->key_size == 4) return yoke__rank32(((const yoke__bits32 *)a->keys)[i], a->ranking);
    return yoke__rank64(((const yoke__bits64 *)a->keys)[i], a->ranking);
}

static inline void copy_key(const yoke__sort_arrays *a, char *to, size_t at, size_t i) {
    if (a->key_size == 4)
        memcpy(to + at * 4, (const char *)a->keys + i * 4, 4);
    else
        memcpy(to + at * 8, (const char *)a->keys + i * 8, 8);
}

static inline uint64_t bucket_of(const selection *s, uint64_t rank) {
    uint64_t above = (rank > s->low ? rank - s->low : 0) >> s->shift;
    return above < BUCKETS - 1 ? above : BUCKETS - 1;
}

static void choose_digit(selection *s) {
    uint64_t least = UINT64_MAX, most = 0, x = 1;
    for (int i = 0; i < SAMPLE; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t rank = rank_at(s->arrays, (size_t)(x >> 11) % s->arrays->n);
        least = rank < least ? rank : least;
        most = rank > most ? rank : most;
    }
    int length = most > least ? 64 - __builtin_clzll(most - least) : 0;
    s->low = least;
    s->shift = length > BITS ? length - BITS : 0;
}

static int count_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const selection *s = ctx;
    (void)member;
    memset(s->counts[index], 0, sizeof s->counts[index]);
    for (size_t i = begin; i < end; i++) s->counts[index][bucket_of(s, rank_at(s->arrays, i))]++;
    return YOKE_OK;
}

/* Finds the bucket of the nth key, and where each chunk's keys go. */
static void find_bucket(selection *s, size_t nth) {
    size_t before = 0, within = 0;
    for (s->bucket = 0;; s->bucket++) {
        within = 0;
        for (size_t c = 0; c < s->chunks; c++) within += s->counts[c][s->bucket];
        if (nth - before < within) break;
        before += within;
    }
    s->before[0] = s->within[0] = 0;
    for (size_t c = 0; c < s->chunks; c++) {
        size_t earlier = 0;
        for (uint64_t b = 0; b < s->bucket; b++) earlier += s->counts[c][b];
        s->before[c + 1] = s->before[c] + earlier;
        s->within[c + 1] = s->within[c] + s->counts[c][s->bucket];
    }
}

static int gather_chunk(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const selection *s = ctx;
    (void)member;
    size_t lower = s->before[index], inside = s->within[index];
    for (size_t i = begin; i < end; i++) {
        uint64_t b = bucket_of(s, rank_at(s->arrays, i));
        if (b > s->bucket) continue;
        if (b == s->bucket)
            copy_key(s->arrays, s->inside, inside++, i);
        else if (s->lower)
            copy_key(s->arrays, s->lower, lower++, i);
    }
    return YOKE_OK;
}

static int count_all(selection *s, size_t nth, const yoke_run *run) {
    size_t n = s->arrays->n;
    int members = yoke__run_members(run, CHUNKS);
    s->chunk = n / ((size_t)members * 4) + 1;
    if (s->chunk < MIN_CHUNK) s->chunk = MIN_CHUNK;
    if (n / s->chunk >= CHUNKS) s->chunk = n / CHUNKS + 1;
    s->chunks = yoke__block_count(n, s->chunk);
    choose_digit(s);
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, s->chunks * sizeof *s->counts));
    s->counts = work.memory;
    int status = yoke__run_blocks(run, n, s->chunk, count_chunk, s);
    if (status == YOKE_OK) find_bucket(s, nth);
    yoke__work_close(&work);
    return status;
}

/* Keys of a selection's bucket, sorted. */
typedef struct middle {
    char *keys;
    size_t n;
    size_t before; /* keys of earlier buckets */
    uint64_t rank; /* of the nth key */
    size_t less;   /* keys before it that are not equal to it */
} middle;

static uint64_t rank_in(const middle *m, const yoke__sort_arrays *a, size_t i) {
    yoke__sort_arrays inside = *a;
    inside.keys = m->keys;
    return rank_at(&inside, i);
}

static void describe_nth(middle *m, const yoke__sort_arrays *a, size_t nth) {
    m->rank = rank_in(m, a, nth - m->before);
    size_t low = 0, high = nth - m->before; /* the first that is not less */
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (rank_in(m, a, half) < m->rank)
            low = half + 1;
        else
            high = half;
    }
    m->less = m->before + low;
}

/* Finds the nth key (nth < n); keys of earlier buckets go to `lower` when it is not NULL. The
 * caller frees m->keys, also after a failure. */
static int find_nth(const yoke__sort_arrays *a, size_t nth, char *lower, middle *m,
                    const yoke_run *run) {
    selection s = {.arrays = a, .lower = lower};
    m->keys = NULL;
    YOKE_TRY(count_all(&s, nth, run));
    m->n = s.within[s.chunks], m->before = s.before[s.chunks];
    m->keys = s.inside = yoke_aligned_alloc(m->n * (size_t)a->key_size);
    if (!m->keys) return yoke_fail(YOKE_ENOMEM, "no memory for %zu keys", m->n);
    YOKE_TRY(yoke__run_blocks(run, a->n, s.chunk, gather_chunk, &s));
    yoke__sort_arrays inside = {
        .n = m->n, .keys = m->keys, .key_size = a->key_size, .ranking = a->ranking};
    inside.keys_out = m->keys;
    YOKE_TRY(yoke__sort_arrays_run(&inside, run));
    describe_nth(m, a, nth);
    return YOKE_OK;
}

/* ---- partition in three ---- */

typedef struct parting {
    const yoke__sort_arrays *arrays;
    uint64_t rank;
    size_t less[CHUNKS + 1]; /* of each chunk, then up to it */
    size_t same[CHUNKS + 1];
    char *to;
} parting;

static int count_parts(void *ctx, size_t index, size_t begin, size_t end, int member) {
    parting *p = ctx;
    (void)member;
    size_t less = 0, same = 0;
    for (size_t i = begin; i < end; i++) {
        uint64_t rank = rank_at(p->arrays, i);
        less += rank < p->rank;
        same += rank == p->rank;
    }
    p->less[index] = less, p->same[index] = same;
    return YOKE_OK;
}

static int move_parts(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const parting *p = ctx;
    (void)member;
    size_t less = p->less[index], same = p->same[index], all_less = p->less[CHUNKS];
    size_t more = begin - less - (same - all_less) + all_less + p->same[CHUNKS];
    size_t at[] = {less, same, more}; /* of the next key of each part */
    for (size_t i = begin; i < end; i++) {
        uint64_t rank = rank_at(p->arrays, i);
        int part = (rank >= p->rank) + (rank > p->rank);
        copy_key(p->arrays, p->to, at[part]++, i);
    }
    return YOKE_OK;
}

static int copy_back(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const parting *p = ctx;
    (void)index, (void)member;
    size_t size = (size_t)p->arrays->key_size;
    memcpy((char *)p->arrays->keys_out + begin * size, p->to + begin * size, (end - begin) * size);
    return YOKE_OK;
}

/* From counts to where each chunk begins; the totals stand last. */
static void place_parts(parting *p, size_t chunks) {
    size_t less = 0, same = 0;
    for (size_t c = 0; c < chunks; c++) {
        size_t n = p->less[c], m = p->same[c];
        p->less[c] = less, p->same[c] = same;
        less += n, same += m;
    }
    for (size_t c = 0; c < chunks; c++) p->same[c] += less;
    p->less[CHUNKS] = less, p->same[CHUNKS] = same;
}

static int part(const yoke__sort_arrays *a, uint64_t rank, const yoke_run *run) {
    parting p = {.arrays = a, .rank = rank};
    size_t chunk = a->n / CHUNKS + 1;
    if (chunk < MIN_CHUNK) chunk = MIN_CHUNK;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, a->n * (size_t)a->key_size));
    p.to = work.memory;
    int status = yoke__run_blocks(run, a->n, chunk, count_parts, &p);
    if (status == YOKE_OK) {
        place_parts(&p, yoke__block_count(a->n, chunk));
        status = yoke__run_blocks(run, a->n, chunk, move_parts, &p);
    }
    if (status == YOKE_OK) status = yoke__run_blocks(run, a->n, chunk, copy_back, &p);
    yoke__work_close(&work);
    return status;
}

/* ---- the three ---- */

int yoke__sort_nth(const yoke__sort_arrays *a, size_t nth, size_t *less, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (nth >= a->n) return yoke_fail(YOKE_EINVAL, "sort: key %zu of %zu", nth, a->n);
    middle m;
    int status = find_nth(a, nth, NULL, &m, run);
    yoke_aligned_free(m.keys);
    if (status == YOKE_OK) status = part(a, m.rank, run);
    if (status == YOKE_OK) *less = m.less;
    return status;
}

int yoke__sort_partly(const yoke__sort_arrays *a, size_t count, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (count > a->n) return yoke_fail(YOKE_EINVAL, "sort: %zu keys of %zu", count, a->n);
    if (!count) return YOKE_OK;
    size_t less = 0;
    YOKE_TRY(yoke__sort_nth(a, count - 1, &less, run));
    yoke__sort_arrays first = *a;
    first.n = less;
    return yoke__sort_arrays_run(&first, run);
}

int yoke__sort_top(const yoke__sort_arrays *a, size_t count, void *top, const yoke_run *run) {
    YOKE_TRY(yoke__run_check(run));
    if (count > a->n) return yoke_fail(YOKE_EINVAL, "sort: %zu keys of %zu", count, a->n);
    if (!count) return YOKE_OK;
    middle m;
    int status = find_nth(a, count - 1, top, &m, run);
    if (status == YOKE_OK) {
        size_t size = (size_t)a->key_size;
        memcpy((char *)top + m.before * size, m.keys, (count - m.before) * size);
        yoke__sort_arrays lower = {.n = m.before, .keys = top, .key_size = a->key_size};
        lower.keys_out = top, lower.ranking = a->ranking;
        status = yoke__sort_arrays_run(&lower, run);
    }
    yoke_aligned_free(m.keys);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging and set operations on sorted keys. A template: the including file defines `item`, the
 * unsigned type of its rank as `rank`, rank_of (kernels/sort.h) and MERGE_(name).
 *
 * A block of a merge begins where a diagonal of the merge path meets it, so all blocks write
 * equally much. Set operations are cut the same way, and then moved back to where a value begins in
 * both arrays, so that equal keys stay together; each block is first counted and then written. The
 * loops have no branch that depends on the keys: what is taken, and how far each side moves on, are
 * numbers.
 */
#include "kernels/merge.h"

static inline rank rank_at(const item *keys, size_t i, yoke__ranking r) {
    return rank_of(keys[i], r);
}

/* How many of the first `at` keys of the merge are a's. */
static size_t cut_at(const yoke__merge *m, size_t at) {
    const item *a = m->a, *b = m->b;
    size_t low = at > m->nb ? at - m->nb : 0, high = at < m->na ? at : m->na;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (rank_at(b, at - 1 - half, m->ranking) < rank_at(a, half, m->ranking))
            high = half;
        else
            low = half + 1;
    }
    return low;
}

/* The first key that does not come before `least`. */
static size_t not_before(const item *keys, size_t n, rank least, yoke__ranking r) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (rank_at(keys, half, r) < least)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* ---- merge ---- */

static int merge_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const yoke__merge *m = ctx;
    (void)index, (void)member;
    const item *a = m->a, *b = m->b;
    item *to = m->to;
    yoke__ranking r = m->ranking;
    size_t i = cut_at(m, begin), j = begin - i, k = begin;
    /* As long as neither can end, nothing needs to be asked about the ends. */
    while (k < end && i < m->na && j < m->nb) {
        size_t left = m->na - i < m->nb - j ? m->na - i : m->nb - j;
        size_t stop = k + (left < end - k ? left : end - k);
        for (; k < stop; k++) {
            item x = a[i], y = b[j];
            bool second = rank_of(y, r) < rank_of(x, r);
            to[k] = second ? y : x;
            i += !second;
            j += second;
        }
    }
    if (k < end && i < m->na) memcpy(to + k, a + i, (end - k) * sizeof *to);
    if (k < end && i == m->na) memcpy(to + k, b + j, (end - k) * sizeof *to);
    return YOKE_OK;
}

int MERGE_(yoke__merge)(const yoke__merge *merge, const yoke_run *run) {
    YOKE__KERNEL;
    return yoke__run_blocks(run, merge->na + merge->nb, YOKE__MERGE_BLOCK, merge_block,
                            (void *)merge);
}

/* ---- set operations ---- */

/* Where block `at` begins in both: at the first of the equal keys that the merge path meets. */
static yoke__set_cut set_cut(const yoke__merge *m, size_t at) {
    if (at == 0) return (yoke__set_cut){0, 0};
    if (at >= m->na + m->nb) return (yoke__set_cut){m->na, m->nb};
    size_t i = cut_at(m, at), j = at - i;
    rank x = i < m->na ? rank_at(m->a, i, m->ranking) : (rank)-1;
    rank y = j < m->nb ? rank_at(m->b, j, m->ranking) : (rank)-1;
    rank least = x < y ? x : y;
    return (yoke__set_cut){not_before(m->a, m->na, least, m->ranking),
                           not_before(m->b, m->nb, least, m->ranking)};
}

/* Walks through both; the keys of the result go to `to`, at most `most`, or are only counted when
 * it is NULL. Returns their number. */
static inline __attribute__((always_inline)) size_t walk(const yoke__merge *m, yoke__set_kind kind,
                                                         yoke__set_cut from, yoke__set_cut until,
                                                         item *to, size_t most) {
    const item *a = m->a, *b = m->b;
    yoke__ranking r = m->ranking;
    size_t i = from.a, j = from.b, k = 0;
    while (i < until.a && j < until.b && k < most) {
        rank x = rank_at(a, i, r), y = rank_at(b, j, r);
        bool take = kind == YOKE__SET_UNION          ? true
                    : kind == YOKE__SET_INTERSECTION ? x == y
                    : kind == YOKE__SET_DIFFERENCE   ? x < y
                                                     : x != y;
        if (to) to[k] = x <= y ? a[i] : b[j];
        k += take;
        i += x <= y;
        j += y <= x;
    }
    bool rest_of_a = kind != YOKE__SET_INTERSECTION;
    bool rest_of_b = kind == YOKE__SET_UNION || kind == YOKE__SET_SYMMETRIC;
    for (; rest_of_a && i < until.a && k < most; i++, k++)
        if (to) to[k] = a[i];
    for (; rest_of_b && j < until.b && k < most; j++, k++)
        if (to) to[k] = b[j];
    return k;
}

static size_t walk_kind(const yoke__merge *m, yoke__set_cut from, yoke__set_cut until, item *to,
                        size_t most) {
    switch (m->kind) {
    case YOKE__SET_UNION: return walk(m, YOKE__SET_UNION, from, until, to, most);
    case YOKE__SET_INTERSECTION: return walk(m, YOKE__SET_INTERSECTION, from, until, to, most);
    case YOKE__SET_DIFFERENCE: return walk(m, YOKE__SET_DIFFERENCE, from, until, to, most);
    default: return walk(m, YOKE__SET_SYMMETRIC, from, until, to, most);
    }
}

static int count_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const yoke__merge *m = ctx;
    (void)member;
    yoke__set_part *p = &m->parts[index];
    p->from = set_cut(m, begin);
    p->until = set_cut(m, end);
    p->count = walk_kind(m, p->from, p->until, NULL, SIZE_MAX);
    return YOKE_OK;
}

static int write_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const yoke__merge *m = ctx;
    (void)begin, (void)end, (void)member;
    const yoke__set_part *p = &m->parts[index];
    walk_kind(m, p->from, p->until, (item *)m->to + p->at, p->count);
    return YOKE_OK;
}

int MERGE_(yoke__set)(yoke__merge *m, size_t most, size_t *count, const yoke_run *run) {
    YOKE__KERNEL;
    size_t n = m->na + m->nb, blocks = yoke__block_count(n, YOKE__MERGE_BLOCK), sum = 0;
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, blocks * sizeof *m->parts));
    m->parts = work.memory;
    int status = yoke__run_blocks(run, n, YOKE__MERGE_BLOCK, count_block, m);
    for (size_t i = 0; status == YOKE_OK && i < blocks; i++) {
        m->parts[i].at = sum;
        sum += m->parts[i].count;
        if (sum > most) status = yoke_fail(YOKE_EINVAL, "merge: the keys are not sorted");
    }
    if (status == YOKE_OK) status = yoke__run_blocks(run, n, YOKE__MERGE_BLOCK, write_block, m);
    if (status == YOKE_OK) *count = sum;
    yoke__work_close(&work);
    return status;
}

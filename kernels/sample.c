/* SPDX-License-Identifier: Apache-2.0
 *
 * A sample of the k least priorities: a heap with the greatest on top. Items lie beside the heap,
 * and a kept item takes the place of the one that leaves.
 */
#include "kernels/sample.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/random.h"
#include "kernels/run.h"

enum { BLOCK = 1 << 16, BATCH = 512 };

/* ---- making ---- */

int yoke_sample_create(const yoke_sample_options *options, yoke_sample **sample) {
    if (!options || options->k - 1 >= UINT32_MAX || options->item_size - 1 >= (size_t)64 << 10)
        return yoke_fail(YOKE_EINVAL, "sample: no items, or none of such a size");
    yoke_sample *s = calloc(1, sizeof *s);
    if (!s) return yoke_fail(YOKE_ENOMEM, NULL);
    s->options = *options;
    s->heap = calloc(options->k, sizeof *s->heap);
    s->items = reallocarray(NULL, options->k, options->item_size);
    if (!s->heap || !s->items) {
        yoke_sample_destroy(s);
        return yoke_fail(YOKE_ENOMEM, "no memory for a sample of %zu items", options->k);
    }
    *sample = s;
    return YOKE_OK;
}

void yoke_sample_destroy(yoke_sample *sample) {
    if (!sample) return;
    free(sample->heap);
    free(sample->items);
    free(sample);
}

/* ---- the heap ---- */

static bool above(yoke__sampled a, yoke__sampled b) {
    return a.priority != b.priority ? a.priority > b.priority : a.index > b.index;
}

static void sift_up(yoke__sampled *heap, size_t at) {
    yoke__sampled moved = heap[at];
    for (; at > 0 && above(moved, heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = moved;
}

static void sift_down(yoke__sampled *heap, size_t n) {
    yoke__sampled moved = heap[0];
    size_t at = 0;
    for (size_t child = 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && above(heap[child + 1], heap[child])) child++;
        if (!above(heap[child], moved)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

void yoke__sample_offer(yoke_sample *s, uint64_t priority, uint64_t index, const void *item) {
    yoke__sampled offered = {priority, index, s->n};
    bool full = s->n == s->options.k;
    if (full && !above(s->heap[0], offered)) return;
    if (full) offered.place = s->heap[0].place;
    memcpy(s->items + offered.place * s->options.item_size, item, s->options.item_size);
    s->heap[full ? 0 : s->n] = offered;
    if (full)
        sift_down(s->heap, s->n);
    else
        sift_up(s->heap, s->n++);
}

/* ---- adding ---- */

uint64_t yoke__sample_priority(const yoke_sample *s, uint64_t index) {
    return yoke_random_u64((yoke_random){s->options.seed, 0}, index);
}

void yoke_sample_add(yoke_sample *sample, uint64_t index, const void *item) {
    yoke__sample_offer(sample, yoke__sample_priority(sample, index), index, item);
}

int yoke_sample_merge(yoke_sample *into, const yoke_sample *from) {
    const yoke_sample_options *a = &into->options, *b = &from->options;
    if (into == from || a->k != b->k || a->item_size != b->item_size || a->seed != b->seed)
        return yoke_fail(YOKE_EINVAL, "sample: samples that do not go together");
    for (size_t i = 0; i < from->n; i++) {
        yoke__sampled one = from->heap[i];
        yoke__sample_offer(into, one.priority, one.index, from->items + one.place * b->item_size);
    }
    return YOKE_OK;
}

typedef struct adding {
    const yoke_sample *like;
    uint64_t first;
    const char *items;
    yoke_sample **of; /* a member */
} adding;

static int add_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    adding *a = ctx;
    uint64_t priorities[BATCH];
    (void)index;
    if (!a->of[member]) YOKE_TRY(yoke_sample_create(&a->like->options, &a->of[member]));
    for (size_t at = begin, n; at < end; at += n) {
        n = end - at < BATCH ? end - at : BATCH;
        yoke__random_fill_u64((yoke_random){a->like->options.seed, 0}, a->first + at, priorities,
                              n);
        for (size_t i = 0; i < n; i++)
            yoke__sample_offer(a->of[member], priorities[i], a->first + at + i,
                               a->items + (at + i) * a->like->options.item_size);
    }
    return YOKE_OK;
}

/* The items that are kept, in whatever order. */
static uint64_t digest_of(const yoke_sample *s) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        const yoke__sampled *kept = &s->heap[i];
        sum += yoke__verify_digest(kept->index, s->items + kept->place * s->options.item_size,
                                   s->options.item_size);
    }
    return sum;
}

int yoke_sample_add_array(yoke_sample *sample, uint64_t first, const void *items, size_t n,
                          const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(yoke__run_check(run));
    if (n && !items) return yoke_fail(YOKE_EINVAL, "sample: no array");
    if (n && first > UINT64_MAX - (n - 1))
        return yoke_fail(YOKE_EINVAL, "sample: too many indices");
    int members = yoke__run_members(run, yoke__block_count(n, BLOCK));
    adding a = {sample, first, items, calloc((size_t)members, sizeof *a.of)};
    if (!a.of) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = yoke__run_blocks(run, n, BLOCK, add_block, &a);
    for (int m = 0; m < members; m++) {
        if (status == YOKE_OK && a.of[m]) status = yoke_sample_merge(sample, a.of[m]);
        yoke_sample_destroy(a.of[m]);
    }
    free(a.of);
    YOKE__TELL(status, run, __func__, &(uint64_t){digest_of(sample)}, sizeof(uint64_t));
    return status;
}

/* ---- what was kept ---- */

size_t yoke_sample_count(const yoke_sample *sample) { return sample->n; }

static int by_index(const void *a, const void *b) {
    uint64_t x = ((const yoke__sampled *)a)->index, y = ((const yoke__sampled *)b)->index;
    return (x > y) - (x < y);
}

long yoke_sample_items(const yoke_sample *sample, void *items, uint64_t *indices) {
    size_t size = sample->options.item_size;
    yoke__sampled *kept = malloc((sample->n + 1) * sizeof *kept);
    if (!kept) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(kept, sample->heap, sample->n * sizeof *kept);
    qsort(kept, sample->n, sizeof *kept, by_index);
    for (size_t i = 0; i < sample->n; i++) {
        if (indices) indices[i] = kept[i].index;
        if (items) memcpy((char *)items + i * size, sample->items + kept[i].place * size, size);
    }
    free(kept);
    return (long)sample->n;
}

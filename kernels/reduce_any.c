/* SPDX-License-Identifier: Apache-2.0
 *
 * Any and all: blocks are looked at in small parts, until one of the members has found what decides
 * the answer.
 */
#include <stdatomic.h>

#include "kernels/reduce.h"

enum { PART = 4096, BLOCK = 1 << 17 };

typedef struct search {
    const uint8_t *flags;
    bool wanted; /* a flag of this value decides */
    atomic_bool found;
    const yoke__reduce_ops *ops;
} search;

static int search_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    search *s = ctx;
    (void)index, (void)member;
    for (; begin < end; begin += PART) {
        size_t n = end - begin < PART ? end - begin : PART;
        /* relaxed, here and below: it only saves work; the end of the team orders the answer. */
        if (atomic_load_explicit(&s->found, memory_order_relaxed)) break;
        size_t count = s->ops->count(s->flags + begin, n);
        if (s->wanted ? count > 0 : count < n)
            atomic_store_explicit(&s->found, true, memory_order_relaxed);
    }
    return YOKE_OK;
}

static int find(const uint8_t *flags, size_t n, bool wanted, bool *found, const yoke_run *run) {
    search s = {.flags = flags, .wanted = wanted, .ops = yoke__reduce_in_use()};
    atomic_init(&s.found, false);
    YOKE_TRY(yoke__run_blocks(run, n, BLOCK, search_block, &s));
    *found = atomic_load(&s.found);
    return YOKE_OK;
}

int yoke_any(const uint8_t *flags, size_t n, bool *result, const yoke_run *run) {
    YOKE__KERNEL;
    int status = find(flags, n, true, result, run);
    return yoke__told(status, run, "yoke_any", result, sizeof *result);
}

int yoke_all(const uint8_t *flags, size_t n, bool *result, const yoke_run *run) {
    YOKE__KERNEL;
    bool found;
    YOKE_TRY(find(flags, n, false, &found, run));
    *result = !found;
    return yoke__told(YOKE_OK, run, "yoke_all", result, sizeof *result);
}

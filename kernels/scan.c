/* SPDX-License-Identifier: Apache-2.0
 *
 * The core of scans. Members take blocks in their order. Who has folded its block publishes the
 * fold, walks back to the nearest block that knows what is before it, comes forward again, and
 * publishes what is before its own. The walk may wait for a fold: that block was taken earlier, so
 * some member has begun it, and a fold waits for nothing.
 */
#include "yoke/scan.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "kernels/run.h"
#include "yoke/memory.h"

enum { GRAIN = 16384, ALIGNMENT = 16, SPINS = 2000 };

/* What is known of a block. */
enum { NOTHING, TOTAL, BEFORE };

typedef struct scan {
    _Alignas(YOKE_CACHE_PAD) atomic_size_t next; /* the block that is taken next */
    _Alignas(YOKE_CACHE_PAD) const yoke_scanner *s;
    const void *in;
    void *out;
    size_t n, grain, blocks, stride;
    char *totals, *before; /* a fold for each block */
    atomic_char *known;
    const yoke_run *run;
} scan;

static int await(scan *c, size_t block) {
    for (int spins = 0;; spins++) {
        /* acquire: pairs with the releases in publish(); the folds are written before. */
        int known = atomic_load_explicit(&c->known[block], memory_order_acquire);
        if (known != NOTHING) return known;
        if (spins > SPINS) sched_yield();
    }
}

static void publish(scan *c, size_t block, int known) {
    /* release: total or before of this block are visible to who sees it; pairs with await(). */
    atomic_store_explicit(&c->known[block], (char)known, memory_order_release);
}

static void *total_of(const scan *c, size_t block) { return c->totals + block * c->stride; }
static void *before_of(const scan *c, size_t block) { return c->before + block * c->stride; }

/* Finds the fold of all blocks before this one, which is not the first. */
static void look_back(scan *c, size_t block) {
    void *fold = before_of(c, block);
    size_t from = block - 1;
    while (await(c, from) != BEFORE) from--;
    if (from)
        memcpy(fold, before_of(c, from), c->s->acc_size);
    else
        memcpy(fold, total_of(c, 0), c->s->acc_size);
    if (from) c->s->combine(fold, total_of(c, from), c->s->ctx);
    while (++from < block) c->s->combine(fold, total_of(c, from), c->s->ctx);
}

static void scan_block(scan *c, size_t block) {
    const yoke_scanner *s = c->s;
    size_t begin = block * c->grain;
    size_t end = c->n - begin < c->grain ? c->n : begin + c->grain;
    s->total(total_of(c, block), c->in, begin, end, s->ctx);
    if (block) {
        publish(c, block, TOTAL);
        look_back(c, block);
    }
    publish(c, block, BEFORE);
    s->scan(block ? before_of(c, block) : NULL, c->in, c->out, begin, end, s->ctx);
}

static int scan_blocks(yoke_team *team, int member, void *ctx) {
    scan *c = ctx;
    (void)member;
    while (!yoke_team_stopping(team)) {
        YOKE_TRY(yoke__run_check(c->run));
        /* relaxed: a block is taken once, by the atomicity of the addition. */
        size_t block = atomic_fetch_add_explicit(&c->next, 1, memory_order_relaxed);
        if (block >= c->blocks) break;
        yoke__shuffle_delay();
        scan_block(c, block);
    }
    return YOKE_OK;
}

/* One block needs no folds. */
static int scan_alone(const scan *c) {
    if (c->n) c->s->scan(NULL, c->in, c->out, 0, c->n, c->s->ctx);
    return YOKE_OK;
}

int yoke_scan(const yoke_scanner *scanner, const void *in, void *out, size_t n,
              const yoke_run *run) {
    YOKE__KERNEL;
    if (!scanner || !scanner->acc_size || !scanner->total || !scanner->combine || !scanner->scan)
        return yoke_fail(YOKE_EINVAL, "a scanner needs acc_size, total, combine and scan");
    YOKE_TRY(yoke__run_check(run));
    size_t grain = scanner->grain ? scanner->grain : GRAIN, blocks = yoke__block_count(n, grain);
    size_t stride = (scanner->acc_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    scan c = {.s = scanner,
              .in = in,
              .out = out,
              .n = n,
              .grain = grain,
              .blocks = blocks,
              .stride = stride,
              .run = run};
    yoke__work work;
    if (blocks <= 1) return scan_alone(&c);
    YOKE_TRY(yoke__work_open(&work, run, blocks * (2 * stride + 1)));
    c.totals = work.memory;
    c.before = c.totals + blocks * stride;
    c.known = (atomic_char *)(c.before + blocks * stride);
    for (size_t i = 0; i < blocks; i++) atomic_init(&c.known[i], NOTHING);
    atomic_init(&c.next, 0);
    int status = yoke_team_run(yoke__run_members(run, blocks), scan_blocks, &c);
    yoke__work_close(&work);
    return status;
}

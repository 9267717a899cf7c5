/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of blocks of kernels/chain.h. A block's state is one word: 0, or what it counts, or the
 * sum of all blocks up to it, with a tag in the lower two bits.
 */
#include "kernels/chain.h"

#include <stdatomic.h>
#include <stdint.h>

#include "yoke/memory.h"

enum { COUNTED = 1, SUMMED = 2, TAG = 3 };

/* How often a late block is looked at: a few microseconds. */
enum { LOOKS = 200 };

typedef struct running {
    const yoke__chain *chain;
    const yoke_run *run;
    size_t blocks;
    char *buffers;
    size_t buffer;           /* bytes from one to the next */
    _Atomic uint64_t *state; /* a block */
    atomic_size_t next;
} running;

static size_t padded(size_t size) {
    return (size + YOKE_CACHE_PAD - 1) / YOKE_CACHE_PAD * YOKE_CACHE_PAD;
}

static size_t members_of(const yoke__chain *chain, const yoke_run *run) {
    return (size_t)yoke__run_members(run, yoke__block_count(chain->n, chain->block));
}

size_t yoke__chain_size(const yoke__chain *chain, const yoke_run *run) {
    return members_of(chain, run) * padded(chain->buffer) +
           padded(yoke__block_count(chain->n, chain->block) * sizeof(uint64_t));
}

static size_t end_of(const yoke__chain *chain, size_t index) {
    size_t begin = index * chain->block;
    return chain->n - begin < chain->block ? chain->n : begin + chain->block;
}

static void pause_briefly(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#endif
}

/* What block `index` has published; counted here when it is late. */
static uint64_t state_of(running *r, size_t index) {
    for (int look = 0; look < LOOKS; look++) {
        /* relaxed: all that is read is in this word. */
        uint64_t state = atomic_load_explicit(&r->state[index], memory_order_relaxed);
        if (state) return state;
        pause_briefly();
    }
    const yoke__chain *c = r->chain;
    return (uint64_t)c->count(c->ctx, index * c->block, end_of(c, index)) << 2 | COUNTED;
}

static size_t sum_before(running *r, size_t index) {
    uint64_t state = 0;
    size_t sum = 0;
    while (index > 0 && (state & TAG) != SUMMED) {
        state = state_of(r, --index);
        sum += (size_t)(state >> 2);
    }
    return sum;
}

static void publish(running *r, size_t index, size_t units, unsigned tag) {
    /* relaxed: as in state_of. */
    atomic_store_explicit(&r->state[index], (uint64_t)units << 2 | tag, memory_order_relaxed);
}

static void run_block(running *r, size_t index, void *buffer) {
    const yoke__chain *c = r->chain;
    size_t count = c->collect(c->ctx, index * c->block, end_of(c, index), buffer);
    publish(r, index, count, COUNTED);
    size_t before = sum_before(r, index);
    publish(r, index, before + count, SUMMED);
    c->deliver(c->ctx, index, before, count, buffer);
}

static int run_member(void *ctx, size_t index, size_t begin, size_t end, int member) {
    running *r = ctx;
    (void)index, (void)begin, (void)end;
    void *buffer = r->buffers + (size_t)member * r->buffer;
    for (;;) {
        YOKE_TRY(yoke__run_check(r->run));
        /* relaxed: a block is taken once, by the atomicity of the addition. */
        size_t block = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed);
        if (block >= r->blocks) return YOKE_OK;
        yoke__shuffle_delay();
        run_block(r, block, buffer);
    }
}

int yoke__chain_run(const yoke__chain *chain, const yoke_run *run, void *memory, size_t *total) {
    size_t members = members_of(chain, run), buffer = padded(chain->buffer);
    running r = {.chain = chain, .run = run, .buffers = memory, .buffer = buffer};
    r.blocks = yoke__block_count(chain->n, chain->block);
    r.state = (_Atomic uint64_t *)(void *)(r.buffers + members * buffer);
    for (size_t i = 0; i < r.blocks; i++) atomic_init(&r.state[i], 0);
    YOKE_TRY(yoke__run_blocks(run, members, 1, run_member, &r));
    /* relaxed: the members have ended. */
    *total = r.blocks
                 ? (size_t)(atomic_load_explicit(&r.state[r.blocks - 1], memory_order_relaxed) >> 2)
                 : 0;
    return YOKE_OK;
}

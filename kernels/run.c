/* SPDX-License-Identifier: Apache-2.0
 *
 * Running a kernel's blocks on a team. The idea stands in kernels/run.h.
 */
#include "kernels/run.h"

#include <stdatomic.h>

#include "yoke/memory.h"

/* ---- memory ---- */

void yoke_scratch_fini(yoke_scratch *scratch) {
    yoke_aligned_free(scratch->block);
    *scratch = (yoke_scratch){0};
}

int yoke__work_open(yoke__work *work, const yoke_run *run, size_t size) {
    yoke_scratch *scratch = run ? run->scratch : NULL;
    if (!size) size = 1;
    work->own = !scratch;
    if (scratch && scratch->size >= size) {
        work->memory = scratch->block;
        return YOKE_OK;
    }
    if (scratch) yoke_scratch_fini(scratch);
    work->memory = yoke_aligned_alloc(size);
    if (!work->memory) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of scratch", size);
    if (scratch) *scratch = (yoke_scratch){work->memory, size};
    return YOKE_OK;
}

void yoke__work_close(yoke__work *work) {
    if (work->own) yoke_aligned_free(work->memory);
    work->memory = NULL;
}

/* ---- options ---- */

static bool has_deadline(const yoke_run *run) {
    return run->deadline != 0 && run->deadline != YOKE_FOREVER;
}

static int stopped(const yoke_run *run) {
    if (!run) return YOKE_OK;
    if (yoke_cancel_requested(run->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
    if (has_deadline(run) && yoke_deadline_passed(run->deadline))
        return yoke_fail(YOKE_ETIMEDOUT, NULL);
    return YOKE_OK;
}

int yoke__run_check(const yoke_run *run) {
    if (!run) return YOKE_OK;
    if (run->threads < 0) return yoke_fail(YOKE_EINVAL, "run: %d threads", run->threads);
    if ((unsigned)run->repro > YOKE_REPRO_EXACT)
        return yoke_fail(YOKE_EINVAL, "run: there is no repro level %d", (int)run->repro);
    return stopped(run);
}

const char *yoke__run_level(const yoke_run *run) {
    static const char *const names[] = {"", "FAST", "EXACT"};
    return names[yoke__run_repro(run)];
}

int yoke__run_members(const yoke_run *run, size_t blocks) {
    int wanted = run && run->threads ? run->threads : yoke_team_default_size();
    if ((size_t)wanted > blocks) wanted = (int)blocks;
    return wanted > 0 ? wanted : 1;
}

/* ---- blocks ---- */

enum { SHARES = 64 };

/* The blocks of one share that nobody has taken. */
typedef struct share {
    _Alignas(YOKE_CACHE_PAD) atomic_size_t next;
    size_t end;
} share;

typedef struct loop {
    const yoke_run *run;
    size_t n, size;
    yoke__block_fn *fn;
    void *ctx;
    uint64_t draw; /* that shuffles the blocks; 0: none */
    int shares;
    share of[SHARES];
} loop;

static int run_block(const loop *l, size_t index, int member) {
    YOKE_TRY(stopped(l->run));
    if (l->draw) {
        index = yoke__shuffle_place(l->draw, index, yoke__block_count(l->n, l->size));
        yoke__shuffle_delay();
    }
    yoke__region_note(YOKE__EVENT_BLOCKS, 1);
    size_t begin = index * l->size;
    size_t end = l->n - begin < l->size ? l->n : begin + l->size;
    return l->fn(l->ctx, index, begin, end, member);
}

static int run_share(yoke_team *team, loop *l, share *of, int member) {
    while (!yoke_team_stopping(team)) {
        /* relaxed: a block is taken once, by the atomicity of the addition; what it holds is
         * ordered by the beginning and the end of the team. */
        size_t index = atomic_fetch_add_explicit(&of->next, 1, memory_order_relaxed);
        if (index >= of->end) break;
        YOKE_TRY(run_block(l, index, member));
    }
    return YOKE_OK;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    loop *l = ctx;
    for (int i = 0; i < l->shares; i++)
        YOKE_TRY(run_share(team, l, &l->of[(member + i) % l->shares], member));
    return YOKE_OK;
}

static void cut_shares(loop *l, size_t blocks, int members) {
    l->shares = members < SHARES ? members : SHARES;
    size_t each = blocks / (size_t)l->shares, more = blocks % (size_t)l->shares, at = 0;
    for (int i = 0; i < l->shares; i++) {
        atomic_init(&l->of[i].next, at);
        at += each + ((size_t)i < more);
        l->of[i].end = at;
    }
}

static int run_alone(const loop *l, size_t blocks) {
    for (size_t i = 0; i < blocks; i++) YOKE_TRY(run_block(l, i, 0));
    return YOKE_OK;
}

int yoke__run_blocks(const yoke_run *run, size_t n, size_t size, yoke__block_fn *fn, void *ctx) {
    YOKE_TRY(yoke__run_check(run));
    size_t blocks = yoke__block_count(n, size);
    int members = yoke__run_members(run, blocks);
    loop l = {.run = run, .n = n, .size = size, .fn = fn, .ctx = ctx};
    l.draw = yoke__shuffle_draw();
    if (members == 1) return run_alone(&l, blocks);
    cut_shares(&l, blocks, members);
    return yoke_team_run(members, run_member, &l);
}

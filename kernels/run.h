/* SPDX-License-Identifier: Apache-2.0
 *
 * What all kernels stand on: an array is cut into blocks whose bounds depend on its length and the
 * block size only, and the members of a team run a function for each of them. That, and combining
 * the results of blocks in their order, is what makes bits independent of the number of threads.
 *
 * Each member begins with a contiguous share of the blocks, so that it finds again the pages that
 * it touched first, and then takes what the others have left. Before every block it looks at the
 * deadline and the token. A verification has blocks in any order instead (runtime/shuffle.h), and
 * is told what came of the call.
 */
#ifndef YOKE_KERNELS_RUN_H
#define YOKE_KERNELS_RUN_H

#include <stdbool.h>

#include "runtime/region.h"
#include "runtime/shuffle.h"
#include "runtime/verify.h"
#include "yoke/run.h"
#include "yoke/team.h"

/* The first line of each kernel: a region of its name. */
#define YOKE__KERNEL YOKE__REGION(__func__, YOKE_ACTIVITY_WORK)

/* Handles items begin to end - 1, the index-th block. Blocks run in any order, at the same time;
 * `member` (0 to yoke__run_members - 1) runs one at a time. Returns 0 or a failure. */
typedef int yoke__block_fn(void *ctx, size_t index, size_t begin, size_t end, int member);

/* How many blocks n items make. */
static inline size_t yoke__block_count(size_t n, size_t size) { return n / size + (n % size != 0); }

/* YOKE_EINVAL for options that are not valid, YOKE_ECANCELED or YOKE_ETIMEDOUT when it should not
 * begin or go on. `run` may be NULL. */
int yoke__run_check(const yoke_run *run);

static inline yoke_repro yoke__run_repro(const yoke_run *run) {
    return run ? run->repro : YOKE_REPRO_ANY_THREADS;
}

/* The members that work on so many blocks: no more than there are blocks, and one at least. */
int yoke__run_members(const yoke_run *run, size_t blocks);

/* Runs fn for every block of n items (the last may be shorter; none when n is 0), with
 * yoke__run_members; one member runs in the caller. Returns the first failure, or what
 * yoke__run_check says. */
int yoke__run_blocks(const yoke_run *run, size_t n, size_t size, yoke__block_fn *fn, void *ctx);

/* The size of blocks where results do not depend on it: the usual one, or one that a verification
 * draws. */
static inline size_t yoke__free_size(size_t usual) { return yoke__shuffle_size(usual); }

/* ---- verification ---- */

/* "FAST", "EXACT", or "". */
const char *yoke__run_level(const yoke_run *run);

/* At the end of a public call: tells a verification of what the call has written. The operands are
 * looked at only when it has succeeded. */
#define YOKE__TELL(status, run, call, data, size)                                                  \
    do {                                                                                           \
        if ((status) == YOKE_OK && yoke__verify_on())                                              \
            yoke__verify_tell('R', call, yoke__run_level(run), data, size);                        \
    } while (0)

/* The same for what has its size before the call. */
static inline int yoke__told(int status, const yoke_run *run, const char *call, const void *data,
                             size_t size) {
    YOKE__TELL(status, run, call, data, size);
    return status;
}

/* Memory of the call: the run's scratch, or taken here. */
typedef struct yoke__work {
    void *memory;
    bool own;
} yoke__work;

/* `size` bytes aligned to YOKE_CACHE_PAD, undefined contents. YOKE_ENOMEM. Once a call. */
int yoke__work_open(yoke__work *work, const yoke_run *run, size_t size);
void yoke__work_close(yoke__work *work);

#endif

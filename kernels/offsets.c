/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets have to ascend.
 */
#include "kernels/offsets.h"

#include "kernels/run.h"

static int check_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const size_t *offsets = ctx;
    (void)index, (void)member;
    for (size_t i = begin; i < end; i++)
        if (offsets[i] > offsets[i + 1])
            return yoke_fail(YOKE_EINVAL, "segment %zu ends before it begins", i);
    return YOKE_OK;
}

int yoke__offsets_check(const size_t *offsets, size_t count, const yoke_run *run) {
    enum { BLOCK = 65536 };
    return yoke__run_blocks(run, count, BLOCK, check_block, (void *)offsets);
}

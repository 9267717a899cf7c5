/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjacent difference. Integers are subtracted as unsigned ones, so that they wrap.
 */
#include "kernels/overlap.h"
#include "kernels/run.h"
#include "yoke/select.h"

enum { BLOCK = 1 << 15 };

typedef struct differences {
    const void *from;
    void *to;
} differences;

static int check(const void *from, size_t n, size_t size, const void *to) {
    if (n && (!from || !to)) return yoke_fail(YOKE_EINVAL, "difference: no array");
    if (yoke__overlap(from, n * size, to, n * size))
        return yoke_fail(YOKE_EINVAL, "difference: input and output overlap");
    return YOKE_OK;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define DEFINE_BLOCK(T, type)                                                                      \
    static int subtract_##T(void *ctx, size_t index, size_t begin, size_t end, int member) {       \
        const type *from = ((const differences *)ctx)->from;                                       \
        type *restrict to = ((const differences *)ctx)->to;                                        \
        (void)index, (void)member;                                                                 \
        if (begin == 0) to[0] = from[0];                                                           \
        for (size_t i = begin ? begin : 1; i < end; i++) to[i] = from[i] - from[i - 1];            \
        return YOKE_OK;                                                                            \
    }
/* NOLINTEND(bugprone-macro-parentheses) */
DEFINE_BLOCK(u32, uint32_t)
DEFINE_BLOCK(u64, uint64_t)
DEFINE_BLOCK(f32, float)
DEFINE_BLOCK(f64, double)

#define DEFINE_DIFFERENCE(T, type, block)                                                          \
    int yoke_difference_##T(const type *from, size_t n, type to[], const yoke_run *run) {          \
        YOKE__KERNEL;                                                                              \
        differences d = {from, to};                                                                \
        YOKE_TRY(check(from, n, sizeof *from, to));                                                \
        return yoke__told(yoke__run_blocks(run, n, BLOCK, block, &d), run, __func__, to,           \
                          n * sizeof *to);                                                         \
    }
DEFINE_DIFFERENCE(i32, int32_t, subtract_u32)
DEFINE_DIFFERENCE(i64, int64_t, subtract_u64)
DEFINE_DIFFERENCE(u32, uint32_t, subtract_u32)
DEFINE_DIFFERENCE(u64, uint64_t, subtract_u64)
DEFINE_DIFFERENCE(f32, float, subtract_f32)
DEFINE_DIFFERENCE(f64, double, subtract_f64)

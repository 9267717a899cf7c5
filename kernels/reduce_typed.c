/* SPDX-License-Identifier: Apache-2.0
 *
 * Reductions of numbers: reducers over the loops of the instructions in use.
 */
#include <math.h>

#include "kernels/reduce.h"
#include "kernels/xsum.h"

static void count_zero(void *acc, const void *ctx) { *(uint64_t *)acc = ((void)ctx, 0); }
static void count_add(void *into, const void *from, const void *ctx) {
    *(uint64_t *)into += ((void)ctx, *(const uint64_t *)from);
}

static void no_moments(void *acc, const void *ctx) {
    *(yoke_moments *)acc = ((void)ctx, (yoke_moments){0, 0, 0});
}

static void combine_moments(void *into, const void *from, const void *ctx) {
    (void)ctx;
    yoke_moments_combine(into, from);
}

void yoke_moments_combine(yoke_moments *into, const yoke_moments *from) {
    if (!from->count) return;
    if (!into->count) {
        *into = *from;
        return;
    }
    double a = (double)into->count, b = (double)from->count, n = a + b;
    double distance = from->mean - into->mean;
    if (isfinite(distance)) {
        into->mean += distance * (b / n);
        into->m2 += from->m2 + distance * distance * (a * (b / n));
    } else {
        into->mean = into->mean * (a / n) + from->mean * (b / n);
        into->m2 += from->m2 + distance * distance;
    }
    into->count += from->count;
}

#define FLOATING 0
#define S        i32
#define T        int32_t
#define W        int64_t
#include "kernels/reduce_typed.inc.h"
#define S i64
#define T int64_t
#define W int64_t
#include "kernels/reduce_typed.inc.h"
#define S u32
#define T uint32_t
#define W uint64_t
#include "kernels/reduce_typed.inc.h"
#define S u64
#define T uint64_t
#define W uint64_t
#include "kernels/reduce_typed.inc.h"
#undef FLOATING
#define FLOATING 1
#define S        f32
#define T        float
#define W        double
#include "kernels/reduce_typed.inc.h"
#define S f64
#define T double
#define W double
#include "kernels/reduce_typed.inc.h"

/* ---- flags ---- */

static void count_flags(void *acc, const void *flags, size_t begin, size_t end, const void *ctx) {
    const yoke__reduce_ops *ops = ctx;
    *(uint64_t *)acc = ops->count((const uint8_t *)flags + begin, end - begin);
}

int yoke_count(const uint8_t *flags, size_t n, size_t *result, const yoke_run *run) {
    YOKE__KERNEL;
    enum { GRAIN = 1 << 17 };
    yoke_reducer r = {.acc_size = sizeof(uint64_t),
                      .grain = n / 4096 > GRAIN ? yoke__reduce_grain(n) : GRAIN,
                      .init = count_zero,
                      .block = count_flags,
                      .combine = count_add,
                      .ctx = yoke__reduce_in_use()};
    uint64_t count;
    YOKE_TRY(yoke__reduce_range(&r, flags, 0, n, &count, run));
    *result = (size_t)count;
    return yoke__told(YOKE_OK, run, "yoke_count", result, sizeof *result);
}

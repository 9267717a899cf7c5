/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact reductions: a superaccumulator for each member, merged at the end.
 */
#include <string.h>

#include "kernels/reduce.h"
#include "kernels/xsum.h"

void yoke__exact_begin(void *sum, const void *ctx) {
    (void)ctx;
    memset(sum, 0, sizeof(yoke_xsum));
}

void yoke__exact_merge(void *into, const void *from, const void *ctx) {
    (void)ctx;
    yoke_xsum_merge(into, from);
}

static void no_sums(void *acc, const void *ctx) {
    (void)ctx;
    memset(acc, 0, sizeof(yoke__exact_moments));
}

static void merge_sums(void *into, const void *from, const void *ctx) {
    const yoke__exact_moments *sums = from;
    yoke__exact_moments *all = into;
    (void)ctx;
    yoke_xsum_merge(&all->sum, &sums->sum);
    yoke_xsum_merge(&all->squares, &sums->squares);
}

#define FLOATING 0
#define S        i32
#define T        int32_t
#include "kernels/reduce_exact.inc.h"
#define S i64
#define T int64_t
#include "kernels/reduce_exact.inc.h"
#define S u32
#define T uint32_t
#include "kernels/reduce_exact.inc.h"
#define S u64
#define T uint64_t
#include "kernels/reduce_exact.inc.h"
#undef FLOATING
#define FLOATING 32
#define S        f32
#define T        float
#include "kernels/reduce_exact.inc.h"
#undef FLOATING
#define FLOATING 64
#define S        f64
#define T        double
#include "kernels/reduce_exact.inc.h"

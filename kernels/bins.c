/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins: what their bounds say is prepared here, once a call; items become numbers
 * (kernels/bins_type.inc.h), and numbers counts or sums.
 */
#include "kernels/bins.h"

#include <math.h>
#include <string.h>

#include "kernels/overlap.h"
#include "kernels/run.h"
#include "yoke/isa.h"
#include "yoke/memory.h"

static const yoke__bins_kernels *kernels_in_use(void) {
#if defined __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa == YOKE_ISA_AVX512) return &yoke__bins_avx512;
    if (isa == YOKE_ISA_AVX2) return &yoke__bins_avx2;
#endif
    return &yoke__bins_plain;
}

static int check_bins(size_t bins) {
    if (bins - 1 < YOKE__BINS_MOST) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "bins: there cannot be %zu of them", bins);
}

static int check_arrays(const void *from, size_t size, const void *to, size_t to_size) {
    if ((size && !from) || !to) return yoke_fail(YOKE_EINVAL, "bins: no array");
    if (yoke__overlap(from, size, to, to_size))
        return yoke_fail(YOKE_EINVAL, "bins: input and output overlap");
    return YOKE_OK;
}

/* Where width is a power of two of bins, the shift; otherwise bins / width * 2^128, rounded up, by
 * long division in base 2^64. */
static void divide_evenly(uint64_t bins, uint64_t width, uint64_t *factor, uint64_t *more,
                          int *shift) {
    __extension__ typedef unsigned __int128 wide;
    *shift = __builtin_ctzll(width) - __builtin_ctzll(bins);
    if (*shift >= 0 && width >> *shift == bins) return;
    *shift = -1;
    wide upper = (wide)bins << 64, rest = upper % width << 64;
    wide quotient = (upper / width << 64) + rest / width + 1;
    *factor = (uint64_t)(quotient >> 64);
    *more = (uint64_t)quotient;
}

static int count(const yoke__numbering *items, uint64_t *counts, yoke_bins_outside *outside,
                 const yoke_run *run) {
    uint64_t more[YOKE__BINS_MORE];
    YOKE_TRY(yoke__bins_count(items, counts, more, run));
    if (outside)
        *outside = (yoke_bins_outside){more[YOKE__BINS_BELOW], more[YOKE__BINS_ABOVE],
                                       more[YOKE__BINS_NAN]};
    return YOKE_OK;
}

#define S        i32
#define T        int32_t
#define FLOATING 0
#include "kernels/bins_face.inc.h"
#define S        i64
#define T        int64_t
#define FLOATING 0
#include "kernels/bins_face.inc.h"
#define S        u32
#define T        uint32_t
#define FLOATING 0
#include "kernels/bins_face.inc.h"
#define S        u64
#define T        uint64_t
#define FLOATING 0
#include "kernels/bins_face.inc.h"
#define S        f32
#define T        float
#define FLOATING 1
#include "kernels/bins_face.inc.h"
#define S        f64
#define T        double
#define FLOATING 1
#include "kernels/bins_face.inc.h"

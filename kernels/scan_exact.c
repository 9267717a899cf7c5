/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact scans. The fold of a block is an exact accumulator. Within a block the sum so far is two
 * doubles, as long as nothing is left of an addition to them (Knuth's TwoSum says what is); that
 * holds for numbers within some 100 binades. Otherwise the rest of the block, or of the segment in
 * it, goes through the accumulator item by item.
 */
#include "kernels/scan_exact.h"

#include <math.h>

#include "kernels/offsets.h"
#include "kernels/scan_block.h"
#include "kernels/xsum.h"

/* ---- where segments begin ---- */

/* The first start in begin to end - 1, or end. */
static size_t next_start(const yoke__scan_items *s, size_t begin, size_t end) {
    if (s->starts) {
        while (begin < end && !s->starts[begin]) begin++;
        return begin;
    }
    if (!s->offsets) return end;
    size_t next = yoke__offsets_from(s->offsets, s->count, s->offsets[0] + begin);
    size_t start = next < s->count ? s->offsets[next] - s->offsets[0] : end;
    return start < end ? start : end;
}

/* The last one; end when there is none. */
static size_t last_start(const yoke__scan_items *s, size_t begin, size_t end) {
    size_t at = end;
    if (s->starts) {
        while (at > begin && !s->starts[at - 1]) at--;
        return at > begin ? at - 1 : end;
    }
    size_t next = s->offsets ? yoke__offsets_from(s->offsets, s->count, s->offsets[0] + end) : 0;
    size_t start = next ? s->offsets[next - 1] - s->offsets[0] : 0;
    return next && start >= begin ? start : end;
}

/* ---- folds of blocks ---- */

typedef struct fold {
    yoke_xsum sum; /* since the last start */
    bool starts;   /* whether there is one */
} fold;

static void add_items_f64(yoke_xsum *sum, const double *in, size_t n) {
    yoke_xsum_add_array(sum, in, n);
}

static void add_items_f32(yoke_xsum *sum, const float *in, size_t n) {
    enum { TOGETHER = 512 };
    double wide[TOGETHER];
    for (size_t count; n; in += count, n -= count) {
        count = n < TOGETHER ? n : TOGETHER;
        for (size_t i = 0; i < count; i++) wide[i] = (double)in[i];
        yoke_xsum_add_array(sum, wide, count);
    }
}

static void combine(void *into, const void *from, const void *ctx) {
    fold *a = into;
    const fold *b = ((void)ctx, from);
    if (b->starts)
        *a = *b;
    else
        yoke_xsum_merge(&a->sum, &b->sum);
}

/* ---- the sum so far ---- */

typedef struct running {
    double high, low; /* their sum is that of the items; with `wide` it is that rounded, and what is
                         missing, rounded (0 unless it is asked for) */
    bool wide;        /* then all of it is in: */
    yoke_xsum sum;
} running;

/* a + b = *sum + what is returned, which is a NaN when it overflows. */
static inline double two_sum(double a, double b, double *sum) {
    double s = a + b, part = s - a;
    *sum = s;
    return (a - (s - part)) + (b - part);
}

/* Adds x where nothing is lost; else returns false and changes nothing. */
static inline bool add_narrow(double *high, double *low, double x) {
    double a, b;
    double rest = two_sum(*low, two_sum(*high, x, &a), &b);
    if (!(rest == 0)) return false;
    *high = a, *low = b;
    return true;
}

static void widen(running *r) {
    r->sum = (yoke_xsum){0};
    yoke_xsum_add(&r->sum, r->high);
    yoke_xsum_add(&r->sum, r->low);
    r->wide = true;
}

static void add_wide(running *r, double x, bool with_low) {
    yoke_xsum_add(&r->sum, x);
    r->high = yoke_xsum_value(&r->sum);
    r->low = with_low ? yoke__xsum_missing(&r->sum, r->high) : 0;
}

static void begin_after(running *r, const fold *before, bool with_low) {
    r->high = r->low = 0;
    r->wide = false;
    if (!before) return;
    r->high = yoke_xsum_value(&before->sum);
    r->low = yoke__xsum_missing(&before->sum, r->high);
    yoke_xsum rest = before->sum;
    yoke_xsum_add(&rest, -r->high);
    yoke_xsum_add(&rest, -r->low);
    if (isfinite(r->high) && yoke_xsum_value(&rest) == 0) return;
    r->sum = before->sum;
    r->wide = true;
    if (!with_low) r->low = 0;
}

static inline double shown_f64(double high, double low) { return high + low; }
static inline float shown_f32(double high, double low) {
    double sum, rest = two_sum(high, low, &sum);
    return yoke__round_to_float(sum, rest);
}

/* ---- scanning a block ---- */

#define TEMPLATE "kernels/scan_exact.inc.h"
#include "kernels/each_float.inc.h"

int yoke__scan_exact(const yoke__scan_items *items, void *out, size_t n, size_t size,
                     bool exclusive, const yoke_run *run) {
    static const yoke_scanner scanners[2][2] = {
        {{sizeof(fold), YOKE__SCAN_GRAIN, total_f32, combine, inclusive_f32, NULL},
         {sizeof(fold), YOKE__SCAN_GRAIN, total_f32, combine, exclusive_f32, NULL}},
        {{sizeof(fold), YOKE__SCAN_GRAIN, total_f64, combine, inclusive_f64, NULL},
         {sizeof(fold), YOKE__SCAN_GRAIN, total_f64, combine, exclusive_f64, NULL}}};
    return yoke_scan(&scanners[size == sizeof(double)][exclusive], items, out, n, run);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact reductions of one type. kernels/reduce_exact.c defines, and this file takes back,
 *     S, T      suffix and type (yoke/typed.h)
 *     FLOATING  its bits when T is a floating-point number, else 0
 */
#define PASTE__(a, b) a##_##b
#define PASTE_(a, b)  PASTE__(a, b)
#define NAME(x)       PASTE_(x, S)

#if FLOATING != 64
/* Items as doubles. */
static const double *NAME(doubles_of)(const T *x, size_t n, double *buffer) {
    for (size_t i = 0; i < n; i++) buffer[i] = (double)x[i];
    return buffer;
}
#endif

static void NAME(sums_block)(void *acc, const void *items, size_t begin, size_t end,
                             const void *ctx) {
    yoke__exact_moments *sums = acc;
    const T *x = items;
    (void)ctx;
#if FLOATING == 64
    yoke__xsum_add_moments(&sums->sum, &sums->squares, x + begin, end - begin);
#else
    double buffer[YOKE__XSUM_TILE];
    for (; begin < end; begin += YOKE__XSUM_TILE) {
        size_t n = end - begin < YOKE__XSUM_TILE ? end - begin : YOKE__XSUM_TILE;
        yoke__xsum_add_moments(&sums->sum, &sums->squares, NAME(doubles_of)(x + begin, n, buffer),
                               n);
    }
#endif
}

int NAME(yoke__exact_sums)(const T *x, size_t n, yoke__exact_moments *result, const yoke_run *run) {
    YOKE__KERNEL;
    yoke_reducer r = {sizeof *result, 0, no_sums, NAME(sums_block), merge_sums, NULL, true};
    return yoke__reduce_range(&r, x, 0, n, result, run);
}

#if FLOATING
static void NAME(sum_block)(void *acc, const void *items, size_t begin, size_t end,
                            const void *ctx) {
    (void)ctx;
#if FLOATING == 64
    yoke_xsum_add_array(acc, (const double *)items + begin, end - begin);
#else
    double buffer[YOKE__XSUM_TILE];
    for (; begin < end; begin += YOKE__XSUM_TILE) {
        size_t n = end - begin < YOKE__XSUM_TILE ? end - begin : YOKE__XSUM_TILE;
        yoke_xsum_add_array(acc, NAME(doubles_of)((const T *)items + begin, n, buffer), n);
    }
#endif
}

static int NAME(total)(void (*block)(void *, const void *, size_t, size_t, const void *),
                       const void *items, size_t n, yoke_xsum *sum, const yoke_run *run) {
    yoke_reducer r = {sizeof *sum, 0, yoke__exact_begin, block, yoke__exact_merge, NULL, true};
    return yoke__reduce_range(&r, items, 0, n, sum, run);
}

int NAME(yoke__exact_sum)(const T *x, size_t n, double *result, const yoke_run *run) {
    YOKE__KERNEL;
    yoke_xsum sum;
    YOKE_TRY(NAME(total)(NAME(sum_block), x, n, &sum, run));
    *result = yoke_xsum_value(&sum);
    return YOKE_OK;
}

static void NAME(dot_block)(void *acc, const void *items, size_t begin, size_t end,
                            const void *ctx) {
    const NAME(yoke__pair) *of = items;
    (void)ctx;
#if FLOATING == 64
    yoke_xsum_add_products(acc, of->x + begin, of->y + begin, end - begin);
#else
    double buffers[2][YOKE__XSUM_TILE];
    for (; begin < end; begin += YOKE__XSUM_TILE) {
        size_t n = end - begin < YOKE__XSUM_TILE ? end - begin : YOKE__XSUM_TILE;
        yoke_xsum_add_products(acc, NAME(doubles_of)(of->x + begin, n, buffers[0]),
                               NAME(doubles_of)(of->y + begin, n, buffers[1]), n);
    }
#endif
}

int NAME(yoke__exact_dot)(const T *x, const T *y, size_t n, double *result, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(yoke__pair) of = {x, y};
    yoke_xsum sum;
    YOKE_TRY(NAME(total)(NAME(dot_block), &of, n, &sum, run));
    *result = yoke_xsum_value(&sum);
    return YOKE_OK;
}

int NAME(yoke__exact_norm)(const T *x, size_t n, double *result, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(yoke__pair) of = {x, x};
    yoke_xsum sum;
    YOKE_TRY(NAME(total)(NAME(dot_block), &of, n, &sum, run));
    *result = yoke__exact_root(&sum);
    return YOKE_OK;
}
#endif

#undef NAME
#undef PASTE_
#undef PASTE__
#undef S
#undef T

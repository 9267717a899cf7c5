/* SPDX-License-Identifier: Apache-2.0
 *
 * The reductions of one type. kernels/reduce_typed.c defines, and this file takes back,
 *     S, T, W   suffix, type and wide type (yoke/typed.h)
 *     FLOATING  whether T is a floating-point number
 */
#define PASTE__(a, b)      a##_##b
#define PASTE_(a, b)       PASTE__(a, b)
#define NAME(x)            PASTE_(x, S)
#define OPS(ctx)           (&((const yoke__reduce_ops *)(ctx))->S)
#define CALL__(a, b)       #a "_" #b
#define CALL_(a, b)        CALL__(a, b)
#define CALL(x)            CALL_(x, S) /* "yoke_sum_f64" */
#define TOLD(status, call) yoke__told(status, run, CALL(call), result, sizeof *result)

/* Integers have the same bits in blocks of any size. */
static inline size_t NAME(grain)(size_t n) {
    return FLOATING ? 0 : yoke__free_size(yoke__reduce_grain(n));
}

static void NAME(zero)(void *acc, const void *ctx) { *(W *)acc = ((void)ctx, (W)0); }
static void NAME(one)(void *acc, const void *ctx) { *(W *)acc = ((void)ctx, (W)1); }
static void NAME(add)(void *into, const void *from, const void *ctx) {
    *(YOKE__RING(W) *)into += ((void)ctx, *(const YOKE__RING(W) *)from);
}
static void NAME(times)(void *into, const void *from, const void *ctx) {
    *(YOKE__RING(W) *)into *= ((void)ctx, *(const YOKE__RING(W) *)from);
}

static void NAME(sum_block)(void *acc, const void *x, size_t begin, size_t end, const void *ctx) {
    *(W *)acc = OPS(ctx)->sum((const T *)x + begin, end - begin);
}

int NAME(yoke_sum)(const T *x, size_t n, W *result, const yoke_run *run) {
    YOKE__KERNEL;
#if FLOATING
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return TOLD(NAME(yoke__exact_sum)(x, n, result, run), yoke_sum);
#endif
    yoke_reducer r = {.acc_size = sizeof(W),
                      .grain = NAME(grain)(n),
                      .init = NAME(zero),
                      .block = NAME(sum_block),
                      .combine = NAME(add),
                      .ctx = yoke__reduce_in_use()};
    return TOLD(yoke__reduce_range(&r, x, 0, n, result, run), yoke_sum);
}

static void NAME(product_block)(void *acc, const void *x, size_t begin, size_t end,
                                const void *ctx) {
    *(W *)acc = OPS(ctx)->product((const T *)x + begin, end - begin);
}

int NAME(yoke_product)(const T *x, size_t n, W *result, const yoke_run *run) {
    YOKE__KERNEL;
#if FLOATING
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return TOLD(NAME(yoke__exact_product)(x, n, result, run), yoke_product);
#endif
    yoke_reducer r = {.acc_size = sizeof(W),
                      .grain = NAME(grain)(n),
                      .init = NAME(one),
                      .block = NAME(product_block),
                      .combine = NAME(times),
                      .ctx = yoke__reduce_in_use()};
    return TOLD(yoke__reduce_range(&r, x, 0, n, result, run), yoke_product);
}

static void NAME(dot_block)(void *acc, const void *items, size_t begin, size_t end,
                            const void *ctx) {
    const NAME(yoke__pair) *of = items;
    *(W *)acc = OPS(ctx)->dot(of->x + begin, of->y + begin, end - begin);
}

int NAME(yoke_dot)(const T *x, const T *y, size_t n, W *result, const yoke_run *run) {
    YOKE__KERNEL;
#if FLOATING
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return TOLD(NAME(yoke__exact_dot)(x, y, n, result, run), yoke_dot);
#endif
    NAME(yoke__pair) of = {x, y};
    yoke_reducer r = {.acc_size = sizeof(W),
                      .grain = NAME(grain)(n),
                      .init = NAME(zero),
                      .block = NAME(dot_block),
                      .combine = NAME(add),
                      .ctx = yoke__reduce_in_use()};
    return TOLD(yoke__reduce_range(&r, &of, 0, n, result, run), yoke_dot);
}

/* ---- the smallest and the largest ---- */

/* Whether b takes the place of a: NaN before all, -0 below +0. */
static inline bool NAME(is_smaller)(T a, T b) {
#if FLOATING
    if (a != a || b != b) return a == a;
    if (a == b) return signbit(b) && !signbit(a);
#endif
    return b < a;
}
static inline bool NAME(is_larger)(T a, T b) {
#if FLOATING
    if (a != a || b != b) return a == a;
    if (a == b) return signbit(a) && !signbit(b);
#endif
    return b > a;
}

static void NAME(min_combine)(void *into, const void *from, const void *ctx) {
    (void)ctx;
    if (NAME(is_smaller)(*(T *)into, *(const T *)from)) *(T *)into = *(const T *)from;
}
static void NAME(max_combine)(void *into, const void *from, const void *ctx) {
    (void)ctx;
    if (NAME(is_larger)(*(T *)into, *(const T *)from)) *(T *)into = *(const T *)from;
}
static void NAME(no_identity)(void *acc, const void *ctx) { *(T *)acc = ((void)ctx, (T)0); }
static void NAME(min_block)(void *acc, const void *x, size_t begin, size_t end, const void *ctx) {
    *(T *)acc = OPS(ctx)->min((const T *)x + begin, end - begin);
}
static void NAME(max_block)(void *acc, const void *x, size_t begin, size_t end, const void *ctx) {
    *(T *)acc = OPS(ctx)->max((const T *)x + begin, end - begin);
}

static yoke_reducer NAME(extreme)(bool largest) {
    return (yoke_reducer){.acc_size = sizeof(T),
                          .init = NAME(no_identity),
                          .block = largest ? NAME(max_block) : NAME(min_block),
                          .combine = largest ? NAME(max_combine) : NAME(min_combine),
                          .ctx = yoke__reduce_in_use()};
}

int NAME(yoke_min)(const T *x, size_t n, T *result, const yoke_run *run) {
    YOKE__KERNEL;
    if (!n) return yoke_fail(YOKE_EINVAL, "no items have no minimum");
    yoke_reducer r = NAME(extreme)(false);
    return TOLD(yoke__reduce_range(&r, x, 0, n, result, run), yoke_min);
}

int NAME(yoke_max)(const T *x, size_t n, T *result, const yoke_run *run) {
    YOKE__KERNEL;
    if (!n) return yoke_fail(YOKE_EINVAL, "no items have no maximum");
    yoke_reducer r = NAME(extreme)(true);
    return TOLD(yoke__reduce_range(&r, x, 0, n, result, run), yoke_max);
}

/* The extreme of each block is kept, and only the first block that has the extreme of all is
 * searched for its place. */
typedef struct NAME(places) {
    const T *x;
    const yoke_reducer *r;
    T *extremes;
} NAME(places);

static int NAME(note_extreme)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const NAME(places) *p = ctx;
    (void)member;
    p->r->block(&p->extremes[index], p->x, begin, end, p->r->ctx);
    return YOKE_OK;
}

static inline bool NAME(same)(T a, T b) {
#if FLOATING
    if (a != a) return b != b;
#endif
    return a == b;
}

static size_t NAME(find)(const T *x, size_t n, T value) {
    size_t i = 0;
    while (i < n && !NAME(same)(x[i], value)) i++;
    return i;
}

static int NAME(arg_extreme)(const T *x, size_t n, const yoke_reducer *r, size_t *result,
                             const yoke_run *run) {
    size_t grain = yoke__reduce_grain(n), blocks = yoke__block_count(n, grain);
    yoke__work work;
    if (!n) return yoke_fail(YOKE_EINVAL, "no items have no extreme");
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__work_open(&work, run, blocks * sizeof(T)));
    NAME(places) p = {x, r, work.memory};
    int status = yoke__run_blocks(run, n, grain, NAME(note_extreme), &p);
    if (status == YOKE_OK) {
        T best = p.extremes[0];
        for (size_t i = 1; i < blocks; i++) r->combine(&best, &p.extremes[i], NULL);
        size_t begin = NAME(find)(p.extremes, blocks, best) * grain;
        *result = begin + NAME(find)(x + begin, n - begin, best);
    }
    yoke__work_close(&work);
    return status;
}

int NAME(yoke_argmin)(const T *x, size_t n, size_t *result, const yoke_run *run) {
    YOKE__KERNEL;
    yoke_reducer r = NAME(extreme)(false);
    return TOLD(NAME(arg_extreme)(x, n, &r, result, run), yoke_argmin);
}

int NAME(yoke_argmax)(const T *x, size_t n, size_t *result, const yoke_run *run) {
    YOKE__KERNEL;
    yoke_reducer r = NAME(extreme)(true);
    return TOLD(NAME(arg_extreme)(x, n, &r, result, run), yoke_argmax);
}

/* ---- counts ---- */

typedef struct NAME(wanted) {
    const T *x;
    T value;
} NAME(wanted);

static void NAME(count_block)(void *acc, const void *items, size_t begin, size_t end,
                              const void *ctx) {
    const NAME(wanted) *of = items;
    *(uint64_t *)acc = OPS(ctx)->count_equal(of->x + begin, end - begin, of->value);
}

int NAME(yoke_count_equal)(const T *x, size_t n, T value, size_t *result, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(wanted) of = {x, value};
    yoke_reducer r = {.acc_size = sizeof(uint64_t),
                      .init = count_zero,
                      .block = NAME(count_block),
                      .combine = count_add,
                      .ctx = yoke__reduce_in_use()};
    uint64_t count;
    YOKE_TRY(yoke__reduce_range(&r, &of, 0, n, &count, run));
    *result = (size_t)count;
    YOKE__TELL(YOKE_OK, run, CALL(yoke_count_equal), result, sizeof *result);
    return YOKE_OK;
}

/* ---- moments ---- */

static void NAME(moments_block)(void *acc, const void *items, size_t begin, size_t end,
                                const void *ctx) {
    const T *x = items;
    for (; begin < end; begin += YOKE__MOMENTS_TILE) {
        size_t n = end - begin < YOKE__MOMENTS_TILE ? end - begin : YOKE__MOMENTS_TILE;
        yoke_moments tile;
        OPS(ctx)->moments(x + begin, n, &tile);
        yoke_moments_combine(acc, &tile);
    }
}

static int NAME(exact_moments)(const T *x, size_t n, yoke_moments *result, const yoke_run *run) {
    yoke__exact_moments sums;
    YOKE_TRY(NAME(yoke__exact_sums)(x, n, &sums, run));
    *result = (yoke_moments){n, yoke__exact_mean(&sums.sum, n),
                             yoke__exact_deviations(&sums.sum, &sums.squares, n)};
    return YOKE_OK;
}

int NAME(yoke_mean_variance)(const T *x, size_t n, yoke_moments *result, const yoke_run *run) {
    YOKE__KERNEL;
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT)
        return TOLD(NAME(exact_moments)(x, n, result, run), yoke_mean_variance);
    yoke_reducer r = {.acc_size = sizeof(yoke_moments),
                      .init = no_moments,
                      .block = NAME(moments_block),
                      .combine = combine_moments,
                      .ctx = yoke__reduce_in_use()};
    return TOLD(yoke__reduce_range(&r, x, 0, n, result, run), yoke_mean_variance);
}

#undef NAME
#undef PASTE_
#undef PASTE__
#undef OPS
#undef CALL__
#undef CALL_
#undef CALL
#undef TOLD
#undef S
#undef T
#undef W

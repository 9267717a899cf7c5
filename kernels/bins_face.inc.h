/* SPDX-License-Identifier: Apache-2.0
 *
 * Bins of items of one type: checks, preparation, and the public functions. Whoever includes this
 * defines S and T, suffix and type, and FLOATING, whether it is a floating-point type.
 */
#define PASTE__(a, b) a##_##b
#define PASTE_(a, b)  PASTE__(a, b)
#define NAME(x)       PASTE_(x, S)
#define BINS          NAME(yoke__bins)

/* The items beside their bins. */
typedef struct NAME(numbered) {
    BINS of;
    const T *from;
    void (*number)(const BINS *of, const T *from, size_t n, uint32_t *number);
} NAME(numbered);

static void NAME(number)(const void *ctx, size_t begin, size_t end, uint32_t *number) {
    const NAME(numbered) *n = ctx;
    n->number(&n->of, n->from + begin, end - begin, number);
}

static yoke__numbering NAME(numbering)(const NAME(numbered) * numbered, size_t n) {
    const char *from = (const char *)numbered->from;
    return (yoke__numbering){NAME(number), numbered, from, sizeof(T), n, numbered->of.bins};
}

static int NAME(prepare_even)(T low, T high, size_t bins, BINS *of) {
    YOKE_TRY(check_bins(bins));
    if (!(low < high)) return yoke_fail(YOKE_EINVAL, "bins: there is nothing between the bounds");
    *of = (BINS){.bins = (uint32_t)bins, .low = low, .high = high};
#if FLOATING
    double width = high; /* as doubles */
    width -= low;
    of->scale = (double)bins / width;
    if (!isfinite(width) || !isfinite(of->scale))
        return yoke_fail(YOKE_EINVAL, "bins: bounds must be finite and not too close together");
    return YOKE_OK;
#else
    uint64_t width = high; /* modulo 2^64 */
    width -= low;
    if (bins > width) return yoke_fail(YOKE_EINVAL, "bins: more bins than integers");
    divide_evenly(bins, width, &of->factor, &of->more, &of->shift);
    return YOKE_OK;
#endif
}

int NAME(yoke_bins_even)(const T *from, size_t n, T low, T high, size_t bins, uint64_t *counts,
                         yoke_bins_outside *outside, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(numbered) items = {.from = from, .number = kernels_in_use()->NAME(even)};
    YOKE_TRY(NAME(prepare_even)(low, high, bins, &items.of));
    YOKE_TRY(check_arrays(from, n * sizeof *from, counts, bins * sizeof *counts));
    yoke__numbering numbering = NAME(numbering)(&items, n);
    return yoke__told(count(&numbering, counts, outside, run), run, __func__, counts,
                      bins * sizeof *counts);
}

int NAME(yoke_bins_even_weighted)(const T *from, const double *weights, size_t n, T low, T high,
                                  size_t bins, double *sums, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(numbered) items = {.from = from, .number = kernels_in_use()->NAME(even)};
    YOKE_TRY(NAME(prepare_even)(low, high, bins, &items.of));
    YOKE_TRY(check_arrays(from, n * sizeof *from, sums, bins * sizeof *sums));
    YOKE_TRY(check_arrays(weights, n * sizeof *weights, sums, bins * sizeof *sums));
    yoke__numbering numbering = NAME(numbering)(&items, n);
    return yoke__told(yoke__bins_weigh(&numbering, weights, sums, run), run, __func__, sums,
                      bins * sizeof *sums);
}

static int NAME(check_bounds)(const T *bounds, size_t bins) {
    YOKE_TRY(check_bins(bins));
    if (!bounds) return yoke_fail(YOKE_EINVAL, "bins: no bounds");
    for (size_t i = 0; i < bins; i++)
        if (!(bounds[i] <= bounds[i + 1]))
            return yoke_fail(YOKE_EINVAL, "bins: bound %zu is not above or equal to bound %zu",
                             i + 1, i);
    return YOKE_OK;
}

/* Bounds for the search, padded; to be freed. */
static int NAME(prepare_ranges)(const T *bounds, size_t bins, BINS *of) {
    size_t step = 1;
    YOKE_TRY(NAME(check_bounds)(bounds, bins));
    while (2 * step - 1 < bins + 1) step *= 2;
    T *padded = yoke_aligned_alloc((2 * step - 1) * sizeof *padded);
    if (!padded) return yoke_fail(YOKE_ENOMEM, "bins: no memory for %zu bounds", bins + 1);
    memcpy(padded, bounds, (bins + 1) * sizeof *padded);
    for (size_t i = bins + 1; i < 2 * step - 1; i++) padded[i] = bounds[bins];
    *of = (BINS){.bins = (uint32_t)bins, .low = bounds[0], .high = bounds[bins]};
    of->bounds = padded;
    of->step = (uint32_t)step;
    return YOKE_OK;
}

int NAME(yoke_bins_ranges)(const T *from, size_t n, const T *bounds, size_t bins, uint64_t *counts,
                           yoke_bins_outside *outside, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(numbered) items = {.from = from, .number = kernels_in_use()->NAME(ranges)};
    YOKE_TRY(check_arrays(from, n * sizeof *from, counts, bins * sizeof *counts));
    YOKE_TRY(NAME(prepare_ranges)(bounds, bins, &items.of));
    yoke__numbering numbering = NAME(numbering)(&items, n);
    int status = count(&numbering, counts, outside, run);
    yoke_aligned_free((T *)items.of.bounds);
    return yoke__told(status, run, __func__, counts, bins * sizeof *counts);
}

int NAME(yoke_bins_ranges_weighted)(const T *from, const double *weights, size_t n, const T *bounds,
                                    size_t bins, double *sums, const yoke_run *run) {
    YOKE__KERNEL;
    NAME(numbered) items = {.from = from, .number = kernels_in_use()->NAME(ranges)};
    YOKE_TRY(check_arrays(from, n * sizeof *from, sums, bins * sizeof *sums));
    YOKE_TRY(check_arrays(weights, n * sizeof *weights, sums, bins * sizeof *sums));
    YOKE_TRY(NAME(prepare_ranges)(bounds, bins, &items.of));
    yoke__numbering numbering = NAME(numbering)(&items, n);
    int status = yoke__bins_weigh(&numbering, weights, sums, run);
    yoke_aligned_free((T *)items.of.bounds);
    return yoke__told(status, run, __func__, sums, bins * sizeof *sums);
}

#undef PASTE__
#undef PASTE_
#undef NAME
#undef BINS
#undef S
#undef T
#undef FLOATING

/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact scans of a block for one type (kernels/template.h).
 */
/* NOLINTBEGIN(misc-redundant-expression): for some types */

static void NAME(total)(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    const yoke__scan_items *s = ((void)ctx, in);
    size_t start = last_start(s, begin, end);
    fold *f = acc;
    *f = (fold){.starts = start < end};
    if (f->starts) begin = start;
    NAME(add_items)(&f->sum, (const T *)s->in + begin, end - begin);
}

/* The items that two doubles hold the sums of; how many. */
static inline size_t NAME(narrow)(running *r, const T *in, T *out, size_t n, bool exclusive) {
    double high = r->high, low = r->low;
    size_t i = 0;
    for (; i < n; i++) {
        T last = NAME(shown)(high, low);
        if (!add_narrow(&high, &low, (double)in[i])) break;
        out[i] = exclusive ? last : NAME(shown)(high, low);
    }
    r->high = high, r->low = low;
    return i;
}

static inline void NAME(part)(running *r, const T *in, T *out, size_t n, bool exclusive) {
    size_t i = r->wide ? 0 : NAME(narrow)(r, in, out, n, exclusive);
    if (i < n && !r->wide) widen(r);
    for (; i < n; i++) {
        T last = NAME(shown)(r->high, r->low);
        add_wide(r, (double)in[i], sizeof(T) < sizeof(double));
        out[i] = exclusive ? last : NAME(shown)(r->high, r->low);
    }
}

static inline void NAME(block)(const void *before, const yoke__scan_items *s, T *out, size_t begin,
                               size_t end, bool exclusive) {
    running r;
    size_t stop = next_start(s, begin, end);
    begin_after(&r, before, sizeof(T) < sizeof(double));
    NAME(part)(&r, (const T *)s->in + begin, out + begin, stop - begin, exclusive);
    while ((begin = stop) < end) {
        stop = next_start(s, begin + 1, end);
        begin_after(&r, NULL, false);
        NAME(part)(&r, (const T *)s->in + begin, out + begin, stop - begin, exclusive);
    }
}

static void NAME(inclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    NAME(block)(((void)ctx, before), in, out, begin, end, false);
}

static void NAME(exclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    NAME(block)(((void)ctx, before), in, out, begin, end, true);
}

/* NOLINTEND(misc-redundant-expression) */

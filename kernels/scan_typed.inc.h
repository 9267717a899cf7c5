/* SPDX-License-Identifier: Apache-2.0
 *
 * Scanners for one type (kernels/template.h).
 */
#define RING    YOKE__SCAN_RING(W)
#define MARKED  NAME(marked)
#define SEGMENT NAME(segment)

static void NAME(total)(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    size_t n = (end - begin) / YOKE__SCAN_GROUP * YOKE__SCAN_GROUP; /* of the last: not used */
    *(W *)acc = ((void)ctx, YOKE_ISA_CHOOSE(NAME(yoke__scan_total))((const T *)in + begin, n));
}

static void NAME(combine)(void *into, const void *from, const void *ctx) {
    *(RING *)into += ((void)ctx, *(const RING *)from);
}

static void NAME(inclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    (void)ctx;
    YOKE_ISA_CHOOSE(NAME(yoke__scan_block))
    (before ? *(const W *)before : 0, (const T *)in + begin, (T *)out + begin, end - begin, false);
}

static void NAME(exclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    (void)ctx;
    YOKE_ISA_CHOOSE(NAME(yoke__scan_block))
    (before ? *(const W *)before : 0, (const T *)in + begin, (T *)out + begin, end - begin, true);
}

static int NAME(sums)(const T *in, T *out, size_t n, bool exclusive, const yoke_run *run) {
    yoke_scanner s = {sizeof(W),
                      YOKE__SCAN_GRAIN,
                      NAME(total),
                      NAME(combine),
                      exclusive ? NAME(exclusive) : NAME(inclusive),
                      NULL};
    yoke__scan_items items = {.in = in};
    YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));
    if (YOKE__SCAN_EXACTLY(T, run))
        return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);
    return yoke_scan(&s, in, out, n, run);
}

int NAME(yoke_inclusive_scan)(const T *in, T *out, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return yoke__told(NAME(sums)(in, out, n, false, run), run, __func__, out, n * sizeof *out);
}

int NAME(yoke_exclusive_scan)(const T *in, T *out, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return yoke__told(NAME(sums)(in, out, n, true, run), run, __func__, out, n * sizeof *out);
}

/* ---- segmented ----
 *
 * The fold of a block is the sum since the last start in it, and whether there is one. */

typedef struct SEGMENT {
    RING sum;
    bool starts;
} SEGMENT;

typedef struct MARKED {
    const T *in;
    const uint8_t *starts;
} MARKED;

static inline void NAME(add)(SEGMENT *s, const MARKED *m, size_t i) {
    s->starts |= m->starts[i] != 0;
    s->sum = (m->starts[i] ? 0 : s->sum) + (RING)m->in[i];
}

static void NAME(segment_total)(void *acc, const void *in, size_t begin, size_t end,
                                const void *ctx) {
    SEGMENT s = {0, ((void)ctx, false)};
    for (; begin < end; begin++) NAME(add)(&s, in, begin);
    *(SEGMENT *)acc = s;
}

static void NAME(segment_combine)(void *into, const void *from, const void *ctx) {
    SEGMENT *a = into;
    const SEGMENT *b = from;
    (void)ctx;
    a->sum = b->starts ? b->sum : a->sum + b->sum;
    a->starts |= b->starts;
}

static inline T NAME(shown)(const SEGMENT *before, const SEGMENT *s) {
    return (T)(before && !s->starts ? before->sum + s->sum : s->sum);
}

static void NAME(segment_inclusive)(const void *before, const void *in, void *out, size_t begin,
                                    size_t end, const void *ctx) {
    SEGMENT s = {0, ((void)ctx, false)};
    for (; begin < end; begin++) {
        NAME(add)(&s, in, begin);
        ((T *)out)[begin] = NAME(shown)(before, &s);
    }
}

static void NAME(segment_exclusive)(const void *before, const void *in, void *out, size_t begin,
                                    size_t end, const void *ctx) {
    const MARKED *m = in;
    SEGMENT s = {0, ((void)ctx, false)};
    for (; begin < end; begin++) {
        T sum = m->starts[begin] ? 0 : NAME(shown)(before, &s);
        NAME(add)(&s, in, begin);
        ((T *)out)[begin] = sum;
    }
}

static int NAME(segmented)(const T *in, const uint8_t *starts, T *out, size_t n, bool exclusive,
                           const yoke_run *run) {
    MARKED m = {in, starts};
    yoke_scanner s = {sizeof(SEGMENT),
                      YOKE__SCAN_GRAIN,
                      NAME(segment_total),
                      NAME(segment_combine),
                      exclusive ? NAME(segment_exclusive) : NAME(segment_inclusive),
                      NULL};
    yoke__scan_items items = {.in = in, .starts = starts};
    YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));
    if (YOKE__SCAN_EXACTLY(T, run))
        return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);
    return yoke_scan(&s, &m, out, n, run);
}

int NAME(yoke_segmented_inclusive_scan)(const T *in, const uint8_t *starts, T *out, size_t n,
                                        const yoke_run *run) {
    YOKE__KERNEL;
    return yoke__told(NAME(segmented)(in, starts, out, n, false, run), run, __func__, out,
                      n * sizeof *out);
}

int NAME(yoke_segmented_exclusive_scan)(const T *in, const uint8_t *starts, T *out, size_t n,
                                        const yoke_run *run) {
    YOKE__KERNEL;
    return yoke__told(NAME(segmented)(in, starts, out, n, true, run), run, __func__, out,
                      n * sizeof *out);
}

#undef RING
#undef MARKED
#undef SEGMENT

/* SPDX-License-Identifier: Apache-2.0
 *
 * Segmented scans by offsets for one type (kernels/template.h).
 */
#define RING    YOKE__SCAN_RING(W)
#define SEGMENT NAME(segment)

typedef struct SEGMENT {
    RING sum;    /* since the last start in a block */
    bool starts; /* whether there is one */
} SEGMENT;

static void NAME(total)(void *acc, const void *in, size_t begin, size_t end, const void *ctx) {
    const segments *s = ((void)ctx, in);
    size_t last = segment_from(s, end), from = begin; /* behind the last start */
    SEGMENT fold = {0, last > 0 && s->offsets[last - 1] - s->base >= begin};
    if (fold.starts) from = s->offsets[last - 1] - s->base;
    for (; from < end; from++) fold.sum += (RING)((const T *)s->in)[from];
    *(SEGMENT *)acc = fold;
}

static void NAME(combine)(void *into, const void *from, const void *ctx) {
    SEGMENT *a = into;
    const SEGMENT *b = ((void)ctx, from);
    a->sum = b->starts ? b->sum : a->sum + b->sum;
    a->starts |= b->starts;
}

static inline void NAME(scan_part)(RING before, const T *in, T *out, size_t n, bool exclusive) {
    RING sum = 0;
    for (size_t i = 0; i < n; i++) {
        RING last = sum;
        sum += (RING)in[i];
        out[i] = (T)(before + (exclusive ? last : sum));
    }
}

static inline void NAME(scan)(const SEGMENT *before, const segments *s, T *out, size_t begin,
                              size_t end, bool exclusive) {
    size_t next = segment_from(s, begin);
    RING sum = before && !is_start(s, next, begin) ? before->sum : 0;
    for (size_t stop; begin < end; begin = stop, sum = 0) {
        next = pass(s, next, begin);
        stop = part_end(s, next, end);
        NAME(scan_part)(sum, (const T *)s->in + begin, out + begin, stop - begin, exclusive);
    }
}

static void NAME(inclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    NAME(scan)(((void)ctx, before), in, out, begin, end, false);
}

static void NAME(exclusive)(const void *before, const void *in, void *out, size_t begin, size_t end,
                            const void *ctx) {
    NAME(scan)(((void)ctx, before), in, out, begin, end, true);
}

static int NAME(scan_segments)(const T *in, const size_t *offsets, size_t count, T *out,
                               bool exclusive, const yoke_run *run) {
    yoke_scanner scanner = {sizeof(SEGMENT),
                            YOKE__SCAN_GRAIN,
                            NAME(total),
                            NAME(combine),
                            exclusive ? NAME(exclusive) : NAME(inclusive),
                            NULL};
    YOKE_TRY(yoke__offsets_check(offsets, count, run));
    size_t base = count ? offsets[0] : 0, n = count ? offsets[count] - base : 0;
    if (n) in += base, out += base;
    segments s = {in, offsets, count, base};
    yoke__scan_items items = {.in = in, .offsets = offsets, .count = count};
    YOKE_TRY(yoke__scan_check(in, out, n * sizeof(T)));
    if (YOKE__SCAN_EXACTLY(T, run))
        return yoke__scan_exact(&items, out, n, sizeof(T), exclusive, run);
    return yoke_scan(&scanner, &s, out, n, run);
}

int NAME(yoke_inclusive_scan_segments)(const T *in, const size_t *offsets, size_t count, T *out,
                                       const yoke_run *run) {
    YOKE__KERNEL;
    int status = NAME(scan_segments)(in, offsets, count, out, false, run);
    if (count)
        YOKE__TELL(status, run, __func__, out + offsets[0],
                   (offsets[count] - offsets[0]) * sizeof *out);
    return status;
}

int NAME(yoke_exclusive_scan_segments)(const T *in, const size_t *offsets, size_t count, T *out,
                                       const yoke_run *run) {
    YOKE__KERNEL;
    int status = NAME(scan_segments)(in, offsets, count, out, true, run);
    if (count)
        YOKE__TELL(status, run, __func__, out + offsets[0],
                   (offsets[count] - offsets[0]) * sizeof *out);
    return status;
}

#undef RING
#undef SEGMENT

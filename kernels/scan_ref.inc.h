/* SPDX-License-Identifier: Apache-2.0
 *
 * References of scans for one type (kernels/template.h).
 */
#define RING YOKE__SCAN_RING(W)

/* The three steps, looked at from the place of one item: y(i) after a step of 1, 2 and 4. */
static RING NAME(y)(const T *group, size_t i, size_t step) {
    if (!step) return (RING)group[i] + 0;
    RING y = NAME(y)(group, i, step / 2);
    return i >= step ? y + NAME(y)(group, i - step, step / 2) : y;
}

static void NAME(scan)(const T *in, T *out, size_t n, bool exclusive) {
    RING before = 0, groups = 0, y, none = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i % YOKE__SCAN_GROUP;
        const T *group = in + i - at;
        y = exclusive ? at ? NAME(y)(group, at - 1, 4) : none : NAME(y)(group, at, 4);
        out[i] = (T)(before + (groups + y));
        if (at + 1 == YOKE__SCAN_GROUP) groups += NAME(y)(group, at, 4);
        if ((i + 1) % YOKE__SCAN_GRAIN == 0) before += groups, groups = 0;
    }
}

void NAME_REF(yoke_inclusive_scan)(const T *in, T *out, size_t n) { NAME(scan)(in, out, n, false); }

void NAME_REF(yoke_exclusive_scan)(const T *in, T *out, size_t n) { NAME(scan)(in, out, n, true); }

static void NAME(segmented)(const T *in, const uint8_t *starts, T *out, size_t n, bool exclusive) {
    RING before = 0, sum = 0; /* of earlier blocks, of this one */
    for (size_t i = 0; i < n; i++) {
        if (starts[i]) before = sum = 0;
        if (exclusive) out[i] = (T)(before + sum);
        sum += (RING)in[i];
        if (!exclusive) out[i] = (T)(before + sum);
        if ((i + 1) % YOKE__SCAN_GRAIN == 0) before += sum, sum = 0;
    }
}

void NAME_REF(yoke_segmented_inclusive_scan)(const T *in, const uint8_t *starts, T *out, size_t n) {
    NAME(segmented)(in, starts, out, n, false);
}

void NAME_REF(yoke_segmented_exclusive_scan)(const T *in, const uint8_t *starts, T *out, size_t n) {
    NAME(segmented)(in, starts, out, n, true);
}

static void NAME(segments)(const T *in, const size_t *offsets, size_t count, T *out,
                           bool exclusive) {
    for (size_t s = 0; s < count; s++) {
        RING before = 0, sum = 0; /* of earlier blocks, of this one */
        for (size_t i = offsets[s]; i < offsets[s + 1]; i++) {
            if ((i - offsets[0]) % YOKE__SCAN_GRAIN == 0) before += sum, sum = 0;
            RING last = sum;
            sum += (RING)in[i];
            out[i] = (T)(before + (exclusive ? last : sum));
        }
    }
}

void NAME_REF(yoke_inclusive_scan_segments)(const T *in, const size_t *offsets, size_t count,
                                            T *out) {
    NAME(segments)(in, offsets, count, out, false);
}

void NAME_REF(yoke_exclusive_scan_segments)(const T *in, const size_t *offsets, size_t count,
                                            T *out) {
    NAME(segments)(in, offsets, count, out, true);
}

#undef RING

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums within a block, for one type (kernels/template.h). The including file defines
 *     ISA     plain, avx2 or avx512
 *     TARGET  the attribute that allows its instructions
 *     BYTES   of a vector: 64, 32, or 0 for none
 */
#define PUBLIC(x) NAME_JOIN(NAME(x), ISA)
#define RING      YOKE__SCAN_RING(W)

/* The three steps on a group of n items, at most 8. */
TARGET static inline void NAME(sum_group)(const T *in, size_t n, RING y[YOKE__SCAN_GROUP]) {
    for (size_t i = 0; i < YOKE__SCAN_GROUP; i++) y[i] = i < n ? (RING)in[i] + 0 : 0;
    for (size_t step = 1; step < YOKE__SCAN_GROUP; step *= 2)
        for (size_t i = YOKE__SCAN_GROUP; i-- > step;) y[i] += y[i - step];
}

/* Scans a group; *carry is the sum of the groups before. */
TARGET static inline void NAME(scan_group)(RING before, RING *carry, const T *in, T *out, size_t n,
                                           bool exclusive) {
    RING y[YOKE__SCAN_GROUP];
    NAME(sum_group)(in, n, y);
    for (size_t i = 0; i < n; i++) {
        RING sum = exclusive ? (i ? y[i - 1] : 0) : y[i];
        out[i] = (T)(before + (*carry + sum));
    }
    *carry += y[YOKE__SCAN_GROUP - 1];
}

#if BYTES
typedef RING NAME(wide) __attribute__((vector_size(BYTES)));
typedef T NAME(few)
    __attribute__((vector_size(BYTES / 8 * sizeof(T)), aligned(sizeof(T)), may_alias));
#define WIDEN(p)    __builtin_convertvector(*(const NAME(few) *)(p), NAME(wide))
#define STORE(p, v) (*(NAME(few) *)(p) = __builtin_convertvector(v, NAME(few)))
#endif

#if BYTES == 64
#define LANES(a, ...) __builtin_shufflevector(a, zero, __VA_ARGS__) /* 8 and above: 0 */

TARGET W PUBLIC(yoke__scan_total)(const T *in, size_t n) {
    NAME(wide) carry = {0};
    for (size_t i = 0; i < n; i += YOKE__SCAN_GROUP) {
        NAME(wide) y = WIDEN(in + i), zero = {0};
        y += LANES(y, 1, 0, 3, 2, 5, 4, 7, 6);
        y += LANES(y, 2, 3, 0, 1, 6, 7, 4, 5);
        y += LANES(y, 4, 5, 6, 7, 0, 1, 2, 3);
        carry += y;
    }
    return (W)carry[0];
}

TARGET static inline NAME(wide) NAME(three_steps)(NAME(wide) y) {
    NAME(wide) zero = {0};
    y += LANES(y, 8, 0, 1, 2, 3, 4, 5, 6);
    y += LANES(y, 8, 8, 0, 1, 2, 3, 4, 5);
    y += LANES(y, 8, 8, 8, 8, 0, 1, 2, 3);
    return y;
}

TARGET static inline size_t NAME(scan_groups)(RING before, RING *carry, const T *in, T *out,
                                              size_t n, bool exclusive) {
    NAME(wide) sum = (NAME(wide)){0} + *carry, zero = {0};
    size_t i = 0;
    for (; n - i >= YOKE__SCAN_GROUP; i += YOKE__SCAN_GROUP) {
        NAME(wide) y = NAME(three_steps)(WIDEN(in + i));
        NAME(wide) shown = exclusive ? LANES(y, 8, 0, 1, 2, 3, 4, 5, 6) : y;
        STORE(out + i, before + (sum + shown));
        sum += LANES(y, 7, 7, 7, 7, 7, 7, 7, 7);
    }
    *carry = sum[0];
    return i;
}
#undef LANES
#elif BYTES == 32
#define LANES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

TARGET W PUBLIC(yoke__scan_total)(const T *in, size_t n) {
    NAME(wide) carry = {0};
    for (size_t i = 0; i < n; i += YOKE__SCAN_GROUP) {
        NAME(wide) a = WIDEN(in + i), b = WIDEN(in + i + 4);
        a += LANES(a, a, 1, 0, 3, 2);
        b += LANES(b, b, 1, 0, 3, 2);
        a += LANES(a, a, 2, 3, 0, 1);
        b += LANES(b, b, 2, 3, 0, 1);
        carry += a + b;
    }
    return (W)carry[0];
}

TARGET static inline size_t NAME(scan_groups)(RING before, RING *carry, const T *in, T *out,
                                              size_t n, bool exclusive) {
    NAME(wide) sum = (NAME(wide)){0} + *carry, zero = {0};
    size_t i = 0;
    for (; n - i >= YOKE__SCAN_GROUP; i += YOKE__SCAN_GROUP) {
        NAME(wide) a = WIDEN(in + i), b = WIDEN(in + i + 4), last;
        last = a;
        a += LANES(zero, a, 0, 4, 5, 6);
        b += LANES(last, b, 3, 4, 5, 6);
        last = a;
        a += LANES(zero, a, 0, 1, 4, 5);
        b += LANES(last, b, 2, 3, 4, 5);
        b += a;
        STORE(out + i, before + (sum + (exclusive ? LANES(zero, a, 0, 4, 5, 6) : a)));
        STORE(out + i + 4, before + (sum + (exclusive ? LANES(a, b, 3, 4, 5, 6) : b)));
        sum += LANES(b, b, 3, 3, 3, 3);
    }
    *carry = sum[0];
    return i;
}
#undef LANES
#else
TARGET W PUBLIC(yoke__scan_total)(const T *in, size_t n) {
    RING carry = 0, y[YOKE__SCAN_GROUP];
    for (size_t i = 0; i < n; i += YOKE__SCAN_GROUP) {
        NAME(sum_group)(in + i, YOKE__SCAN_GROUP, y);
        carry += y[YOKE__SCAN_GROUP - 1];
    }
    return (W)carry;
}

static inline size_t NAME(scan_groups)(RING before, RING *carry, const T *in, T *out, size_t n,
                                       bool exclusive) {
    size_t i = 0;
    for (; n - i >= YOKE__SCAN_GROUP; i += YOKE__SCAN_GROUP)
        NAME(scan_group)(before, carry, in + i, out + i, YOKE__SCAN_GROUP, exclusive);
    return i;
}
#endif

TARGET void PUBLIC(yoke__scan_block)(W before, const T *in, T *out, size_t n, bool exclusive) {
    RING carry = 0;
    size_t i = exclusive ? NAME(scan_groups)((RING)before, &carry, in, out, n, true)
                         : NAME(scan_groups)((RING)before, &carry, in, out, n, false);
    NAME(scan_group)((RING)before, &carry, in + i, out + i, n - i, exclusive);
}

#undef PUBLIC
#undef RING
#undef WIDEN
#undef STORE

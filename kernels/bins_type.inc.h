/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbering of items of one type. Whoever includes this defines S and T, suffix and type, WIDE,
 * the unsigned type of a distance between integers, and FLOATING, whether it is a floating-point
 * type; and BINS_(name) and BINS_TARGET of the instance. For one of the floating-point types it may
 * define INSIDE, the name of a function of its own in place of the one below.
 */

#define PASTE__(a, b) a##_##b
#define PASTE_(a, b)  PASTE__(a, b)
#define NAME(x)       PASTE_(BINS_(x), S)
#define BINS          PASTE_(yoke__bins, S)

/* Numbers what is in no bin; the others have theirs. */
BINS_TARGET static void NAME(outside)(const BINS *of, const T *from, size_t n, uint32_t *number) {
    T low = of->low, high = of->high;
    uint32_t bins = of->bins;
    for (size_t i = 0; i < n; i++) {
        T x = from[i];
        uint32_t inside = 0 - (uint32_t)((x >= low) & (x < high)); /* all bits */
        uint32_t more = YOKE__BINS_ABOVE * (uint32_t)(x >= high) +
                        YOKE__BINS_NAN * (uint32_t) !((x < high) | (x >= high));
        number[i] = (number[i] & inside) | ((bins + more) & ~inside);
    }
}

#if FLOATING
#ifndef INSIDE
#define INSIDE NAME(inside)
/* Numbers what is in a bin; the others get any number. Returns whether there are any. */
BINS_TARGET static int INSIDE(const BINS *of, const T *from, size_t n, uint32_t *restrict number) {
    T low = of->low, high = of->high;
    int32_t last = (int32_t)of->bins - 1, others = 0;
    double first = low, scale = of->scale;
    for (size_t i = 0; i < n; i++) {
        T x = from[i];
        int inside = (x >= low) & (x < high);
        double d = inside ? x : low;
        int32_t bin = (int32_t)((d - first) * scale);
        number[i] = (uint32_t)(bin < last ? bin : last);
        others |= !inside;
    }
    return others;
}
#endif

BINS_TARGET static void NAME(even)(const BINS *of, const T *from, size_t n, uint32_t *number) {
    if (INSIDE(of, from, n, number)) NAME(outside)(of, from, n, number);
}
#undef INSIDE
#else
/* A width that is a power of two; what is outside gets any number. */
BINS_TARGET static int NAME(shifted)(const BINS *of, const T *from, size_t n,
                                     uint32_t *restrict number) {
    T low = of->low, high = of->high;
    int shift = of->shift, others = 0;
    for (size_t i = 0; i < n; i++) {
        T x = from[i];
        WIDE d = x; /* the distance from low, modulo 2^32 or 2^64 */
        d -= low;
        number[i] = (uint32_t)(d >> shift);
        others |= (x < low) | (x >= high);
    }
    return others;
}

/* The distance d from low, times the factor f / 2^128: f is above the true one by at most 1, which
 * makes an error of at most d / 2^128. That is less than 1 / (high - low), and so far below the
 * next integer d * bins / (high - low) is when it is none. */
BINS_TARGET static int NAME(scaled)(const BINS *of, const T *from, size_t n, uint32_t *number) {
    __extension__ typedef unsigned __int128 wide;
    T low = of->low, high = of->high;
    int others = 0;
    for (size_t i = 0; i < n; i++) {
        T x = from[i];
        WIDE d = x;
        d -= low;
        number[i] = (uint32_t)(((wide)d * of->factor + ((wide)d * of->more >> 64)) >> 64);
        others |= (x < low) | (x >= high);
    }
    return others;
}

BINS_TARGET static void NAME(even)(const BINS *of, const T *from, size_t n, uint32_t *number) {
    int others =
        of->shift < 0 ? NAME(scaled)(of, from, n, number) : NAME(shifted)(of, from, n, number);
    if (others) NAME(outside)(of, from, n, number);
}
#endif

/* How many bounds are not above the item, by halving, all items of the batch in step. */
BINS_TARGET static void NAME(ranges)(const BINS *of, const T *from, size_t n,
                                     uint32_t *restrict number) {
    const T *bounds = of->bounds;
    for (size_t i = 0; i < n; i++) number[i] = 0;
    for (uint32_t step = of->step; step; step >>= 1)
        for (size_t i = 0; i < n; i++)
            number[i] += bounds[number[i] + step - 1] <= from[i] ? step : 0;
    for (size_t i = 0; i < n; i++) number[i]--;
    NAME(outside)(of, from, n, number);
}

#undef PASTE__
#undef PASTE_
#undef NAME
#undef BINS
#undef S
#undef T
#undef WIDE
#undef FLOATING

/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of kernels/reduce_isa.inc.h for one type. That file defines, and this one takes back,
 *     S, T, W  suffix, type and wide type (yoke/typed.h)
 *     BITS     a signed integer as large as T
 *     PACKED   how intrinsics name its vectors, where FLOATING
 */
#define PASTE__(a, b) a##_##b
#define PASTE_(a, b)  PASTE__(a, b)
#define NAME(x)       PASTE_(x, S)

/* Items that become one vector of wide ones, wide ones, and as many items as a vector holds. */
typedef T NAME(few)
    __attribute__((vector_size(BYTES / 8 * sizeof(T)), aligned(sizeof(T)), may_alias));
typedef YOKE__RING(W) NAME(wide) __attribute__((vector_size(BYTES)));
typedef T NAME(items) __attribute__((vector_size(BYTES)));
typedef T NAME(loose_items) __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias));
typedef BITS NAME(bits) __attribute__((vector_size(BYTES)));

#define WIDEN(p)      __builtin_convertvector(*(const NAME(few) *)(p), NAME(wide))
#define TO_DOUBLES(p) __builtin_convertvector(*(const NAME(few) *)(p), doubles)

/* ---- sums and products ---- */

TARGET static W NAME(sum)(const T *x, size_t n) {
    NAME(wide) lane[VECTORS] = {0};
    YOKE__RING(W) all[YOKE__LANES];
    size_t i = 0;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) lane[v] += WIDEN(x + i + v * PER);
    }
    memcpy(all, lane, sizeof all);
    for (int j = 0; i < n; i++, j++) all[j] = all[j] + (YOKE__RING(W))x[i];
    FOLD(all, +)
    return (W)all[0];
}

TARGET static W NAME(product)(const T *x, size_t n) {
    NAME(wide) lane[VECTORS];
    YOKE__RING(W) all[YOKE__LANES];
    size_t i = 0;
    UNROLL for (size_t v = 0; v < VECTORS; v++) lane[v] = (NAME(wide)){0} + 1;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) lane[v] *= WIDEN(x + i + v * PER);
    }
    memcpy(all, lane, sizeof all);
    for (int j = 0; i < n; i++, j++) all[j] = all[j] * (YOKE__RING(W))x[i];
    FOLD(all, *)
    return (W)all[0];
}

TARGET static W NAME(dot)(const T *x, const T *y, size_t n) {
    NAME(wide) lane[VECTORS] = {0};
    YOKE__RING(W) all[YOKE__LANES];
    size_t i = 0;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) lane[v] +=
            WIDEN(x + i + v * PER) * WIDEN(y + i + v * PER);
    }
    memcpy(all, lane, sizeof all);
    for (int j = 0; i < n; i++, j++) all[j] = all[j] + (YOKE__RING(W))x[i] * (YOKE__RING(W))y[i];
    FOLD(all, +)
    return (W)all[0];
}

/* ---- the smallest and the largest ---- */

/* A NaN among `items` is passed over. */
#if FLOATING && defined NATIVE
TARGET static inline NAME(items) NAME(smaller)(NAME(items) best, NAME(items) items) {
    return NATIVE(PASTE_(min, PACKED))(items, best);
}
TARGET static inline NAME(items) NAME(larger)(NAME(items) best, NAME(items) items) {
    return NATIVE(PASTE_(max, PACKED))(items, best);
}
#else
TARGET static inline NAME(items) NAME(smaller)(NAME(items) best, NAME(items) items) {
    NAME(bits) which = items < best;
    return (NAME(items))(((NAME(bits))items & which) | ((NAME(bits))best & ~which));
}
TARGET static inline NAME(items) NAME(larger)(NAME(items) best, NAME(items) items) {
    NAME(bits) which = items > best;
    return (NAME(items))(((NAME(bits))items & which) | ((NAME(bits))best & ~which));
}
#endif

#if FLOATING
/* Whether an item has these bits, which are those of a zero. */
TARGET static bool NAME(has_zero)(const T *x, size_t n, bool negative) {
    int found = 0;
    for (size_t i = 0; i < n; i++) found |= (x[i] == 0) & ((signbit(x[i]) != 0) == negative);
    return found;
}
#endif

/* A zero among floating-point numbers may have either sign now, so it is looked up. */
#if FLOATING
#define EXTREME_RESULT(value, prefer_negative)                                                     \
    if (unordered) return (T)NAN;                                                                  \
    if ((value) == 0)                                                                              \
        return NAME(has_zero)(x, n, prefer_negative) == (prefer_negative) ? (T)-0.0 : (T)0.0;
#define NOTE_NAN(item) ordered &= (item) == (item)
#else
#define EXTREME_RESULT(value, prefer_negative)
#define NOTE_NAN(item) (void)0
#endif

#define EXTREME(name, better, compare, prefer_negative)                                            \
    TARGET static T NAME(name)(const T *x, size_t n) {                                             \
        enum { WIDTH = BYTES / sizeof(T) };                                                        \
        NAME(items) best[2] = {(NAME(items)){0} + x[0], (NAME(items)){0} + x[0]};                  \
        NAME(bits) ordered = (NAME(bits)){0} - 1;                                                  \
        T value = x[0];                                                                            \
        bool unordered = value != value;                                                           \
        size_t i = 0;                                                                              \
        for (; n - i >= 2 * WIDTH; i += 2 * WIDTH) {                                               \
            NAME(items) a = *(const NAME(loose_items) *)(x + i);                                   \
            NAME(items) b = *(const NAME(loose_items) *)(x + i + WIDTH);                           \
            best[0] = NAME(better)(best[0], a);                                                    \
            best[1] = NAME(better)(best[1], b);                                                    \
            NOTE_NAN(a);                                                                           \
            NOTE_NAN(b);                                                                           \
        }                                                                                          \
        best[0] = NAME(better)(best[0], best[1]);                                                  \
        for (size_t j = 0; j < WIDTH; j++) {                                                       \
            value = best[0][j] compare value ? best[0][j] : value;                                 \
            unordered |= ordered[j] == 0;                                                          \
        }                                                                                          \
        for (; i < n; i++) {                                                                       \
            value = x[i] compare value ? x[i] : value;                                             \
            unordered |= x[i] != x[i];                                                             \
        }                                                                                          \
        EXTREME_RESULT(value, prefer_negative)                                                     \
        return value;                                                                              \
    }
EXTREME(min, smaller, <, true)
EXTREME(max, larger, >, false)
#undef EXTREME
#undef EXTREME_RESULT
#undef NOTE_NAN

TARGET static size_t NAME(count_equal)(const T *x, size_t n, T value) {
    enum { WIDTH = BYTES / sizeof(T) };
    NAME(bits) lanes = {0};
    size_t i = 0, count = 0;
    for (; n - i >= WIDTH; i += WIDTH)
        lanes -= (NAME(bits))(*(const NAME(loose_items) *)(x + i) == value);
    for (size_t j = 0; j < WIDTH; j++) count += (size_t)lanes[j];
    for (; i < n; i++) count += x[i] == value;
    return count;
}

/* ---- moments ---- */

/* The sum of x[i] * factor. */
TARGET static double NAME(scaled_sum)(const T *x, size_t n, double factor) {
    doubles lane[VECTORS] = {0};
    double all[YOKE__LANES];
    size_t i = 0;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) lane[v] += TO_DOUBLES(x + i + v * PER) * factor;
    }
    memcpy(all, lane, sizeof all);
    for (int j = 0; i < n; i++, j++) all[j] = all[j] + (double)x[i] * factor;
    FOLD(all, +)
    return all[0];
}

/* Sums of the deviations from `pivot`, and of their squares. */
TARGET static void NAME(deviations)(const T *x, size_t n, double pivot, double sums[2]) {
    doubles first[VECTORS] = {0}, second[VECTORS] = {0};
    double all[2][YOKE__LANES];
    size_t i = 0;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) {
            doubles d = TO_DOUBLES(x + i + v * PER) - pivot;
            first[v] += d;
            second[v] += d * d;
        }
    }
    memcpy(all[0], first, sizeof all[0]);
    memcpy(all[1], second, sizeof all[1]);
    for (int j = 0; i < n; i++, j++) {
        double d = (double)x[i] - pivot;
        all[0][j] = all[0][j] + d;
        all[1][j] = all[1][j] + d * d;
    }
    FOLD(all[0], +)
    FOLD(all[1], +)
    sums[0] = all[0][0];
    sums[1] = all[1][0];
}

/* One tile. With a pivot that is the mean of one in 16 items, its square is at most 16 times the
 * variance away from the mean, so that at most 5 bits of m2 cancel. */
TARGET static void NAME(moments)(const T *x, size_t n, yoke_moments *tile) {
    size_t first = n < 512 ? n : n / 16;
    double count = (double)n, sums[2];
    double pivot = NAME(scaled_sum)(x, first, 1 / (double)first);
    tile->count = n;
    if (!isfinite(pivot)) {
        tile->mean = NAME(scaled_sum)(x, n, 1 / count);
        tile->m2 = (double)NAN;
        return;
    }
    NAME(deviations)(x, n, pivot, sums);
    double m2 = sums[1] - sums[0] * (sums[0] / count);
    tile->mean = pivot + sums[0] / count;
    tile->m2 = m2 < 0 ? 0 : m2;
}

#if FLOATING
TARGET static double NAME(squares)(const T *x, size_t n, double scale) {
    doubles lane[VECTORS] = {0};
    double all[YOKE__LANES];
    size_t i = 0;
    for (; n - i >= YOKE__LANES; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v++) {
            doubles item = TO_DOUBLES(x + i + v * PER) * scale;
            lane[v] += item * item;
        }
    }
    memcpy(all, lane, sizeof all);
    for (int j = 0; i < n; i++, j++)
        all[j] = all[j] + ((double)x[i] * scale) * ((double)x[i] * scale);
    FOLD(all, +)
    return all[0];
}
#endif

#undef NAME
#undef PASTE_
#undef PASTE__
#undef WIDEN
#undef TO_DOUBLES
#undef S
#undef T
#undef W
#undef BITS
#undef PACKED

/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays of numbers for tests of kernels: plain, and with all that is special; sizes around every
 * bound; and every way to run.
 */
#ifndef YOKE_TESTS_NUMBERS_H
#define YOKE_TESTS_NUMBERS_H

#include <math.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/isa.h"
#include "yoke/run.h"
#include "yoke/typed.h"

typedef enum number_kind {
    NUMBERS_PLAIN,   /* of one size, both signs */
    NUMBERS_FEW,     /* few distinct, zeros of both signs */
    NUMBERS_SPREAD,  /* any finite bits: subnormal to huge */
    NUMBERS_SPECIAL, /* with infinities, and now and then NaN */
    NUMBER_KINDS
} number_kind;

static inline double number_from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline double number_spread(void) {
    for (;;) {
        double x = number_from_bits(test_random());
        if (isfinite(x)) return x;
    }
}

static inline double number_of_kind(number_kind kind) {
    static const double few[] = {0.0, -0.0, 1.5, -1.5, 3, 0x1p-1074};
    double plain = (double)(int64_t)test_random() * 0x1p-63;
    switch (kind) {
    case NUMBERS_FEW: return few[test_random_below(6)];
    case NUMBERS_SPREAD: return number_spread();
    case NUMBERS_SPECIAL:
        if (test_random_below(300) == 0) return test_random() & 1 ? (double)INFINITY : -INFINITY;
        return test_random_below(5000) == 0 ? (double)NAN : plain;
    default: return plain;
    }
}

static inline void numbers_fill_f64(double *x, size_t n, number_kind kind) {
    for (size_t i = 0; i < n; i++) x[i] = number_of_kind(kind);
}

/* Spread over the range of floats. */
static inline void numbers_fill_f32(float *x, size_t n, number_kind kind) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)test_random();
        x[i] = (float)number_of_kind(kind == NUMBERS_SPREAD ? NUMBERS_PLAIN : kind);
        if (kind != NUMBERS_SPREAD) continue;
        memcpy(&x[i], &bits, sizeof bits);
        if (!isfinite(x[i])) x[i] = 1;
    }
}

/* Integers: small ones for FEW, else any bits. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define NUMBERS_FILL_INTEGERS(S, T)                                                                \
    static inline void numbers_fill_##S(T *x, size_t n, number_kind kind) {                        \
        for (size_t i = 0; i < n; i++)                                                             \
            x[i] = (T)(kind == NUMBERS_FEW ? test_random_below(3) : test_random());                \
    }
NUMBERS_FILL_INTEGERS(i32, int32_t)
NUMBERS_FILL_INTEGERS(i64, int64_t)
NUMBERS_FILL_INTEGERS(u32, uint32_t)
NUMBERS_FILL_INTEGERS(u64, uint64_t)
/* NOLINTEND(bugprone-macro-parentheses) */

/* Around lanes, tiles and blocks. */
static const size_t number_sizes[] = {0,     1,     2,     7,     8,     15,    16,    17,   31,
                                      32,    33,    63,    64,    65,    127,   129,   255,  257,
                                      511,   513,   2047,  2048,  2049,  4095,  4096,  4097, 8193,
                                      16383, 16384, 16385, 32768, 33000, 49153, 100003};
enum { NUMBER_SIZES = sizeof number_sizes / sizeof *number_sizes, NUMBERS_MOST = 100003 };

/* A way to run: instructions and threads. */
enum { NUMBER_WAYS = 3 * 4 };
/* From one way to the next: each in sanitizer builds too, but not each combination. */
static inline int numbers_way_step(void) { return (int)test_size(1, 5); }
static inline yoke_run numbers_way(int way) {
    static const int threads[] = {1, 2, 3, 8};
    yoke_isa_limit((yoke_isa)(way / 4));
    return (yoke_run){.threads = threads[way % 4]};
}

/* Equal bits, all NaN being one. */
static inline int numbers_same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Compares n results; any NaN is as good as another. */
#define NUMBERS_SAME(got, want, n)                                                                 \
    do {                                                                                           \
        size_t i_ = 0;                                                                             \
        while (i_ < (n) && (memcmp(&(got)[i_], &(want)[i_], sizeof *(got)) == 0 ||                 \
                            ((got)[i_] != (got)[i_] && (want)[i_] != (want)[i_])))                 \
            i_++;                                                                                  \
        CU_ASSERT_EQUAL(i_, n);                                                                    \
        if (i_ < (n)) CU_ASSERT_EQUAL((got)[i_], (want)[i_]);                                      \
    } while (0)

#endif

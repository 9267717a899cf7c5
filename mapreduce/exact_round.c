/* SPDX-License-Identifier: Apache-2.0
 *
 * Results of exact accumulators. Each is a fraction of integers first and is rounded once:
 *     sum       S / 10^s
 *     mean      S / (n 10^s)
 *     variance  (n Q - S^2) / (n (n - 1) 10^2s)
 * where S is the exact sum and Q that of the squares, hot and wide part taken together. What S / Q
 * are split into does not show in the result. A square root is taken of the leading 124 to 126 bits
 * of the fraction: floor(sqrt(x)) = floor(sqrt(floor(x))), so its 62 or 63 bits are right, and it
 * is exact only if nothing was left over; both is all that rounding needs to know.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/exact_wide.h"

/* ---- values ---- */

#define LARGEST_DECIMAL /* 38 digits */                                                            \
    ((yoke__u128)10000000000000000000u * 10000000000000000000u - 1)

static yoke_value null_value(void) { return (yoke_value){.kind = YOKE_VALUE_NULL}; }

static yoke_value double_value(double number) {
    return (yoke_value){.kind = YOKE_VALUE_DOUBLE, .number = number};
}

static yoke__u128 magnitude_of(__int128 value) {
    return value < 0 ? -(yoke__u128)value : (yoke__u128)value;
}

static double with_sign(bool negative, double magnitude) {
    return negative ? -magnitude : magnitude;
}

/* value / (10^scale count), rounded once: by one division where both are exact doubles. */
static double round_fraction(__int128 value, int scale, uint64_t count) {
    const int64_t exact = (int64_t)1 << 53;
    uint64_t power = yoke__power10[scale];
    if (value >= -exact && value <= exact && count <= (uint64_t)exact / power) {
        return (double)(int64_t)value / (double)(power * count);
    }
    yoke__natural n, d;
    yoke__natural_set(&n, magnitude_of(value));
    yoke__natural_set(&d, (yoke__u128)power * count);
    return with_sign(value < 0, yoke__natural_ratio(&n, &d, false));
}

/* integer / 10^scale as a decimal without trailing zeros if it has at most 38 digits. */
static yoke_value decimal_value(__int128 integer, int scale) {
    int64_t small = (int64_t)integer;
    if (small == integer) {
        for (; scale && small % 10 == 0; scale--) small /= 10;
        integer = small;
    } else {
        for (; scale && integer % 10 == 0; scale--) integer /= 10;
    }
    double number = round_fraction(integer, scale, 1);
    if (magnitude_of(integer) > LARGEST_DECIMAL) return double_value(number);
    return (yoke_value){YOKE_VALUE_DECIMAL, scale, integer, number};
}

/* ---- totals: hot and wide part together ---- */

typedef struct total {
    int64_t limb[YOKE__FIXED_LIMBS]; /* 0 to 10^18 - 1 */
    int top;                         /* the highest that is not 0, or 0 */
    bool negative;
} total;

/* Gives all limbs one sign: that of the highest, which outweighs the others. */
static void normalise(total *t) {
    t->top = YOKE__FIXED_LIMBS - 1;
    while (t->top && !t->limb[t->top]) t->top--;
    t->negative = t->limb[t->top] < 0;
    int64_t carry = 0;
    for (int i = 0; i <= t->top; i++) {
        int64_t value = (t->negative ? -t->limb[i] : t->limb[i]) + carry;
        carry = value < 0 ? -1 : 0;
        t->limb[i] = value - carry * YOKE__MANTISSA_BOUND;
    }
    while (t->top && !t->limb[t->top]) t->top--;
}

/* hot / 10^scale + a + b; b may be NULL. */
static void add_up(total *t, __int128 hot, int scale, const yoke__fixed *a, const yoke__fixed *b) {
    memset(t->limb, 0, sizeof t->limb);
    yoke__fixed whole = {t->limb, 0, YOKE__FIXED_LIMBS}; /* wide enough never to need memory */
    yoke__fixed_add(&whole, hot < 0, magnitude_of(hot), -scale, NULL);
    yoke__fixed_add_fixed(&whole, a, NULL);
    if (b) yoke__fixed_add_fixed(&whole, b, NULL);
    normalise(t);
}

/* The magnitude as n / 10^fraction; returns fraction. */
static int total_fraction(const total *t, yoke__natural *n) {
    int low = 0;
    while (low < YOKE__FIXED_UNIT && !t->limb[low]) low++;
    yoke__natural_set(n, 0);
    for (int i = t->top; i >= low; i--) {
        yoke__natural_multiply_add(n, yoke__power10[18], (uint64_t)t->limb[i]);
    }
    return 18 * (YOKE__FIXED_UNIT - low);
}

/* The total as a decimal, if it is one. */
static bool total_decimal(const total *t, yoke_value *value) {
    for (int i = 0; i < YOKE__FIXED_UNIT - 1; i++) {
        if (t->limb[i]) return false;
    }
    if (t->top > YOKE__FIXED_UNIT + 2) return false;
    yoke__u128 integer = 0;
    for (int i = t->top; i >= YOKE__FIXED_UNIT; i--) {
        if (__builtin_mul_overflow(integer, (yoke__u128)YOKE__MANTISSA_BOUND, &integer))
            return false;
        if (__builtin_add_overflow(integer, (yoke__u128)t->limb[i], &integer)) return false;
    }
    int64_t fraction = t->limb[YOKE__FIXED_UNIT - 1];
    int scale = 18;
    for (; scale && fraction % 10 == 0; scale--) fraction /= 10;
    if (__builtin_mul_overflow(integer, (yoke__u128)yoke__power10[scale], &integer)) return false;
    if (__builtin_add_overflow(integer, (yoke__u128)fraction, &integer)) return false;
    if (integer > LARGEST_DECIMAL) return false;
    *value = decimal_value(t->negative ? -(__int128)integer : (__int128)integer, scale);
    return true;
}

/* The total divided by count. */
static double total_ratio(const total *t, uint64_t count) {
    yoke__natural n, d;
    int fraction = total_fraction(t, &n);
    yoke__natural_set(&d, count);
    yoke__natural_scale(&d, fraction);
    return with_sign(t->negative, yoke__natural_ratio(&n, &d, false));
}

/* ---- sum and mean ---- */

/* Whether infinities or nan decide a sum; *result is what they give. */
static bool special_sum(const yoke_exact_wide *wide, double *result) {
    if (!wide || !(wide->nan | wide->positive_infinity | wide->negative_infinity)) return false;
    *result = wide->negative_infinity ? -INFINITY : INFINITY;
    if (wide->nan || (wide->negative_infinity && wide->positive_infinity)) *result = NAN;
    return true;
}

yoke_value yoke_exact_sum(const yoke_exact *from, int parts) {
    (void)parts;
    double special;
    if (!yoke_exact_count(from)) return null_value();
    if (special_sum(from->wide, &special)) return double_value(special);
    __int128 hot = *yoke__exact_sum_part(from);
    if (!from->wide) return decimal_value(hot, yoke_exact_scale(from));
    total t;
    yoke_value value;
    add_up(&t, hot, yoke_exact_scale(from), &from->wide->sum, NULL);
    return total_decimal(&t, &value) ? value : double_value(total_ratio(&t, 1));
}

yoke_value yoke_exact_mean(const yoke_exact *from, int parts) {
    (void)parts;
    double special;
    if (!yoke_exact_count(from)) return null_value();
    if (special_sum(from->wide, &special)) return double_value(special);
    __int128 hot = *yoke__exact_sum_part(from);
    if (!from->wide)
        return double_value(round_fraction(hot, yoke_exact_scale(from), yoke_exact_count(from)));
    total t;
    add_up(&t, hot, yoke_exact_scale(from), &from->wide->sum, NULL);
    return double_value(total_ratio(&t, yoke_exact_count(from)));
}

/* ---- minimum and maximum ---- */

static yoke_value extreme_value(const yoke__decimal *extreme) {
    int zeros = extreme->exponent > 0 ? extreme->exponent : 0;
    if (extreme->exponent < -18 || extreme->count + zeros > 38) {
        return double_value(yoke__decimal_double(extreme));
    }
    __int128 integer = 0;
    for (int i = 0; i < extreme->count + zeros; i++) {
        integer = integer * 10 + (i < extreme->count ? extreme->digit[i] : 0);
    }
    return decimal_value(extreme->negative ? -integer : integer, zeros ? 0 : -extreme->exponent);
}

/* direction -1: minimum, 1: maximum */
static yoke_value extreme(const yoke_exact *from, int parts, int direction) {
    const yoke__extreme *range = yoke__exact_range_part(from, parts);
    const yoke_exact_wide *wide = from->wide;
    if (!yoke_exact_count(from)) return null_value();
    if (wide && wide->nan) return double_value(NAN);
    if (wide && direction > 0 && wide->positive_infinity) return double_value(INFINITY);
    if (wide && direction < 0 && wide->negative_infinity) return double_value(-INFINITY);
    int64_t hot = direction < 0 ? YOKE__MANTISSA_BOUND - range[0] : range[1] - YOKE__MANTISSA_BOUND;
    const yoke__bound *bound = wide ? direction < 0 ? &wide->minimum : &wide->maximum : NULL;
    if (!bound || !bound->any) {
        return range[1] ? decimal_value(hot, yoke_exact_scale(from))
                        : double_value(direction < 0 ? INFINITY : -INFINITY);
    }
    yoke__decimal a, b;
    yoke__bound_get(bound, &a);
    yoke__decimal_set(&b, hot, yoke_exact_scale(from));
    return extreme_value(range[1] && yoke__decimal_compare(&b, &a) == direction ? &b : &a);
}

yoke_value yoke_exact_min(const yoke_exact *from, int parts) { return extreme(from, parts, -1); }

yoke_value yoke_exact_max(const yoke_exact *from, int parts) { return extreme(from, parts, 1); }

/* ---- variance ---- */

/* n Q - S^2 over n (n - 1), in units that make both integers; count at least 2. */
static void variance_fraction(const yoke_exact *from, int parts, yoke__natural *n,
                              yoke__natural *d) {
    __int128 hot_sum = *yoke__exact_sum_part(from);
    __int128 hot_squares = *yoke__exact_squares_part(from, parts);
    yoke__natural sum, square;
    int sum_scale = yoke_exact_scale(from), squares_scale = 2 * yoke_exact_scale(from);
    if (from->wide) {
        total t;
        add_up(&t, hot_sum, sum_scale, &from->wide->sum, &from->wide->rounding);
        sum_scale = total_fraction(&t, &sum);
        add_up(&t, hot_squares, squares_scale, &from->wide->squares, NULL);
        squares_scale = total_fraction(&t, n);
    } else {
        yoke__natural_set(&sum, magnitude_of(hot_sum));
        yoke__natural_set(n, (yoke__u128)hot_squares);
    }
    yoke__natural_multiply_add(n, yoke_exact_count(from), 0);
    yoke__natural_multiply(&square, &sum, &sum);
    int missing = 2 * sum_scale - squares_scale;
    yoke__natural_scale(missing > 0 ? n : &square, abs(missing));
    yoke__natural_subtract(n, &square);
    yoke__natural_set(d, (yoke__u128)yoke_exact_count(from) * (yoke_exact_count(from) - 1));
    yoke__natural_scale(d, missing > 0 ? 2 * sum_scale : squares_scale);
}

static bool has_special(const yoke_exact_wide *wide) {
    double special;
    return special_sum(wide, &special);
}

yoke_value yoke_exact_variance(const yoke_exact *from, int parts) {
    if (yoke_exact_count(from) < 2) return null_value();
    if (has_special(from->wide)) return double_value(NAN);
    yoke__natural n, d;
    variance_fraction(from, parts, &n, &d);
    return double_value(yoke__natural_ratio(&n, &d, false));
}

/* floor(sqrt(x)) for x from 2^122 to 2^126 */
static uint64_t integer_root(yoke__u128 x) {
    uint64_t root = (uint64_t)sqrt((double)x);
    root = (root + (uint64_t)(x / root)) / 2; /* one Newton step: within 2 */
    while ((yoke__u128)root * root > x) root--;
    while ((yoke__u128)(root + 1) * (root + 1) <= x) root++;
    return root;
}

yoke_value yoke_exact_stddev(const yoke_exact *from, int parts) {
    if (yoke_exact_count(from) < 2) return null_value();
    if (has_special(from->wide)) return double_value(NAN);
    yoke__natural n, d;
    variance_fraction(from, parts, &n, &d);
    if (!n.count) return double_value(0);
    yoke__quotient q = yoke__natural_divide(&n, &d);
    int drop = 2 + (q.exponent & 1);
    q.inexact |= (q.bits & (((yoke__u128)1 << drop) - 1)) != 0;
    q.bits >>= drop;
    uint64_t root = integer_root(q.bits);
    bool inexact = q.inexact || (yoke__u128)root * root != q.bits;
    return double_value(
        yoke__round_quotient((yoke__quotient){root, (q.exponent + drop) / 2, inexact}));
}

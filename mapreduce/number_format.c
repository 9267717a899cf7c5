/* SPDX-License-Identifier: Apache-2.0
 *
 * The shortest decimal that reads back as the same double, after Steele and White, "How to print
 * floating-point numbers accurately" (1990), with the search on scaled integers of Adams, "Ryu"
 * (2018), but without tables of rounded powers: a double between 1e-15 and 1e17 times the power of
 * ten that gives it 17 digits, and its two midpoints with the neighbours, fit in 128 bits exactly,
 * and anything beyond goes through yoke__natural.
 *
 * All decimals strictly between the midpoints read back as the double, the midpoints themselves
 * when its fraction is even. Among those with the fewest digits the one nearest to the double is
 * taken, with an even last digit if two are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/number.h"

/* ---- the search ---- */

/* A positive double v = fraction * 2^exponent, in units of 10^unit, so that it has 17 digits. */
typedef struct scaled {
    uint64_t low, high; /* the integers that read back as v are low to high */
    uint64_t twice;     /* floor(2 v) */
    bool inexact;       /* 2 v is not an integer */
    int unit;
} scaled;

typedef struct shortest {
    uint64_t digits;
    int exponent; /* value = digits * 10^exponent */
} shortest;

/* v's own place among the multiples of `step` next to it: the lower or the upper. */
static uint64_t nearest_multiple(const scaled *v, uint64_t step) {
    uint64_t below = v->twice / 2 / step * step;
    uint64_t rest = v->twice - 2 * below; /* twice the distance from below; step is the middle */
    bool odd = below / step & 1;
    return rest > step || (rest == step && (v->inexact || odd)) ? below + step : below;
}

/* Divides the interval by power = 10^places as long as an integer stays in it. The power is a
 * constant at every call, so that the divisions become multiplications. */
static inline int narrow(uint64_t *low, uint64_t *high, int places, uint64_t power) {
    int done = 0;
    for (;;) {
        uint64_t l = (*low + (power - 1)) / power, h = *high / power;
        if (l > h) return done;
        *low = l;
        *high = h;
        done += places;
    }
}

static shortest search(const scaled *v) {
    uint64_t low = v->low, high = v->high;
    int zeros = narrow(&low, &high, 8, 100000000);
    zeros += narrow(&low, &high, 1, 10);
    uint64_t step = yoke__power10[zeros];
    uint64_t digits = nearest_multiple(v, step) / step;
    if (digits < low) digits = low;
    if (digits > high) digits = high;
    return (shortest){digits, v->unit + zeros};
}

/* ---- scaling ---- */

/* The midpoints are (4 fraction - below) / 4 and (4 fraction + 2) / 4 units in the last place:
 * the neighbour below is only half as far away under a power of two. */
typedef struct binary {
    uint64_t fraction;
    int exponent;
    unsigned below;
    bool even;
} binary;

static binary split(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    binary p = {fraction, -1074, 2, !(fraction & 1)};
    if (biased) p.fraction |= (uint64_t)1 << 52;
    if (biased) p.exponent = biased - 1075;
    if (biased > 1 && !fraction) p.below = 1;
    return p;
}

/* The unit that gives v 17 digits: floor(log10 v) - 16, perhaps one less. */
static int choose_unit(const binary *p) {
    int log2 = 63 - __builtin_clzll(p->fraction) + p->exponent;
    return (int)floor(log2 * 0.30102999566398114) - 16;
}

/* 5^n as 10^n / 2^n, n at most 38 */
static yoke__u128 power5(int n) {
    int half = n / 2;
    return (yoke__u128)(yoke__power10[half] >> half) * (yoke__power10[n - half] >> (n - half));
}

/* v = 4 fraction * 5^-unit / 2^shift exactly, in 128 bits. */
static scaled scale_short(const binary *p, int unit) {
    yoke__u128 five = power5(-unit);
    int shift = 2 + unit - p->exponent;
    yoke__u128 v = 4 * (yoke__u128)p->fraction * five, one = (yoke__u128)1 << shift;
    yoke__u128 low = v - p->below * five, high = v + 2 * five;
    if (!p->even) {
        low += 1;
        high -= 1;
    }
    yoke__u128 twice = v >> (shift - 1);
    return (scaled){.low = (uint64_t)((low + (one - 1)) >> shift),
                    .high = (uint64_t)(high >> shift),
                    .twice = (uint64_t)twice,
                    .inexact = twice << (shift - 1) != v,
                    .unit = unit};
}

/* floor(n / d) for a quotient below 2^62. */
static uint64_t integer_quotient(yoke__natural n, yoke__natural d, bool *inexact) {
    yoke__quotient q = yoke__natural_divide(&n, &d);
    uint64_t integer = (uint64_t)(q.bits >> -q.exponent);
    *inexact = q.inexact || (yoke__u128)integer << -q.exponent != q.bits;
    return integer;
}

/* (4 fraction + quarters) * 2^exponent / 10^unit, times 2^double / 4 */
static uint64_t scale_quarters(const binary *p, int unit, int quarters, int twice, bool *inexact) {
    yoke__natural n, d;
    yoke__natural_set(&n, (yoke__u128)4 * p->fraction + (yoke__u128)(__int128)quarters);
    yoke__natural_set(&d, 1);
    yoke__natural_scale(unit < 0 ? &n : &d, abs(unit));
    int exponent = p->exponent - 2 + twice;
    yoke__natural_shift_left(exponent < 0 ? &d : &n, abs(exponent));
    return integer_quotient(n, d, inexact);
}

static scaled scale_long(const binary *p, int unit) {
    scaled v = {.unit = unit};
    bool low_inexact, high_inexact;
    v.low = scale_quarters(p, unit, -(int)p->below, 0, &low_inexact);
    v.low += low_inexact || !p->even;
    v.high = scale_quarters(p, unit, 2, 0, &high_inexact);
    v.high -= !high_inexact && !p->even;
    v.twice = scale_quarters(p, unit, 0, 1, &v.inexact);
    return v;
}

static shortest shorten(double value) {
    binary p = split(value);
    int unit = choose_unit(&p);
    bool fits = unit <= 0 && unit >= -31 && 2 + unit - p.exponent > 0;
    scaled v = fits ? scale_short(&p, unit) : scale_long(&p, unit);
    return search(&v);
}

/* ---- writing ---- */

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536"
    "37383940414243444546474849505152535455565758596061626364656667686970717273"
    "7475767778798081828384858687888990919293949596979899";

/* Two digits at a time, from the right. */
size_t yoke__digits_write(char *to, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    for (; value >= 100; value /= 100) memcpy(digits + (at -= 2), pairs + 2 * (value % 100), 2);
    if (value >= 10)
        memcpy(digits + (at -= 2), pairs + 2 * value, 2);
    else
        digits[--at] = (char)('0' + value);
    memcpy(to, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

/* n digits at `to`, the point after the first `point` of them, 1 to n. Returns the new length. */
static size_t insert_point(char *to, size_t n, size_t point) {
    if (point == n) return n;
    memmove(to + point + 1, to + point, n - point);
    to[point] = '.';
    return n + 1;
}

static size_t write_exponential(char *to, size_t n, int exponent) {
    char *p = to + insert_point(to, n, 1);
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    unsigned magnitude = (unsigned)abs(exponent);
    if (magnitude < 10) *p++ = '0';
    return (size_t)(p - to) + yoke__digits_write(p, magnitude);
}

static size_t write_small(char *to, size_t n, size_t zeros) {
    memmove(to + 2 + zeros, to, n);
    memset(to, '0', 2 + zeros);
    to[1] = '.';
    return 2 + zeros + n;
}

static size_t write_shortest(char *to, shortest s) {
    size_t n = yoke__digits_write(to, s.digits);
    int point = (int)n + s.exponent; /* digits before the point */
    if (point < -4 || point > 17) return write_exponential(to, n, point - 1);
    if (point <= 0) return write_small(to, n, (size_t)-point);
    if (point < (int)n) return insert_point(to, n, (size_t)point);
    memset(to + n, '0', (size_t)point - n);
    return (size_t)point;
}

static size_t write_magnitude(char *to, double value) {
    if (isinf(value)) {
        memcpy(to, "inf", 3);
        return 3;
    }
    if (value < 0x1p53 && value == (double)(uint64_t)value) {
        return yoke__digits_write(to, (uint64_t)value);
    }
    return write_shortest(to, shorten(value));
}

size_t yoke_number_format(double value, char text[YOKE_NUMBER_TEXT]) {
    size_t n = 0;
    if (isnan(value)) {
        memcpy(text, "nan", 3);
        n = 3;
    } else {
        if (signbit(value)) text[n++] = '-';
        n += write_magnitude(text + n, fabs(value));
    }
    text[n] = 0;
    return n;
}

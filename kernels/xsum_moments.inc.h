/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and their squares into two superaccumulators, for one set of instructions
 * (kernels/reduce_isa.inc.h).
 *
 * A number of at most L is cut at fixed bits into three digits: a, a multiple of 2^-21 L, b, of
 * 2^-43 L, and c, of 2^-65 L. Each is what rounding to the one before has left, so |b| is at most
 * 2^-22 L and |c| 2^-44 L. Then a product of two digits is a multiple, by 2^42 at most, of a unit
 * that depends on their places only, and 2^11 such products add up in a double without rounding, in
 * any lanes and order. x^2 = a^2 + 2 a b + 2 a c + b^2 + 2 b c + c^2: six products that are added
 * as they are made, where a product and its error, split as in kernels/xsum_isa.inc.h, take twenty
 * operations. The idea of cutting at bits that all numbers share is that of Ozaki, Ogita, Oishi and
 * Rump, "Error-free transformations of matrix multiplication" (2012).
 *
 * What has bits below 2^-65 L is less than 2^-13 L. Such numbers are put aside and added one by
 * one; a tile with many is not added here.
 */

enum { DIGITS = 3, SQUARES = 6, MOST_ASIDE = YOKE__XSUM_HALF / 32 };

typedef struct digit_sums {
    doubles digit[DIGITS];
    doubles square[SQUARES];
    doubles most;
} digit_sums;

typedef struct aside {
    double x[MOST_ASIDE + YOKE__LANES];
    size_t count;
} aside;

/* A number of at most L to which this was added, and from which it was taken again, has become a
 * multiple of 2^-bits L. */
static inline double rounder(double limit, int bits) { return limit * 0x1.8p52 * ldexp(1, -bits); }

/* How often each product stands in the square. */
static const double square_times[SQUARES] = {1, 2, 2, 1, 2, 1};

TARGET static inline __attribute__((always_inline)) void add_digits(digit_sums *s, doubles x,
                                                                    double first, double second) {
    doubles a = x + first - first, rest = x - a;
    doubles b = rest + second - second, c = rest - b;
    s->digit[0] += a;
    s->digit[1] += b;
    s->digit[2] += c;
    s->square[0] = PLUS_PRODUCT(s->square[0], a, a);
    s->square[1] = PLUS_PRODUCT(s->square[1], a, b);
    s->square[2] = PLUS_PRODUCT(s->square[2], a, c);
    s->square[3] = PLUS_PRODUCT(s->square[3], b, b);
    s->square[4] = PLUS_PRODUCT(s->square[4], b, c);
    s->square[5] = PLUS_PRODUCT(s->square[5], c, c);
}

/* Returns x with zeros for those that have bits below the last digit, and takes these aside. */
TARGET static doubles put_aside(aside *a, doubles x, double limit) {
    double last = rounder(limit, 65);
    words below = (size_of(x) < limit * 0x1p-13) & (x + last - last != x);
    if (!any_bits(below)) return x;
    for (int j = 0; j < PER; j++)
        if (below[j]) a->x[a->count++] = x[j];
    return (doubles)((words)x & ~below);
}

/* n is a multiple of the lanes; stops when too many were put aside. */
TARGET static void sum_digits(digit_sums *s, aside *a, const double *x, size_t n, double limit) {
    double first = rounder(limit, 21), second = rounder(limit, 43);
    doubles small = (doubles){0} + limit * 0x1p-13;
    digit_sums sums = {0};
    for (size_t i = 0; i < n && a->count <= MOST_ASIDE; i += YOKE__LANES) {
        doubles item[VECTORS], least = (doubles){0} + INFINITY;
        UNROLL for (size_t v = 0; v < VECTORS; v++) {
            item[v] = *(const some_doubles *)(x + i + v * PER);
            least = smaller_f64(least, size_of(item[v]));
            sums.most = larger_f64(sums.most, size_of(item[v]));
        }
        if (ANY_BELOW(least, small))
            for (size_t v = 0; v < VECTORS; v++) item[v] = put_aside(a, item[v], limit);
        UNROLL for (size_t v = 0; v < VECTORS; v++) add_digits(&sums, item[v], first, second);
    }
    *s = sums;
}

/* Squares of the last digits must not be below all doubles. */
static bool can_be_squared(double limit) { return limit >= 0x1p-400 && limit <= 0x1p500; }

/* Whether the sums are exact. *limit becomes the one to try next. */
TARGET static bool digits_fit(const digit_sums *s, const aside *a, double *limit) {
    double largest = largest_lane(s->most), above = isfinite(largest) ? power_above(largest) : 0;
    bool fits = largest <= *limit && a->count <= MOST_ASIDE && !isnan(sum_lanes(s->digit[0]));
    if ((!fits || largest < *limit * 0x1p-4) && can_be_squared(above)) *limit = above;
    return fits;
}

TARGET static bool xsum_moments(yoke_xsum *sum, yoke_xsum *squares, const double *x, size_t n,
                                double *limit) {
    size_t whole = n - n % YOKE__LANES;
    digit_sums s;
    aside a;
    if (!*limit) *limit = 1;
    bool fits = false;
    for (int tries = 0; tries < 2 && !fits; tries++) {
        double used = *limit;
        a.count = 0;
        sum_digits(&s, &a, x, whole, used);
        fits = digits_fit(&s, &a, limit);
        if (*limit == used) break;
    }
    if (!fits) return false;
    for (int i = 0; i < DIGITS; i++) yoke_xsum_add(sum, sum_lanes(s.digit[i]));
    for (int i = 0; i < SQUARES; i++)
        yoke_xsum_add(squares, square_times[i] * sum_lanes(s.square[i]));
    yoke__xsum_add_squares(sum, squares, a.x, a.count);
    yoke__xsum_add_squares(sum, squares, x + whole, n - whole);
    return true;
}

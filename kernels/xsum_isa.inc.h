/* SPDX-License-Identifier: Apache-2.0
 *
 * Tiles of doubles into superaccumulators, for one set of instructions (kernels/reduce_isa.inc.h).
 *
 * A tile of numbers below 2^m is split at bits: adding x to s, which stays between 2^e and 2^(e+1),
 * rounds x to a multiple of the last bit of s, and what the sum has not taken, x - (s' - s), is
 * exact. With e = m + 13 the sums of 4096 numbers stay in that range and are exact, also those of
 * all lanes together; a second accumulator takes the remainders in the same way, and a third. Two
 * hold all bits from 2^m down to 2^(m - 79). If anything remains, or a number was above the limit,
 * the tile is not added. After Demmel and Nguyen, "Parallel reproducible summation" (2015), with a
 * superaccumulator behind instead of a fixed number of bins.
 *
 * Since no sum rounds, the number of lanes is free here.
 */

/* Accumulators that split, each 40 bits below the one before. Sums have two of them. Products have
 * three, since they lie further apart: squares twice as far as what is squared. */
enum { SUM_PARTS = 2, PRODUCT_PARTS = 3 };
typedef struct splitter {
    doubles part[PRODUCT_PARTS];
} splitter;

static inline double part_start(double limit, int part) {
    static const double starts[] = {0x1.8p13, 0x1.8p-27, 0x1.8p-67};
    return limit * starts[part];
}

TARGET static inline __attribute__((always_inline)) splitter begin_split(double limit, int parts) {
    splitter s;
    for (int i = 0; i < PRODUCT_PARTS; i++)
        s.part[i] = (doubles){0} + (i < parts ? part_start(limit, i) : 0);
    return s;
}

/* Adds items and returns what remains of them. */
TARGET static inline __attribute__((always_inline)) doubles split(splitter *s, doubles items,
                                                                  int parts) {
    UNROLL for (int i = 0; i < parts; i++) {
        doubles sum = s->part[i] + items;
        items = items - (sum - s->part[i]);
        s->part[i] = sum;
    }
    return items;
}

TARGET static inline doubles size_of(doubles x) { return (doubles)((words)x & INT64_MAX); }

TARGET static inline double sum_lanes(doubles x) {
    double sum = 0;
    for (int j = 0; j < PER; j++) sum += x[j];
    return sum;
}

TARGET static inline void end_split(const splitter *s, double limit, int parts, double *sums) {
    for (int i = 0; i < parts; i++) sums[i] = sum_lanes(s->part[i] - part_start(limit, i));
}

TARGET static inline double largest_lane(doubles x) {
    double largest = 0;
    for (int j = 0; j < PER; j++) largest = x[j] > largest ? x[j] : largest;
    return largest;
}

TARGET static inline bool any_bits(words x) {
    int64_t bits = 0;
    for (int j = 0; j < PER; j++) bits |= x[j];
    return (bits & INT64_MAX) != 0;
}

/* What came of a tile: its sum is that of sums, if it is whole. */
typedef struct tile_sums {
    double sums[2 * PRODUCT_PARTS];
    double largest; /* size; NaN when one is NaN */
    bool whole;     /* nothing remained */
} tile_sums;

/* n is a multiple of the lanes. */
TARGET static tile_sums sum_tile(const double *x, size_t n, double limit) {
    splitter a = begin_split(limit, SUM_PARTS), b = a;
    doubles most_a = {0}, most_b = {0};
    words left_a = {0}, left_b = {0};
    for (size_t i = 0; i < n; i += YOKE__LANES) {
        UNROLL for (size_t v = 0; v < VECTORS; v += 2) {
            doubles first = *(const some_doubles *)(x + i + v * PER);
            doubles second = *(const some_doubles *)(x + i + (v + 1) * PER);
            left_a |= (words)split(&a, first, SUM_PARTS);
            left_b |= (words)split(&b, second, SUM_PARTS);
            most_a = larger_f64(most_a, size_of(first));
            most_b = larger_f64(most_b, size_of(second));
        }
    }
    tile_sums t = {.largest = largest_lane(larger_f64(most_a, most_b)),
                   .whole = !any_bits(left_a | left_b)};
    end_split(&a, limit, SUM_PARTS, t.sums);
    end_split(&b, limit, SUM_PARTS, t.sums + SUM_PARTS);
    if (isnan(t.sums[0] + t.sums[SUM_PARTS])) t.largest = (double)NAN;
    return t;
}

/* A product is split into what a multiplication gives and its error, which is a double unless the
 * product is tiny. It is below the product's last bit, so its limit is known. */
TARGET static tile_sums product_tile(const double *x, const double *y, size_t n, double limit) {
    splitter a = begin_split(limit, PRODUCT_PARTS);
    splitter b = begin_split(limit * 0x1p-53, PRODUCT_PARTS);
    doubles most = {0};
    words left = {0}, tiny = {0};
    for (size_t i = 0; i < n; i += PER) {
        doubles p = *(const some_doubles *)(x + i), q = *(const some_doubles *)(y + i);
        doubles product = p * q, size = size_of(product);
        left |= (words)split(&a, product, PRODUCT_PARTS);
        left |= (words)split(&b, FUSED(p, q, product), PRODUCT_PARTS);
        most = larger_f64(most, size);
        tiny |= size < 0x1p-960;
    }
    tile_sums t = {.largest = largest_lane(most), .whole = !any_bits(left)};
    if (any_bits(tiny)) { /* then they have to be zeros that are exact */
        for (size_t i = 0; i < n; i++)
            if (fabs(x[i] * y[i]) < 0x1p-960 && x[i] != 0 && y[i] != 0) t.largest = INFINITY;
    }
    end_split(&a, limit, PRODUCT_PARTS, t.sums);
    end_split(&b, limit * 0x1p-53, PRODUCT_PARTS, t.sums + PRODUCT_PARTS);
    if (isnan(t.sums[0])) t.largest = (double)NAN;
    return t;
}

/* The power of 2 above a number. */
static double power_above(double x) {
    int exponent;
    (void)frexp(x, &exponent);
    return ldexp(1, exponent);
}

static bool can_be_limit(double limit) { return limit >= 0x1p-800 && limit <= 0x1p1000; }

/* Whether a tile that was split with this limit is exact; if not, *limit is the one to try next, or
 * 0. If it is, the next tile may have a lower one. */
static bool is_exact(const tile_sums *t, double *limit) {
    double above = power_above(t->largest);
    if (t->whole && t->largest <= *limit) {
        if (t->largest < *limit * 0x1p-12 && t->largest > 0) *limit = above;
        return true;
    }
    *limit = isfinite(t->largest) && can_be_limit(above) && above != *limit ? above : 0;
    return false;
}

static void add_sums(yoke_xsum *sum, const tile_sums *t) {
    for (int i = 0; i < 2 * PRODUCT_PARTS; i++) yoke_xsum_add(sum, t->sums[i]);
}

/* The slow way of a tile whose numbers lie far apart: what remains is split again, 80 bits below,
 * and one by one after some rounds. */
TARGET static void add_rests(yoke_xsum *sum, const double *x, size_t n, double limit) {
    enum { ROUNDS = 4 };
    double rest[YOKE__XSUM_TILE];
    double sums[SUM_PARTS];
    bool more = true;
    for (int round = 0; round < ROUNDS && more && can_be_limit(limit); round++, x = rest) {
        splitter s = begin_split(limit, SUM_PARTS);
        words left = {0};
        for (size_t i = 0; i < n; i += PER) {
            doubles remains = split(&s, *(const some_doubles *)(x + i), SUM_PARTS);
            *(some_doubles *)(rest + i) = remains;
            left |= (words)remains;
        }
        end_split(&s, limit, SUM_PARTS, sums);
        yoke_xsum_add(sum, sums[0]);
        yoke_xsum_add(sum, sums[1]);
        more = any_bits(left);
        limit *= 0x1p-80;
    }
    if (more) yoke__xsum_add_each(sum, x, n);
}

TARGET static bool xsum_tile(yoke_xsum *sum, const double *x, size_t n, double *limit) {
    size_t whole = n - n % YOKE__LANES;
    if (!can_be_limit(*limit)) *limit = 1;
    tile_sums t = sum_tile(x, whole, *limit);
    if (!is_exact(&t, limit) && *limit) {
        t = sum_tile(x, whole, *limit);
        (void)is_exact(&t, limit);
    }
    if (*limit) {
        add_sums(sum, &t);
    } else {
        double above = power_above(t.largest);
        if (!isfinite(t.largest) || !can_be_limit(above)) return false;
        add_rests(sum, x, whole, above);
    }
    for (size_t i = whole; i < n; i++) yoke_xsum_add(sum, x[i]);
    return true;
}

/* The slow way of products: products and errors as two tiles. */
TARGET static bool add_both(yoke_xsum *sum, const double *x, const double *y, size_t n) {
    double products[YOKE__XSUM_TILE], errors[YOKE__XSUM_TILE], limit = 0;
    for (size_t i = 0; i < n; i += PER) {
        doubles p = *(const some_doubles *)(x + i), q = *(const some_doubles *)(y + i);
        *(some_doubles *)(products + i) = p * q;
        *(some_doubles *)(errors + i) = FUSED(p, q, p * q);
    }
    if (!xsum_tile(sum, products, n, &limit)) return false;
    if (!xsum_tile(sum, errors, n, &limit)) yoke__xsum_add_each(sum, errors, n);
    return true;
}

TARGET static bool xsum_products(yoke_xsum *sum, const double *x, const double *y, size_t n,
                                 double *limit) {
    size_t whole = n - n % YOKE__LANES;
    if (!can_be_limit(*limit)) *limit = 1;
    tile_sums t = product_tile(x, y, whole, *limit);
    if (!is_exact(&t, limit) && *limit) {
        t = product_tile(x, y, whole, *limit);
        (void)is_exact(&t, limit);
    }
    if (*limit)
        add_sums(sum, &t);
    else if (!isfinite(t.largest) || !add_both(sum, x, y, whole))
        return false;
    for (size_t i = whole; i < n; i++) yoke_xsum_add_product(sum, x[i], y[i]);
    return true;
}

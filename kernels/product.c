/* SPDX-License-Identifier: Apache-2.0
 *
 * Products of many doubles. A factor is a whole number of 64 bits, the highest of them 1, times a
 * power of 2, so each multiplication moves the product by one limb, and at most one bit back; what
 * leaves at the low end is cut off and, unless it is zero, counted. With two limbs, which nearly
 * always do, several products grow side by side, so that multiplications need not wait for each
 * other.
 *
 * A product that was cut has more bits than the limbs hold, the last of them 1, so it never lies
 * half way between two doubles: it is enough to see on which side of such a place it is.
 */
#include "kernels/product.h"

#include <math.h>
#include <string.h>

typedef unsigned __int128 wide;

enum { NEGATIVE = 1, ZERO = 2, INFINITE = 4, NOT_A_NUMBER = 8 };
enum { LANES = 4, LIMB = 64 };
#define HIGHEST (UINT64_C(1) << 63)

/* ---- factors ---- */

/* mantissa 2^exponent, with the highest bit set; special numbers are like 1. */
typedef struct factor {
    uint64_t mantissa;
    int64_t exponent;
    uint32_t negative, special; /* 1 or 0; as in yoke__product */
} factor;

/* Of a number whose exponent has all bits or none. */
static __attribute__((noinline, cold)) factor rare_factor(uint64_t bits) {
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    uint32_t negative = (uint32_t)(bits >> 63);
    bool high = bits >> 52 & 1;
    if (!high && fraction) {
        int shift = __builtin_clzll(fraction);
        return (factor){fraction << shift, -1074 - shift, negative, 0};
    }
    return (factor){HIGHEST, 1 - LIMB, negative, !high ? ZERO : fraction ? NOT_A_NUMBER : INFINITE};
}

static inline factor factor_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t biased = bits >> 52 & 0x7FF;
    if (biased - 1 >= 0x7FE) return rare_factor(bits);
    return (factor){bits << 11 | HIGHEST, (int64_t)biased - 1023 - 63, (uint32_t)(bits >> 63), 0};
}

static inline uint32_t special_with(uint32_t special, factor f) {
    return (special ^ f.negative) | f.special;
}

/* ---- two limbs ---- */

typedef struct lane {
    uint64_t low, high, cuts;
    int64_t exponent;
} lane;

static inline void multiply_lane(lane *p, factor f) {
    wide low = (wide)p->low * f.mantissa;
    wide high = (wide)p->high * f.mantissa + (uint64_t)(low >> LIMB);
    uint64_t rest = (uint64_t)low;
    unsigned shift = !(high >> (2 * LIMB - 1));
    high = high << shift | (rest >> 63 & shift);
    p->cuts += (rest << shift) != 0;
    p->low = (uint64_t)high;
    p->high = (uint64_t)(high >> LIMB);
    p->exponent += f.exponent + LIMB - (int64_t)shift;
}

static void merge_lane(yoke__product *p, const lane *l) {
    uint64_t limbs[2] = {l->low, l->high}, room[4];
    yoke__product_merge(p, &(yoke__product){2, limbs, l->exponent, l->cuts, 0}, room);
}

/* ---- any number of limbs ---- */

void yoke__product_begin(yoke__product *p, size_t limbs, uint64_t *limb) {
    memset(limb, 0, limbs * sizeof *limb);
    limb[limbs - 1] = HIGHEST;
    *p = (yoke__product){limbs, limb, 1 - LIMB * (int64_t)limbs, 0, 0};
}

/* Makes the highest bit of `limb` 1, which it or the next one is: the bit that comes in is the
 * highest of `below`. Returns by how many bits it moved. */
static unsigned lift(uint64_t *limb, size_t limbs, uint64_t below) {
    if (limb[limbs - 1] & HIGHEST) return 0;
    for (size_t i = limbs; i-- > 0;) limb[i] = limb[i] << 1 | (i ? limb[i - 1] : below) >> 63;
    return 1;
}

static void multiply_long(yoke__product *p, factor f) {
    wide carry = (wide)p->limb[0] * f.mantissa;
    uint64_t rest = (uint64_t)carry;
    for (size_t i = 1; i < p->limbs; i++) {
        carry = (carry >> LIMB) + (wide)p->limb[i] * f.mantissa;
        p->limb[i - 1] = (uint64_t)carry;
    }
    p->limb[p->limbs - 1] = (uint64_t)(carry >> LIMB);
    unsigned shift = lift(p->limb, p->limbs, rest);
    p->cuts += (rest << shift) != 0;
    p->exponent += f.exponent + LIMB - (int64_t)shift;
}

static void multiply_limbs(uint64_t *product, const uint64_t *a, const uint64_t *b, size_t limbs) {
    memset(product, 0, 2 * limbs * sizeof *product);
    for (size_t i = 0; i < limbs; i++) {
        uint64_t carry = 0;
        for (size_t k = 0; k < limbs; k++) {
            wide sum = (wide)a[i] * b[k] + product[i + k] + carry;
            product[i + k] = (uint64_t)sum;
            carry = (uint64_t)(sum >> LIMB);
        }
        product[i + limbs] = carry;
    }
}

void yoke__product_merge(yoke__product *into, const yoke__product *from, uint64_t *room) {
    size_t limbs = from->limbs;
    uint64_t lost = 0;
    multiply_limbs(room, into->limb, from->limb, limbs);
    unsigned shift = lift(room, 2 * limbs, 0);
    for (size_t i = 0; i < limbs; i++) lost |= room[i];
    memcpy(into->limb, room + limbs, limbs * sizeof *room);
    into->exponent += from->exponent + LIMB * (int64_t)limbs - (int64_t)shift;
    into->cuts += from->cuts + (lost != 0);
    into->special = (into->special ^ (from->special & NEGATIVE)) | (from->special & ~1U);
}

/* NOLINTBEGIN(bugprone-macro-parentheses): types do not stand in parentheses */
#define MULTIPLY(S, T)                                                                             \
    static inline uint32_t multiply_one_##S(lane *l, T x, uint32_t special) {                      \
        factor f = factor_of((double)x);                                                           \
        multiply_lane(l, f);                                                                       \
        return special_with(special, f);                                                           \
    }                                                                                              \
    static void multiply_narrow_##S(yoke__product *p, const T *x, size_t n) {                      \
        lane lanes[LANES];                                                                         \
        uint32_t special = p->special;                                                             \
        size_t i = 0;                                                                              \
        for (int k = 0; k < LANES; k++) lanes[k] = (lane){0, HIGHEST, 0, 1 - 2 * LIMB};            \
        for (; n - i >= LANES; i += LANES)                                                         \
            for (size_t k = 0; k < LANES; k++)                                                     \
                special = multiply_one_##S(&lanes[k], x[i + k], special);                          \
        for (; i < n; i++) special = multiply_one_##S(&lanes[0], x[i], special);                   \
        for (int k = 0; k < LANES; k++) merge_lane(p, &lanes[k]);                                  \
        p->special = special;                                                                      \
    }                                                                                              \
    void yoke__product_multiply_##S(yoke__product *p, const T *x, size_t n) {                      \
        if (p->limbs == 2)                                                                         \
            multiply_narrow_##S(p, x, n);                                                          \
        else                                                                                       \
            for (size_t i = 0; i < n; i++) {                                                       \
                factor f = factor_of((double)x[i]);                                                \
                multiply_long(p, f);                                                               \
                p->special = special_with(p->special, f);                                          \
            }                                                                                      \
    }
MULTIPLY(f64, double)
MULTIPLY(f32, float)
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- rounding ---- */

/* Whether 4 cuts more would carry from the limbs below the highest. */
static bool may_carry(const yoke__product *p) {
    if (!p->cuts || p->limb[0] + 4 * p->cuts >= p->limb[0]) return false;
    for (size_t i = 1; i + 1 < p->limbs; i++)
        if (~p->limb[i]) return false;
    return true;
}

static bool anything_below(const yoke__product *p) {
    for (size_t i = 0; i + 1 < p->limbs; i++)
        if (p->limb[i]) return true;
    return p->cuts != 0;
}

/* A product of finite numbers: all that is rounded lies in the highest limb. */
static bool round_finite(const yoke__product *p, double *size) {
    uint64_t top = p->limb[p->limbs - 1];
    int64_t low = p->exponent + LIMB * ((int64_t)p->limbs - 1); /* of the highest limb */
    int64_t last = -1074 - low > 11 ? -1074 - low : 11; /* its bit that becomes the last one */
    *size = 0;
    if (last > LIMB + 1) return true;
    uint64_t mantissa = last < LIMB ? top >> last : 0;
    bool half = last <= LIMB && top >> (last - 1) & 1;
    uint64_t mask = last <= LIMB ? (UINT64_C(1) << (last - 1)) - 1 : UINT64_MAX;
    if ((top & mask) == mask && may_carry(p)) return false;
    bool rest = (top & mask) || anything_below(p);
    if (half && (rest || (mantissa & 1))) mantissa++;
    *size = low + last > 1024 ? (double)INFINITY : ldexp((double)mantissa, (int)(low + last));
    return true;
}

bool yoke__product_value(const yoke__product *p, double *value) {
    bool undefined = (p->special & ZERO) && (p->special & INFINITE);
    double size = 0;
    if (p->special & NOT_A_NUMBER || undefined) {
        *value = (double)NAN;
        return true;
    }
    if (p->special & INFINITE)
        size = (double)INFINITY;
    else if (!(p->special & ZERO) && !round_finite(p, &size))
        return false;
    *value = p->special & NEGATIVE ? -size : size;
    return true;
}

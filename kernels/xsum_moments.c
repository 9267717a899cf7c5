/* SPDX-License-Identifier: Apache-2.0
 *
 * Mean, squared deviations and norm from exact sums: arithmetic on whole numbers of many words,
 * then one rounding. With S the sum of n numbers and Q that of their squares, the deviations are
 * (n Q - S^2) / n, where S counts units of 2^-1088 and Q units of 2^-2176, so that both sides of
 * the subtraction have the same unit. Quotients and roots are cut to whole numbers, and a flag says
 * whether something was cut off: that is all that rounding has to know.
 */
#include <math.h>
#include <string.h>

#include "kernels/xsum.h"

enum {
    FIRST = -YOKE_XSUM_LOW / 64, /* the word of S from which it counts: below lies no double */
    WORDS = YOKE_XSUM_LIMBS + 4
};

/* words /= divisor; returns whether there was a remainder. */
static bool divide(uint32_t *words, int count, uint64_t divisor) {
    unsigned __int128 rest = 0;
    for (int i = count; i-- > 0;) {
        rest = rest << 32 | words[i];
        words[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    return rest != 0;
}

static void multiply(uint32_t *words, int count, uint64_t factor) {
    unsigned __int128 carry = 0;
    for (int i = 0; i < count; i++) {
        carry += (unsigned __int128)words[i] * factor;
        words[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

/* into -= a^2, which is not larger. */
static void subtract_square(uint32_t *into, int count, const uint32_t *a, int size) {
    for (int i = 0; i < size; i++) {
        uint64_t carry = 0, borrow = 0;
        if (!a[i]) continue;
        for (int j = 0; i + j < count; j++) {
            carry += j < size ? (uint64_t)a[i] * a[j] : 0;
            uint64_t taken = (carry & 0xFFFFFFFF) + borrow;
            borrow = into[i + j] < taken;
            into[i + j] -= (uint32_t)taken;
            carry >>= 32;
        }
    }
}

double yoke__exact_mean(const yoke_xsum *sum, uint64_t count) {
    uint32_t words[YOKE_XSUM_LIMBS];
    if (!count) return 0;
    if (sum->special) return yoke__xsum_special(sum);
    bool negative = yoke__xsum_magnitude(sum, words);
    bool more = divide(words, YOKE_XSUM_LIMBS, count);
    double mean = yoke__round_words(words, YOKE_XSUM_LIMBS, YOKE_XSUM_LOW, more);
    return negative ? -mean : mean;
}

double yoke__exact_deviations(const yoke_xsum *sum, const yoke_xsum *squares, uint64_t count) {
    uint32_t all[WORDS] = {0}, words[YOKE_XSUM_LIMBS];
    if (!count) return 0;
    if (sum->special || squares->special) return (double)NAN;
    yoke__xsum_magnitude(squares, all);
    yoke__xsum_magnitude(sum, words);
    multiply(all, WORDS, count);
    subtract_square(all, WORDS, words + FIRST, YOKE_XSUM_LIMBS - FIRST);
    bool more = divide(all, WORDS, count);
    return yoke__round_words(all, WORDS, YOKE_XSUM_LOW, more);
}

/* The whole root of a number of 128 bits, below 2^64. */
static uint64_t whole_root(unsigned __int128 square) {
    uint64_t root = 0;
    for (uint64_t bit = (uint64_t)1 << 63; bit; bit >>= 1) {
        uint64_t next = root | bit;
        if ((unsigned __int128)next * next <= square) root = next;
    }
    return root;
}

/* The 128 bits of words from bit `from` on. */
static unsigned __int128 wide_bits_at(const uint32_t *words, int from) {
    unsigned __int128 bits = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t two = (uint64_t)words[from / 32 + i + 1] << 32 | words[from / 32 + i];
        bits |= (unsigned __int128)(uint32_t)(two >> (from % 32)) << (32 * i);
    }
    return bits;
}

double yoke__exact_root(const yoke_xsum *squares) {
    enum { PAD = 4 };
    uint32_t words[PAD + YOKE_XSUM_LIMBS + PAD] = {0};
    if (squares->special) return yoke__xsum_special(squares);
    yoke__xsum_magnitude(squares, words + PAD);
    int top = PAD + YOKE_XSUM_LIMBS - 1;
    while (top >= PAD && !words[top]) top--;
    if (top < PAD) return 0;
    /* 127 or 128 bits from an even one on: their root has 64 */
    int from = 32 * top + 31 - __builtin_clz(words[top]) - 127;
    from += from % 2;
    unsigned __int128 high = wide_bits_at(words, from);
    uint64_t root = whole_root(high);
    bool more = (unsigned __int128)root * root != high;
    for (int i = 0; i < from; i++) more = more || (words[i / 32] >> (i % 32) & 1);
    uint32_t halves[3] = {0, (uint32_t)root, (uint32_t)(root >> 32)};
    return yoke__round_words(halves, 3, (from - 32 * PAD + YOKE_XSUM_LOW) / 2 - 32, more);
}

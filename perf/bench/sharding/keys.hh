/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and the order in which they are asked for.
 *
 * Zipf numbers are drawn by rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to
 * generate variates from monotone discrete distributions", 1996), which is exact for any number of
 * keys and needs no table.
 */
#ifndef BENCH_SHARDING_KEYS_HH
#define BENCH_SHARDING_KEYS_HH

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace bench {

/* xorshift64* (Vigna 2016) */
class Random {
  public:
    explicit Random(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15u + 1) {
        if (!state) state = 1;
        for (int i = 0; i < 8; i++) (*this)();
    }
    uint64_t operator()() {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545F4914F6CDD1Du;
    }
    double unit() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }
    uint64_t below(uint64_t n) {
        return static_cast<uint64_t>((static_cast<unsigned __int128>((*this)()) * n) >> 64);
    }

  private:
    uint64_t state;
};

/* Ranks 0 to n - 1; rank r is drawn with a probability in proportion to 1 / (r + 1)^skew. */
class Zipf {
  public:
    Zipf(uint64_t n, double skew)
        : count(n), exponent(skew), first(area(1.5) - 1), last(area(double(n) + 0.5)),
          shortcut(2 - inverse(area(2.5) - std::pow(2.0, -skew))) {}

    uint64_t operator()(Random &random) const {
        for (;;) {
            double u = last + random.unit() * (first - last), x = inverse(u);
            double k = std::min(std::max(std::floor(x + 0.5), 1.0), double(count));
            if (k - x <= shortcut || u >= area(k + 0.5) - std::pow(k, -exponent)) {
                return static_cast<uint64_t>(k) - 1;
            }
        }
    }

  private:
    uint64_t count;
    double exponent, first, last, shortcut;

    /* The integral of x^-exponent, and its inverse; exponent is not 1. */
    double area(double x) const { return std::pow(x, 1 - exponent) / (1 - exponent); }
    double inverse(double y) const { return std::pow((1 - exponent) * y, 1 / (1 - exponent)); }
};

constexpr uint64_t KEY_BITS = ~(uint64_t{1} << 63);

/* The key of a number: 63 bits without order, no two alike, never 0 for numbers above 0. */
inline uint64_t key_of(uint64_t number) {
    uint64_t x = (number * 0x9E3779B97F4A7C15u) & KEY_BITS;
    x ^= x >> 32;
    x = (x * 0xD6E8FEB86659FD93u) & KEY_BITS;
    return x ^ (x >> 29);
}

/* The number, from 1, of a rank: ranks that are near each other are far apart in the order in which
 * keys are inserted, so that hot keys are not neighbours in anybody's memory. */
inline uint64_t number_of_rank(uint64_t rank, uint64_t n) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(rank) * 2654435761u % n) + 1;
}

} // namespace bench
#endif

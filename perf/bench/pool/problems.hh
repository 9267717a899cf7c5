/* SPDX-License-Identifier: Apache-2.0
 *
 * The problems themselves, without anything parallel.
 */
#ifndef BENCH_POOL_PROBLEMS_HH
#define BENCH_POOL_PROBLEMS_HH

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "tests/uts_tree.h"

namespace fibonacci {

inline uint64_t number(int n) {
    uint64_t a = 0, b = 1;
    for (; n > 0; n--) {
        uint64_t next = a + b;
        a = b;
        b = next;
    }
    return a;
}

/* How often a recursive fib(n) calls itself for n - 1: each call is a task. */
inline uint64_t tasks(int n) { return number(n + 1) - 1; }

/* The number whose tasks are about `scale` times those of n. */
inline int scaled(int n, double scale) {
    int less = scale < 1 ? static_cast<int>(std::log(1 / scale) / std::log(1.618)) : 0;
    return n - less > 5 ? n - less : 5;
}

} // namespace fibonacci

namespace queens {

constexpr int MOST = 16; /* columns */

/* A board of n columns whose upper rows have their queens: bits are columns. */
struct Board {
    int n;
    int row = 0;
    uint32_t columns = 0, left = 0, right = 0; /* that a queen of an upper row attacks */
    uint32_t free() const { return ((1u << n) - 1) & ~(columns | left | right); }
    Board with(uint32_t column) const {
        Board next = *this;
        next.row++;
        next.columns = columns | column;
        next.left = (left | column) << 1;
        next.right = (right | column) >> 1;
        return next;
    }
};

struct Counts {
    uint64_t solutions = 0, nodes = 0;
};

inline void add(const Board &board, Counts &counts) {
    counts.solutions += board.row == board.n;
    for (uint32_t left = board.free(); left; left &= left - 1) {
        counts.nodes++;
        add(board.with(left & -left), counts);
    }
}

inline Counts count(const Board &board) {
    Counts counts;
    add(board, counts);
    return counts;
}

} // namespace queens

namespace growing {

/* Iteration i of n: its cost grows with i, to forty times that of the first. */
inline uint32_t iterate(size_t i, size_t n) {
    uint32_t value = static_cast<uint32_t>(i);
    for (size_t steps = 1 + i * 40 / n; steps > 0; steps--) {
        value = value * 1664525u + 1013904223u;
        value ^= value >> 15;
    }
    return value;
}

inline uint64_t sum(const uint32_t *values, size_t n) {
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) all += values[i] ^ (i & 1023);
    return all;
}

} // namespace growing
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * The problems themselves, without anything parallel. What is worth its time is compiled once, by
 * g++, for all: else one would compare compilers.
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

Counts count(const Board &board); /* below this one */

} // namespace queens

namespace unbalanced {

uts_node root(int tree);
uts_node child(const uts_node &parent, int number);
int children(int tree, const uts_node &node);
/* The node and all below it. */
uts_counts count(int tree, const uts_node &node);

} // namespace unbalanced

namespace growing {

/* Iteration i of n: its cost grows with i, to forty times that of the first. */
uint32_t iterate(size_t i, size_t n);

uint64_t sum(const uint32_t *values, size_t n);

} // namespace growing
#endif

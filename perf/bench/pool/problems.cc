/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial parts of the problems.
 */
#include "perf/bench/pool/problems.hh"

namespace queens {

static void add(const Board &board, Counts &counts) {
    counts.solutions += board.row == board.n;
    for (uint32_t left = board.free(); left; left &= left - 1) {
        counts.nodes++;
        add(board.with(left & -left), counts);
    }
}

Counts count(const Board &board) {
    Counts counts;
    add(board, counts);
    return counts;
}

} // namespace queens

namespace unbalanced {

uts_node root(int tree) {
    uts_node node;
    uts_make_root(&uts_trees[tree], &node);
    return node;
}

uts_node child(const uts_node &parent, int number) {
    uts_node node;
    uts_make_child(&parent, number, &node);
    return node;
}

int children(int tree, const uts_node &node) { return uts_children(&uts_trees[tree], &node); }

uts_counts count(int tree, const uts_node &node) {
    uts_counts counts = {};
    uts_count(&uts_trees[tree], &node, &counts);
    return counts;
}

} // namespace unbalanced

namespace growing {

uint32_t iterate(size_t i, size_t n) {
    uint32_t value = static_cast<uint32_t>(i);
    for (size_t steps = 1 + i * 40 / n; steps > 0; steps--) {
        value = value * 1664525u + 1013904223u;
        value ^= value >> 15;
    }
    return value;
}

uint64_t sum(const uint32_t *values, size_t n) {
    uint64_t all = 0;
    for (size_t i = 0; i < n; i++) all += values[i] ^ (i & 1023);
    return all;
}

} // namespace growing

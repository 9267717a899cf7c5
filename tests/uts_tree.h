/* SPDX-License-Identifier: Apache-2.0
 *
 * Unbalanced trees, known by their parameters alone: Olivier, Huan, Liu, Prins, Dinan, Sadayappan
 * and Tseng, "UTS: An Unbalanced Tree Search Benchmark" (LCPC 2006).
 *
 * A node is a digest of SHA-1 (FIPS 180-4): the root's of 16 zero bytes and the seed, a child's of
 * its parent's digest and its own number. The last 31 bits of a digest decide how many children the
 * node has: in a geometric tree by a geometric distribution whose mean depends on the depth (fixed
 * down to a depth, or cyclic), in a binomial one all or none with a fixed probability. So who walks
 * a tree in any order must find the published numbers. For tests and benchmarks, C and C++.
 */
#ifndef YOKE_TESTS_UTS_TREE_H
#define YOKE_TESTS_UTS_TREE_H

#include <math.h>
#include <stdint.h>

enum uts_shape { UTS_FIXED, UTS_CYCLIC, UTS_BINOMIAL };

typedef struct uts_tree {
    const char *name;
    enum uts_shape shape;
    double branches; /* the mean, or of the root */
    int depth;       /* of a geometric tree */
    double chance;   /* that a node of a binomial tree has children */
    int children;    /* and how many */
    uint32_t seed;
    uint64_t nodes, leaves; /* as published */
    int deepest;
} uts_tree;

enum { UTS_T1, UTS_T2, UTS_T3, UTS_TREES };

static const uts_tree uts_trees[UTS_TREES] = {
    {"T1", UTS_FIXED, 4, 10, 0, 0, 19, 4130071, 3305118, 10},
    {"T2", UTS_CYCLIC, 6, 16, 0, 0, 502, 4117769, 2342762, 81},
    {"T3", UTS_BINOMIAL, 2000, 0, 0.124875, 8, 42, 4112897, 3599034, 1572},
};

typedef struct uts_node {
    uint32_t digest[5];
    int depth;
} uts_node;

static inline uint32_t uts_rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

/* The digest of a message of less than 14 words, which are w[0 .. words - 1]; the rest is zero. */
static inline void uts_sha1(uint32_t w[16], int words, uint32_t digest[5]) {
    uint32_t a = 0x67452301, b = 0xEFCDAB89, c = 0x98BADCFE, d = 0x10325476, e = 0xC3D2E1F0;
    w[words] = 0x80000000u;
    w[15] = (uint32_t)words * 32;
#pragma GCC unroll 80
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? (d ^ (b & (c ^ d))) + 0x5A827999
                     : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                     : i < 60 ? ((b & c) | (d & (b | c))) + 0x8F1BBCDC
                              : (b ^ c ^ d) + 0xCA62C1D6;
        if (i >= 16)
            w[i % 16] =
                uts_rotate(w[(i + 13) % 16] ^ w[(i + 8) % 16] ^ w[(i + 2) % 16] ^ w[i % 16], 1);
        uint32_t next = uts_rotate(a, 5) + f + e + w[i % 16];
        e = d;
        d = c;
        c = uts_rotate(b, 30);
        b = a;
        a = next;
    }
    digest[0] = a + 0x67452301;
    digest[1] = b + 0xEFCDAB89;
    digest[2] = c + 0x98BADCFE;
    digest[3] = d + 0x10325476;
    digest[4] = e + 0xC3D2E1F0;
}

static inline void uts_make_root(const uts_tree *tree, uts_node *root) {
    uint32_t w[16] = {0};
    w[4] = tree->seed;
    uts_sha1(w, 5, root->digest);
    root->depth = 0;
}

static inline void uts_make_child(const uts_node *parent, int number, uts_node *child) {
    uint32_t w[16] = {0};
    for (int i = 0; i < 5; i++) w[i] = parent->digest[i];
    w[5] = (uint32_t)number;
    uts_sha1(w, 6, child->digest);
    child->depth = parent->depth + 1;
}

static inline int uts_children_geometric(const uts_tree *tree, int depth, double u) {
    double mean = tree->branches;
    if (tree->shape == UTS_FIXED && depth >= tree->depth) return 0;
    if (tree->shape == UTS_CYCLIC && depth > 5 * tree->depth) return 0;
    if (tree->shape == UTS_CYCLIC && depth > 0)
        mean = pow(mean, sin(2 * 3.141592653589793 * depth / tree->depth));
    double children = floor(log(1 - u) / log(1 - 1 / (1 + mean)));
    return children < 100 ? (int)children : 100;
}

static inline int uts_children(const uts_tree *tree, const uts_node *node) {
    double u = (node->digest[4] & 0x7FFFFFFF) / 2147483648.0;
    if (tree->shape != UTS_BINOMIAL) return uts_children_geometric(tree, node->depth, u);
    if (node->depth == 0) return (int)tree->branches;
    return u < tree->chance ? tree->children : 0;
}

typedef struct uts_counts {
    uint64_t nodes, leaves;
    int deepest;
} uts_counts;

static inline void uts_add(uts_counts *counts, const uts_counts *more) {
    counts->nodes += more->nodes;
    counts->leaves += more->leaves;
    if (more->deepest > counts->deepest) counts->deepest = more->deepest;
}

/* Counts a node that has so many children. */
static inline void uts_visit(uts_counts *counts, const uts_node *node, int children) {
    uts_counts one = {1, children == 0, node->depth};
    uts_add(counts, &one);
}

/* Adds the whole tree below a node, and itself. */
static inline void uts_count(const uts_tree *tree, const uts_node *node, uts_counts *counts) {
    int children = uts_children(tree, node);
    uts_visit(counts, node, children);
    for (int i = 0; i < children; i++) {
        uts_node child;
        uts_make_child(node, i, &child);
        uts_count(tree, &child, counts);
    }
}

/* All of it in one number. */
static inline uint64_t uts_digest(const uts_counts *counts) {
    return counts->nodes | counts->leaves << 24 | (uint64_t)counts->deepest << 48;
}

#endif

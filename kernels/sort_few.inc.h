/* SPDX-License-Identifier: Apache-2.0
 *
 * A few keys are sorted in vector registers. A template: the including file defines FEW_(name) for
 * names, FEW_TARGET, `vector`, the number of its 64-bit WIDTH lanes, and the operations
 *   few_load64, few_load32   (from, n): a vector of the first n ranks (0 to WIDTH), then the
 * largest few_store64, few_store32 (to, v, n): the first n few_order                (&a, &b): the
 * smaller of each lane to a few_exchange             (v, w, high): the smaller of each lane, the
 * larger where `high` says so few_rows                 (v, count): see `rows` and, for an exchange
 * between lanes, few_turn(v, g): the lanes of each group of 2 g reversed; few_step(v, d): lanes at
 * distance d swapped; few_upper(d): the upper lanes of groups of 2 d.
 *
 * R registers hold R rows of WIDTH columns. Each column is sorted by a network over the registers
 * (Batcher's odd-even merge sort); then neighbouring columns are merged by bitonic merges (Batcher,
 * "Sorting networks and their applications", AFIPS 1968) until one column is left, in which the
 * numbers lie column by column. A transposition writes them in order.
 */

#define FEW_INLINE static inline __attribute__((always_inline)) FEW_TARGET

#define ORDER(i, j) few_order(&v[i], &v[j])

FEW_INLINE void few_columns4(vector *v) {
    ORDER(0, 1), ORDER(2, 3);
    ORDER(0, 2), ORDER(1, 3);
    ORDER(1, 2);
}

FEW_INLINE void few_columns8(vector *v) {
    few_columns4(v), few_columns4(v + 4);
    ORDER(0, 4), ORDER(1, 5), ORDER(2, 6), ORDER(3, 7);
    ORDER(2, 4), ORDER(3, 5);
    ORDER(1, 2), ORDER(3, 4), ORDER(5, 6);
}

FEW_INLINE void few_columns16(vector *v) {
    few_columns8(v), few_columns8(v + 8);
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) ORDER(i, i + 8);
#pragma GCC unroll 4
    for (int i = 4; i < 8; i++) ORDER(i, i + 4);
    ORDER(2, 4), ORDER(3, 5), ORDER(6, 8), ORDER(7, 9), ORDER(10, 12), ORDER(11, 13);
#pragma GCC unroll 7
    for (int i = 1; i < 15; i += 2) ORDER(i, i + 1);
}

FEW_INLINE void few_columns(vector *v, int rows) {
    if (rows == 2) ORDER(0, 1);
    if (rows == 4) few_columns4(v);
    if (rows == 8) few_columns8(v);
    if (rows == 16) few_columns16(v);
}

/* Columns of a bitonic sequence each become sorted. */
FEW_INLINE void few_merge_rows(vector *v, int rows) {
#pragma GCC unroll 4
    for (int d = rows / 2; d > 0; d /= 2) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++)
            if (!(i & d)) ORDER(i, i + d);
    }
}

/* Sequences of g columns each are merged in pairs. */
FEW_INLINE void few_merge_columns(vector *v, int rows, int g) {
    vector turned[16];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) turned[i] = few_turn(v[rows - 1 - i], g);
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) v[i] = few_exchange(v[i], turned[i], few_upper(g));
#pragma GCC unroll 4
    for (int d = g / 2; d > 0; d /= 2) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) v[i] = few_exchange(v[i], few_step(v[i], d), few_upper(d));
    }
    few_merge_rows(v, rows);
}

FEW_INLINE void few_network(vector *v, int rows) {
    few_columns(v, rows);
#pragma GCC unroll 4
    for (int g = 1; g < WIDTH; g *= 2) few_merge_columns(v, rows, g);
    few_rows(v, rows);
}

FEW_INLINE size_t few_left(size_t n, int row) {
    size_t before = (size_t)row * WIDTH;
    return n <= before ? 0 : n - before < WIDTH ? n - before : WIDTH;
}

#define FEW_SORT(name, bits, rows)                                                                 \
    FEW_TARGET static void name(const yoke__bits##bits *from, yoke__bits##bits *to, size_t n) {    \
        vector v[rows];                                                                            \
        _Pragma("GCC unroll 16") for (int i = 0; i < (rows); i++) v[i] =                           \
            few_load##bits(from + (size_t)i * WIDTH, few_left(n, i));                              \
        few_network(v, rows);                                                                      \
        _Pragma("GCC unroll 16") for (int i = 0; i < (rows); i++)                                  \
            few_store##bits(to + (size_t)i * WIDTH, v[i], few_left(n, i));                         \
    }
FEW_SORT(sort64_1, 64, 1)
FEW_SORT(sort64_2, 64, 2)
FEW_SORT(sort64_4, 64, 4)
FEW_SORT(sort64_8, 64, 8)
FEW_SORT(sort64_16, 64, 16)
FEW_SORT(sort32_1, 32, 1)
FEW_SORT(sort32_2, 32, 2)
FEW_SORT(sort32_4, 32, 4)
FEW_SORT(sort32_8, 32, 8)
FEW_SORT(sort32_16, 32, 16)

#define FEW_CHOICE(bits)                                                                           \
    static void sort##bits(const yoke__bits##bits *from, yoke__bits##bits *to, size_t n) {         \
        if (n > (size_t)8 * WIDTH) return sort##bits##_16(from, to, n);                            \
        if (n > (size_t)4 * WIDTH) return sort##bits##_8(from, to, n);                             \
        if (n > (size_t)2 * WIDTH) return sort##bits##_4(from, to, n);                             \
        if (n > WIDTH) return sort##bits##_2(from, to, n);                                         \
        return sort##bits##_1(from, to, n);                                                        \
    }
FEW_CHOICE(64)
FEW_CHOICE(32)

const yoke__sort_few FEW_(yoke__sort_few) = {
    .most = (size_t)16 * WIDTH, .ideal = (size_t)8 * WIDTH, .sort64 = sort64, .sort32 = sort32};

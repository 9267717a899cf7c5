/* SPDX-License-Identifier: Apache-2.0
 *
 * What the sorts share: keys of all types as unsigned numbers, and the sorts of those.
 *
 * The bits of a key are turned into an unsigned number whose order is the wanted one, and back, by
 * operations that need no branch: the sign of an integer is flipped; of a floating-point number
 * with a sign all other bits are flipped too; descending flips everything.
 */
#ifndef YOKE_KERNELS_SORT_H
#define YOKE_KERNELS_SORT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/run.h"
#include "yoke/sort.h"

/* Keys are read by their bits, whatever their type. */
typedef uint32_t yoke__bits32 __attribute__((may_alias));
typedef uint64_t yoke__bits64 __attribute__((may_alias));

typedef enum yoke__key_kind { YOKE__KEY_UNSIGNED, YOKE__KEY_SIGNED, YOKE__KEY_REAL } yoke__key_kind;

/* How bits become numbers. */
typedef struct yoke__ranking {
    uint64_t real; /* what a sign flips */
    uint64_t flip; /* what is always flipped */
} yoke__ranking;

static inline yoke__ranking yoke__ranking_of(yoke__key_kind kind, int bits, yoke_sort_order order) {
    uint64_t all = bits == 64 ? UINT64_MAX : UINT32_MAX, sign = all ^ (all >> 1);
    yoke__ranking r = {0, 0};
    if (kind == YOKE__KEY_REAL) r.real = all ^ sign;
    if (kind != YOKE__KEY_UNSIGNED) r.flip = sign;
    if (order == YOKE_DESCENDING) r.flip ^= all;
    return r;
}

static inline uint64_t yoke__rank64(uint64_t bits, yoke__ranking r) {
    return bits ^ (-(bits >> 63) & r.real) ^ r.flip;
}
static inline uint64_t yoke__unrank64(uint64_t number, yoke__ranking r) {
    uint64_t bits = number ^ r.flip;
    return bits ^ (-(bits >> 63) & r.real);
}
static inline uint32_t yoke__rank32(uint32_t bits, yoke__ranking r) {
    return bits ^ (-(bits >> 31) & (uint32_t)r.real) ^ (uint32_t)r.flip;
}
static inline uint32_t yoke__unrank32(uint32_t number, yoke__ranking r) {
    uint32_t bits = number ^ (uint32_t)r.flip;
    return bits ^ (-(bits >> 31) & (uint32_t)r.real);
}

/* ---- few keys ---- */

/* The sorts of a few ranks for one set of instructions; `to` may be `from`. */
typedef struct yoke__sort_few {
    size_t most;  /* that they can sort */
    size_t ideal; /* that they sort best; no more than `most` */
    void (*sort64)(const yoke__bits64 *from, yoke__bits64 *to, size_t n);
    void (*sort32)(const yoke__bits32 *from, yoke__bits32 *to, size_t n);
} yoke__sort_few;

enum { YOKE__FEW_MOST = 128 };

const yoke__sort_few *yoke__sort_few_in_use(void);

/* ---- many ---- */

/* What is sorted, and where it goes: n keys of 4 or 8 bytes, and with each a value of 4 or 8 bytes
 * or its index. A sort of keys alone has no values. Sorted by keys, and those that are equal stay
 * in their order. */
typedef struct yoke__sort_arrays {
    size_t n;
    const void *keys;
    void *keys_out; /* may be `keys`; NULL: not wanted */
    const void *values;
    void *values_out; /* may be `values` */
    int key_size;
    int value_size; /* in and out; 0: there are none */
    bool index;     /* values are 0 to n - 1 */
    yoke__ranking ranking;
} yoke__sort_arrays;

/* YOKE_ENOMEM and what a run can return. */
int yoke__sort_arrays_run(const yoke__sort_arrays *arrays, const yoke_run *run);

/* The same for keys alone, and for pairs that have both four bytes, or not. Those that end in
 * _alone run in the caller, and work in `memory` of n keys, or of 2 n pairs (of 8 or 16 bytes). */
int yoke__sort_keys32(const yoke__sort_arrays *arrays, const yoke_run *run);
int yoke__sort_keys64(const yoke__sort_arrays *arrays, const yoke_run *run);
int yoke__sort_pairs32(const yoke__sort_arrays *arrays, const yoke_run *run);
int yoke__sort_pairs64(const yoke__sort_arrays *arrays, const yoke_run *run);
void yoke__sort_keys32_alone(const yoke__sort_arrays *arrays, void *memory);
void yoke__sort_keys64_alone(const yoke__sort_arrays *arrays, void *memory);
void yoke__sort_pairs32_alone(const yoke__sort_arrays *arrays, void *memory);
void yoke__sort_pairs64_alone(const yoke__sort_arrays *arrays, void *memory);

#endif

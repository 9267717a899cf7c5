/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and values of which one at least has eight bytes.
 */
#include <stdint.h>

typedef struct item {
    uint64_t rank, value;
} item;
typedef uint64_t rank;

static inline rank item_rank(item x) { return x.rank; }
static inline uint64_t item_value(item x) { return x.value; }
static inline item item_of(rank r, uint64_t value) { return (item){r, value}; }

#define SORT_PAIRS       yoke__sort_pairs64
#define SORT_PAIRS_ALONE yoke__sort_pairs64_alone
#include "kernels/sort_pairs.inc.h"

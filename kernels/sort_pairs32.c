/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and values of four bytes: both in one word.
 */
#include <stdint.h>

typedef uint64_t item;
typedef uint32_t rank;

static inline rank item_rank(item x) { return (rank)(x >> 32); }
static inline uint64_t item_value(item x) { return (uint32_t)x; }
static inline item item_of(rank r, uint64_t value) { return (item)r << 32 | (uint32_t)value; }

#define SORT_PAIRS       yoke__sort_pairs32
#define SORT_PAIRS_ALONE yoke__sort_pairs32_alone
#include "kernels/sort_pairs.inc.h"

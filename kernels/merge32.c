/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging and set operations on keys of four bytes.
 */
#include "kernels/sort.h"

typedef yoke__bits32 item;
typedef uint32_t rank;

#define MERGE_(name) name##32
#define rank_of      yoke__rank32
#include "kernels/merge.inc.h"

/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging and set operations on keys of eight bytes.
 */
#include "kernels/sort.h"

typedef yoke__bits64 item;
typedef uint64_t rank;

#define MERGE_(name) name##64
#define rank_of      yoke__rank64
#include "kernels/merge.inc.h"

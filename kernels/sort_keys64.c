/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of eight bytes.
 */
#include "kernels/sort.h"

typedef yoke__bits64 item;
typedef uint64_t rank;

#define SORT       yoke__sort_keys64
#define SORT_ALONE yoke__sort_keys64_alone
#define rank_of    yoke__rank64
#define bits_of    yoke__unrank64
#define few_of     sort64
#include "kernels/sort_keys.inc.h"

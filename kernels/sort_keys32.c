/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of four bytes.
 */
#include "kernels/sort.h"

typedef yoke__bits32 item;
typedef uint32_t rank;

#define SORT       yoke__sort_keys32
#define SORT_ALONE yoke__sort_keys32_alone
#define rank_of    yoke__rank32
#define bits_of    yoke__unrank32
#define few_of     sort32
#include "kernels/sort_keys.inc.h"

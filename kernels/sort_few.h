/* SPDX-License-Identifier: Apache-2.0
 *
 * The sorts of a few keys that there are.
 */
#ifndef YOKE_KERNELS_SORT_FEW_H
#define YOKE_KERNELS_SORT_FEW_H

#include "kernels/sort.h"

extern const yoke__sort_few yoke__sort_few_avx512;
extern const yoke__sort_few yoke__sort_few_avx2;

#endif

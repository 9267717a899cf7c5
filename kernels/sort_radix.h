/* SPDX-License-Identifier: Apache-2.0
 *
 * What all instances of the radix sort (kernels/sort_radix.inc.h) share.
 */
#ifndef YOKE_KERNELS_SORT_RADIX_H
#define YOKE_KERNELS_SORT_RADIX_H

#include <stdatomic.h>

#include "kernels/sort.h"
#include "kernels/stream_copy.h"
#include "yoke/memory.h"

#define YOKE__SORT_STREAM ((size_t)16 << 20) /* bytes from which on lines go past the caches */
#define YOKE__SORT_ALONE  ((size_t)1 << 16)  /* items below which one thread is enough */

#endif

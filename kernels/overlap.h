/* SPDX-License-Identifier: Apache-2.0
 *
 * Arrays that a kernel writes must not lie across those that it reads.
 */
#ifndef YOKE_KERNELS_OVERLAP_H
#define YOKE_KERNELS_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether two arrays of so many bytes have a byte in common. */
static inline bool yoke__overlap(const void *a, size_t a_size, const void *b, size_t b_size) {
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return a_size && b_size && (x < y ? y - x < a_size : x - y < b_size);
}

#endif

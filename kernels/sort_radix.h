/* SPDX-License-Identifier: Apache-2.0
 *
 * What all instances of the radix sort (kernels/sort_radix.inc.h) share.
 */
#ifndef YOKE_KERNELS_SORT_RADIX_H
#define YOKE_KERNELS_SORT_RADIX_H

#include <string.h>

#include "kernels/sort.h"
#include "yoke/memory.h"
#if defined __SSE2__
#include <emmintrin.h>
#endif

#define YOKE__SORT_STREAM ((size_t)16 << 20) /* bytes from which on lines go past the caches */
#define YOKE__SORT_ALONE  ((size_t)1 << 16)  /* items below which one thread is enough */

/* 64 bytes to an aligned line, past the caches. */
static inline void yoke__stream_line(void *to, const void *from) {
#if defined __SSE2__
    const __m128i *in = from;
    __m128i *out = to;
    for (int i = 0; i < 4; i++) _mm_stream_si128(out + i, _mm_loadu_si128(in + i));
#else
    memcpy(to, from, 64);
#endif
}

/* Such lines are with the other threads before whatever is stored next. */
static inline void yoke__stream_end(void) {
#if defined __SSE2__
    _mm_sfence();
#endif
}

#endif

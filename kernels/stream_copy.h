/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying to where it will not be read soon: stores that pass the caches, so that the lines that
 * are overwritten need not be read first.
 */
#ifndef YOKE_KERNELS_STREAM_COPY_H
#define YOKE_KERNELS_STREAM_COPY_H

#include <stdint.h>
#include <string.h>
#if defined __x86_64__
#include <emmintrin.h>
#endif

/* Outputs from this size on are streamed: larger than what a processor's share of caches keeps. */
#define YOKE__STREAM_FROM ((size_t)64 << 20)

/* As memcpy; another thread sees it after the end of the team, as with any store. */
static inline void yoke__stream_copy(void *to, const void *from, size_t size) {
#if defined __x86_64__
    size_t head = (size_t) - (uintptr_t)to % 64;
    if (size >= head + 64) {
        memcpy(to, from, head);
        __m128i *line = (__m128i *)((char *)to + head);
        const __m128i *source = (const __m128i *)((const char *)from + head);
        size_t lines = (size - head) / 64;
        for (size_t i = 0; i < 4 * lines; i++)
            _mm_stream_si128(line + i, _mm_loadu_si128(source + i));
        _mm_sfence(); /* such stores are ordered by nothing else */
        size_t done = head + 64 * lines;
        memcpy((char *)to + done, (const char *)from + done, size - done);
        return;
    }
#endif
    memcpy(to, from, size);
}

/* Either, by the size of the whole output. */
static inline void yoke__copy_out(void *to, const void *from, size_t size, size_t output) {
    if (output >= YOKE__STREAM_FROM)
        yoke__stream_copy(to, from, size);
    else
        memcpy(to, from, size);
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying to where it will not be read soon: stores that pass the caches, so that the lines that
 * are overwritten need not be read first.
 */
#ifndef YOKE_KERNELS_STREAM_COPY_H
#define YOKE_KERNELS_STREAM_COPY_H

#include <stdint.h>
#include <string.h>
#if defined __SSE2__
#include <emmintrin.h>
#endif

/* Outputs from this size on are streamed: larger than what a processor's share of caches keeps. */
#define YOKE__STREAM_FROM ((size_t)64 << 20)

/* 64 bytes to an aligned line, past the caches. That others see it is only certain after
 * yoke__stream_end. */
static inline void yoke__stream_line(void *to, const void *from) {
#if defined __SSE2__
    const __m128i *in = from;
    __m128i *out = to;
    for (int i = 0; i < 4; i++) _mm_stream_si128(out + i, _mm_loadu_si128(in + i));
#else
    memcpy(to, from, 64);
#endif
}

/* As memcpy, in such lines. */
static inline void yoke__stream_copy(void *to, const void *from, size_t size) {
    char *at = to;
    const char *source = from;
    size_t head = (size_t) - (uintptr_t)to % 64;
    if (head > size) head = size;
    memcpy(at, source, head);
    for (; size - head >= 64; head += 64) yoke__stream_line(at + head, source + head);
    memcpy(at + head, source + head, size - head);
}

/* Orders such stores before what the thread does next; nothing else does. */
static inline void yoke__stream_end(void) {
#if defined __SSE2__
    _mm_sfence();
#endif
}

/* Either, by the size of the whole output; yoke__stream_end belongs to it. */
static inline void yoke__copy_out(void *to, const void *from, size_t size, size_t output) {
    if (output >= YOKE__STREAM_FROM)
        yoke__stream_copy(to, from, size);
    else
        memcpy(to, from, size);
}

#endif

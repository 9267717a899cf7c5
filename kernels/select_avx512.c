/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of selecting with AVX-512: items are compressed in a register and the whole register is
 * written (compressing into memory is slow on some processors). */
#if defined __x86_64__
#include "kernels/select.h"

#include <immintrin.h>

#define SELECT_(name) avx512_##name
#define SELECT_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi,bmi2,popcnt")))
#define avx512_table  yoke__select_avx512

SELECT_TARGET static inline uint64_t avx512_word(const unsigned char *flags) {
    __m512i bytes = _mm512_loadu_si512(flags);
    return _mm512_test_epi8_mask(bytes, bytes);
}

SELECT_TARGET static inline size_t avx512_pack_4_word(const uint32_t *from, uint64_t mask,
                                                      uint32_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i += 16, mask >>= 16) {
        __m512i items = _mm512_loadu_si512(from + i);
        _mm512_storeu_si512(to + count, _mm512_maskz_compress_epi32((__mmask16)mask, items));
        count += (size_t)__builtin_popcount((unsigned)(mask & 0xFFFF));
    }
    return count;
}

SELECT_TARGET static inline size_t avx512_pack_8_word(const uint64_t *from, uint64_t mask,
                                                      uint64_t *to) {
    size_t count = 0;
    for (int i = 0; i < 64; i += 8, mask >>= 8) {
        __m512i items = _mm512_loadu_si512(from + i);
        _mm512_storeu_si512(to + count, _mm512_maskz_compress_epi64((__mmask8)mask, items));
        count += (size_t)__builtin_popcount((unsigned)(mask & 0xFF));
    }
    return count;
}

SELECT_TARGET static inline size_t avx512_places_word(uint64_t base, uint64_t mask, uint64_t *to) {
    size_t count = 0;
    __m512i places = _mm512_add_epi64(_mm512_set1_epi64((long long)base),
                                      _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    for (int i = 0; i < 64; i += 8, mask >>= 8) {
        _mm512_storeu_si512(to + count, _mm512_maskz_compress_epi64((__mmask8)mask, places));
        places = _mm512_add_epi64(places, _mm512_set1_epi64(8));
        count += (size_t)__builtin_popcount((unsigned)(mask & 0xFF));
    }
    return count;
}

#include "kernels/select.inc.h"
#else
typedef int yoke__select_avx512_is_for_x86;
#endif

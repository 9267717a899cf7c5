/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of Philox with AVX2, eight together. */
#if defined __x86_64__
#include "kernels/random.h"

#include <immintrin.h>

#define RANDOM_NAME     yoke__random_avx2
#define RANDOM_TARGET   __attribute__((target("avx2")))
#define VECTOR          __m256i
#define OP(name)        _mm256_##name
#define vec_xor(a, b)   _mm256_xor_si256(a, b)
#define vec_odd(a, b)   _mm256_blend_epi32(a, b, 0xAA)
#define vec_load(p)     _mm256_loadu_si256((const __m256i *)(p))
#define vec_store(p, a) _mm256_storeu_si256((__m256i *)(p), a)
enum { WORDS = 8 };

#include "kernels/random.inc.h"
#else
typedef int yoke__random_avx2_is_for_x86;
#endif

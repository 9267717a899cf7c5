/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of Philox with AVX-512, sixteen together. */
#if defined __x86_64__
#include "kernels/random.h"

#include <immintrin.h>

#define RANDOM_NAME     yoke__random_avx512
#define RANDOM_TARGET   __attribute__((target("avx512f")))
#define VECTOR          __m512i
#define OP(name)        _mm512_##name
#define vec_xor(a, b)   _mm512_xor_si512(a, b)
#define vec_odd(a, b)   _mm512_mask_blend_epi32(0xAAAA, a, b)
#define vec_load(p)     _mm512_loadu_si512(p)
#define vec_store(p, a) _mm512_storeu_si512(p, a)
enum { WORDS = 16 };

#include "kernels/random.inc.h"
#else
typedef int yoke__random_avx512_is_for_x86;
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of reductions for any processor, and the choice among the sets of instructions. */
#define TARGET
#define BYTES 16
#define TABLE yoke__reduce_plain
#ifdef __SSE2__
#include <emmintrin.h>
#define NATIVE(name)  NATIVE_(name)
#define NATIVE_(name) _mm_##name
#endif
#define FUSED(a, b, c)         each_fused(a, b, c)
#define PRODUCT_ERROR(a, b, c) each_error(a, b, c)
#define PLUS_PRODUCT(c, a, b)  ((c) + (a) * (b))
#define ANY_BELOW(a, b)        any_bits((words)((a) < (b)))

#include <math.h>

typedef double two_doubles __attribute__((vector_size(16)));
static inline two_doubles each_fused(two_doubles a, two_doubles b, two_doubles c) {
    return (two_doubles){fma(a[0], b[0], -c[0]), fma(a[1], b[1], -c[1])};
}

/* As yoke__product_error. */
static inline two_doubles each_error(two_doubles x, two_doubles y, two_doubles product) {
    two_doubles p = x * 0x1.0000002p27, q = y * 0x1.0000002p27;
    two_doubles a = p - (p - x), b = x - a, c = q - (q - y), d = y - c;
    return ((a * c - product) + a * d + b * c) + b * d;
}

#include "kernels/reduce_isa.inc.h"

const yoke__reduce_ops *yoke__reduce_in_use(void) {
#ifdef __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa == YOKE_ISA_AVX512) return &yoke__reduce_avx512;
    if (isa == YOKE_ISA_AVX2) return &yoke__reduce_avx2;
#endif
    return &yoke__reduce_plain;
}

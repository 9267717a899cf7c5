/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of yoke/vector.h: vector.inc.h for two types, vector_loops.inc.h for three sets of
 * instructions.
 */
#include "yoke/vector.h"

#include <stdint.h>
#if defined __x86_64__
#include <immintrin.h>
#endif

#include "kernels/isa.h"
#include "kernels/overlap.h"
#include "kernels/run.h"

/* Items of a block: long enough that beginning one does not show, short enough to share evenly. */
enum { BLOCK = 1 << 15 };

static int check(const void *to, const void *a, const void *b, const void *c, size_t n,
                 size_t size) {
    if (n > SIZE_MAX / size) return yoke_fail(YOKE_ERANGE, "a vector of %zu items", n);
    size_t bytes = n * size;
    if ((to != a && yoke__overlap(to, bytes, a, bytes)) ||
        (to != b && yoke__overlap(to, bytes, b, bytes)) ||
        (to != c && yoke__overlap(to, bytes, c, bytes)))
        return yoke_fail(YOKE_EINVAL, "the result lies across an operand");
    return YOKE_OK;
}

#define CHOOSE(name) YOKE_ISA_CHOOSE(REAL_(name))

#define REAL        double
#define REAL_(name) name##_f64
#define REF_(name)  name##_f64_ref
#define NT_(name)   _mm_##name##_pd
#define NT_VECTOR   __m128d
#define NT_LANES    2
#include "kernels/vector.inc.h"
#undef REAL
#undef REAL_
#undef REF_
#undef NT_
#undef NT_VECTOR
#undef NT_LANES

#define REAL        float
#define REAL_(name) name##_f32
#define REF_(name)  name##_f32_ref
#define NT_(name)   _mm_##name##_ps
#define NT_VECTOR   __m128
#define NT_LANES    4
#include "kernels/vector.inc.h"

/* SPDX-License-Identifier: Apache-2.0
 *
 * Gravity between all pairs: nbody.inc.h for two types, nbody_loop.inc.h for three sets of
 * instructions. The bodies that are accelerated lie in the lanes of a vector, and all bodies go by
 * in order, so that the lanes do not show in the sums.
 */
#include "yoke/nbody.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#if defined __x86_64__
#include <immintrin.h>
#endif

#include "kernels/isa.h"
#include "kernels/overlap.h"
#include "kernels/run.h"
#include "kernels/xsum.h"

/* Bodies of a block: a multiple of all vectors. */
enum { BLOCK = 64 };
/* Terms of exact sums that are added together. */
enum { TILE = 1024 };

#define REAL        double
#define REAL_(name) name##_f64
#define REF_(name)  name##_f64_ref
#define WIDE_(x)    (x)
#define NEAREST     yoke_xsum_value
#define ROOT(x)     sqrt(x)
#define ROOT_16(x)  _mm_sqrt_pd(x)
#define ROOT_32(x)  _mm256_sqrt_pd(x)
#define ROOT_64(x)  _mm512_sqrt_pd(x)
#include "kernels/nbody.inc.h"
#undef REAL
#undef REAL_
#undef REF_
#undef WIDE_
#undef NEAREST
#undef ROOT
#undef ROOT_16
#undef ROOT_32
#undef ROOT_64

#define REAL        float
#define REAL_(name) name##_f32
#define REF_(name)  name##_f32_ref
#define WIDE_(x)    (double)(x)
#define NEAREST     yoke__xsum_value_f32
#define ROOT(x)     sqrtf(x)
#define ROOT_16(x)  _mm_sqrt_ps(x)
#define ROOT_32(x)  _mm256_sqrt_ps(x)
#define ROOT_64(x)  _mm512_sqrt_ps(x)
#include "kernels/nbody.inc.h"

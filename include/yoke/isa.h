/* SPDX-License-Identifier: Apache-2.0
 *
 * Which instructions kernels use. Loops that gain by wide vectors exist for several sets of
 * instructions; the widest one that the processor has is chosen. All of them give the same bits.
 * The variable YOKE_ISA (plain, avx2, avx512), read at the first use, or yoke_isa_limit sets a
 * lower one, for tests and comparisons.
 */
#ifndef YOKE_ISA_H
#define YOKE_ISA_H

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_isa {
    YOKE_ISA_PLAIN,  /* what the library was compiled for; SSE2 on x86-64 */
    YOKE_ISA_AVX2,   /* with BMI2 and FMA (x86-64-v3) */
    YOKE_ISA_AVX512, /* F, BW, CD, DQ, VL, VBMI2 */
} yoke_isa;

/* The set in use. Any thread. */
YOKE_API yoke_isa yoke_isa_in_use(void);
/* "plain", "avx2", "avx512". Static storage. */
YOKE_API const char *yoke_isa_name(yoke_isa isa);
/* Uses at most this one from now on, and at least PLAIN. Returns the set now in use. Any thread;
 * kernels that run go on with what they have. */
YOKE_API yoke_isa yoke_isa_limit(yoke_isa most);

#ifdef __cplusplus
}
#endif
#endif

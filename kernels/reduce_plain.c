/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of reductions for any processor, and the choice among the sets of instructions. */
#define TARGET
#define BYTES                      16
#define TABLE                      yoke__reduce_plain
#define MULTIPLY_SUBTRACT(x, y, z) fma(x, y, -(z))
#include "kernels/reduce_isa.inc.h"

const yoke__reduce_ops *yoke__reduce_in_use(void) {
#ifdef __x86_64__
    yoke_isa isa = yoke_isa_in_use();
    if (isa == YOKE_ISA_AVX512) return &yoke__reduce_avx512;
    if (isa == YOKE_ISA_AVX2) return &yoke__reduce_avx2;
#endif
    return &yoke__reduce_plain;
}

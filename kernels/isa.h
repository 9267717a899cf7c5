/* SPDX-License-Identifier: Apache-2.0
 *
 * Choosing among the instances of a template that begins with isa.inc.h.
 */
#ifndef YOKE_KERNELS_ISA_H
#define YOKE_KERNELS_ISA_H

#include "yoke/isa.h"

#define YOKE_ISA_JOIN(name, suffix)  YOKE_ISA_JOIN_(name, suffix)
#define YOKE_ISA_JOIN_(name, suffix) name##_##suffix

/* The function for the set in use; `name` has the suffix of its type already. */
#if defined __x86_64__
#define YOKE_ISA_CHOOSE(name)                                                                      \
    (yoke_isa_in_use() == YOKE_ISA_AVX512 ? YOKE_ISA_JOIN(name, avx512)                            \
     : yoke_isa_in_use() == YOKE_ISA_AVX2 ? YOKE_ISA_JOIN(name, avx2)                              \
                                          : YOKE_ISA_JOIN(name, plain))
#else
#define YOKE_ISA_CHOOSE(name) YOKE_ISA_JOIN(name, plain)
#endif

#endif

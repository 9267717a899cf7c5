/* SPDX-License-Identifier: Apache-2.0
 *
 * What a template needs to be instantiated for one set of instructions. The template includes this
 * first; who includes the template has defined ISA (a yoke_isa as a number: 0, and on x86-64 also
 * 1 and 2), REAL, the type of a number, and REAL_(name), which adds its suffix. It defines
 *     ISA_(name)  adds the suffixes of the type and of the set to a name
 *     ISA_TARGET  the attribute that allows the instructions
 *     ISA_BYTES   the size of a vector
 * No set contracts a product and a sum into one rounding, so all of them give the same bits.
 */
#undef ISA_
#undef ISA_TARGET
#undef ISA_BYTES
#if ISA == 0
#define ISA_(name) YOKE_ISA_JOIN(REAL_(name), plain)
#define ISA_TARGET
#define ISA_BYTES 16
#elif ISA == 1
#define ISA_(name) YOKE_ISA_JOIN(REAL_(name), avx2)
#define ISA_TARGET __attribute__((target("avx2")))
#define ISA_BYTES  32
#else
#define ISA_(name) YOKE_ISA_JOIN(REAL_(name), avx512)
#if defined __clang__
#define ISA_TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#else /* gcc takes half vectors unless told otherwise */
#define ISA_TARGET __attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#define ISA_BYTES 64
#endif
#undef ISA

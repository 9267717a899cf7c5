/* SPDX-License-Identifier: Apache-2.0
 *
 * The types of items that kernels are instantiated for, and choosing among the instances by the
 * type of a pointer: YOKE_TYPED(yoke_sum, x)(x, n, &sum, NULL) calls yoke_sum_f64 for a
 * `double *x`. A type that is not in the list does not compile.
 */
#ifndef YOKE_TYPED_H
#define YOKE_TYPED_H

#include <stdint.h>

/* X(suffix, type, wide): the type that sums of items have: 64 bits, or double. */
#define YOKE_TYPES(X)                                                                              \
    X(i32, int32_t, int64_t)                                                                       \
    X(i64, int64_t, int64_t)                                                                       \
    X(u32, uint32_t, uint64_t)                                                                     \
    X(u64, uint64_t, uint64_t)                                                                     \
    X(f32, float, double)                                                                          \
    X(f64, double, double)

#ifndef __cplusplus
/* clang-format off */
#define YOKE_TYPED(name, x)                                                                        \
    _Generic(*(x), int32_t: name##_i32, int64_t: name##_i64, uint32_t: name##_u32,                 \
             uint64_t: name##_u64, float: name##_f32, double: name##_f64)
/* The same for kernels that exist for floating-point numbers only. */
#define YOKE_TYPED_FLOAT(name, x) _Generic(*(x), float: name##_f32, double: name##_f64)
/* The serial reference of a kernel. */
#define YOKE_TYPED_REF(name, x)                                                                    \
    _Generic(*(x), int32_t: name##_i32_ref, int64_t: name##_i64_ref, uint32_t: name##_u32_ref,     \
             uint64_t: name##_u64_ref, float: name##_f32_ref, double: name##_f64_ref)
/* clang-format on */
#endif

#endif

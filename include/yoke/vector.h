/* SPDX-License-Identifier: Apache-2.0
 *
 * Loops over vectors of numbers, which run at the speed of memory: the four of STREAM (McCalpin
 * 1995), the triad with stores that pass by the caches, a triad of four arrays, and the update of
 * the Parallel Research Kernels' nstream.
 *
 * All arrays have n items. `to` may be one of the operands; arrays that overlap otherwise are
 * refused with YOKE_EINVAL. Each item is computed with one rounding for each operation written
 * here, so the bits are those of the reference at any number of threads and any repro level (but
 * for which NaN it is, where two meet). Further statuses are those of yoke/run.h. The references
 * run serially and check nothing.
 */
#ifndef YOKE_VECTOR_H
#define YOKE_VECTOR_H

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* to = a */
YOKE_API int yoke_vector_copy_f64(double *to, const double *a, size_t n, const yoke_run *run);
YOKE_API int yoke_vector_copy_f32(float *to, const float *a, size_t n, const yoke_run *run);
/* to = q a */
YOKE_API int yoke_vector_scale_f64(double *to, double q, const double *a, size_t n,
                                   const yoke_run *run);
YOKE_API int yoke_vector_scale_f32(float *to, float q, const float *a, size_t n,
                                   const yoke_run *run);
/* to = a + b */
YOKE_API int yoke_vector_add_f64(double *to, const double *a, const double *b, size_t n,
                                 const yoke_run *run);
YOKE_API int yoke_vector_add_f32(float *to, const float *a, const float *b, size_t n,
                                 const yoke_run *run);
/* to = a + q b */
YOKE_API int yoke_vector_triad_f64(double *to, const double *a, double q, const double *b, size_t n,
                                   const yoke_run *run);
YOKE_API int yoke_vector_triad_f32(float *to, const float *a, float q, const float *b, size_t n,
                                   const yoke_run *run);
/* The same with non-temporal stores: a line of `to` is written without being read first, and is in
 * no cache afterwards. For arrays that are larger than the caches. An ordinary store where the
 * processor has none. yoke_vector_triad_ref is the reference of yoke_vector_triad_nt, too. */
YOKE_API int yoke_vector_triad_nt_f64(double *to, const double *a, double q, const double *b,
                                      size_t n, const yoke_run *run);
YOKE_API int yoke_vector_triad_nt_f32(float *to, const float *a, float q, const float *b, size_t n,
                                      const yoke_run *run);
/* to = a b + c: the triad of four arrays (Schoenauer 2000), two roundings */
YOKE_API int yoke_vector_multiply_add_f64(double *to, const double *a, const double *b,
                                          const double *c, size_t n, const yoke_run *run);
YOKE_API int yoke_vector_multiply_add_f32(float *to, const float *a, const float *b, const float *c,
                                          size_t n, const yoke_run *run);
/* to = to + (a + q b) */
YOKE_API int yoke_vector_update_f64(double *to, const double *a, double q, const double *b,
                                    size_t n, const yoke_run *run);
YOKE_API int yoke_vector_update_f32(float *to, const float *a, float q, const float *b, size_t n,
                                    const yoke_run *run);

YOKE_API void yoke_vector_copy_f64_ref(double *to, const double *a, size_t n);
YOKE_API void yoke_vector_copy_f32_ref(float *to, const float *a, size_t n);
YOKE_API void yoke_vector_scale_f64_ref(double *to, double q, const double *a, size_t n);
YOKE_API void yoke_vector_scale_f32_ref(float *to, float q, const float *a, size_t n);
YOKE_API void yoke_vector_add_f64_ref(double *to, const double *a, const double *b, size_t n);
YOKE_API void yoke_vector_add_f32_ref(float *to, const float *a, const float *b, size_t n);
YOKE_API void yoke_vector_triad_f64_ref(double *to, const double *a, double q, const double *b,
                                        size_t n);
YOKE_API void yoke_vector_triad_f32_ref(float *to, const float *a, float q, const float *b,
                                        size_t n);
YOKE_API void yoke_vector_multiply_add_f64_ref(double *to, const double *a, const double *b,
                                               const double *c, size_t n);
YOKE_API void yoke_vector_multiply_add_f32_ref(float *to, const float *a, const float *b,
                                               const float *c, size_t n);
YOKE_API void yoke_vector_update_f64_ref(double *to, const double *a, double q, const double *b,
                                         size_t n);
YOKE_API void yoke_vector_update_f32_ref(float *to, const float *a, float q, const float *b,
                                         size_t n);

/* The function for the type of `to`. */
#define YOKE_VECTOR_(name, to)                                                                     \
    _Generic((to), double * : yoke_vector_##name##_f64, float * : yoke_vector_##name##_f32)
#define yoke_vector_copy(to, ...)         YOKE_VECTOR_(copy, to)(to, __VA_ARGS__)
#define yoke_vector_scale(to, ...)        YOKE_VECTOR_(scale, to)(to, __VA_ARGS__)
#define yoke_vector_add(to, ...)          YOKE_VECTOR_(add, to)(to, __VA_ARGS__)
#define yoke_vector_triad(to, ...)        YOKE_VECTOR_(triad, to)(to, __VA_ARGS__)
#define yoke_vector_triad_nt(to, ...)     YOKE_VECTOR_(triad_nt, to)(to, __VA_ARGS__)
#define yoke_vector_multiply_add(to, ...) YOKE_VECTOR_(multiply_add, to)(to, __VA_ARGS__)
#define yoke_vector_update(to, ...)       YOKE_VECTOR_(update, to)(to, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

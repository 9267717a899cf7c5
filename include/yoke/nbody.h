/* SPDX-License-Identifier: Apache-2.0
 *
 * Gravity between all pairs of bodies, softened (Aarseth 1963): body i is accelerated by
 *
 *     sum over j of  m_j d / (|d|^2 + softening^2)^(3/2),  d = p_j - p_i
 *
 * in units where the constant of gravity is 1. The work grows with the square of their number.
 *
 * The sum is taken in the order of j, from 0; each term is dx s with s = m_j / (r r^(1/2)) and
 * r = ((dx dx + dy dy) + dz dz) + softening^2. Square roots and divisions are those of the
 * processor, correctly rounded, not estimates. So the bits are those of the reference at any number
 * of threads; a term has a relative error of some units in the last place, the sum one of at most n
 * more.
 *
 * YOKE_REPRO_EXACT: the terms are the same, their sum is the exact one, rounded once: it does not
 * depend on the order of the bodies, either. A sum that is zero is +0.
 */
#ifndef YOKE_NBODY_H
#define YOKE_NBODY_H

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* n coordinates and masses each, the caller's. */
typedef struct yoke_bodies_f64 {
    size_t n;
    const double *x, *y, *z, *mass;
} yoke_bodies_f64;
typedef struct yoke_bodies_f32 {
    size_t n;
    const float *x, *y, *z, *mass;
} yoke_bodies_f32;

/* Writes the accelerations. YOKE_EINVAL unless softening^2 is positive and finite, or when a result
 * overlaps an array of the bodies; else as in yoke/run.h. */
YOKE_API int yoke_nbody_f64(double *ax, double *ay, double *az, const yoke_bodies_f64 *bodies,
                            double softening, const yoke_run *run);
YOKE_API int yoke_nbody_f32(float *ax, float *ay, float *az, const yoke_bodies_f32 *bodies,
                            float softening, const yoke_run *run);

/* Serial, and check nothing. */
YOKE_API void yoke_nbody_f64_ref(double *ax, double *ay, double *az, const yoke_bodies_f64 *bodies,
                                 double softening);
YOKE_API void yoke_nbody_f32_ref(float *ax, float *ay, float *az, const yoke_bodies_f32 *bodies,
                                 float softening);

/* The function for the type of `ax`. */
#define yoke_nbody(ax, ...)                                                                        \
    _Generic((ax), double * : yoke_nbody_f64, float * : yoke_nbody_f32)(ax, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif

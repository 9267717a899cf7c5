/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of vector.c for one type and one set of instructions; see isa.inc.h. `simd` since `to`
 * may be an operand, but does not lie across one.
 */
#include "kernels/isa.inc.h"

ISA_TARGET static void ISA_(copy)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to;
    const REAL *a = v->a;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] = a[i];
}

ISA_TARGET static void ISA_(scale)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to, q = v->q;
    const REAL *a = v->a;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] = q * a[i];
}

ISA_TARGET static void ISA_(add)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to;
    const REAL *a = v->a, *b = v->b;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] = a[i] + b[i];
}

ISA_TARGET static void ISA_(triad)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to, q = v->q;
    const REAL *a = v->a, *b = v->b;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] = a[i] + q * b[i];
}

ISA_TARGET static void ISA_(multiply_add)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to;
    const REAL *a = v->a, *b = v->b, *c = v->c;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] = a[i] * b[i] + c[i];
}

ISA_TARGET static void ISA_(update)(const REAL_(vectors) * v, size_t begin, size_t end) {
    REAL *to = v->to, q = v->q;
    const REAL *a = v->a, *b = v->b;
#pragma omp simd
    for (size_t i = begin; i < end; i++) to[i] += a[i] + q * b[i];
}

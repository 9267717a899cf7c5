/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernels of yoke/vector.h for one type: REAL, REAL_(name), which adds its suffix, and
 * REF_(name), which adds that and "ref".
 */
typedef struct REAL_(vectors) {
    REAL *to;
    const REAL *a, *b, *c;
    REAL q;
    void (*loop)(const struct REAL_(vectors) * v, size_t begin, size_t end);
} REAL_(vectors);

#define ISA 0
#include "kernels/vector_loops.inc.h"
#if defined __x86_64__
#define ISA 1
#include "kernels/vector_loops.inc.h"
#define ISA 2
#include "kernels/vector_loops.inc.h"
#endif

/* Whole vectors of 16 bytes are stored around the caches; those before the first boundary of `to`
 * and after the last are not. */
static void REAL_(triad_nt)(const REAL_(vectors) * v, size_t begin, size_t end) {
#if defined __x86_64__
    size_t i = begin, last = end - (end - begin) % NT_LANES;
    for (; i < end && (uintptr_t)(v->to + i) % 16; i++) v->to[i] = v->a[i] + v->q * v->b[i];
    NT_VECTOR q = NT_(set1)(v->q);
    for (; i + NT_LANES <= last; i += NT_LANES) {
        NT_VECTOR product = NT_(mul)(q, NT_(loadu)(v->b + i));
        NT_(stream)(v->to + i, NT_(add)(NT_(loadu)(v->a + i), product));
    }
    for (; i < end; i++) v->to[i] = v->a[i] + v->q * v->b[i];
    _mm_sfence(); /* these stores are not ordered by what ends the block */
#else
    ISA_(triad)(v, begin, end);
#endif
}

static int REAL_(run_block)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const REAL_(vectors) *v = ctx;
    v->loop(v, begin, end);
    return YOKE_OK;
}

static int REAL_(run_vectors)(REAL_(vectors) v, size_t n, const char *call, const yoke_run *run) {
    YOKE_TRY(check(v.to, v.a, v.b, v.c, n, sizeof(REAL)));
    int status = yoke__run_blocks(run, n, BLOCK, REAL_(run_block), &v);
    return yoke__told(status, run, call, v.to, n * sizeof(REAL));
}

int REAL_(yoke_vector_copy)(REAL *to, const REAL *a, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, a, a, 0, CHOOSE(copy)}, n, __func__, run);
}

int REAL_(yoke_vector_scale)(REAL *to, REAL q, const REAL *a, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, a, a, q, CHOOSE(scale)}, n, __func__, run);
}

int REAL_(yoke_vector_add)(REAL *to, const REAL *a, const REAL *b, size_t n, const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, b, a, 0, CHOOSE(add)}, n, __func__, run);
}

int REAL_(yoke_vector_triad)(REAL *to, const REAL *a, REAL q, const REAL *b, size_t n,
                             const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, b, a, q, CHOOSE(triad)}, n, __func__, run);
}

int REAL_(yoke_vector_triad_nt)(REAL *to, const REAL *a, REAL q, const REAL *b, size_t n,
                                const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, b, a, q, REAL_(triad_nt)}, n, __func__, run);
}

int REAL_(yoke_vector_multiply_add)(REAL *to, const REAL *a, const REAL *b, const REAL *c, size_t n,
                                    const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, b, c, 0, CHOOSE(multiply_add)}, n, __func__,
                              run);
}

int REAL_(yoke_vector_update)(REAL *to, const REAL *a, REAL q, const REAL *b, size_t n,
                              const yoke_run *run) {
    YOKE__KERNEL;
    return REAL_(run_vectors)((REAL_(vectors)){to, a, b, a, q, CHOOSE(update)}, n, __func__, run);
}

/* ---- references ---- */

void REF_(yoke_vector_copy)(REAL *to, const REAL *a, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = a[i];
}

void REF_(yoke_vector_scale)(REAL *to, REAL q, const REAL *a, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = q * a[i];
}

void REF_(yoke_vector_add)(REAL *to, const REAL *a, const REAL *b, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = a[i] + b[i];
}

void REF_(yoke_vector_triad)(REAL *to, const REAL *a, REAL q, const REAL *b, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = a[i] + q * b[i];
}

void REF_(yoke_vector_multiply_add)(REAL *to, const REAL *a, const REAL *b, const REAL *c,
                                    size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = a[i] * b[i] + c[i];
}

void REF_(yoke_vector_update)(REAL *to, const REAL *a, REAL q, const REAL *b, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] += a[i] + q * b[i];
}

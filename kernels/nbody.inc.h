/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel of yoke/nbody.h for one type: REAL, REAL_(name), which adds its suffix, and
 * REF_(name), which adds that and "ref"; WIDE_(x) makes it a double, NEAREST an exact sum a REAL.
 */
typedef struct REAL_(sky) {
    const REAL_(yoke_bodies) * bodies;
    REAL *ax, *ay, *az;
    REAL square; /* of the softening */
    void (*accelerate)(const struct REAL_(sky) * sky, size_t begin, size_t end);
} REAL_(sky);

#define ISA 0
#include "kernels/nbody_loop.inc.h"
#if defined __x86_64__
#define ISA 1
#include "kernels/nbody_loop.inc.h"
#define ISA 2
#include "kernels/nbody_loop.inc.h"
#endif

/* The sums of a body are exact ones of its terms. */
static void REAL_(accelerate_exactly)(const REAL_(sky) * sky, size_t begin, size_t end) {
    const REAL_(yoke_bodies) *b = sky->bodies;
    double terms[3][TILE];
    for (size_t i = begin; i < end; i++) {
        yoke_xsum sums[3] = {{{0}, 0, 0}};
        for (size_t j = 0, n; j < b->n; j += n) {
            n = b->n - j < TILE ? b->n - j : TILE;
            for (size_t k = 0; k < n; k++) {
                REAL dx = b->x[j + k] - b->x[i], dy = b->y[j + k] - b->y[i];
                REAL dz = b->z[j + k] - b->z[i];
                REAL r = dx * dx + dy * dy + dz * dz + sky->square;
                REAL s = b->mass[j + k] / (r * ROOT(r));
                terms[0][k] = WIDE_(dx * s), terms[1][k] = WIDE_(dy * s),
                terms[2][k] = WIDE_(dz * s);
            }
            for (int d = 0; d < 3; d++) yoke_xsum_add_array(&sums[d], terms[d], n);
        }
        sky->ax[i] = NEAREST(&sums[0]), sky->ay[i] = NEAREST(&sums[1]);
        sky->az[i] = NEAREST(&sums[2]);
    }
}

static int REAL_(run_block)(void *ctx, size_t index, size_t begin, size_t end, int member) {
    (void)index, (void)member;
    const REAL_(sky) *sky = ctx;
    sky->accelerate(sky, begin, end);
    return YOKE_OK;
}

static bool REAL_(overlaps)(const REAL *result, const REAL_(yoke_bodies) * b) {
    const REAL *arrays[] = {b->x, b->y, b->z, b->mass};
    size_t bytes = b->n * sizeof(REAL);
    for (int i = 0; i < 4; i++)
        if (yoke__overlap(result, bytes, arrays[i], bytes)) return true;
    return false;
}

int REAL_(yoke_nbody)(REAL *ax, REAL *ay, REAL *az, const REAL_(yoke_bodies) * bodies,
                      REAL softening, const yoke_run *run) {
    YOKE__KERNEL;
    REAL_(sky)
    sky = {bodies, ax, ay, az, softening * softening, YOKE_ISA_CHOOSE(REAL_(accelerate_all))};
    if (yoke__run_repro(run) == YOKE_REPRO_EXACT) sky.accelerate = REAL_(accelerate_exactly);
    if (!(sky.square > 0 && sky.square < INFINITY))
        return yoke_fail(YOKE_EINVAL, "softening of %g: its square must be positive and finite",
                         (double)softening);
    if (REAL_(overlaps)(ax, bodies) || REAL_(overlaps)(ay, bodies) || REAL_(overlaps)(az, bodies))
        return yoke_fail(YOKE_EINVAL, "accelerations overlap the bodies");
    int status = yoke__run_blocks(run, bodies->n, BLOCK, REAL_(run_block), &sky);
    const REAL *results[] = {ax, ay, az};
    for (int i = 0; i < 3; i++)
        YOKE__TELL(status, run, __func__, results[i], bodies->n * sizeof(REAL));
    return status;
}

void REF_(yoke_nbody)(REAL *ax, REAL *ay, REAL *az, const REAL_(yoke_bodies) * b, REAL softening) {
    for (size_t i = 0; i < b->n; i++) {
        ax[i] = ay[i] = az[i] = 0;
        for (size_t j = 0; j < b->n; j++) {
            REAL dx = b->x[j] - b->x[i], dy = b->y[j] - b->y[i], dz = b->z[j] - b->z[i];
            REAL r = dx * dx + dy * dy + dz * dz + softening * softening;
            REAL s = b->mass[j] / (r * ROOT(r));
            ax[i] += dx * s;
            ay[i] += dy * s;
            az[i] += dz * s;
        }
    }
}

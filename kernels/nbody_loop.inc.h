/* SPDX-License-Identifier: Apache-2.0
 *
 * The accelerations of as many bodies as a vector holds, for one type and one set of instructions;
 * see isa.inc.h. ROOT_16(x), ROOT_32(x) and ROOT_64(x) are the square roots of vectors of so many
 * bytes.
 */
#include "kernels/isa.inc.h"

typedef REAL ISA_(vector) __attribute__((vector_size(ISA_BYTES)));

ISA_TARGET static inline ISA_(vector) ISA_(root)(ISA_(vector) x) {
#if !defined __x86_64__
    for (size_t i = 0; i < ISA_BYTES / sizeof(REAL); i++) x[i] = ROOT(x[i]);
    return x;
#elif ISA_BYTES == 16
    return ROOT_16(x);
#elif ISA_BYTES == 32
    return ROOT_32(x);
#else
    return ROOT_64(x);
#endif
}

/* Bodies `first` to first + count - 1; the lanes behind them are idle. */
ISA_TARGET static void ISA_(accelerate)(const REAL_(sky) * sky, size_t first, size_t count) {
    typedef ISA_(vector) vector;
    const REAL_(yoke_bodies) *b = sky->bodies;
    vector x = {0}, y = {0}, z = {0}, ax = {0}, ay = {0}, az = {0};
    memcpy(&x, b->x + first, count * sizeof(REAL));
    memcpy(&y, b->y + first, count * sizeof(REAL));
    memcpy(&z, b->z + first, count * sizeof(REAL));
    for (size_t j = 0; j < b->n; j++) {
        vector dx = b->x[j] - x, dy = b->y[j] - y, dz = b->z[j] - z;
        vector r = ((dx * dx + dy * dy) + dz * dz) + sky->square;
        vector s = b->mass[j] / (r * ISA_(root)(r));
        ax += dx * s;
        ay += dy * s;
        az += dz * s;
    }
    memcpy(sky->ax + first, &ax, count * sizeof(REAL));
    memcpy(sky->ay + first, &ay, count * sizeof(REAL));
    memcpy(sky->az + first, &az, count * sizeof(REAL));
}

ISA_TARGET static void ISA_(accelerate_all)(const REAL_(sky) * sky, size_t begin, size_t end) {
    enum { LANES = ISA_BYTES / sizeof(REAL) };
    size_t i = begin;
    for (; i + LANES <= end; i += LANES) ISA_(accelerate)(sky, i, LANES);
    if (i < end) ISA_(accelerate)(sky, i, end - i);
}

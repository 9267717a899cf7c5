/* SPDX-License-Identifier: Apache-2.0
 *
 * stencil: a star of weights that computes the divergence of the grid, added to another grid again
 * and again, with 1 added to the input in between. The input is x + y, so the mean size of the
 * result is 2 for each iteration.
 */
#include <math.h>
#include <stdio.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/stencil.h"

enum { MOST_RADIUS = 32 };

static yoke_stencil star(yoke_stencil_term *terms, int radius) {
    size_t count = 0;
    for (int i = -radius; i <= radius; i++) {
        if (!i) continue;
        double weight = 1 / (2.0 * i * radius);
        terms[count++] = (yoke_stencil_term){.x = i, .weight = weight};
        terms[count++] = (yoke_stencil_term){.y = i, .weight = weight};
    }
    return (yoke_stencil){terms, count};
}

static void add_one(double *in, size_t points) {
#pragma omp parallel for simd default(none) shared(in, points)
    for (size_t i = 0; i < points; i++) in[i] += 1;
}

/* The mean of the sizes of the inner points. */
static double mean_size(const double *out, size_t n, size_t radius) {
    double sum = 0, points = (double)(n - 2 * radius) * (double)(n - 2 * radius);
    for (size_t y = radius; y < n - radius; y++)
        for (size_t x = radius; x < n - radius; x++) sum += fabs(out[y * n + x]);
    return sum / points;
}

static int run(prk_program *p, double *out, double *in) {
    size_t iterations = p->operands[0].value, n = p->operands[1].value;
    size_t radius = p->operands[2].value;
    yoke_stencil_term terms[4 * MOST_RADIUS];
    yoke_stencil stencil = star(terms, (int)radius);
    yoke_grid grid = {.rows = n, .columns = n};
    for (size_t i = 0; i < n * n; i++) {
        size_t y = i / n, x = i % n;
        in[i] = (double)(y + x);
    }
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        if (yoke_stencil_add(out, in, &grid, &stencil, &p->run) < 0) return prk_failed(p);
        add_one(in, n * n);
    }
    prk_stop(p);
    if (p->spoil) out[n / 2 * n + n / 2] = NAN;
    double inner = (double)(n - 2 * radius), work = 2 * (4 * (double)radius + 1) + 1;
    return prk_report(p, mean_size(out, n, radius), 2 * (double)(iterations + 1), "MFlop",
                      work * inner * inner, iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {
        {"ITERATIONS", 1, 1000000000, 0}, {"SIZE", 1, 1 << 20, 0}, {"[RADIUS]", 1, MOST_RADIUS, 2}};
    prk_program p = {.name = "prk_stencil",
                     .title = "Stencil on a grid of two dimensions",
                     .operands = operands,
                     .count = 3};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t n = operands[1].value;
    if (n <= 2 * operands[2].value) {
        fprintf(stderr, "prk_stencil: a stencil of radius %zu does not fit a grid of size %zu\n",
                operands[2].value, n);
        return 2;
    }
    double *in = prk_numbers(&p, n * n, 0), *out = in ? prk_numbers(&p, n * n, 0) : NULL;
    status = out ? run(&p, out, in) : 1;
    yoke_aligned_free(in);
    yoke_aligned_free(out);
    return status;
}

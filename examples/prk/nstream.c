/* SPDX-License-Identifier: Apache-2.0
 *
 * nstream: A = A + (B + s C), again and again, with B = C = 2 and s = 3. Each number of A is then
 * 8 for each iteration, and the sum of their distances from that is 0.
 */
#include <math.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/vector.h"

static int run(prk_program *p, double *a, const double *b, const double *c) {
    size_t iterations = p->operands[0].value, n = p->operands[1].value;
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        if (yoke_vector_update(a, b, 3.0, c, n, &p->run) < 0) return prk_failed(p);
    }
    prk_stop(p);
    if (p->spoil) a[n / 2] = NAN;
    double expected = 8 * (double)(iterations + 1), sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(a[i] - expected);
    return prk_report(p, expected + sum, expected, "MB", 4 * sizeof *a * (double)n, iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {{"ITERATIONS", 1, 1000000000, 0},
                              {"LENGTH", 1, (size_t)1 << 40, 0},
                              {"[OFFSET]", 0, 1 << 20, 0}};
    prk_program p = {.name = "prk_nstream",
                     .title = "Stream triad: A = A + (B + scalar C)",
                     .operands = operands,
                     .count = 3};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t length = operands[1].value, next = length + operands[2].value;
    double *a = prk_numbers(&p, 2 * next + length, 2);
    if (!a) return 1;
    for (size_t i = 0; i < length; i++) a[i] = 0;
    status = run(&p, a, a + next, a + 2 * next);
    yoke_aligned_free(a);
    return status;
}

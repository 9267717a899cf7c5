/* SPDX-License-Identifier: Apache-2.0
 *
 * dgemm: C = C + A B, again and again. yoke has no dense product: this is how to call that of
 * OpenBLAS with the threads that yoke says there are. Entry (i, j) of A and B is j, so the sum of C
 * is known.
 */
#include <cblas.h>
#include <math.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/team.h"

static int run(prk_program *p, const double *a, const double *b, double *c) {
    size_t iterations = p->operands[0].value, n = p->operands[1].value;
    int order = (int)n;
    openblas_set_num_threads(p->run.threads ? p->run.threads : yoke_team_default_size());
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, order, order, order, 1, a, order, b,
                    order, 1, c, order);
    }
    prk_stop(p);
    if (p->spoil) c[n * n / 2] = NAN;
    double sum = 0, size = (double)n;
    for (size_t i = 0; i < n * n; i++) sum += c[i];
    double expected =
        0.25 * size * size * size * (size - 1) * (size - 1) * (double)(iterations + 1);
    return prk_report(p, sum, expected, "MFlop", 2 * size * size * size, iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {{"ITERATIONS", 1, 1000000000, 0}, {"ORDER", 1, 1 << 16, 0}};
    prk_program p = {.name = "prk_dgemm",
                     .title = "Dense matrix product, by OpenBLAS",
                     .operands = operands,
                     .count = 2};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t n = operands[1].value;
    double *a = prk_numbers(&p, 3 * n * n, 0);
    if (!a) return 1;
    double *b = a + n * n, *c = b + n * n;
    for (size_t i = 0; i < n * n; i++) a[i] = b[i] = (double)(i % n);
    status = run(&p, a, b, c);
    yoke_aligned_free(a);
    return status;
}

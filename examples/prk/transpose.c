/* SPDX-License-Identifier: Apache-2.0
 *
 * transpose: the transpose of A is added to B, again and again, with 1 added to A in between. Entry
 * (i, j) of A begins as order i + j, so all entries of B are known. (The transpose goes to a third
 * matrix, as the kernel does not add.)
 */
#include <math.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/permute.h"
#include "yoke/vector.h"

/* The sum of the distances from what the entries of B should be. */
static double distance(const double *b, size_t order, double iterations) {
    double sum = 0, added = iterations * (iterations + 1) / 2;
    for (size_t i = 0; i < order; i++)
        for (size_t j = 0; j < order; j++)
            sum += fabs(b[i * order + j] - ((double)(order * j + i) * (iterations + 1) + added));
    return sum;
}

static int run(prk_program *p, double *a, double *b, double *turned, const double *ones) {
    size_t iterations = p->operands[0].value, order = p->operands[1].value, n = order * order;
    for (size_t i = 0; i < n; i++) a[i] = (double)i;
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        if (yoke_transpose_f64(a, order, order, turned, &p->run) < 0 ||
            yoke_vector_add(b, b, turned, n, &p->run) < 0 ||
            yoke_vector_add(a, a, ones, n, &p->run) < 0)
            return prk_failed(p);
    }
    prk_stop(p);
    if (p->spoil) b[n / 2] = NAN;
    return prk_report(p, 1 + distance(b, order, (double)iterations), 1, "MB",
                      2 * sizeof *a * (double)n, iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {{"ITERATIONS", 1, 1000000000, 0}, {"ORDER", 1, 1 << 20, 0}};
    prk_program p = {.name = "prk_transpose",
                     .title = "Transpose of a matrix, added: B = B + A^T",
                     .operands = operands,
                     .count = 2};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t n = operands[1].value * operands[1].value;
    double *b = prk_numbers(&p, 3 * n, 0), *ones = b ? prk_numbers(&p, n, 1) : NULL;
    status = ones ? run(&p, b + n, b, b + 2 * n, ones) : 1;
    yoke_aligned_free(b);
    yoke_aligned_free(ones);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * reduce: a vector of ones is added to another, again and again. Each number is then the number of
 * additions, the first included, and 1.
 */
#include <math.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/vector.h"

static int run(prk_program *p, double *vector, const double *ones) {
    size_t iterations = p->operands[0].value, n = p->operands[1].value;
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        if (yoke_vector_add(vector, vector, ones, n, &p->run) < 0) return prk_failed(p);
    }
    prk_stop(p);
    if (p->spoil) vector[n / 2] = NAN;
    double expected = (double)iterations + 2, sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(vector[i] - expected);
    return prk_report(p, expected + sum, expected, "MFlop", (double)n, iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {{"ITERATIONS", 1, 1000000000, 0}, {"LENGTH", 1, (size_t)1 << 40, 0}};
    prk_program p = {
        .name = "prk_reduce", .title = "Vector reduction", .operands = operands, .count = 2};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    double *vectors = prk_numbers(&p, 2 * operands[1].value, 1);
    if (!vectors) return 1;
    status = run(&p, vectors, vectors + operands[1].value);
    yoke_aligned_free(vectors);
    return status;
}

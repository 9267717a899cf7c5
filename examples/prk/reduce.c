/* SPDX-License-Identifier: Apache-2.0
 *
 * reduce: each thread has two vectors, and all are added item by item. Vector v of V is v + 1 in
 * each item, so the sum is V (V + 1) / 2. As in the original the vectors are filled anew before
 * each reduction, within the time.
 *
 * The second half of the vectors is added to the first half, the second half of those to the first
 * one, and so on: on each level one call for all pairs, which lie side by side.
 */
#include <math.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/team.h"
#include "yoke/vector.h"

static void fill(double *vectors, size_t count, size_t n) {
#pragma omp parallel for default(none) shared(vectors, count, n) collapse(2)
    for (size_t v = 0; v < count; v++)
        for (size_t i = 0; i < n; i++) vectors[v * n + i] = (double)(v + 1);
}

static int reduce(double *vectors, size_t count, size_t n, const yoke_run *run) {
    while (count > 1) {
        size_t half = (count + 1) / 2;
        YOKE_TRY(yoke_vector_add(vectors, vectors, vectors + half * n, (count - half) * n, run));
        count = half;
    }
    return YOKE_OK;
}

static int run(prk_program *p, double *vectors, size_t count) {
    size_t iterations = p->operands[0].value, n = p->operands[1].value;
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        fill(vectors, count, n);
        if (reduce(vectors, count, n, &p->run) < 0) return prk_failed(p);
    }
    prk_stop(p);
    if (p->spoil) vectors[n / 2] = NAN;
    double expected = (double)count * (double)(count + 1) / 2, sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(vectors[i] - expected);
    return prk_report(p, expected + sum, expected, "MFlop", (double)(count - 1) * (double)n,
                      iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {{"ITERATIONS", 1, 1000000000, 0}, {"LENGTH", 1, (size_t)1 << 40, 0}};
    prk_program p = {.name = "prk_reduce",
                     .title = "Vector reduction, two vectors a thread",
                     .operands = operands,
                     .count = 2};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t count = 2 * (size_t)(p.run.threads ? p.run.threads : yoke_team_default_size());
    double *vectors = prk_numbers(&p, count * operands[1].value, 0);
    if (!vectors) return 1;
    status = run(&p, vectors, count);
    yoke_aligned_free(vectors);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * sparse: the matrix of a periodic star on a square grid, its columns scrambled by reversing their
 * bits, times a vector. Entry (r, c) is 1 / (c + 1) and the vector grows by c + 1 in each
 * iteration, so iteration i adds i + 1 for each entry, and their sum is known.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "examples/prk/prk.h"
#include "yoke/memory.h"
#include "yoke/sparse.h"
#include "yoke/vector.h"

typedef struct problem {
    size_t rows, entries;
    yoke_csr_f64 matrix;
    uint64_t *row_begin, *column;
    double *value, *x, *ramp, *y;
} problem;

static uint64_t reversed(uint64_t x, int bits) {
    uint64_t result = 0;
    for (int i = 0; i < bits; i++) result |= (x >> i & 1) << (bits - 1 - i);
    return result;
}

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The columns of one row, in order. */
static void fill_row(uint64_t *column, size_t row, int bits, size_t radius) {
    size_t size = (size_t)1 << bits / 2, x = row % size, y = row / size, count = 0;
    column[count++] = reversed(row, bits);
    for (size_t r = 1; r <= radius; r++) {
        column[count++] = reversed((x + r) % size + y * size, bits);
        column[count++] = reversed((x + size - r) % size + y * size, bits);
        column[count++] = reversed(x + (y + r) % size * size, bits);
        column[count++] = reversed(x + (y + size - r) % size * size, bits);
    }
    qsort(column, count, sizeof *column, by_number);
}

static void fill(problem *q, int bits, size_t radius) {
    size_t width = 4 * radius + 1;
#pragma omp parallel for default(none) shared(q, bits, radius, width)
    for (size_t row = 0; row < q->rows; row++) {
        fill_row(q->column + row * width, row, bits, radius);
        for (size_t i = row * width; i < (row + 1) * width; i++)
            q->value[i] = 1 / (double)(q->column[i] + 1);
        q->row_begin[row + 1] = (row + 1) * width;
        q->ramp[row] = (double)(row + 1);
    }
    q->row_begin[0] = 0;
}

static int run(prk_program *p, problem *q) {
    size_t iterations = p->operands[0].value;
    for (size_t i = 0; i <= iterations; i++) {
        prk_iteration(p, i);
        if (yoke_vector_add(q->x, q->x, q->ramp, q->rows, &p->run) < 0 ||
            yoke_csr_multiply_add(q->y, &q->matrix, q->x, &p->run) < 0)
            return prk_failed(p);
    }
    prk_stop(p);
    if (p->spoil) q->y[q->rows / 2] = NAN;
    double sum = 0;
    for (size_t row = 0; row < q->rows; row++) sum += q->y[row];
    double times = (double)(iterations + 1) * (double)(iterations + 2) / 2;
    return prk_report(p, sum, (double)q->entries * times, "MFlop", 2 * (double)q->entries,
                      iterations);
}

int main(int argc, char **argv) {
    prk_operand operands[] = {
        {"ITERATIONS", 1, 1000000000, 0}, {"LOG2SIZE", 0, 16, 0}, {"RADIUS", 0, 64, 0}};
    prk_program p = {.name = "prk_sparse",
                     .title = "Sparse matrix times vector, scrambled",
                     .operands = operands,
                     .count = 3};
    int status = prk_read(&p, argc, argv);
    if (status != PRK_GO_ON) return status;
    size_t size = (size_t)1 << operands[1].value, radius = operands[2].value;
    if (size < 2 * radius + 1) {
        fprintf(stderr, "prk_sparse: a star of radius %zu laps itself on a grid of size %zu\n",
                radius, size);
        return 2;
    }
    problem q = {.rows = size * size, .entries = size * size * (4 * radius + 1)};
    q.row_begin = yoke_aligned_alloc((q.rows + 1) * sizeof *q.row_begin);
    q.column = yoke_aligned_alloc(q.entries * sizeof *q.column);
    q.value = prk_numbers(&p, q.entries, 0);
    q.x = prk_numbers(&p, q.rows, 0), q.ramp = prk_numbers(&p, q.rows, 0);
    q.y = prk_numbers(&p, q.rows, 0);
    status = 1;
    if (q.row_begin && q.column && q.value && q.x && q.ramp && q.y) {
        fill(&q, 2 * (int)operands[1].value, radius);
        q.matrix = (yoke_csr_f64){.rows = q.rows,
                                  .columns = q.rows,
                                  .row_begin = q.row_begin,
                                  .wide_column = q.column,
                                  .value = q.value};
        status = run(&p, &q);
    }
    yoke_aligned_free(q.row_begin), yoke_aligned_free(q.column), yoke_aligned_free(q.value);
    yoke_aligned_free(q.x), yoke_aligned_free(q.ramp), yoke_aligned_free(q.y);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Least squares with factors that are not negative, of at most three terms.
 *
 * In the best answer some factors are 0 and the others are those of ordinary least squares without
 * the terms of the former. So all sets of terms are tried, seven at most, and the best answer
 * without a negative factor is the one.
 */
#include <math.h>

#include "perf/fit.h"

/* Solves size equations in place by elimination with the greatest pivot. False: singular. */
static bool solve(double matrix[YOKE__TERMS][YOKE__TERMS + 1], int size) {
    for (int k = 0; k < size; k++) {
        int pivot = k;
        for (int i = k + 1; i < size; i++) {
            if (fabs(matrix[i][k]) > fabs(matrix[pivot][k])) pivot = i;
        }
        if (!(fabs(matrix[pivot][k]) > 1e-300)) return false;
        for (int j = 0; j <= size; j++) {
            double kept = matrix[k][j];
            matrix[k][j] = matrix[pivot][j];
            matrix[pivot][j] = kept;
        }
        for (int i = 0; i < size; i++) {
            if (i == k) continue;
            double factor = matrix[i][k] / matrix[k][k];
            for (int j = k; j <= size; j++) matrix[i][j] -= factor * matrix[k][j];
        }
    }
    return true;
}

/* The normal equations of the terms in `set`. */
static bool solve_set(const yoke__equation *equations, size_t count, int terms, unsigned set,
                      double factors[YOKE__TERMS]) {
    double matrix[YOKE__TERMS][YOKE__TERMS + 1] = {{0}};
    int chosen[YOKE__TERMS] = {0}, size = 0;
    for (int i = 0; i < terms; i++) {
        factors[i] = 0;
        if (set >> i & 1) chosen[size++] = i;
    }
    for (size_t e = 0; e < count; e++) {
        for (int i = 0; i < size; i++) {
            double own = equations[e].terms[chosen[i]];
            for (int j = 0; j < size; j++) matrix[i][j] += own * equations[e].terms[chosen[j]];
            matrix[i][size] += own;
        }
    }
    if (!solve(matrix, size)) return false;
    for (int i = 0; i < size; i++) {
        factors[chosen[i]] = matrix[i][size] / matrix[i][i];
        if (!(factors[chosen[i]] >= 0) || !isfinite(factors[chosen[i]])) return false;
    }
    return true;
}

static double squares(const yoke__equation *equations, size_t count, int terms,
                      const double *factors) {
    double sum = 0;
    for (size_t e = 0; e < count; e++) {
        double error = -1;
        for (int i = 0; i < terms; i++) error += factors[i] * equations[e].terms[i];
        sum += error * error;
    }
    return sum;
}

bool yoke__least_squares(const yoke__equation *equations, size_t count, int terms,
                         double factors[YOKE__TERMS]) {
    double best = INFINITY;
    for (unsigned set = 1; set < 1u << terms; set++) {
        double tried[YOKE__TERMS];
        if (!solve_set(equations, count, terms, set, tried)) continue;
        double sum = squares(equations, count, terms, tried);
        if (sum >= best) continue;
        best = sum;
        for (int i = 0; i < terms; i++) factors[i] = tried[i];
    }
    return isfinite(best);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: products of matrices, which have threads of their own, inside of a parallel region.
 */
#include <cblas.h>

#include "tests/doctor/patient.h"

enum { N = 300 };

int main(int argc, char **argv) {
    double end = until_own(argc, argv, 1.5);
#pragma omp parallel num_threads(4)
    {
        double *a = calloc(3 * N * N, sizeof *a);
        while (a && own_seconds() < end) {
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, a + N * N, N,
                        0, a + 2 * N * N, N);
        }
        free(a);
    }
    return 0;
}

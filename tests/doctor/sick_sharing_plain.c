/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: sums of the members of a team lie side by side, and are written in each step.
 */
#include <omp.h>

#include "tests/doctor/patient.h"

static _Alignas(64) volatile double sums[8];

int main(int argc, char **argv) {
    double end = until_own(argc, argv, 1.5);
#pragma omp parallel num_threads(2)
    {
        volatile double *mine = &sums[omp_get_thread_num()];
        while (own_seconds() < end) {
            for (int i = 0; i < 100000; i++) *mine += 0.5;
        }
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick under a quota: a team of as many threads as OpenMP gives, which reads no quota.
 */
#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until_own(argc, argv, 1.5);
    while (own_seconds() < end) {
#pragma omp parallel
        work(200000);
    }
    return 0;
}

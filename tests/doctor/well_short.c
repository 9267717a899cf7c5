/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: over before anything can be said.
 */
#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until(argc, argv, 0.05);
    while (seconds() < end) {
#pragma omp parallel num_threads(2)
        work(10000);
    }
    return 0;
}

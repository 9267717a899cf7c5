/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: loops with equal parts, as many threads as processors.
 */
#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until(argc, argv, 1.5);
    while (seconds() < end) {
#pragma omp parallel for schedule(static)
        for (int i = 0; i < 1000; i++) work(2000);
    }
    return 0;
}

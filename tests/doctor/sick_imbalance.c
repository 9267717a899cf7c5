/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: a loop whose items cost more and more, in equal parts of a static schedule.
 */
#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until_own(argc, argv, 1.5);
    while (own_seconds() < end) {
#pragma omp parallel for schedule(static) num_threads(2)
        for (int i = 0; i < 100; i++) work(i < 50 ? 1000 : 20000);
    }
    return 0;
}

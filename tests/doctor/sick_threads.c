/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: 64 threads that compute, on however few processors.
 */
#include "tests/doctor/patient.h"

static double end;

static void *compute(void *arg) {
    while (own_seconds() < end) work(100000);
    return arg;
}

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(64, compute);
    return 0;
}

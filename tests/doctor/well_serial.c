/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: one thread that computes.
 */
#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until(argc, argv, 1);
    while (seconds() < end) work(100000);
    return 0;
}

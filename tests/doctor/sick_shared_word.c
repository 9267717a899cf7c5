/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: all threads count in one word.
 */
#include "tests/doctor/patient.h"

static unsigned long total;
static double end;

static void *count(void *arg) {
    while (own_seconds() < end) {
        for (int i = 0; i < 100000; i++) __atomic_fetch_add(&total, 1, __ATOMIC_RELAXED);
    }
    return arg;
}

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(2, count);
    return 0;
}

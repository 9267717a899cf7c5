/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: each thread counts in a word of its own, and the words lie in one cache line.
 */
#include "tests/doctor/patient.h"

static struct { _Alignas(64) unsigned long of[8]; } counts;
static double end;

static void *count(void *arg) {
    unsigned long *mine = &counts.of[(long)arg];
    while (own_seconds() < end) {
        for (int i = 0; i < 100000; i++) __atomic_fetch_add(mine, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

int main(int argc, char **argv) {
    end = until_own(argc, argv, 1.5);
    run_threads(2, count);
    return 0;
}

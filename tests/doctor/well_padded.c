/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: each thread counts in a cache line of its own.
 */
#include "tests/doctor/patient.h"

static struct { _Alignas(128) unsigned long count; } counts[2];
static double end;

static void *count(void *arg) {
    unsigned long *mine = &counts[(long)arg].count;
    while (seconds() < end) {
        for (int i = 0; i < 100000; i++) __atomic_fetch_add(mine, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    run_threads(2, count);
    return 0;
}

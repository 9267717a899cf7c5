/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: threads that wait for a file more than they compute.
 */
#include <fcntl.h>

#include "tests/doctor/patient.h"

static double end;

static void *copy(void *arg) {
    char name[] = "/tmp/yoke-patient-XXXXXX", block[65536] = {0};
    int file = mkstemp(name);
    if (file < 0) return NULL;
    unlink(name);
    while (seconds() < end) {
        for (int i = 0; i < 16; i++) {
            if (pwrite(file, block, sizeof block, (off_t)(i * sizeof block)) < 0) exit(9);
        }
        fdatasync(file);
        if (pread(file, block, sizeof block, 0) < 0) exit(9);
    }
    close(file);
    return arg;
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1);
    run_threads(2, copy);
    return 0;
}

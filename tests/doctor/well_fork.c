/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: starts processes and waits for them.
 */
#include <sys/wait.h>

#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until(argc, argv, 1.5);
    while (seconds() < end) {
        pid_t child = fork();
        if (child == 0) {
            work(20000000);
            _exit(0);
        }
        if (child < 0 || waitpid(child, NULL, 0) < 0) return 9;
    }
    return 0;
}

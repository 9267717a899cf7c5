/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: a server that waits for requests which do not come.
 */
#include <poll.h>

#include "tests/doctor/patient.h"

static int requests[2];

static void *serve(void *arg) {
    struct pollfd from = {.fd = requests[0], .events = POLLIN};
    poll(&from, 1, -1);
    return arg;
}

int main(int argc, char **argv) {
    double end = until(argc, argv, 2);
    pthread_t thread;
    if (pipe(requests) < 0 || pthread_create(&thread, NULL, serve, NULL) != 0) return 9;
    while (seconds() < end) nap(0.1);
    if (write(requests[1], "", 1) != 1) return 9;
    pthread_join(thread, NULL);
    return 0;
}

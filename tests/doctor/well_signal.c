/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: all threads sleep for a semaphore that the handler of a signal posts.
 */
#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>

#include "tests/doctor/patient.h"

static sem_t posted;

static void post(int number) {
    (void)number;
    sem_post(&posted);
}

static void *wait_for_post(void *arg) {
    while (sem_wait(&posted) < 0) continue;
    return arg;
}

int main(int argc, char **argv) {
    double span = argc > 1 ? strtod(argv[1], NULL) : 2;
    sem_init(&posted, 0, 0);
    signal(SIGALRM, post);
    struct itimerval timer = {
        .it_value = {(time_t)span, (suseconds_t)(1e6 * (span - (double)(time_t)span))}};
    setitimer(ITIMER_REAL, &timer, NULL);
    run_threads(1, wait_for_post);
    return 0;
}

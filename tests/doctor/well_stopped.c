/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: two threads that wake each other all the time, in a process that is stopped for a while
 * by a child and goes on.
 */
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "tests/doctor/patient.h"

static sem_t turns[2];
static double end;

static void *exchange(void *arg) {
    long me = (long)arg;
    bool over = false;
    while (!over) {
        while (sem_wait(&turns[me]) != 0) continue;
        over = seconds() >= end;
        sem_post(&turns[!me]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pid_t stopped = getpid();
    end = until(argc, argv, 2.5);
    pid_t child = fork();
    if (child < 0) return 9;
    if (child == 0) {
        nap(0.3);
        kill(stopped, SIGSTOP);
        nap(1.5);
        _exit(kill(stopped, SIGCONT));
    }
    sem_init(&turns[0], 0, 1);
    sem_init(&turns[1], 0, 0);
    run_threads(2, exchange);
    return waitpid(child, NULL, 0) == child ? 0 : 9;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: a producer and a consumer that both work on each item.
 */
#include <semaphore.h>

#include "tests/doctor/patient.h"

static sem_t items, room;
static int stopped;
static double end;

static void *produce(void *arg) {
    while (seconds() < end) {
        work(200000);
        sem_wait(&room);
        sem_post(&items);
    }
    __atomic_store_n(&stopped, 1, __ATOMIC_SEQ_CST);
    sem_post(&items);
    return arg;
}

static void *consume(void *arg) {
    for (;;) {
        sem_wait(&items);
        if (__atomic_load_n(&stopped, __ATOMIC_SEQ_CST)) return arg;
        sem_post(&room);
        work(150000);
    }
}

static void *play(void *arg) { return arg ? produce(arg) : consume(arg); }

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    sem_init(&items, 0, 0);
    sem_init(&room, 0, 8);
    run_threads(2, play);
    return 0;
}

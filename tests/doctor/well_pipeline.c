/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: three stages hand items on through bounded queues, and mostly wait for a slow source.
 */
#include "tests/doctor/patient.h"

typedef struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int items; /* of at most 4; -1 once it is closed and empty */
} queue;

static queue queues[2] = {{PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0},
                          {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0}};
static int closed[2];
static double end;

static void put(queue *q) {
    pthread_mutex_lock(&q->mutex);
    while (q->items == 4) pthread_cond_wait(&q->changed, &q->mutex);
    q->items++;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}

static void finish(int i) {
    pthread_mutex_lock(&queues[i].mutex);
    closed[i] = 1;
    pthread_cond_broadcast(&queues[i].changed);
    pthread_mutex_unlock(&queues[i].mutex);
}

static int get(int i) {
    queue *q = &queues[i];
    pthread_mutex_lock(&q->mutex);
    while (!q->items && !closed[i]) pthread_cond_wait(&q->changed, &q->mutex);
    int got = q->items > 0;
    q->items -= got;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
    return got;
}

static void *stage(void *arg) {
    long i = (long)arg;
    if (i == 0) {
        for (; seconds() < end; nap(0.002)) put(&queues[0]);
        finish(0);
        return NULL;
    }
    while (get((int)i - 1)) {
        work(20000);
        if (i == 1) put(&queues[1]);
    }
    if (i == 1) finish(1);
    return NULL;
}

int main(int argc, char **argv) {
    end = until(argc, argv, 1.5);
    run_threads(3, stage);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two threads take two locks in opposite orders. Where others hang, the one that would close the
 * cycle gets an error that names both threads, both locks and four places. It gives back what it
 * has and begins with the lock that it could not get, so that the two do not meet again.
 */
#include <pthread.h>
#include <stdio.h>

#include "yoke/yoke.h"

typedef struct account {
    yoke_mutex lock;
    long balance;
} account;

typedef struct transfer {
    account *from, *to;
    long amount;
    int status;
} transfer;

static pthread_barrier_t both_hold_one; /* so that the orders do cross */

static int lock_both(yoke_mutex *first, yoke_mutex *second) {
    YOKE_TRY(yoke_mutex_lock(first, YOKE_FOREVER));
    pthread_barrier_wait(&both_hold_one);
    int status = yoke_mutex_lock(second, YOKE_FOREVER);
    if (status != YOKE_EDEADLK) return status;

    printf("%s\n", yoke_error_detail());
    yoke_mutex_unlock(first);
    YOKE_TRY(yoke_mutex_lock(second, YOKE_FOREVER));
    return yoke_mutex_lock(first, YOKE_FOREVER);
}

static void *run(void *ctx) {
    transfer *t = ctx;
    t->status = lock_both(&t->from->lock, &t->to->lock);
    if (t->status < 0) return NULL;
    t->from->balance -= t->amount;
    t->to->balance += t->amount;
    yoke_mutex_unlock(&t->from->lock);
    yoke_mutex_unlock(&t->to->lock);
    return NULL;
}

int main(void) {
    account checking = {YOKE_MUTEX_INIT("checking", 0), 100};
    account savings = {YOKE_MUTEX_INIT("savings", 0), 100};
    transfer there = {&checking, &savings, 10, YOKE_OK}, back = {&savings, &checking, 30, YOKE_OK};
    pthread_t other;

    if (pthread_barrier_init(&both_hold_one, NULL, 2) != 0) return 1;
    if (pthread_create(&other, NULL, run, &there) != 0) return 1;
    run(&back);
    pthread_join(other, NULL);
    pthread_barrier_destroy(&both_hold_one);

    if (there.status < 0 || back.status < 0) return 1;
    printf("checking %ld, savings %ld\n", checking.balance, savings.balance);
    return 0;
}

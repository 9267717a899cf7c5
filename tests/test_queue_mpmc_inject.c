/* SPDX-License-Identifier: Apache-2.0
 *
 * The MPMC queue when memory is short.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/queue_mpmc.h"

static int make(void *ctx) {
    yoke_queue_mpmc *queue = ctx;
    int status = yoke_queue_mpmc_create(10, 8, &queue);
    CU_ASSERT((status == YOKE_OK) == (queue != NULL));
    if (status < 0)
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "no memory for a queue of 10 items of 8 bytes");
    yoke_queue_mpmc_destroy(queue);
    return status;
}

TEST(create_fails_cleanly) {
    CU_ASSERT_EQUAL(inject_each_allocation(make, NULL, YOKE_ENOMEM), 2); /* queue and slots */
}

/* The registry of threads has room for 64 before it allocates. */
enum { CROWD = 64 };
static atomic_int ready, stop;

static void *take_number(void *ctx) {
    yoke_thread_index();
    atomic_fetch_add(&ready, 1);
    while (!atomic_load(&stop)) sched_yield();
    return ctx;
}

static void *use_without_number(void *ctx) {
    yoke_queue_mpmc *queue = ctx;
    uint64_t item = 5;
    inject_fail_allocation(1);
    int good = yoke_queue_mpmc_push(queue, &item, 1, YOKE_NOW) == 1 && inject_happened();
    inject_fail_allocation(1);
    good &= yoke_queue_mpmc_pop(queue, &item, 1, YOKE_NOW) == 1 && inject_happened();
    inject_reset();
    return good && item == 5 ? ctx : NULL;
}

TEST(a_thread_without_a_number_uses_it_all_the_same) {
    yoke_queue_mpmc *queue = NULL;
    pthread_t threads[CROWD + 1];
    void *good;
    REQUIRE(yoke_queue_mpmc_create(10, 8, &queue) == YOKE_OK);
    for (int i = 0; i < CROWD; i++)
        REQUIRE(pthread_create(&threads[i], NULL, take_number, NULL) == 0);
    while (atomic_load(&ready) < CROWD) sched_yield();
    REQUIRE(pthread_create(&threads[CROWD], NULL, use_without_number, queue) == 0);
    pthread_join(threads[CROWD], &good);
    CU_ASSERT_PTR_NOT_NULL(good);
    atomic_store(&stop, 1);
    for (int i = 0; i < CROWD; i++) pthread_join(threads[i], NULL);
    yoke_queue_mpmc_destroy(queue);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reclamation and the registry of threads when memory is short: what cannot be made says so, and
 * retiring works all the same, also on a thread that could not be registered.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/reclaim.h"

static int make_and_destroy(void *ctx) {
    (void)ctx;
    yoke_reclaim *domain = NULL;
    YOKE_TRY(yoke_reclaim_create(NULL, &domain));
    yoke_reclaim_destroy(domain);
    return YOKE_OK;
}

TEST(domain) { CU_ASSERT_EQUAL(inject_each_allocation(make_and_destroy, NULL, YOKE_ENOMEM), 1); }

TEST(failure_leaves_the_result_alone) {
    yoke_reclaim *domain = (yoke_reclaim *)&domain;
    inject_fail_allocation(1);
    CU_ASSERT_EQUAL(yoke_reclaim_create(NULL, &domain), YOKE_ENOMEM);
    CU_ASSERT_PTR_EQUAL(domain, &domain);
    inject_reset();
}

/* ---- the registry ---- */

enum { HELD = 200 }; /* more than the first two chunks hold */

static pthread_t threads[HELD];
static sem_t here, out;
static atomic_int indices[HELD];

static void *hold_index(void *ctx) {
    int index = yoke_thread_index();
    if (index >= 0) atomic_fetch_add(&indices[index], 1);
    sem_post(&here);
    while (sem_wait(&out)) {
    }
    (void)ctx;
    return NULL;
}

static void start(int from, int to) {
    for (int i = from; i < to; i++) {
        REQUIRE(!pthread_create(&threads[i], NULL, hold_index, NULL));
        while (sem_wait(&here)) {
        }
    }
}

static void stop(int count) {
    for (int i = 0; i < count; i++) sem_post(&out);
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static int released;

static void release(yoke_reclaim_node *node, void *ctx) {
    (void)node, (void)ctx;
    released++;
}

/* The body of a thread for which the registry has no room until memory is back. */
static void *without_record(void *ctx) {
    yoke_reclaim *domain = ctx;
    static yoke_reclaim_node nodes[3];
    long bad = 0;
    inject_fail_allocation(1);
    bad += yoke_thread_index() != YOKE_ENOMEM;
    inject_fail_allocation(1);
    bad += yoke_reclaim_enter() != YOKE_ENOMEM;
    for (int i = 0; i < 3; i++) {
        nodes[i] = (yoke_reclaim_node){.release = release};
        inject_fail_allocation(1);
        yoke_reclaim_born(&nodes[i]);
        inject_fail_allocation(1);
        yoke_reclaim_retire(domain, &nodes[i]);
    }
    inject_fail_allocation(1);
    bad += yoke_reclaim_collect(domain) != 0;
    bad += !inject_happened();
    inject_reset();
    bad += yoke_thread_index() != 64;
    return (void *)bad;
}

TEST(registry) {
    yoke_reclaim *domain = NULL;
    REQUIRE(yoke_reclaim_create(NULL, &domain) == YOKE_OK);
    sem_init(&here, 0, 0);
    sem_init(&out, 0, 0);
    CU_ASSERT_EQUAL(yoke_thread_index(), 0);
    start(0, 63); /* the first chunk is full */
    pthread_t thread;
    void *bad = NULL;
    REQUIRE(!pthread_create(&thread, NULL, without_record, domain));
    pthread_join(thread, &bad);
    CU_ASSERT_PTR_NULL(bad);
    CU_ASSERT_EQUAL(released, 3);
    start(63, HELD - 1);
    for (int i = 1; i < HELD; i++) CU_ASSERT_EQUAL(atomic_load(&indices[i]), 1);
    stop(HELD - 1);
    yoke_reclaim_destroy(domain);
}

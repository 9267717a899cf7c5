/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool under random load of many threads, against invariants.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/resource_fake.h"

typedef struct load {
    fake f;
    int threads, rounds, calm;
    atomic_int done, failed[16]; /* by status */
    pthread_barrier_t begin;
} load;

static uint64_t next_random(uint64_t *state) { return *state = *state * 6364136223846793005u + 1; }

static yoke_deadline some_deadline(const load *l, uint64_t random) {
    if (l->calm) return YOKE_FOREVER;
    switch (random >> 40 & 7) {
    case 0: return YOKE_NOW;
    case 1: return yoke_deadline_in(20e-6);
    case 2: return yoke_deadline_in(1e-3);
    default: return YOKE_FOREVER;
    }
}

static int give_back(load *l, fake_handle *handle, uint64_t random) {
    if (l->calm) return yoke_resource_release(l->f.pool, handle);
    switch (random >> 50 & 15) {
    case 0: return yoke_resource_discard(l->f.pool, handle);
    case 1: atomic_store(&handle->broken, 1); return yoke_resource_release(l->f.pool, handle);
    case 2: YOKE_TRY(yoke_resource_disown(l->f.pool, handle)); /* fall through */
    default: return yoke_resource_release(l->f.pool, handle);
    }
}

static void use(load *l, void *handle, uint64_t random) {
    fake_enter(&l->f, handle);
    if (random >> 30 & 1) sched_yield();
    fake_leave(&l->f, handle);
    fake_check(&l->f, give_back(l, handle, random) == YOKE_OK);
}

static void *work(void *ctx) {
    load *l = ctx;
    uint64_t random = (uint64_t)yoke_thread_index() * 0x9e3779b97f4a7c15u + 1;
    pthread_barrier_wait(&l->begin);
    for (int i = 0; i < l->rounds; i++) {
        void *handle = NULL;
        uint64_t r = next_random(&random);
        int status = yoke_resource_acquire(l->f.pool, &handle, some_deadline(l, r));
        if (status == YOKE_OK)
            use(l, handle, r);
        else
            atomic_fetch_add(&l->failed[-status], 1);
        if (!l->calm && (r >> 20 & 255) == 0) atomic_store(&l->f.down, (int)(r >> 36 & 1));
        if (!l->calm && (r >> 20 & 255) == 1) atomic_store(&l->f.reset_fails, 1);
        if (!l->calm && (r >> 20 & 63) == 2) yoke_resource_maintain(l->f.pool, YOKE_NOW);
    }
    atomic_fetch_add(&l->done, 1);
    return NULL;
}

static void watch(load *l) {
    yoke_resource_lease leases[64];
    char text[4096];
    while (atomic_load(&l->done) < l->threads) {
        yoke_resource_stats stats = fake_stats(&l->f);
        fake_check(&l->f, stats.in_use + stats.idle <= 8 && stats.peak <= 8);
        size_t count = yoke_resource_leases(l->f.pool, 0, leases, 64);
        fake_check(&l->f, count <= 8);
        for (size_t i = 0; i < count; i++)
            fake_check(&l->f, leases[i].site && strstr(leases[i].site, __FILE__));
        yoke_resource_leases_write(l->f.pool, 0, text, sizeof text);
        if (l->calm) fake_check(&l->f, yoke_resource_maintain(l->f.pool, YOKE_FOREVER) == YOKE_OK);
        sched_yield();
    }
}

static void check_load(load *l, yoke_resource_options *options) {
    pthread_t id[64];
    fake_open(&l->f, options);
    REQUIRE(!pthread_barrier_init(&l->begin, NULL, (unsigned)l->threads));
    for (int i = 0; i < l->threads; i++) REQUIRE(!pthread_create(&id[i], NULL, work, l));
    watch(l);
    for (int i = 0; i < l->threads; i++) pthread_join(id[i], NULL);
    yoke_resource_stats stats = fake_stats(&l->f);
    int failures = 0;
    for (int i = 0; i < 16; i++) failures += atomic_load(&l->failed[i]);
    CU_ASSERT_EQUAL(stats.acquired, (uint64_t)l->threads * l->rounds - failures);
    CU_ASSERT_EQUAL(stats.in_use, 0);
    CU_ASSERT_EQUAL(stats.waiting, 0);
    CU_ASSERT_EQUAL(stats.leaked, 0);
    CU_ASSERT_EQUAL(stats.created, atomic_load(&l->f.created));
    CU_ASSERT_EQUAL(stats.destroyed, atomic_load(&l->f.destroyed));
    CU_ASSERT_EQUAL(stats.idle, atomic_load(&l->f.now_alive));
    CU_ASSERT(atomic_load(&l->f.most_alive) <= (int)options->maximum);
    int expected = atomic_load(&l->failed[-YOKE_EIO]) + atomic_load(&l->failed[-YOKE_ETIMEDOUT]);
    CU_ASSERT_EQUAL(failures, expected);
    if (l->calm) CU_ASSERT_EQUAL(failures, 0);
    fake_end(&l->f);
}

TEST_WITH_LIMIT(random_load_calm, 60) {
    static const int threads[] = {1, 2, 3, 7, 64};
    for (int i = 0; i < 10; i++) {
        load l = {.threads = threads[i % 5], .calm = 1};
        l.rounds = (int)test_size(40000, 2000) / l.threads;
        yoke_resource_options options = fake_options(&l.f, i < 5 ? 8 : 1);
        options.calls.reset = i % 2 ? fake_reset : NULL;
        check_load(&l, &options);
    }
}

TEST_WITH_LIMIT(random_load_with_failures, 60) {
    for (int i = 0; i < 4; i++) {
        load l = {.threads = 64};
        l.rounds = (int)test_size(1000, 60);
        yoke_resource_options options = fake_options(&l.f, i % 2 ? 8 : 2);
        options.calls.reset = fake_reset;
        options.calls.validate = fake_validate;
        options.backoff_seconds = 1e-5;
        options.backoff_most = 1e-4;
        options.minimum = i % 2;
        if (i > 1) {
            options.idle_seconds = 0.002;
            options.lifetime_seconds = 0.01;
        }
        check_load(&l, &options);
    }
}

TEST_WITH_LIMIT(random_load_that_is_interrupted, 60) {
    load l = {.threads = 16, .calm = 1, .rounds = (int)test_size(2000, 200)};
    yoke_resource_options options = fake_options(&l.f, 4);
    options.work_seconds = 1e-6;
    options.calls.interrupt = fake_interrupt;
    check_load(&l, &options);
}

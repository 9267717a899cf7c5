/* SPDX-License-Identifier: Apache-2.0
 *
 * What objects count about themselves, in profiles and in the child of a fork.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/profile_use.h"
#include "yoke/actor.h"
#include "yoke/aio.h"
#include "yoke/cache.h"
#include "yoke/limiter.h"
#include "yoke/pool.h"
#include "yoke/probe.h"

TEST(budgets_of_a_limiter_count) {
    yoke_limiter *limiter;
    REQUIRE(yoke_limiter_create("memory:2, files:1", NULL, &limiter) == YOKE_OK);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    for (int i = 0; i < 3; i++) {
        yoke_limiter_lease *lease;
        yoke_limiter_need need = {.budget = 1, .amount = 1};
        REQUIRE(yoke_limiter_acquire(limiter, &need, 1, YOKE_FOREVER, &lease) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke_limiter_release(lease), YOKE_OK);
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(figure_of(p, "limiter", "acquired"), 3);
    yoke_profile_destroy(p);
    yoke_limiter_destroy(limiter);
}

static int load_nothing(const void *key, size_t key_size, yoke_cache_item *item, void *ctx) {
    (void)key, (void)key_size, (void)item, (void)ctx;
    return yoke_fail(YOKE_EDATA, "there is none");
}

TEST(figures_of_a_cache) {
    yoke_cache *cache;
    yoke_cache_value value = {.data = NULL};
    REQUIRE(yoke_cache_create(&(yoke_cache_options){.max_entries = 2, .shards = 1}, &cache) == 0);
    CU_ASSERT_EQUAL(yoke_cache_put(cache, "a", 1, "1", 1), YOKE_OK);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "a", 1, &value), 1);
    yoke_cache_release(&value);
    CU_ASSERT_EQUAL(yoke_cache_get(cache, "b", 1, &value), 0);
    CU_ASSERT_EQUAL(yoke_cache_get_or_load(cache, "b", 1, load_nothing, NULL, YOKE_FOREVER, &value),
                    YOKE_EDATA);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(yoke_cache_put(cache, &i, sizeof i, "1", 1), YOKE_OK);
    yoke_cache_destroy(cache); /* says so when it leaves */
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(figure_of(p, "cache", "hits"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "cache", "misses"), 2);
    CU_ASSERT_EQUAL(figure_of(p, "cache", "loads"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "cache", "failed loads"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "cache", "evicted"), 4);
    yoke_profile_destroy(p);
}

static void figures_of_aio(yoke_aio_engine engine) {
    yoke_aio *aio;
    char data[8];
    int ends[2];
    int64_t moved[3] = {0, 0, 0};
    if (yoke_aio_create(&(yoke_aio_options){.engine = engine, .depth = 1}, &aio) < 0) return;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(folder >= 0 && pipe(ends) == 0);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_aio_request write = {
        .file = ends[1], .write = true, .data = "12345", .size = 5, .offset = -1};
    yoke_aio_request read = {.file = ends[0], .data = data, .size = 3, .offset = -1};
    write.result = &moved[0], read.result = &moved[1];
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &write, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &read, YOKE_FOREVER), YOKE_OK);
    read.file = folder, read.offset = 0, read.result = &moved[2]; /* it is no file */
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &read, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_drain(aio, YOKE_FOREVER), YOKE_OK);
    yoke_profile *p = stop_measuring();
    CU_ASSERT(moved[0] == 5 && moved[1] == 3 && moved[2] == YOKE_EIO);
    CU_ASSERT_EQUAL(figure_of(p, "aio", "requests"), 3);
    CU_ASSERT_EQUAL(figure_of(p, "aio", "failed"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "aio", "bytes written"), 5);
    CU_ASSERT_EQUAL(figure_of(p, "aio", "bytes read"), 3);
    CU_ASSERT(figure_of(p, "aio", "waited for room") <= 2);
    yoke_profile_destroy(p);
    CU_ASSERT_EQUAL(yoke_aio_destroy(aio), YOKE_OK);
    close(ends[0]), close(ends[1]), close(folder);
}

TEST(figures_of_asynchronous_reads_and_writes) {
    figures_of_aio(YOKE_AIO_THREADS);
    figures_of_aio(YOKE_AIO_URING);
}

static int fail_at_none(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    return message->size ? YOKE_OK : YOKE_EDATA;
}

TEST(figures_of_actors) {
    yoke_pool *pool;
    yoke_actors *actors;
    yoke_actor *actor;
    yoke_actors_options options = {.policy = YOKE_ACTOR_RESTART};
    REQUIRE(yoke_pool_create(NULL, &pool) == YOKE_OK);
    REQUIRE(yoke_actors_create(pool, &options, &actors) == YOKE_OK);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    REQUIRE(yoke_actor_spawn(actors, fail_at_none, NULL, &actor) == YOKE_OK);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(yoke_actor_send(actor, "x", i != 50, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actors_wait(actors, YOKE_FOREVER), YOKE_OK);
    yoke_actor_stop(actor, false);
    CU_ASSERT_EQUAL(yoke_actor_wait(actor, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_actor_send(actor, "x", 1, YOKE_FOREVER), YOKE_ECLOSED);
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(figure_of(p, "actors", "spawned"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "actors", "handled"), 100);
    CU_ASSERT_EQUAL(figure_of(p, "actors", "restarts"), 1);
    CU_ASSERT_EQUAL(figure_of(p, "actors", "dead letters"), 1);
    yoke_profile_destroy(p);
    yoke_actor_release(actor);
    yoke_actors_destroy(actors);
    yoke_pool_destroy(pool);
}

static void ignore(const yoke_figure *figure, void *ctx) {
    (void)figure;
    ++*(int *)ctx;
}

/* They are the parent's, and say nothing in a child; they may be asked there. */
TEST(figures_in_the_child_of_a_fork) {
    yoke_cache *cache;
    yoke_aio *aio;
    yoke_pool *pool;
    yoke_actors *actors;
    int count = 0;
    REQUIRE(yoke_cache_create(&(yoke_cache_options){.max_entries = 2}, &cache) == YOKE_OK);
    REQUIRE(yoke_aio_create(NULL, &aio) == YOKE_OK);
    REQUIRE(yoke_pool_create(NULL, &pool) == YOKE_OK);
    REQUIRE(yoke_actors_create(pool, NULL, &actors) == YOKE_OK);
    yoke_probe_read(ignore, &count);
    CU_ASSERT(count > 20);
    pid_t child = fork();
    if (child == 0) {
        count = 0;
        yoke_probe_read(ignore, &count);
        _exit(count);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    yoke_actors_destroy(actors);
    yoke_pool_destroy(pool);
    CU_ASSERT_EQUAL(yoke_aio_destroy(aio), YOKE_OK);
    yoke_cache_destroy(cache);
}

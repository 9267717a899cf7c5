/* SPDX-License-Identifier: Apache-2.0
 *
 * Limiters: the text, what is granted in which order, deadlocks, leaks, and limits that adapt to
 * latencies that the tests make up.
 */
#include "yoke/limiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"

static yoke_limiter *make(const char *budgets) {
    yoke_limiter *limiter = NULL;
    REQUIRE(yoke_limiter_create(budgets, &(yoke_limiter_options){.name = "all"}, &limiter) ==
            YOKE_OK);
    return limiter;
}

static yoke_limiter_stats stats_of(yoke_limiter *limiter, int budget) {
    yoke_limiter_stats stats;
    REQUIRE(yoke_limiter_stats_read(limiter, budget, &stats) == YOKE_OK);
    return stats;
}

/* One budget, one amount. */
static int take(yoke_limiter *limiter, int budget, uint64_t amount, yoke_deadline deadline,
                yoke_limiter_lease **lease) {
    yoke_limiter_need need = {budget, amount};
    return yoke_limiter_acquire(limiter, &need, 1, deadline, lease);
}

static void await_waiting(yoke_limiter *limiter, int budget, unsigned count) {
    while (stats_of(limiter, budget).waiting != count) usleep(500);
}

TEST(budgets_are_read) {
    yoke_limiter *limiter = make(" host=db:5432:4 ,fd:512, bytes:2GiB,load:1..64, t:3KiB");
    CU_ASSERT_EQUAL(yoke_limiter_find(limiter, "host=db:5432"), 0);
    CU_ASSERT_EQUAL(yoke_limiter_find(limiter, "load"), 3);
    CU_ASSERT_EQUAL(yoke_limiter_find(limiter, "host=db"), YOKE_ENOENT);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).most, 4);
    CU_ASSERT_EQUAL(stats_of(limiter, 2).limit, (uint64_t)2 << 30);
    CU_ASSERT_EQUAL(stats_of(limiter, 3).limit, 1);
    CU_ASSERT_EQUAL(stats_of(limiter, 3).most, 64);
    CU_ASSERT_EQUAL(stats_of(limiter, 4).most, 3072);
    CU_ASSERT_STRING_EQUAL(stats_of(limiter, 1).name, "fd");
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(NULL), YOKE_OK);
}

TEST(budgets_that_are_wrong) {
    static const char *const wrong[] = {"",
                                        "a",
                                        "a:",
                                        ":1",
                                        "a:0",
                                        "a:-1",
                                        "a:1,",
                                        "a:1x",
                                        "a b:1",
                                        "a:1,a:2",
                                        "a:2..1",
                                        "a:1..",
                                        "a:1.5",
                                        "a:9007199254740993",
                                        "a:1PiB",
                                        "a:99999999999999999999",
                                        "a:9TiB..8TiB",
                                        "a:8193TiB"};
    yoke_limiter *limiter = NULL;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CU_ASSERT_EQUAL(yoke_limiter_create(wrong[i], NULL, &limiter), YOKE_ESYNTAX);
    CU_ASSERT_EQUAL(yoke_limiter_create("a:1,b:x", NULL, &limiter), YOKE_ESYNTAX);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "budgets: expected an amount from 1 to 2^53 at byte 7 of 'a:1,b:x'");
    yoke_limiter_options options = {.tolerance = 0.5};
    CU_ASSERT_EQUAL(yoke_limiter_create("a:1", &options, &limiter), YOKE_EINVAL);
    options = (yoke_limiter_options){.target_seconds = -1};
    CU_ASSERT_EQUAL(yoke_limiter_create("a:1", &options, &limiter), YOKE_EINVAL);
}

TEST(needs_that_are_wrong) {
    yoke_limiter *limiter = make("a:4,b:1..3");
    yoke_limiter_lease *lease = NULL;
    yoke_limiter_need twice[] = {{0, 1}, {0, 1}}, many[9] = {{0, 1}};
    CU_ASSERT_EQUAL(take(limiter, 2, 1, YOKE_NOW, &lease), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take(limiter, -1, 1, YOKE_NOW, &lease), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take(limiter, 0, 0, YOKE_NOW, &lease), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take(limiter, 0, 5, YOKE_NOW, &lease), YOKE_ERANGE);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "budget 'a' never has 5, at most 4");
    CU_ASSERT_EQUAL(yoke_limiter_acquire(limiter, twice, 2, YOKE_NOW, &lease), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_limiter_acquire(limiter, many, 9, YOKE_NOW, &lease), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_limiter_acquire(limiter, many, 0, YOKE_NOW, &lease), YOKE_EINVAL);
    /* More than the limit, not more than the bound: alone. */
    CU_ASSERT_EQUAL(take(limiter, 1, 3, YOKE_NOW, &lease), YOKE_OK);
    CU_ASSERT_EQUAL(take(limiter, 1, 1, YOKE_NOW, &lease), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_limiter_release(lease), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

/* ---- who is granted what ---- */

typedef struct guest {
    yoke_limiter *limiter;
    yoke_limiter_need needs[2];
    size_t count;
    yoke_deadline deadline;
    atomic_int *turn;
    int place, status;
    pthread_t id;
    atomic_int hold; /* until it is 0 */
} guest;

static void *ask(void *arg) {
    guest *g = arg;
    yoke_limiter_lease *lease = NULL;
    g->status = yoke_limiter_acquire(g->limiter, g->needs, g->count, g->deadline, &lease);
    g->place = g->turn ? atomic_fetch_add(g->turn, 1) : 0;
    while (g->hold) usleep(200);
    if (g->status == YOKE_OK) CU_ASSERT_EQUAL(yoke_limiter_release(lease), YOKE_OK);
    return NULL;
}

static void start(guest *g) { REQUIRE(!pthread_create(&g->id, NULL, ask, g)); }
static void end(guest *g) { pthread_join(g->id, NULL); }

TEST(whole_or_not_at_all) {
    yoke_limiter *limiter = make("host:2,fd:3,bytes:10");
    yoke_limiter_lease *fd = NULL, *lease = NULL;
    REQUIRE(take(limiter, 1, 3, YOKE_NOW, &fd) == YOKE_OK);
    guest g = {.limiter = limiter, .needs = {{0, 1}, {1, 1}}, .count = 2, .deadline = YOKE_FOREVER};
    start(&g);
    await_waiting(limiter, 0, 1);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).taken, 0); /* it holds nothing while it waits */
    /* The host is free, but somebody waits for it; the bytes are no concern of his. */
    CU_ASSERT_EQUAL(take(limiter, 0, 1, YOKE_NOW, &lease), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(take(limiter, 2, 10, YOKE_NOW, &lease), YOKE_OK);
    yoke_limiter_release(lease);
    yoke_limiter_release(fd);
    end(&g);
    CU_ASSERT_EQUAL(g.status, YOKE_OK);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).waited, 1);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(first_come_first_served) {
    enum { GUESTS = 8 };
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *all = NULL;
    guest g[GUESTS];
    atomic_int turn = 0;
    REQUIRE(take(limiter, 0, 4, YOKE_NOW, &all) == YOKE_OK);
    for (int i = 0; i < GUESTS; i++) { /* every other needs all: none may overtake it */
        g[i] = (guest){.limiter = limiter,
                       .needs = {{0, i % 2 ? 1 : 4}},
                       .count = 1,
                       .deadline = YOKE_FOREVER,
                       .turn = &turn};
        start(&g[i]);
        await_waiting(limiter, 0, (unsigned)i + 1);
    }
    yoke_limiter_release(all);
    for (int i = 0; i < GUESTS; i++) end(&g[i]);
    for (int i = 0; i < GUESTS; i += 2) CU_ASSERT_EQUAL(g[i].place, i);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(a_deadline_passes_in_line) {
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *all = NULL, *lease = NULL;
    REQUIRE(take(limiter, 0, 3, YOKE_NOW, &all) == YOKE_OK);
    guest big = {
        .limiter = limiter, .needs = {{0, 4}}, .count = 1, .deadline = yoke_deadline_in(1)};
    guest small = {.limiter = limiter, .needs = {{0, 1}}, .count = 1, .deadline = YOKE_FOREVER};
    start(&big);
    while (stats_of(limiter, 0).waiting + stats_of(limiter, 0).timed_out == 0) usleep(500);
    start(&small); /* behind it, and granted when it has gone */
    end(&big);
    end(&small);
    CU_ASSERT_EQUAL(big.status, YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(small.status, YOKE_OK);
    CU_ASSERT_EQUAL(take(limiter, 0, 2, YOKE_NOW, &lease), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).timed_out, 2);
    yoke_limiter_release(all);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

/* ---- threads that end, and leases that change hands ---- */

static void *take_and_end(void *arg) {
    yoke_limiter_lease *lease = NULL;
    CU_ASSERT_EQUAL(take(arg, 0, 4, YOKE_FOREVER, &lease), YOKE_OK);
    return NULL;
}

TEST(a_thread_ends_with_a_lease) {
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *lease = NULL;
    pthread_t id;
    for (int i = 0; i < 2; i++) {
        REQUIRE(!pthread_create(&id, NULL, take_and_end, limiter));
        pthread_join(id, NULL);
        CU_ASSERT_EQUAL(take(limiter, 0, 1, YOKE_NOW, &lease), YOKE_OK);
        yoke_limiter_release(lease);
    }
    CU_ASSERT_EQUAL(stats_of(limiter, 0).leaked, 2);
    REQUIRE(!pthread_create(&id, NULL, take_and_end, limiter));
    pthread_join(id, NULL);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

static void *take_wait_end(void *arg) {
    take_and_end(arg);
    await_waiting(arg, 0, 1);
    return NULL;
}

TEST(a_thread_ends_while_another_waits) {
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *lease = NULL;
    pthread_t id;
    REQUIRE(!pthread_create(&id, NULL, take_wait_end, limiter));
    while (stats_of(limiter, 0).taken == 0) usleep(200);
    CU_ASSERT_EQUAL(take(limiter, 0, 4, YOKE_FOREVER, &lease), YOKE_OK);
    pthread_join(id, NULL);
    yoke_limiter_release(lease);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

static void *release_it(void *arg) { return (void *)(intptr_t)yoke_limiter_release(arg); }

TEST(a_lease_changes_hands) {
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *lease = NULL;
    pthread_t id;
    void *status = NULL;
    REQUIRE(take(limiter, 0, 4, YOKE_NOW, &lease) == YOKE_OK);
    REQUIRE(!pthread_create(&id, NULL, release_it, lease));
    pthread_join(id, &status);
    CU_ASSERT_EQUAL((int)(intptr_t)status, YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_limiter_disown(lease), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_limiter_disown(lease), YOKE_EINVAL);
    REQUIRE(!pthread_create(&id, NULL, release_it, lease));
    pthread_join(id, &status);
    CU_ASSERT_EQUAL((int)(intptr_t)status, YOKE_OK);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

/* ---- deadlocks ---- */

TEST(asking_for_what_one_holds) {
    yoke_limiter *limiter = make("a:4,b:1");
    yoke_limiter_lease *first = NULL, *second = NULL;
    REQUIRE(take(limiter, 0, 3, YOKE_NOW, &first) == YOKE_OK);
    yoke_limiter_need both[] = {{1, 1}, {0, 2}};
    CU_ASSERT_EQUAL(yoke_limiter_acquire(limiter, both, 2, YOKE_FOREVER, &second), YOKE_EDEADLK);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "waits for budgets of 'all'"));
    CU_ASSERT_EQUAL(stats_of(limiter, 1).taken, 0);
    CU_ASSERT_EQUAL(yoke_limiter_disown(first), YOKE_OK); /* now it may come back */
    CU_ASSERT_EQUAL(take(limiter, 0, 2, yoke_deadline_in(0.01), &second), YOKE_ETIMEDOUT);
    yoke_limiter_release(first);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

/* Another holds a part, so that the wait might end; when that has come back it was not enough. */
TEST(a_release_that_is_not_enough) {
    yoke_limiter *limiter = make("a:4");
    yoke_limiter_lease *mine = NULL, *more = NULL;
    guest other = {
        .limiter = limiter, .needs = {{0, 1}}, .count = 1, .deadline = YOKE_FOREVER, .hold = 1};
    start(&other);
    while (stats_of(limiter, 0).taken == 0) usleep(200);
    REQUIRE(take(limiter, 0, 3, YOKE_NOW, &mine) == YOKE_OK);
    yoke_limiter_lease *unused = NULL;
    CU_ASSERT_EQUAL(take(limiter, 0, 3, yoke_deadline_in(0.02), &unused), YOKE_ETIMEDOUT);
    other.hold = 0;
    CU_ASSERT_EQUAL(take(limiter, 0, 3, YOKE_FOREVER, &more), YOKE_EDEADLK);
    end(&other);
    yoke_limiter_release(mine);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

typedef struct crossing {
    yoke_limiter *limiter;
    yoke_mutex *mutex;
    atomic_int ready;
    int status;
} crossing;

static void *mutex_then_budget(void *arg) {
    crossing *c = arg;
    yoke_limiter_lease *lease = NULL;
    CU_ASSERT_EQUAL(yoke_mutex_lock(c->mutex, YOKE_FOREVER), YOKE_OK);
    atomic_store(&c->ready, 1);
    c->status = take(c->limiter, 0, 1, YOKE_FOREVER, &lease);
    if (c->status == YOKE_OK) yoke_limiter_release(lease);
    yoke_mutex_unlock(c->mutex);
    return NULL;
}

TEST(a_cycle_with_a_lock) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    crossing c = {.limiter = make("a:1"), .mutex = &mutex};
    yoke_limiter_lease *lease = NULL;
    pthread_t id;
    REQUIRE(take(c.limiter, 0, 1, YOKE_NOW, &lease) == YOKE_OK);
    REQUIRE(!pthread_create(&id, NULL, mutex_then_budget, &c));
    while (!atomic_load(&c.ready)) usleep(200);
    await_waiting(c.limiter, 0, 1);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_FOREVER), YOKE_EDEADLK);
    yoke_limiter_release(lease);
    pthread_join(id, NULL);
    CU_ASSERT_EQUAL(c.status, YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(c.limiter), YOKE_OK);
}

/* ---- limits that adapt ---- */

static int64_t fake_now;
static int64_t tell_fake(void *ctx) {
    (void)ctx;
    return fake_now;
}

/* A server that does 8 things at a time in 10 ms each, as long as there are no more, unless it
 * becomes slower. */
static double least_latency = 0.010;
static double latency_of(int holders) {
    return holders <= 8 ? least_latency : least_latency * holders / 8;
}

/* Takes as much as there is and gives all back, a number of times. */
static void load(yoke_limiter *limiter, int times, int failing) {
    yoke_limiter_lease *held[100];
    for (int t = 0; t < times; t++) {
        int count = 0;
        while (count < 100 && take(limiter, 0, 1, YOKE_NOW, &held[count]) == YOKE_OK) count++;
        double seconds = latency_of(count);
        for (int i = 0; i < count; i++)
            CU_ASSERT_EQUAL(yoke_limiter_release_as(held[i], seconds, i < failing), YOKE_OK);
    }
}

TEST(a_limit_finds_the_capacity) {
    yoke_limiter *limiter = make("load:2..64");
    load(limiter, 5, 0);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 7); /* one more each time */
    uint64_t most = 0, sum = 0;
    for (int i = 0; i < 1000; i++) {
        load(limiter, 1, 0);
        uint64_t limit = stats_of(limiter, 0).limit;
        sum += limit;
        if (limit > most) most = limit;
    }
    /* Above 16 the latency is more than twice the least; three quarters of 17 is 12. */
    CU_ASSERT_EQUAL(most, 17);
    CU_ASSERT(sum > 12000 && sum < 16000);
    yoke_limiter_stats s = stats_of(limiter, 0);
    CU_ASSERT(s.raised > s.lowered && s.lowered > 10);
    CU_ASSERT_EQUAL(s.rows[4].from, 9);
    CU_ASSERT_EQUAL(s.rows[4].to, 16);
    CU_ASSERT(s.rows[4].count > 100 && s.rows[4].mean > 0.0112);
    char text[4096];
    size_t length = yoke_limiter_report(limiter, text, sizeof text);
    CU_ASSERT_EQUAL(length, strlen(text));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "limit between 2 and 64 raised"));
    CU_ASSERT_EQUAL(yoke_limiter_report(limiter, NULL, 0), length);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(a_slower_server_is_learned) {
    yoke_limiter *limiter = make("load:2..64");
    uint64_t sum = 0;
    load(limiter, 100, 0);
    least_latency = 0.050;
    load(limiter, 50, 0);
    CU_ASSERT(stats_of(limiter, 0).limit <= 4); /* as if it were overloaded */
    load(limiter, 2000, 0);
    for (int i = 0; i < 100; i++) {
        load(limiter, 1, 0);
        sum += stats_of(limiter, 0).limit;
    }
    CU_ASSERT(sum > 1000 && sum < 1700);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(failures_lower_a_limit) {
    yoke_limiter *limiter = make("load:1..64");
    load(limiter, 7, 0);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 8);
    load(limiter, 1, 1);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 6);
    load(limiter, 20, 1);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 1);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(a_limit_that_is_not_met_stays) {
    yoke_limiter *limiter = make("load:5..64");
    yoke_limiter_lease *lease = NULL;
    for (int i = 0; i < 100; i++) {
        REQUIRE(take(limiter, 0, 1, YOKE_NOW, &lease) == YOKE_OK);
        yoke_limiter_release_as(lease, 0.01, false);
    }
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 5);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

TEST(a_target_and_a_clock) {
    yoke_limiter *limiter = NULL;
    yoke_limiter_lease *lease = NULL;
    yoke_limiter_options options = {.target_seconds = 0.5, .clock = tell_fake};
    REQUIRE(yoke_limiter_create("load:1..8", &options, &limiter) == YOKE_OK);
    for (int i = 0; i < 8; i++) {
        REQUIRE(take(limiter, 0, stats_of(limiter, 0).limit, YOKE_NOW, &lease) == YOKE_OK);
        fake_now += 400000000;
        yoke_limiter_release(lease);
    }
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 8);
    CU_ASSERT(stats_of(limiter, 0).rows[0].mean > 0.399);
    REQUIRE(take(limiter, 0, 8, YOKE_NOW, &lease) == YOKE_OK);
    fake_now += 600000000;
    yoke_limiter_release(lease);
    CU_ASSERT_EQUAL(stats_of(limiter, 0).limit, 6);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
}

/* ---- many threads ---- */

enum { THREADS = 6, BUDGETS = 3 };
static const uint64_t capacity[BUDGETS] = {2, 5, 100};

typedef struct crowd {
    yoke_limiter *limiter;
    _Atomic int64_t taken[BUDGETS];
    atomic_int wrong, next;
} crowd;

static void use(crowd *c, const yoke_limiter_need *needs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t now = atomic_fetch_add(&c->taken[needs[i].budget], (int64_t)needs[i].amount);
        if ((uint64_t)now + needs[i].amount > capacity[needs[i].budget])
            atomic_fetch_add(&c->wrong, 1);
    }
    sched_yield();
    for (size_t i = 0; i < count; i++)
        atomic_fetch_sub(&c->taken[needs[i].budget], (int64_t)needs[i].amount);
}

static void *come_and_go(void *arg) {
    crowd *c = arg;
    uint64_t random = (uint64_t)atomic_fetch_add(&c->next, 1) * 7919 + 1;
    for (size_t n = 0; n < test_size(4000, 400); n++) {
        yoke_limiter_need needs[BUDGETS];
        yoke_limiter_lease *lease = NULL;
        size_t count = 0;
        for (int b = 0; b < BUDGETS; b++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            if (random >> 62 == 0) continue;
            needs[count++] = (yoke_limiter_need){b, 1 + (random >> 33) % capacity[b]};
        }
        if (!count) continue;
        yoke_deadline until = n % 5 ? YOKE_FOREVER : yoke_deadline_in(0.0001);
        int status = yoke_limiter_acquire(c->limiter, needs, count, until, &lease);
        if (status == YOKE_OK) {
            use(c, needs, count);
            if (n % 3 == 0) yoke_limiter_disown(lease);
            status = yoke_limiter_release(lease);
        }
        if (status != YOKE_OK && status != YOKE_ETIMEDOUT) atomic_fetch_add(&c->wrong, 1);
    }
    return NULL;
}

TEST(many_threads) {
    crowd c = {.limiter = make("a:2,b:5,c:100")};
    pthread_t id[THREADS];
    for (int i = 0; i < THREADS; i++) REQUIRE(!pthread_create(&id[i], NULL, come_and_go, &c));
    for (int i = 0; i < THREADS; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(c.wrong, 0);
    for (int b = 0; b < BUDGETS; b++) {
        CU_ASSERT_EQUAL(stats_of(c.limiter, b).taken, 0);
        CU_ASSERT_EQUAL(stats_of(c.limiter, b).deadlocks, 0);
    }
    CU_ASSERT_EQUAL(yoke_limiter_destroy(c.limiter), YOKE_OK);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Profiles of locks: the figures add up. The prediction for a split against a simulation, event by
 * event, of threads that think, choose a part by their key, queue for it and hold it.
 */
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/waiting.h"
#include "yoke/lock_profile.h"

/* ---- figures ---- */

static void take_and_release(yoke_mutex *mutex, int times) {
    for (int i = 0; i < times; i++) {
        CU_ASSERT_EQUAL(yoke_mutex_lock(mutex, YOKE_FOREVER), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_mutex_unlock(mutex), YOKE_OK);
    }
}

TEST(a_profile_counts_from_start_to_stop) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    yoke_lock_profile p = {.acquisitions = 77};
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_EINVAL);
    CU_ASSERT_EQUAL(p.acquisitions, 77); /* written only on success */
    CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&mutex), YOKE_EINVAL);
    take_and_release(&mutex, 5);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 10), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 10), YOKE_EINVAL);
    take_and_release(&mutex, 95);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_OK);
    CU_ASSERT_EQUAL(p.acquisitions, 95);
    CU_ASSERT_EQUAL(p.holds, 10);
    CU_ASSERT_EQUAL(p.contended, 0);
    CU_ASSERT_EQUAL(p.wait_total, 0);
    CU_ASSERT_EQUAL(p.threads, 1);
    CU_ASSERT_EQUAL(p.keyed, 0);
    CU_ASSERT(p.hold_total > 0 && p.hold_max <= p.hold_total && p.hold_total < p.seconds);
    CU_ASSERT(p.hold_squares <= p.hold_total * p.hold_max * (1 + 1e-9));
    CU_ASSERT(p.hold_squares >= p.hold_total * p.hold_total / 10 * (1 - 1e-9));
    CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_OK); /* anew, and left to fini */
    take_and_release(&mutex, 3);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_OK);
    CU_ASSERT_EQUAL(p.acquisitions, 3);
    CU_ASSERT_EQUAL(p.holds, 3);
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
}

TEST(a_profile_that_starts_and_stops_in_the_middle_of_holds) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    yoke_lock_profile p;
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&mutex), YOKE_EDEADLK); /* it would take the lock */
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_OK);
    CU_ASSERT_EQUAL(p.acquisitions, 0);
    CU_ASSERT_EQUAL(p.holds, 0);
    CU_ASSERT_EQUAL(p.deadlocks, 1);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_EINVAL); /* a profile does not hide misuse */
    CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&mutex), YOKE_OK);
}

static void sleep_for(double seconds) {
    struct timespec span = {0, (long)(seconds * 1e9)};
    nanosleep(&span, NULL);
}

TEST(waits_and_holds_are_timed) {
    yoke_mutex mutex = YOKE_MUTEX_INIT("m", 0);
    yoke_lock_profile p;
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&mutex, 1), YOKE_OK);
    helper h = {.then = &mutex};
    helper_hold(&h);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_ETIMEDOUT);   /* not counted */
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_FOREVER), YOKE_EDEADLK); /* counted */
    helper_go(&h);
    await_waits(1);
    sleep_for(0.003);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    helper_join(&h);
    helper other = {.first = &mutex};
    helper_hold(&other);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, yoke_deadline_in(0.002)), YOKE_ETIMEDOUT);
    helper_end(&other);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_OK);
    CU_ASSERT_EQUAL(p.acquisitions, 3);
    CU_ASSERT_EQUAL(p.contended, 1);
    CU_ASSERT_EQUAL(p.deadlocks, 1);
    CU_ASSERT_EQUAL(p.timeouts, 1);
    CU_ASSERT_EQUAL(p.threads, 2);
    CU_ASSERT(p.wait_total >= 0.003 && p.wait_total == p.wait_max);
    CU_ASSERT(p.hold_max >= 0.003 && p.hold_total >= p.hold_max && p.hold_total <= p.seconds);
    CU_ASSERT_EQUAL(yoke_mutex_lock(&mutex, YOKE_NOW), YOKE_OK);
    helper brief = {.then = &mutex}; /* a second wait, mostly shorter: the longest remains */
    helper_hold(&brief);
    helper_go(&brief);
    await_waits(1);
    CU_ASSERT_EQUAL(yoke_mutex_unlock(&mutex), YOKE_OK);
    helper_join(&brief);
    CU_ASSERT_EQUAL(yoke_mutex_profile(&mutex, &p), YOKE_OK);
    CU_ASSERT_EQUAL(p.contended, 2);
    CU_ASSERT(p.wait_max >= 0.003 && 2 * p.wait_max >= p.wait_total * (1 - 1e-9));
    CU_ASSERT_EQUAL(yoke_mutex_fini(&mutex), YOKE_OK);
}

typedef struct shared {
    yoke_mutex mutex;
    yoke_rwlock table;
    pthread_barrier_t all_are_there; /* so that no index is used by two of them */
    int rounds;
} shared;

static void *use_both(void *ctx) {
    shared *s = ctx;
    yoke_thread_index();
    pthread_barrier_wait(&s->all_are_there);
    for (int i = 0; i < s->rounds; i++) {
        if (yoke_mutex_lock_key(&s->mutex, (uint64_t)i, YOKE_FOREVER) != YOKE_OK) return NULL;
        yoke_mutex_unlock(&s->mutex);
        if (i % 4 == 0 && yoke_rwlock_write(&s->table, YOKE_FOREVER) != YOKE_OK) return NULL;
        if (i % 4 == 0) yoke_rwlock_write_unlock(&s->table);
        if (i % 4 != 0 && yoke_rwlock_read(&s->table, YOKE_FOREVER) != YOKE_OK) return NULL;
        if (i % 4 != 0) yoke_rwlock_read_unlock(&s->table);
    }
    return ctx;
}

static void check_figures(const yoke_lock_profile *p, uint64_t acquisitions, unsigned every) {
    CU_ASSERT_EQUAL(p->acquisitions, acquisitions);
    CU_ASSERT_EQUAL(p->holds, (acquisitions + every - 1) / every);
    CU_ASSERT_EQUAL(p->threads, 7);
    CU_ASSERT(p->contended <= p->acquisitions);
    CU_ASSERT(p->wait_max <= p->wait_total);
    CU_ASSERT(p->hold_max <= p->hold_total);
    CU_ASSERT(p->wait_total <= 7 * p->seconds);
}

TEST(figures_of_many_threads_add_up) {
    enum { THREADS = 7 };
    shared s = {.rounds = (int)test_size(20000, 1000)};
    pthread_t id[THREADS];
    yoke_lock_profile p;
    REQUIRE(!pthread_barrier_init(&s.all_are_there, NULL, THREADS));
    CU_ASSERT_EQUAL(yoke_mutex_profile_start(&s.mutex, 0), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_profile_start(&s.table, 3), YOKE_OK);
    for (int i = 0; i < THREADS; i++) REQUIRE(!pthread_create(&id[i], NULL, use_both, &s));
    for (int i = 0; i < 20; i++) { /* readable at any time */
        CU_ASSERT_EQUAL(yoke_mutex_profile(&s.mutex, &p), YOKE_OK);
        CU_ASSERT(p.acquisitions <= (uint64_t)s.rounds * THREADS);
        sched_yield();
    }
    for (int i = 0; i < THREADS; i++) {
        void *done;
        pthread_join(id[i], &done);
        CU_ASSERT_PTR_NOT_NULL(done);
    }
    CU_ASSERT_EQUAL(yoke_mutex_profile(&s.mutex, &p), YOKE_OK);
    check_figures(&p, (uint64_t)s.rounds * THREADS, 16);
    CU_ASSERT_EQUAL(p.keyed, p.acquisitions);
    uint64_t sum = 0, most = 0;
    for (int i = 0; i < YOKE_LOCK_CELLS; i++) {
        sum += p.cells[i];
        if (p.cells[i] > most) most = p.cells[i];
    }
    CU_ASSERT_EQUAL(sum, p.keyed);
    CU_ASSERT(most < 4 * p.keyed / YOKE_LOCK_CELLS + 200); /* different keys are spread */
    CU_ASSERT_EQUAL(yoke_rwlock_profile(&s.table, &p), YOKE_OK);
    check_figures(&p, (uint64_t)s.rounds * THREADS, 3);
    CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&s.mutex), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_profile_stop(&s.table), YOKE_OK);
}

/* Started, read and stopped again and again while the lock is in use. */
TEST(profiles_come_and_go_under_use) {
    enum { THREADS = 3 };
    shared s = {.rounds = (int)test_size(20000, 1000)};
    pthread_t id[THREADS];
    yoke_lock_profile p;
    REQUIRE(!pthread_barrier_init(&s.all_are_there, NULL, THREADS));
    for (int i = 0; i < THREADS; i++) REQUIRE(!pthread_create(&id[i], NULL, use_both, &s));
    for (size_t i = 0; i < test_size(300, 30); i++) {
        CU_ASSERT_EQUAL(yoke_mutex_profile_start(&s.mutex, 1), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_profile_start(&s.table, 1), YOKE_OK);
        sched_yield();
        CU_ASSERT_EQUAL(yoke_mutex_profile(&s.mutex, &p), YOKE_OK);
        CU_ASSERT(p.holds <= p.acquisitions);
        CU_ASSERT_EQUAL(yoke_mutex_profile_stop(&s.mutex), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_profile_stop(&s.table), YOKE_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        void *done;
        pthread_join(id[i], &done);
        CU_ASSERT_PTR_NOT_NULL(done);
    }
}

/* ---- prediction against simulation ---- */

typedef struct scene {
    int threads;
    double hold, think; /* means */
    enum { EXPONENTIAL, CONSTANT, TWO_KINDS } holds;
    int keys; /* 0: Zipf over 10,000 keys, else uniform over as many */
} scene;

enum { ZIPF = 10000, DRAWS = 200000 };

static double uniform(void) { return ((double)(test_random() >> 11) + 0.5) * 0x1p-53; }
static double exponential(double mean) { return -mean * log(uniform()); }

static double draw_hold(const scene *s) {
    if (s->holds == CONSTANT) return s->hold;
    if (s->holds == EXPONENTIAL) return exponential(s->hold);
    return test_random_below(10) ? s->hold / 2 : s->hold * 5.5; /* c^2 = 2.25 */
}

static double zipf_sum[ZIPF + 1];

static void prepare_zipf(void) {
    for (int i = 0; i < ZIPF; i++) zipf_sum[i + 1] = zipf_sum[i] + pow(i + 1, -0.99);
}

static int draw_key(const scene *s) {
    if (s->keys) return (int)test_random_below((uint64_t)s->keys);
    double at = uniform() * zipf_sum[ZIPF];
    int low = 0, high = ZIPF;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (zipf_sum[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static unsigned cell_of(int key) {
    uint64_t hash = ((uint64_t)key + 1) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
    return (unsigned)((hash * 0xBF58476D1CE4E5B9u) >> 56);
}

/* Threads arrive in the order of time, so that each part is first come, first served. What the
 * undivided lock's profile would say is added up. */
static void simulate(const scene *s, unsigned ways, yoke_lock_profile *p) {
    double arrival[64], free_at[YOKE_LOCK_CELLS] = {0};
    *p =
        (yoke_lock_profile){.threads = (unsigned)s->threads, .acquisitions = DRAWS, .keyed = DRAWS};
    for (int i = 0; i < s->threads; i++) arrival[i] = exponential(s->think);
    for (int draw = 0; draw < DRAWS; draw++) {
        int first = 0;
        for (int i = 1; i < s->threads; i++) {
            if (arrival[i] < arrival[first]) first = i;
        }
        unsigned cell = cell_of(draw_key(s)), part = cell * ways / YOKE_LOCK_CELLS;
        double at = arrival[first], begin = fmax(at, free_at[part]), hold = draw_hold(s);
        p->cells[cell]++;
        p->contended += begin > at;
        p->wait_total += begin - at;
        p->holds++;
        p->hold_total += hold;
        p->hold_squares += hold * hold;
        p->seconds = fmax(p->seconds, at);
        free_at[part] = begin + hold;
        arrival[first] = begin + hold + exponential(s->think);
    }
}

static void check_close(double predicted, double seen, double tolerance, const char *what) {
    if (fabs(predicted - seen) <= tolerance * seen) return;
    printf("    %s: predicted %.4g, simulated %.4g\n", what, predicted, seen);
    CU_FAIL("a prediction is off");
}

static void check_scene(const scene *s, double tolerance) {
    yoke_lock_profile whole, split;
    yoke_lock_prediction prediction;
    char what[200];
    simulate(s, 1, &whole);
    for (unsigned ways = 1; ways <= 16; ways *= 2) {
        simulate(s, ways, &split);
        REQUIRE(yoke_lock_what_if(&whole, ways, 0, &prediction) == YOKE_OK);
        snprintf(what, sizeof what,
                 "rate, %d threads, hold %g, think %g, kind %d, keys %d, %u ways", s->threads,
                 s->hold, s->think, s->holds, s->keys, ways);
        double rate = (double)split.acquisitions / split.seconds;
        double rate_whole = (double)whole.acquisitions / whole.seconds;
        check_close(prediction.rate, rate, tolerance, what);
        check_close(prediction.gain, rate / rate_whole, tolerance, what);
        double wait = split.wait_total / DRAWS;
        if (fabs(prediction.wait - wait) > 0.1 * s->hold + 3 * tolerance * wait)
            check_close(prediction.wait, wait, 0, "wait");
        double contended = (double)split.contended / DRAWS;
        if (fabs(prediction.contended - contended) > 0.02 + tolerance * contended) {
            printf("    contended: predicted %.3f, simulated %.3f: %s\n", prediction.contended,
                   contended, what);
            CU_FAIL("a prediction is off");
        }
    }
}

TEST_WITH_LIMIT(predictions_for_exponential_holds_are_exact, 120) {
    prepare_zipf();
    static const int threads[] = {1, 2, 8, 50};
    for (int t = 0; t < 4; t++) {
        for (int keys = 0; keys <= 100000; keys += 100000) {
            check_scene(&(scene){threads[t], 1e-6, 1e-6, EXPONENTIAL, keys}, 0.03);
            check_scene(&(scene){threads[t], 1e-6, 20e-6, EXPONENTIAL, keys}, 0.03);
        }
    }
}

TEST_WITH_LIMIT(predictions_for_other_holds_are_near, 120) {
    prepare_zipf();
    static const int threads[] = {2, 8, 50};
    for (int t = 0; t < 3; t++) {
        for (int keys = 0; keys <= 100000; keys += 100000) {
            check_scene(&(scene){threads[t], 1e-6, 3e-6, CONSTANT, keys}, 0.08);
            check_scene(&(scene){threads[t], 1e-6, 3e-6, TWO_KINDS, keys}, 0.12);
        }
    }
}

TEST(one_key_gains_nothing) {
    yoke_lock_profile p;
    yoke_lock_prediction prediction;
    simulate(&(scene){8, 1e-6, 1e-6, EXPONENTIAL, 1}, 1, &p);
    for (unsigned ways = 1; ways <= YOKE_LOCK_CELLS; ways *= 2) {
        CU_ASSERT_EQUAL(yoke_lock_what_if(&p, ways, 0, &prediction), YOKE_OK);
        CU_ASSERT_DOUBLE_EQUAL(prediction.gain, 1, 1e-9);
        CU_ASSERT_DOUBLE_EQUAL(prediction.busiest, 1, 1e-9);
    }
}

TEST(bounds_of_predictions) {
    yoke_lock_profile p, empty = {.acquisitions = 5, .seconds = 1, .threads = 2};
    yoke_lock_prediction one = {.rate = 7}, more;
    simulate(&(scene){16, 1e-6, 1e-6, CONSTANT, 100000}, 1, &p);
    CU_ASSERT_EQUAL(yoke_lock_what_if(&p, 0, 0, &one), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_lock_what_if(&p, YOKE_LOCK_CELLS + 1, 0, &one), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_lock_what_if(&empty, 2, 0, &one), YOKE_EDATA);
    CU_ASSERT_EQUAL(one.rate, 7);
    double before = 0;
    for (unsigned ways = 1; ways <= YOKE_LOCK_CELLS; ways *= 2) {
        CU_ASSERT_EQUAL(yoke_lock_what_if(&p, ways, 0, &more), YOKE_OK);
        CU_ASSERT(more.rate >= before * 0.999);
        CU_ASSERT(more.rate <= 16 / 2e-6 * 1.05);       /* nobody waits */
        CU_ASSERT(more.rate * more.busiest <= 1.001e6); /* the busiest part is held all the time */
        CU_ASSERT(more.contended >= 0 && more.contended <= 1 && more.wait >= 0);
        CU_ASSERT_DOUBLE_EQUAL(more.utilisation, fmin(1, more.rate * more.busiest * 1e-6), 1e-9);
        before = more.rate;
    }
    CU_ASSERT_EQUAL(yoke_lock_what_if(&p, 64, 2, &more), YOKE_OK); /* two processors */
    CU_ASSERT(more.rate <= 2 / 2e-6 * 1.05);
    CU_ASSERT(more.gain < 1.1);
    CU_ASSERT_EQUAL(yoke_lock_what_if(&p, 64, 1, &more), YOKE_OK); /* one: nothing is gained */
    CU_ASSERT_DOUBLE_EQUAL(more.gain, 1, 0.01);
    p.keyed = 0; /* no keys told: the parts are used alike */
    CU_ASSERT_EQUAL(yoke_lock_what_if(&p, 5, 0, &more), YOKE_OK);
    CU_ASSERT_DOUBLE_EQUAL(more.busiest, 0.2, 1e-9);
}

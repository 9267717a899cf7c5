/* SPDX-License-Identifier: Apache-2.0
 *
 * Read-write locks, plain and sharded: exclusion, misuse, deadlocks of readers and writers. Both
 * are tested by the same tests through a table of their functions.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/waiting.h"
#include "yoke/rwlock.h"

/* One of the two kinds, with its functions. */
typedef struct any_lock {
    int sharded;
    union {
        yoke_rwlock plain;
        yoke_rwlock_sharded *slots;
    };
} any_lock;

static void make(any_lock *l, int sharded, unsigned threads, const char *name) {
    l->sharded = sharded;
    yoke_rwlock_sharded_options options = {.name = name, .threads = threads};
    int status = sharded ? yoke_rwlock_sharded_create(&options, &l->slots)
                         : yoke_rwlock_init(&l->plain, name, 0);
    if (status < 0) abort();
}

static int drop(any_lock *l) {
    return l->sharded ? yoke_rwlock_sharded_destroy(l->slots) : yoke_rwlock_fini(&l->plain);
}

static int take_read(any_lock *l, yoke_deadline deadline, const char *site) {
    return l->sharded ? yoke_rwlock_sharded_read_at(l->slots, deadline, site)
                      : yoke_rwlock_read_at(&l->plain, deadline, site);
}

static int take_write(any_lock *l, yoke_deadline deadline, const char *site) {
    return l->sharded ? yoke_rwlock_sharded_write_at(l->slots, deadline, site)
                      : yoke_rwlock_write_at(&l->plain, deadline, site);
}

static int end_read(any_lock *l) {
    return l->sharded ? yoke_rwlock_sharded_read_unlock(l->slots)
                      : yoke_rwlock_read_unlock(&l->plain);
}

static int end_write(any_lock *l) {
    return l->sharded ? yoke_rwlock_sharded_write_unlock(l->slots)
                      : yoke_rwlock_write_unlock(&l->plain);
}

static void check_idle(any_lock *l) {
    if (!l->sharded) {
        CU_ASSERT_EQUAL(l->plain.word, 0);
        CU_ASSERT_EQUAL(l->plain.writers, 0);
        CU_ASSERT_PTR_NULL(l->plain.queue);
    }
    CU_ASSERT_EQUAL(drop(l), YOKE_OK);
}

static void check_part(const char *part) {
    if (strstr(yoke_error_detail(), part)) return;
    printf("    missing \"%s\" in \"%s\"\n", part, yoke_error_detail());
    CU_FAIL("a part of the detail is missing");
}

/* ---- exclusion ---- */

typedef struct library {
    any_lock lock;
    long rounds, write_every;
    int mixed;          /* deadlines of all kinds */
    long first, second; /* guarded; always the same */
    atomic_int readers, writers;
    atomic_long writes;
    atomic_int failures;
    pthread_barrier_t begin;
} library;

static void note(library *b, int wrong) {
    if (wrong) atomic_fetch_add(&b->failures, 1);
}

static void visit_as_writer(library *b, long round) {
    note(b, atomic_fetch_add(&b->writers, 1) != 0 || atomic_load(&b->readers) != 0);
    b->first++;
    if (round % 256 == 0) sched_yield();
    b->second++;
    note(b, atomic_fetch_sub(&b->writers, 1) != 1);
    atomic_fetch_add(&b->writes, 1);
    note(b, end_write(&b->lock) != YOKE_OK);
}

static void visit_as_reader(library *b, long round) {
    atomic_fetch_add(&b->readers, 1);
    note(b, atomic_load(&b->writers) != 0 || b->first != b->second);
    if (round % 256 == 0) sched_yield();
    if (round % 8 == 0) { /* once more, whoever waits */
        note(b, take_read(&b->lock, YOKE_FOREVER, "again") != YOKE_OK);
        note(b, end_read(&b->lock) != YOKE_OK);
    }
    note(b, b->first != b->second);
    atomic_fetch_sub(&b->readers, 1);
    note(b, end_read(&b->lock) != YOKE_OK);
}

typedef struct visitor {
    library *b;
    unsigned seed;
} visitor;

static yoke_deadline some_deadline(long round) {
    static const double spans[] = {0, 1e-6, 20e-6, 200e-6, 1e9};
    return yoke_deadline_in(spans[round % 5]);
}

static void *visit_often(void *ctx) {
    visitor *v = ctx;
    library *b = v->b;
    pthread_barrier_wait(&b->begin);
    for (long round = 0; round < b->rounds; round++) {
        int write = rand_r(&v->seed) % b->write_every == 0;
        yoke_deadline deadline = b->mixed ? some_deadline(round + v->seed % 7) : YOKE_FOREVER;
        int status =
            write ? take_write(&b->lock, deadline, "write") : take_read(&b->lock, deadline, "read");
        note(b, status != YOKE_OK && !(b->mixed && status == YOKE_ETIMEDOUT));
        if (status != YOKE_OK) continue;
        if (write)
            visit_as_writer(b, round);
        else
            visit_as_reader(b, round);
    }
    return NULL;
}

static void check_exclusion(int sharded, int threads, long write_every, int mixed) {
    library b = {.write_every = write_every, .mixed = mixed};
    make(&b.lock, sharded, 3, "library"); /* of the threads, some share a slot */
    b.rounds = (long)test_size(20000, 2000) / threads;
    pthread_t id[64];
    visitor v[64];
    REQUIRE(!pthread_barrier_init(&b.begin, NULL, (unsigned)threads));
    for (int i = 0; i < threads; i++) {
        v[i] = (visitor){&b, (unsigned)test_random()};
        REQUIRE(!pthread_create(&id[i], NULL, visit_often, &v[i]));
    }
    for (int i = 0; i < threads; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&b.failures), 0);
    CU_ASSERT_EQUAL(b.first, atomic_load(&b.writes));
    CU_ASSERT_EQUAL(b.second, atomic_load(&b.writes));
    check_idle(&b.lock);
}

static void check_exclusions(int sharded) {
    static const int sizes[] = {1, 2, 3, 7, 64};
    static const long write_every[] = {1, 2, 20, 1000000};
    for (int s = 0; s < 5; s++) {
        for (int w = 0; w < 4; w++) check_exclusion(sharded, sizes[s], write_every[w], w == 1);
    }
}

TEST(one_writer_or_many_readers) { check_exclusions(0); }
TEST(one_writer_or_many_readers_sharded) { check_exclusions(1); }

/* ---- one thread's own mistakes ---- */

static void check_misuse(int sharded) {
    any_lock l;
    make(&l, sharded, 2, "table");
    CU_ASSERT_EQUAL(end_read(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(end_write(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take_read(&l, YOKE_NOW, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(end_write(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(drop(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_NOW, "here:2"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(take_write(&l, 1, "here:2"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(drop(&l), YOKE_EINVAL); /* nothing was left that looks like a writer */
    CU_ASSERT_EQUAL(take_read(&l, YOKE_NOW, "here:3"), YOKE_OK);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_OK);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_OK);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_NOW, "here:4"), YOKE_OK);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(drop(&l), YOKE_EINVAL);
    CU_ASSERT_EQUAL(take_read(&l, YOKE_NOW, "here:5"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_NOW, "here:6"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(end_write(&l), YOKE_OK);
    CU_ASSERT_EQUAL(end_write(&l), YOKE_EINVAL);
    check_idle(&l);
}

TEST(misuse_is_refused) {
    check_misuse(0);
    check_misuse(1);
    yoke_rwlock lock;
    CU_ASSERT_EQUAL(yoke_rwlock_init(&lock, "x", -1), YOKE_EINVAL);
    yoke_rwlock_sharded_options options = {.rank = -1};
    yoke_rwlock_sharded *none = NULL;
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_create(&options, &none), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_create(NULL, &none), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(none), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_rwlock_fini(NULL), YOKE_OK);
}

/* The first lock of a thread is taken on the slow path, the next on the fast one. */
TEST(a_writer_is_named_with_its_place) {
    yoke_rwlock lock = YOKE_RWLOCK_INIT("table", 0);
    for (int i = 0; i < 2; i++) {
        const char *site = i ? "here:2" : "here:1";
        CU_ASSERT_EQUAL(yoke_rwlock_write_at(&lock, YOKE_FOREVER, site), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_rwlock_write_at(&lock, 1, "late"), YOKE_ETIMEDOUT);
        check_part("was not free before the deadline at late; thread 0 writes since here:");
        check_part(site);
        CU_ASSERT_EQUAL(yoke_rwlock_write_unlock(&lock), YOKE_OK);
    }
}

static void check_own(int sharded) {
    any_lock l;
    make(&l, sharded, 2, "table");
    CU_ASSERT_EQUAL(take_read(&l, YOKE_FOREVER, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:2"), YOKE_EDEADLK); /* an upgrade */
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(),
                           "deadlock of 1 thread: thread 0 waits to write 'table' at here:2, held "
                           "by itself since here:1");
    CU_ASSERT_EQUAL(take_write(&l, yoke_deadline_in(100), "here:2"), YOKE_EDEADLK);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_OK);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:3"), YOKE_OK);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:4"), YOKE_EDEADLK);
    check_part("thread 0 waits to write 'table' at here:4, held by itself since here:3");
    CU_ASSERT_EQUAL(take_read(&l, YOKE_FOREVER, "here:5"), YOKE_EDEADLK);
    check_part("thread 0 waits to read 'table' at here:5, held by itself since here:3");
    CU_ASSERT_EQUAL(end_write(&l), YOKE_OK);
    check_idle(&l);
}

TEST(waits_for_oneself) {
    check_own(0);
    check_own(1);
}

/* ---- several threads ---- */

/* A thread that takes things one after another, as told: "r0" reads lock 0, "w1" writes lock 1. */
typedef struct actor {
    any_lock *locks;
    const char *script;
    pthread_t id;
    atomic_int done; /* steps that ended */
    int status;      /* of the last */
    char detail[1024];
    atomic_int finish;
} actor;

static void release_all(actor *a, int steps) {
    while (steps-- > 0) {
        any_lock *l = &a->locks[a->script[2 * steps + 1] - '0'];
        if ((a->script[2 * steps] == 'r' ? end_read(l) : end_write(l)) < 0) abort();
    }
}

static void *act(void *ctx) {
    actor *a = ctx;
    int step = 0;
    for (; a->script[2 * step]; step++) {
        any_lock *l = &a->locks[a->script[2 * step + 1] - '0'];
        a->status = a->script[2 * step] == 'r' ? take_read(l, YOKE_FOREVER, "actor")
                                               : take_write(l, YOKE_FOREVER, "actor");
        if (a->status < 0) break;
        atomic_fetch_add(&a->done, 1);
    }
    snprintf(a->detail, sizeof a->detail, "%s", yoke_error_detail());
    while (a->status == YOKE_OK && !atomic_load(&a->finish)) sched_yield();
    release_all(a, step);
    return NULL;
}

/* Starts the actor and returns when it has done `steps` steps and `waits` threads wait. */
static void start(actor *a, any_lock *locks, const char *script, int steps, int waits) {
    a->locks = locks;
    a->script = script;
    if (pthread_create(&a->id, NULL, act, a) != 0) abort();
    while (atomic_load(&a->done) < steps) sched_yield();
    await_waits(waits);
}

static void finish(actor *a) {
    atomic_store(&a->finish, 1);
    pthread_join(a->id, NULL);
    CU_ASSERT_EQUAL(a->status, YOKE_OK);
}

/* Both read, both ask to write: each waits for the other, the second is told. */
static void check_two_upgraders(int sharded) {
    any_lock l;
    actor other = {0};
    make(&l, sharded, 2, "table");
    yoke_thread_index();
    start(&other, &l, "r0", 1, 0);
    CU_ASSERT_EQUAL(take_read(&l, YOKE_FOREVER, "here:1"), YOKE_OK);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    finish(&other);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_NOW, "here:3"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(end_read(&l), YOKE_OK);
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:4"), YOKE_OK);
    CU_ASSERT_EQUAL(end_write(&l), YOKE_OK);
    check_idle(&l);
}

/* Two locks in both orders, in all four pairs of modes that exclude each other. */
static void check_both_orders(int sharded) {
    static const char *const scripts[] = {"w1w0", "w1r0", "r1w0", "r1r0"};
    for (int i = 0; i < 4; i++) {
        any_lock l[2];
        actor other = {0};
        make(&l[0], sharded, 2, "zero");
        make(&l[1], sharded, 2, "one");
        CU_ASSERT_EQUAL(take_write(&l[0], YOKE_FOREVER, "here:1"), YOKE_OK);
        start(&other, l, scripts[i], 1, 1);
        CU_ASSERT_EQUAL(take_write(&l[1], YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
        check_part(
            "deadlock of 2 threads: thread 0 waits to write 'one' at here:2, held by thread "
            "1 since actor; thread 1 waits to ");
        check_part(" 'zero' at actor, held by thread 0 since here:1");
        CU_ASSERT_EQUAL(end_write(&l[0]), YOKE_OK);
        finish(&other);
        check_idle(&l[0]);
        check_idle(&l[1]);
    }
}

/* 0 reads "table" and waits for "other"; a writer waits for 0; the owner of "other" wants to read
 * "table", behind the writer. */
static void check_behind_writer(int sharded) {
    any_lock l[2];
    actor reader = {0}, writer = {0};
    make(&l[0], sharded, 4, "table");
    make(&l[1], sharded, 4, "other");
    CU_ASSERT_EQUAL(take_write(&l[1], YOKE_FOREVER, "here:1"), YOKE_OK);
    start(&reader, l, "r0w1", 1, 1);
    start(&writer, l, "w0", 0, 2);
    CU_ASSERT_EQUAL(take_read(&l[0], YOKE_NOW, "here:2"), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(take_read(&l[0], YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    check_part("deadlock of 3 threads: thread 0 waits to read 'table' at here:2, ");
    check_part("thread 2 waits to write 'table' at actor, held by thread 1 since actor");
    check_part("thread 1 waits to write 'other' at actor, held by thread 0 since here:1");
    CU_ASSERT_EQUAL(end_write(&l[1]), YOKE_OK);
    finish(&reader);
    finish(&writer);
    check_idle(&l[0]);
    check_idle(&l[1]);
}

/* A writer waits for all readers: a cycle through any one of them counts. */
static void check_one_of_many_readers(int sharded) {
    any_lock l[2];
    actor readers[8] = {{0}};
    make(&l[0], sharded, 4, "table");
    make(&l[1], sharded, 4, "other");
    CU_ASSERT_EQUAL(take_write(&l[1], YOKE_FOREVER, "here:1"), YOKE_OK);
    for (int i = 0; i < 8; i++) start(&readers[i], l, i == 5 ? "r0r1" : "r0", 1, i >= 5);
    CU_ASSERT_EQUAL(take_write(&l[0], YOKE_FOREVER, "here:2"), YOKE_EDEADLK);
    check_part(
        "deadlock of 2 threads: thread 0 waits to write 'table' at here:2, held by thread 6");
    CU_ASSERT_EQUAL(end_write(&l[1]), YOKE_OK);
    for (int i = 0; i < 8; i++) finish(&readers[i]);
    check_idle(&l[0]);
    check_idle(&l[1]);
}

/* Readers that wait only because a writer waits go on when it gives up. */
static void check_writer_gives_up(int sharded) {
    any_lock l;
    actor readers[4] = {{0}};
    make(&l, sharded, 4, "table");
    actor first = {0};
    start(&first, &l, "r0", 1, 0);
    for (size_t round = 0; round < test_size(20, 3); round++) {
        memset(readers, 0, sizeof readers);
        yoke_deadline deadline = yoke_deadline_in(0.002);
        CU_ASSERT_EQUAL(take_write(&l, deadline, "here"), YOKE_ETIMEDOUT);
        for (int i = 0; i < 4; i++) start(&readers[i], &l, "r0", 1, 0);
        for (int i = 0; i < 4; i++) finish(&readers[i]);
    }
    finish(&first);
    check_idle(&l);
}

static void *write_with_deadline(void *ctx) {
    int status = take_write(ctx, yoke_deadline_in(0.05), "brief");
    return status == YOKE_ETIMEDOUT ? ctx : NULL;
}

/* The same with readers that are asleep behind the writer when it gives up. */
static void check_sleepers_behind_writer(int sharded) {
    any_lock l;
    actor first = {0}, reader = {0};
    pthread_t writer;
    void *timed_out;
    make(&l, sharded, 4, "table");
    start(&first, &l, "r0", 1, 0);
    REQUIRE(!pthread_create(&writer, NULL, write_with_deadline, &l));
    start(&reader, &l, "r0", 1, 0);
    pthread_join(writer, &timed_out);
    CU_ASSERT_PTR_NOT_NULL(timed_out);
    finish(&reader);
    finish(&first);
    check_idle(&l);
}

TEST(two_upgraders) {
    check_two_upgraders(0);
    check_two_upgraders(1);
}
TEST(both_orders) {
    for (size_t i = 0; i < test_size(30, 3); i++) check_both_orders(0);
    for (size_t i = 0; i < test_size(30, 3); i++) check_both_orders(1);
}
TEST(a_reader_behind_a_writer) {
    check_behind_writer(0);
    check_behind_writer(1);
}
TEST(one_of_many_readers) {
    check_one_of_many_readers(0);
    check_one_of_many_readers(1);
}
TEST(a_writer_that_gives_up_lets_readers_in) {
    check_writer_gives_up(0);
    check_writer_gives_up(1);
    check_sleepers_behind_writer(0);
    check_sleepers_behind_writer(1);
}

/* ---- threads that end ---- */

typedef struct leaver {
    any_lock *lock;
    int write, waits;
} leaver;

static void *hold_and_end(void *ctx) {
    leaver *v = ctx;
    int status = v->write ? take_write(v->lock, YOKE_FOREVER, "leaver")
                          : take_read(v->lock, YOKE_FOREVER, "leaver");
    await_waits(v->waits);
    return status == YOKE_OK ? ctx : NULL;
}

static void check_ended(int sharded, int write, int asleep) {
    any_lock l;
    void *done;
    make(&l, sharded, 4, "table");
    yoke_thread_index();
    leaver v = {&l, write, asleep};
    pthread_t id;
    REQUIRE(!pthread_create(&id, NULL, hold_and_end, &v));
    if (!asleep) pthread_join(id, &done);
    while (asleep && take_write(&l, YOKE_NOW, "here:0") == YOKE_OK) { /* until it is held */
        CU_ASSERT_EQUAL(end_write(&l), YOKE_OK);
        sched_yield();
    }
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:1"), YOKE_EDEADLK);
    check_part("held by thread 1 since leaver, which has ended");
    if (asleep) pthread_join(id, &done);
    CU_ASSERT_PTR_NOT_NULL(done);
    CU_ASSERT_EQUAL(take_read(&l, YOKE_FOREVER, "here:2"), write ? YOKE_EDEADLK : YOKE_OK);
    if (!write) CU_ASSERT_EQUAL(end_read(&l), YOKE_OK);
    CU_ASSERT_EQUAL(drop(&l), YOKE_OK);
    if (sharded) return;
    CU_ASSERT_EQUAL(take_write(&l, YOKE_FOREVER, "here:3"), YOKE_OK); /* usable again */
    CU_ASSERT_EQUAL(end_write(&l), YOKE_OK);
}

TEST(threads_that_end_while_they_hold) {
    for (int i = 0; i < 8; i++) check_ended(i & 1, i >> 1 & 1, i >> 2);
}

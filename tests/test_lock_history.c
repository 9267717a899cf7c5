/* SPDX-License-Identifier: Apache-2.0
 *
 * Histories of locks that must be linearizable: a lock is a register that holds who has it. A try
 * fails only when the lock was held at some moment during the call.
 */
#include "tests/harness.h"
#include "tests/history.h"

#include <stdlib.h>

#include "yoke/rwlock.h"

enum { READ, WRITE, TRY_READ, TRY_WRITE, END_READ, END_WRITE };
enum { THREADS = 3, STEPS = 8 };

typedef struct state {
    int64_t readers, writer; /* the writer's thread + 1 */
} state;

static int taken(state *s, const history_op *op, int write) {
    int may = !s->writer && (!write || !s->readers);
    if (may && write) s->writer = op->thread + 1;
    if (may && !write) s->readers++;
    return may;
}

static int apply(const history_spec *spec, void *at, const history_op *op) {
    (void)spec;
    state *s = at;
    switch (op->kind) {
    case READ: return taken(s, op, 0);
    case WRITE: return taken(s, op, 1);
    case TRY_READ: return history_fits(op, taken(s, op, 0), 0);
    case TRY_WRITE: return history_fits(op, taken(s, op, 1), 0);
    case END_READ: s->readers--; return s->readers >= 0;
    default: {
        int own = s->writer == op->thread + 1;
        s->writer = 0;
        return own;
    }
    }
}

static const history_kind kinds[] = {{"read", 0, 0},      {"write", 0, 0},    {"try_read", 0, 1},
                                     {"try_write", 0, 1}, {"end_read", 0, 0}, {"end_write", 0, 0}};
static const history_spec lock_spec = {
    .name = "lock", .kinds = kinds, .size = sizeof(state), .apply = apply};

/* The lock under test and the deadlines to use. */
typedef struct subject {
    yoke_mutex *mutex;
    yoke_rwlock *plain;
    yoke_rwlock_sharded *sharded;
    int tries, waits;
    unsigned seed[THREADS];
} subject;

static int take(subject *s, int write, yoke_deadline deadline) {
    if (s->mutex) return yoke_mutex_lock(s->mutex, deadline);
    if (s->plain && write) return yoke_rwlock_write(s->plain, deadline);
    if (s->plain) return yoke_rwlock_read(s->plain, deadline);
    if (write) return yoke_rwlock_sharded_write(s->sharded, deadline);
    return yoke_rwlock_sharded_read(s->sharded, deadline);
}

static void give_back(subject *s, int write) {
    int status;
    if (s->mutex)
        status = yoke_mutex_unlock(s->mutex);
    else if (s->plain)
        status = write ? yoke_rwlock_write_unlock(s->plain) : yoke_rwlock_read_unlock(s->plain);
    else
        status = write ? yoke_rwlock_sharded_write_unlock(s->sharded)
                       : yoke_rwlock_sharded_read_unlock(s->sharded);
    if (status < 0) abort();
}

static void work(history *h, int thread, void *ctx) {
    subject *s = ctx;
    for (int step = 0; step < STEPS; step++) {
        int write = s->mutex || rand_r(&s->seed[thread]) % 2;
        int try = s->tries && (!s->waits || rand_r(&s->seed[thread]) % 2);
        int kind = (try ? TRY_READ : READ) + write;
        history_op *op = history_begin(h, thread, kind, 0, 0);
        int status = take(s, write, try ? YOKE_NOW : YOKE_FOREVER);
        if (status != YOKE_OK && !(try && status == YOKE_ETIMEDOUT)) abort();
        history_end(h, op, status == YOKE_OK, 0);
        if (status != YOKE_OK) continue;
        op = history_begin(h, thread, END_READ + write, 0, 0);
        give_back(s, write);
        history_end(h, op, 0, 0);
    }
}

static void check(subject *s) {
    history *h = history_create(THREADS, 2 * STEPS);
    for (size_t round = 0; round < test_size(300, 50); round++) {
        for (int i = 0; i < THREADS; i++) s->seed[i] = (unsigned)test_random();
        history_clear(h);
        history_run(h, work, s);
        HISTORY_ASSERT(h, &lock_spec);
    }
    history_destroy(h);
}

TEST(mutex) {
    yoke_mutex mutex = {0};
    check(&(subject){.mutex = &mutex, .tries = 1});
    check(&(subject){.mutex = &mutex, .tries = 1, .waits = 1});
}

/* Tries and waits together: a reader that tries while a writer waits may find the lock closed, so
 * each for itself. */
TEST(read_write_lock) {
    yoke_rwlock lock = {0};
    check(&(subject){.plain = &lock, .tries = 1});
    check(&(subject){.plain = &lock, .waits = 1});
}

/* A writer that tries closes the lock for a moment; so only waits. */
TEST(sharded_read_write_lock) {
    yoke_rwlock_sharded_options options = {.threads = 2};
    yoke_rwlock_sharded *lock;
    REQUIRE(yoke_rwlock_sharded_create(&options, &lock) == YOKE_OK);
    check(&(subject){.sharded = lock, .waits = 1});
    CU_ASSERT_EQUAL(yoke_rwlock_sharded_destroy(lock), YOKE_OK);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry of threads. Chunk k holds 64 << k records; the first is static, so that a process
 * with few threads never allocates here. A mutex guards who uses which; walking needs no lock.
 */
#include "runtime/thread.h"

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "runtime/region.h"
#include "runtime/waitfor.h"

enum { FIRST = 64, CHUNKS = 20 };

_Thread_local unsigned yoke_thread_number_;
_Thread_local yoke__thread *yoke__thread_record;
static yoke__thread nobody = {.depth = 1};
_Thread_local yoke__thread *yoke__thread_or_nobody = &nobody;

static yoke__thread first[FIRST];
static yoke__thread *chunks[CHUNKS] = {first}; /* an entry is written before `limit` covers it */
static atomic_int limit;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_status;

int yoke__thread_limit(void) { return atomic_load(&limit); }

yoke__thread *yoke__thread_at(int index) {
    int chunk = 0;
    while (index >= FIRST << chunk) index -= FIRST << chunk++;
    return &chunks[chunk][index];
}

void yoke__threads_lock(void) { pthread_mutex_lock(&lock); }
void yoke__threads_unlock(void) { pthread_mutex_unlock(&lock); }

void yoke__thread_free(yoke__thread *ended) {
    pthread_mutex_lock(&lock);
    ended->used = 0;
    pthread_mutex_unlock(&lock);
}

/* What is still held may be released by the destructor of another key: they run in no order, but
 * again while one asks for it. The last time is left to ThreadSanitizer, which ends then. */
static bool puts_off_end(yoke__thread *self) {
    if (!yoke__held_any(&self->holds) || ++self->leaving >= PTHREAD_DESTRUCTOR_ITERATIONS - 1)
        return false;
    return pthread_setspecific(key, self) == 0;
}

static void leave(void *record) {
    yoke__thread *self = record;
    if (puts_off_end(self)) return;
    self->leaving = 0;
    yoke__recorder_thread_ends(self);
    self->depth = 0;
    /* release: what the thread read lies before; pairs with the acquire of those who reclaim. */
    atomic_store_explicit(&self->lower, YOKE__IDLE, memory_order_release);
    atomic_store_explicit(&self->upper, YOKE__IDLE, memory_order_release);
    yoke_thread_number_ = 0;
    yoke__thread_record = NULL;
    yoke__thread_or_nobody = &nobody;
    if (yoke__held_any(&self->holds))
        yoke__wait_ended(self);
    else
        yoke__thread_free(self);
}

static void make_key(void) { key_status = pthread_key_create(&key, leave); }

/* A record with the next index, in a new chunk where the last is full. Under the lock. */
static yoke__thread *append(void) {
    int index = atomic_load(&limit), chunk = 0, begin = 0;
    while (index >= begin + (FIRST << chunk)) begin += FIRST << chunk++;
    if (chunk == CHUNKS) return NULL;
    if (!chunks[chunk]) chunks[chunk] = yoke_aligned_alloc((sizeof(yoke__thread) * FIRST) << chunk);
    if (!chunks[chunk]) return NULL;
    yoke__thread *record = &chunks[chunk][index - begin];
    memset(record, 0, sizeof *record);
    atomic_init(&record->lower, YOKE__IDLE);
    atomic_init(&record->upper, YOKE__IDLE);
    record->index = index;
    atomic_store(&limit, index + 1);
    return record;
}

static yoke__thread *lowest_free(void) {
    int count = atomic_load(&limit);
    for (int i = 0; i < count; i++) {
        if (!yoke__thread_at(i)->used) return yoke__thread_at(i);
    }
    return append();
}

int yoke_thread_register(void) {
    if (yoke__thread_record) return yoke__thread_record->index;
    pthread_once(&once, make_key);
    if (key_status != 0) return yoke_fail(YOKE_ENOMEM, "no key for data of threads is left");
    pthread_mutex_lock(&lock);
    yoke__thread *self = lowest_free();
    if (self && pthread_setspecific(key, self) != 0) self = NULL;
    if (self) self->used = 1;
    pthread_mutex_unlock(&lock);
    if (!self) return yoke_fail(YOKE_ENOMEM, "no memory for the record of a thread");
    yoke__thread_record = yoke__thread_or_nobody = self;
    yoke_thread_number_ = (unsigned)self->index + 1;
    return self->index;
}

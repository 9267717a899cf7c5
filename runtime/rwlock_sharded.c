/* SPDX-License-Identifier: Apache-2.0
 *
 * The sharded read-write lock: a gate, which is a plain read-write lock, and a slot for each thread
 * that counts its reads.
 *
 * A reader adds one to its slot and then looks at `closed`; a writer takes the gate for writing,
 * sets `closed` and then looks at the slots. Each first writes and then reads what the other wrote
 * (Dekker), so at least one sees the other. The reader's side has no barrier instruction: the
 * writer runs one on all processors between its two steps (yoke__barrier_all). A reader that sees
 * `closed` takes its one back, waits at the gate until the writer is done, and adds it again while
 * it holds the gate, when nobody can be writing.
 *
 * The writer sleeps until the slots are empty. A reader that leaves and sees `closed` looks, under
 * the wait-for graph's mutex, whether all slots are empty, and then wakes the writer. By the same
 * argument either the writer sees the slot empty or the reader sees `closed`; and since the writer
 * looks at the slots again under the mutex before it sleeps, whoever comes to the mutex second sees
 * what the first did.
 *
 * Waits: a reader waits at the gate for the writer that holds it, and a writer that sleeps for the
 * slots waits for all threads whose lists of held locks have this lock. So cycles are found as for
 * every other lock.
 */
#include <stdlib.h>

#include "runtime/lock_order.h"
#include "runtime/park.h"
#include "runtime/text.h"
#include "runtime/waitfor.h"
#include "yoke/event.h"
#include "yoke/machine.h"
#include "yoke/rwlock.h"

enum { SPINS = 64 }; /* as in lock.c */

typedef struct slot {
    _Alignas(YOKE_CACHE_PAD) uint32_t reads;
} slot;

/* Written only by writers, which are rare. */
struct yoke_rwlock_sharded {
    uint32_t closed;
    unsigned threads; /* slots with one owner; one more is shared */
    const char *name;
    slot *slots;
    yoke_rwlock gate;
    void *queue; /* the writer that sleeps; under the graph's mutex */
    int rank;
};

_Static_assert(offsetof(yoke_rwlock_sharded, name) == offsetof(yoke_rwlock, name),
               "who looks from outside finds the name of any lock in one place");

/* ---- slots ---- */

static slot *slot_of(const yoke_rwlock_sharded *l, const yoke__thread *self, bool *shared) {
    unsigned index = (unsigned)self->index;
    *shared = index >= l->threads;
    return &l->slots[*shared ? l->threads : index];
}

/* Adds to the caller's slot, and says whether the lock is closed, in this order as others see it.
 */
static bool add(yoke_rwlock_sharded *l, const yoke__thread *self, uint32_t n) {
    bool shared;
    slot *s = slot_of(l, self, &shared);
    if (shared || __builtin_expect(!yoke_barrier_asymmetric_, 0)) {
        __atomic_fetch_add(&s->reads, n, __ATOMIC_SEQ_CST);
        return __atomic_load_n(&l->closed, __ATOMIC_SEQ_CST) != 0;
    }
    /* relaxed load: only this thread writes it. release: what the caller did while it read lies
     * before; pairs with the load in is_empty(). */
    uint32_t reads = __atomic_load_n(&s->reads, __ATOMIC_RELAXED);
    __atomic_store_n(&s->reads, reads + n, __ATOMIC_RELEASE);
    /* The compiler keeps the order here; for the processor the writer's barrier does. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    /* acquire: 0 comes from the last writer's release in open_again(); what it wrote is seen. */
    return __atomic_load_n(&l->closed, __ATOMIC_ACQUIRE) != 0;
}

static bool is_empty(const yoke_rwlock_sharded *l) {
    for (unsigned i = 0; i <= l->threads; i++) {
        if (__atomic_load_n(&l->slots[i].reads, __ATOMIC_SEQ_CST) != 0) return false;
    }
    return true;
}

/* After the caller's read went from its slot and the lock was closed: wakes the writer. */
static void tell_writer(yoke_rwlock_sharded *l) {
    yoke__wait *chain = NULL;
    yoke__graph_lock();
    if (l->queue && is_empty(l)) chain = yoke__wait_grant(&l->queue, l->queue, NULL);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

static void remove_read(yoke_rwlock_sharded *l, const yoke__thread *self) {
    if (add(l, self, (uint32_t)-1)) tell_writer(l);
}

static bool writes(const yoke_rwlock_sharded *l, const yoke__thread *self) {
    return yoke_rwlock_writer(&l->gate) == self->index;
}

static bool reads(const yoke_rwlock_sharded *l, const yoke__thread *self) {
    return yoke__held_find(&self->holds, l) && !writes(l, self);
}

static void check_rank(const yoke_rwlock_sharded *l, yoke__thread *self, yoke_deadline deadline,
                       const char *site) {
    if (yoke__order_allows(self, l->rank) || yoke_deadline_passed(deadline)) return;
    if (!yoke__held_find(&self->holds, l)) yoke__order_report(self, l, l->name, l->rank, site);
}

/* The caller is about to wait, for other threads' reads or at the gate: in the order of locks that
 * is one lock, and the gate no lock of its own. */
static void note_order(yoke_rwlock_sharded *l, yoke__thread *self, yoke_deadline deadline,
                       const char *site) {
    if (yoke_deadline_passed(deadline)) return;
    yoke__order_wait(self, l, &l->gate, l->name, l->rank, site);
}

/* ---- reading ---- */

/* The lock was seen closed. Who reads already keeps the writer out, and may go on; others wait at
 * the gate until the writer is done. */
static int read_closed(yoke_rwlock_sharded *l, yoke__thread *self, yoke_deadline deadline,
                       const char *site) {
    if (reads(l, self)) return YOKE_OK;
    remove_read(l, self);
    if (yoke_rwlock_writer(&l->gate) >= 0) note_order(l, self, deadline, site);
    YOKE_TRY(yoke_rwlock_read_at(&l->gate, deadline, site));
    add(l, self, 1);
    return yoke_rwlock_read_unlock(&l->gate);
}

int yoke_rwlock_sharded_read_at(yoke_rwlock_sharded *l, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__held_reserve(&self->holds));
    check_rank(l, self, deadline, site);
    if (__builtin_expect(add(l, self, 1), 0)) YOKE_TRY(read_closed(l, self, deadline, site));
    yoke__held_push(&self->holds, l, l->name, l->rank, site);
    return YOKE_OK;
}

/* ---- writing ---- */

static void open_again(yoke_rwlock_sharded *l) {
    /* release: pairs with the acquire in add(). */
    __atomic_store_n(&l->closed, 0, __ATOMIC_RELEASE);
}

static int fail(const yoke_rwlock_sharded *l, int status, const char *what) {
    char name[512];
    yoke__text text = {name, sizeof name, 0};
    yoke__text_name(&text, l->name, l);
    return yoke_fail(status, "sharded read-write lock %s: %s", name, what);
}

/* Under the graph's mutex: 1 when nobody reads, 0 when the caller is in the queue. */
static int empty_or_queue(yoke_rwlock_sharded *l, yoke__wait *wait) {
    if (is_empty(l)) return 1;
    YOKE_TRY(yoke__wait_begin(wait));
    yoke__wait_push(&l->queue, wait, false);
    return 0;
}

/* After a sleep that was cut short; whether the slots were found empty meanwhile. */
static bool leave_queue(yoke_rwlock_sharded *l, yoke__wait *wait) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    if (!granted) {
        yoke__wait_remove(&l->queue, wait);
        yoke__wait_end(wait);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
    return granted;
}

/* Returns when nobody reads; the lock is closed. */
static int await_readers(yoke_rwlock_sharded *l, yoke__thread *self, yoke_deadline deadline,
                         const char *site) {
    yoke__wait wait = {.what = "to write",
                       .name = l->name,
                       .object = l,
                       .site = site,
                       .deadline = deadline,
                       .next_owner = yoke__wait_next_holder};
    for (int pause = 1; pause <= SPINS && deadline > YOKE_NOW; pause *= 2) {
        if (is_empty(l)) return YOKE_OK;
        for (int i = 0; i < pause; i++) yoke__relax();
    }
    note_order(l, self, deadline, site);
    for (;;) {
        if (yoke_deadline_passed(deadline))
            return is_empty(l) ? YOKE_OK : fail(l, YOKE_ETIMEDOUT, "was read until the deadline");
        yoke__graph_lock();
        int status = empty_or_queue(l, &wait);
        yoke__graph_unlock();
        if (status != 0) return status;
        if (yoke__wait_sleep(&wait) == YOKE__WAKE_GRANTED || leave_queue(l, &wait)) return YOKE_OK;
    }
}

static int close_and_wait(yoke_rwlock_sharded *l, yoke__thread *self, yoke_deadline deadline,
                          const char *site) {
    __atomic_store_n(&l->closed, 1, __ATOMIC_SEQ_CST);
    int status = yoke__barrier_all();
    if (status < 0)
        yoke_fail(status, "sharded read-write lock: the kernel has no memory for a barrier");
    else
        status = await_readers(l, self, deadline, site);
    if (status < 0) open_again(l);
    return status;
}

int yoke_rwlock_sharded_write_at(yoke_rwlock_sharded *l, yoke_deadline deadline, const char *site) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    check_rank(l, self, deadline, site);
    if (yoke_rwlock_writer(&l->gate) >= 0 && !writes(l, self)) note_order(l, self, deadline, site);
    YOKE_TRY(yoke_rwlock_write_at(&l->gate, deadline, site));
    int status = yoke__held_reserve(&self->holds);
    if (status == YOKE_OK) status = close_and_wait(l, self, deadline, site);
    if (status < 0) {
        yoke_rwlock_write_unlock(&l->gate);
        return status;
    }
    yoke__held_push(&self->holds, l, l->name, l->rank, site);
    return YOKE_OK;
}

/* ---- releasing ---- */

int yoke_rwlock_sharded_read_unlock(yoke_rwlock_sharded *l) {
    yoke__thread *self = yoke__thread_record;
    if (!self || writes(l, self) || !yoke__held_pop(&self->holds, l))
        return fail(l, YOKE_EINVAL, "unlocked by a thread that does not read");
    remove_read(l, self);
    return YOKE_OK;
}

int yoke_rwlock_sharded_write_unlock(yoke_rwlock_sharded *l) {
    yoke__thread *self = yoke__thread_record;
    if (!self || !writes(l, self) || !yoke__held_pop(&self->holds, l))
        return fail(l, YOKE_EINVAL, "unlocked by a thread that does not write");
    open_again(l);
    return yoke_rwlock_write_unlock(&l->gate);
}

/* ---- create, destroy ---- */

static unsigned default_threads(void) {
    yoke_cpu_limit limit;
    unsigned threads =
        yoke_cpu_limit_read(NULL, &limit) == YOKE_OK ? 2 * (unsigned)limit.threads : 0;
    return threads < 16 ? 16 : threads;
}

int yoke_rwlock_sharded_create(const yoke_rwlock_sharded_options *options,
                               yoke_rwlock_sharded **lock) {
    yoke_rwlock_sharded_options o = options ? *options : (yoke_rwlock_sharded_options){0};
    yoke_rwlock gate;
    YOKE_TRY(yoke_rwlock_init(&gate, o.name, o.rank));
    gate.rank = 0; /* the lock's own rank is looked at */
    if (!o.threads) o.threads = default_threads();
    yoke_rwlock_sharded *l = yoke_aligned_alloc(sizeof *l);
    slot *slots = yoke_aligned_alloc(sizeof *slots * ((size_t)o.threads + 1));
    if (!l || !slots) {
        yoke_aligned_free(l);
        yoke_aligned_free(slots);
        return yoke_fail(YOKE_ENOMEM, "sharded read-write lock: no memory for %u slots", o.threads);
    }
    for (unsigned i = 0; i <= o.threads; i++) slots[i].reads = 0;
    *l = (yoke_rwlock_sharded){
        .threads = o.threads, .name = o.name, .slots = slots, .gate = gate, .rank = o.rank};
    yoke__order_forget(l);
    *lock = l;
    return YOKE_OK;
}

/* Under the graph's mutex: whether all reads are of threads that have ended. */
static bool is_abandoned(const yoke_rwlock_sharded *l) {
    int limit = yoke__thread_limit();
    uint64_t count = 0, ended = 0;
    for (unsigned i = 0; i <= l->threads; i++)
        count += __atomic_load_n(&l->slots[i].reads, __ATOMIC_SEQ_CST);
    for (int i = 0; i < limit; i++) {
        const yoke__thread *thread = yoke__thread_at(i);
        if (thread->waiting.ended) ended += yoke__held_count(&thread->holds, l);
    }
    return count == ended || l->closed;
}

int yoke_rwlock_sharded_destroy(yoke_rwlock_sharded *l) {
    if (!l) return YOKE_OK;
    yoke__graph_lock();
    bool idle = is_abandoned(l);
    yoke__graph_unlock();
    if (!idle) return fail(l, YOKE_EINVAL, "destroyed while it is read");
    YOKE_TRY(yoke_rwlock_fini(&l->gate));
    yoke__graph_lock();
    yoke__wait_take_all(l);
    yoke__graph_unlock();
    yoke__order_forget(l);
    yoke_aligned_free(l->slots);
    yoke_aligned_free(l);
    return YOKE_OK;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of one lock. All are relaxed atomics: readers of a read-write lock count at the same
 * time, and who asks for the figures does not hold the lock. Times are integers, nanoseconds.
 */
#include "runtime/lock_profile.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "runtime/waitfor.h"
#include "yoke/hash.h"
#include "yoke/lock_profile.h"

enum { THREAD_WORDS = 16 }; /* indices are counted modulo 1024 */

struct yoke__profile {
    yoke_deadline start;
    unsigned every;
    _Atomic uint64_t acquisitions, contended, timeouts, deadlocks;
    _Atomic uint64_t wait_total, wait_max;
    _Atomic uint64_t holds, hold_total, hold_max, hold_squares; /* the last: bits of a double */
    _Atomic uint64_t threads[THREAD_WORDS];
    _Atomic uint64_t keyed, cells[YOKE_LOCK_CELLS];
};

/* relaxed throughout: each counter stands for itself and publishes nothing. */
static uint64_t get(const _Atomic uint64_t *counter) {
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static uint64_t add(_Atomic uint64_t *counter, uint64_t n) {
    return atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static void raise(_Atomic uint64_t *most, uint64_t value) {
    uint64_t now = get(most);
    while (now < value && !atomic_compare_exchange_weak_explicit(
                              most, &now, value, memory_order_relaxed, memory_order_relaxed)) {
    }
}

typedef union real {
    uint64_t bits;
    double value;
} real;

static void add_real(_Atomic uint64_t *sum, double value) {
    real now = {.bits = get(sum)}, next;
    do {
        next.value = now.value + value;
    } while (!atomic_compare_exchange_weak_explicit(sum, &now.bits, next.bits, memory_order_relaxed,
                                                    memory_order_relaxed));
}

static uint64_t span(yoke_deadline since) {
    yoke_deadline now = yoke_deadline_in(0);
    return now > since ? (uint64_t)(now - since) : 0;
}

/* ---- called by the locks ---- */

void yoke__profile_acquired(yoke__profile *p, unsigned thread, yoke__held *hold,
                            yoke_deadline began) {
    _Atomic uint64_t *word = &p->threads[thread / 64 % THREAD_WORDS];
    uint64_t bit = UINT64_C(1) << thread % 64;
    if (!(get(word) & bit)) atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
    uint64_t before = add(&p->acquisitions, 1);
    if (began) {
        uint64_t waited = span(began);
        add(&p->contended, 1);
        add(&p->wait_total, waited);
        raise(&p->wait_max, waited);
    }
    if (before % p->every == 0) hold->since = yoke_deadline_in(0);
}

void yoke__profile_release(yoke__profile *p, const yoke__held *hold) {
    if (!hold || !hold->since || hold->since < p->start) return;
    uint64_t held = span(hold->since);
    add(&p->holds, 1);
    add(&p->hold_total, held);
    raise(&p->hold_max, held);
    add_real(&p->hold_squares, (double)held * (double)held);
}

void yoke__profile_key(yoke__profile *p, uint64_t key) {
    static const uint64_t seed[2] = {0x9E3779B97F4A7C15u, 0xE7037ED1A0B428DBu};
    add(&p->keyed, 1);
    add(&p->cells[yoke_hash_u64(seed, key) >> 56], 1);
}

void yoke__profile_failed(void *const *profile, int status) {
    if (!yoke__profile_of(profile)) return;
    yoke__graph_lock();
    yoke__profile *p = yoke__profile_of(profile);
    if (p && status == YOKE_ETIMEDOUT) add(&p->timeouts, 1);
    if (p && status == YOKE_EDEADLK) add(&p->deadlocks, 1);
    yoke__graph_unlock();
}

/* ---- start, read, stop ---- */

int yoke__profile_start(void **profile, unsigned every) {
    yoke__profile *p = calloc(1, sizeof *p);
    if (!p) return yoke_fail(YOKE_ENOMEM, "no memory for the profile of a lock");
    p->every = every ? every : 16;
    p->start = yoke_deadline_in(0);
    yoke__graph_lock();
    bool on = yoke__profile_of(profile) != NULL;
    /* release: pairs with the acquire in yoke__profile_of. */
    if (!on) __atomic_store_n(profile, p, __ATOMIC_RELEASE);
    yoke__graph_unlock();
    if (!on) return YOKE_OK;
    free(p);
    return yoke_fail(YOKE_EINVAL, "the lock has a profile already");
}

void yoke__profile_drop(void **profile) {
    if (!yoke__profile_of(profile)) return;
    yoke__graph_lock();
    yoke__profile *p = yoke__profile_of(profile);
    /* relaxed: others look at it under the mutex, or with the lock that the caller holds. */
    __atomic_store_n(profile, NULL, __ATOMIC_RELAXED);
    yoke__graph_unlock();
    free(p);
}

static double seconds(const _Atomic uint64_t *nanoseconds) {
    return (double)get(nanoseconds) * 1e-9;
}

static void read_figures(const yoke__profile *p, yoke_lock_profile *f) {
    real squares = {.bits = get(&p->hold_squares)};
    *f = (yoke_lock_profile){.seconds = (double)span(p->start) * 1e-9,
                             .acquisitions = get(&p->acquisitions),
                             .contended = get(&p->contended),
                             .timeouts = get(&p->timeouts),
                             .deadlocks = get(&p->deadlocks),
                             .wait_total = seconds(&p->wait_total),
                             .wait_max = seconds(&p->wait_max),
                             .holds = get(&p->holds),
                             .hold_total = seconds(&p->hold_total),
                             .hold_max = seconds(&p->hold_max),
                             .hold_squares = squares.value * 1e-18,
                             .keyed = get(&p->keyed)};
    for (int i = 0; i < YOKE_LOCK_CELLS; i++) f->cells[i] = get(&p->cells[i]);
    for (int i = 0; i < THREAD_WORDS; i++)
        f->threads += (unsigned)__builtin_popcountll(get(&p->threads[i]));
}

int yoke__profile_read(void *const *profile, yoke_lock_profile *figures) {
    yoke__graph_lock();
    const yoke__profile *p = yoke__profile_of(profile);
    if (p) read_figures(p, figures);
    yoke__graph_unlock();
    return p ? YOKE_OK : yoke_fail(YOKE_EINVAL, "the lock has no profile");
}

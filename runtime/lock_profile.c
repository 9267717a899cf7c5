/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters of one lock. All are relaxed atomics: readers of a read-write lock count at the same
 * time, and who asks for the figures does not hold the lock. Times are integers, nanoseconds.
 */
#include "runtime/lock_profile.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/region.h"
#include "runtime/waitfor.h"
#include "yoke/hash.h"
#include "yoke/lock_profile.h"

enum { THREAD_WORDS = 16 }; /* indices are counted modulo 1024 */

struct yoke__profile {
    uint64_t mark;                  /* for who reads it from outside: what it is, and its layout */
    yoke__profile *before, *behind; /* in the list of all, or of those whose lock has ended */
    const char *kind, *name;
    /* Written under the graph's mutex. */
    atomic_bool automatic;        /* its owner did not ask for it, but a measurement, */
    _Atomic unsigned measurement; /* this one, or with 0 the environment */
    _Atomic yoke_deadline start;
    _Atomic unsigned every;
    _Atomic uint64_t acquisitions, contended, timeouts, deadlocks;
    _Atomic uint64_t wait_total, wait_max;
    _Atomic uint64_t holds, hold_total, hold_max, hold_squares; /* the last: bits of a double */
    _Atomic uint64_t threads[THREAD_WORDS];
    _Atomic uint64_t keyed, cells[YOKE_LOCK_CELLS];
};

static const uint64_t mark = UINT64_C(0x10CC9F11E5000000) ^ sizeof(yoke__profile);

/* Whether locks that are found taken get a profile though nothing is measured. Written when the
 * program is loaded only. */
static bool asked;

__attribute__((constructor(200))) static void look_at_environment(void) {
    const char *value = getenv("YOKE_LOCK_PROFILE");
    asked = value && strcmp(value, "1") == 0;
}

/* Under the graph's mutex. */
static yoke__profile all = {.before = &all, .behind = &all};
static yoke__profile ended = {.before = &ended, .behind = &ended};

static void link_to(yoke__profile *list, yoke__profile *p) {
    p->before = list->before;
    p->behind = list;
    p->before->behind = list->before = p;
}

static void unlink_from_list(yoke__profile *p) {
    p->before->behind = p->behind;
    p->behind->before = p->before;
}

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
    if (before % atomic_load_explicit(&p->every, memory_order_relaxed) == 0)
        hold->since = yoke_deadline_in(0);
}

void yoke__profile_release(yoke__profile *p, const yoke__held *hold) {
    if (!hold || !hold->since ||
        hold->since < atomic_load_explicit(&p->start, memory_order_relaxed))
        return;
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

static void clear(_Atomic uint64_t *counter) {
    atomic_store_explicit(counter, 0, memory_order_relaxed);
}

/* All figures nought; the lock may be in use. */
static void restart(yoke__profile *p, unsigned every) {
    _Atomic uint64_t *const counters[] = {&p->acquisitions, &p->contended,  &p->timeouts,
                                          &p->deadlocks,    &p->wait_total, &p->wait_max,
                                          &p->hold_total,   &p->hold_max,   &p->hold_squares,
                                          &p->holds,        &p->keyed};
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) clear(counters[i]);
    for (int i = 0; i < YOKE_LOCK_CELLS; i++) clear(&p->cells[i]);
    for (int i = 0; i < THREAD_WORDS; i++) clear(&p->threads[i]);
    atomic_store(&p->every, every ? every : 16);
    atomic_store(&p->start, yoke_deadline_in(0));
}

/* Under the graph's mutex: a profile for a lock that has none, or only an automatic one. */
static bool give(void **profile, yoke__profile *fresh, bool automatic, unsigned every) {
    yoke__profile *p = yoke__profile_of(profile);
    unsigned on = YOKE_REGIONS_ON_;
    if (p && (!p->automatic || (automatic && p->measurement == on))) return false;
    if (!p) link_to(&all, fresh);
    restart(p ? p : fresh, every);
    (p ? p : fresh)->automatic = automatic;
    (p ? p : fresh)->measurement = on;
    /* release: pairs with the acquire in yoke__profile_of. */
    if (!p) __atomic_store_n(profile, fresh, __ATOMIC_RELEASE);
    return true;
}

static yoke__profile *make(const char *kind, const char *name) {
    yoke__profile *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->mark = mark;
    p->kind = kind;
    p->name = yoke__region_name(name);
    return p;
}

int yoke__profile_start(void **profile, const char *kind, const char *name, unsigned every) {
    yoke__profile *p = make(kind, name);
    if (!p) return yoke_fail(YOKE_ENOMEM, "no memory for the profile of a lock");
    yoke__graph_lock();
    bool given = give(profile, p, false, every);
    bool used = yoke__profile_of(profile) == p;
    yoke__graph_unlock();
    if (!used) free(p);
    return given ? YOKE_OK : yoke_fail(YOKE_EINVAL, "the lock has a profile already");
}

void yoke__profile_watch(void **profile, const char *kind, const char *name) {
    enum { ALL = 1, SOME = 0 };
    unsigned on = YOKE_REGIONS_ON_;
    if (!on && (!asked || yoke__profile_of(profile))) return;
    yoke__graph_lock();
    const yoke__profile *had = yoke__profile_of(profile);
    bool needed = !had || (had->automatic && had->measurement != on);
    yoke__graph_unlock();
    yoke__profile *p = needed ? make(kind, name) : NULL;
    if (!p) return;
    yoke__graph_lock();
    give(profile, p, true, on ? ALL : SOME);
    bool used = yoke__profile_of(profile) == p;
    yoke__graph_unlock();
    if (!used) free(p);
}

bool yoke__profile_is_stale(const yoke__profile *p) {
    /* relaxed: the caller holds the lock, so nobody drops it, and each is a hint. */
    return atomic_load_explicit(&p->automatic, memory_order_relaxed) &&
           atomic_load_explicit(&p->measurement, memory_order_relaxed) != YOKE_REGIONS_ON_;
}

void yoke__profile_drop(void **profile) {
    if (!yoke__profile_of(profile)) return;
    yoke__graph_lock();
    yoke__profile *p = yoke__profile_of(profile);
    /* relaxed: others look at it under the mutex, or with the lock that the caller holds. */
    __atomic_store_n(profile, NULL, __ATOMIC_RELAXED);
    unlink_from_list(p);
    unsigned on = YOKE_REGIONS_ON_;
    bool wanted = on && (!p->automatic || p->measurement == on);
    if (wanted) {
        p->measurement = on;
        link_to(&ended, p);
    }
    yoke__graph_unlock();
    if (!wanted) free(p);
}

static double seconds(const _Atomic uint64_t *nanoseconds) {
    return (double)get(nanoseconds) * 1e-9;
}

static void read_figures(const yoke__profile *p, yoke_lock_profile *f) {
    real squares = {.bits = get(&p->hold_squares)};
    *f = (yoke_lock_profile){.seconds = (double)span(atomic_load(&p->start)) * 1e-9,
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
    if (p && p->automatic) p = NULL;
    if (p) read_figures(p, figures);
    yoke__graph_unlock();
    return p ? YOKE_OK : yoke_fail(YOKE_EINVAL, "the lock has no profile");
}

/* ---- from outside ---- */

size_t yoke__profile_size(void) { return sizeof(yoke__profile); }

bool yoke__profile_decode(const void *copy, yoke_lock_profile *figures) {
    const yoke__profile *p = copy;
    if (p->mark != mark) return false;
    read_figures(p, figures);
    return true;
}

void yoke__profiles_collect(unsigned measurement, yoke__profile_fn *fn, void *ctx) {
    yoke_lock_profile figures;
    yoke__graph_lock();
    for (yoke__profile *p = all.behind; p != &all; p = p->behind) {
        if (p->automatic && p->measurement != measurement) continue;
        read_figures(p, &figures);
        fn(p->kind, p->name, &figures, ctx);
    }
    while (ended.behind != &ended) {
        yoke__profile *p = ended.behind;
        read_figures(p, &figures);
        if (p->measurement == measurement) fn(p->kind, p->name, &figures, ctx);
        unlink_from_list(p);
        free(p);
    }
    yoke__graph_unlock();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Interval-based reclamation, after the "2GE" scheme of Wen, Izraelevitz, Cai, Beadle and Scott
 * (PPoPP 2018), with the barrier moved from the readers to the reclaimer.
 *
 * The era counts up. An object lives in the eras [born, retired]; a section reserves [lower,
 * upper], where lower is the era it began in and upper the latest it has loaded a pointer in. An
 * object is released when no reservation meets its life. A section that stalls keeps its
 * reservation, so objects born later are released in spite of it.
 *
 * Why an object o that a section has loaded is not released before the section ends:
 *
 * 1. upper >= born. The load read the era after it had read o, and returned o only when that era
 * was `upper`. The era that o took as its birth was read before o was published, so by coherence
 * the era read afterwards is no less.
 * 2. lower <= retired. The tag is the value that the reclaimer's increment of the era replaces, and
 *    o was unlinked, and passed through the bag's lock, before. Had the section begun in a later
 *    era, it would have acquired that increment, and its loads would not have found o.
 * 3. The reclaimer sees the reservation. It unlinks or receives o, then runs a barrier on all
 *    threads, then reads the reservations. Take the point in the reader's program where the barrier
 *    fell. Had it fallen before the reservation that 1. speaks of, the load of o would come after
 *    it, and would have found o unlinked. So it fell after, and the reservation is visible. Without
 *    such a barrier readers reserve by a sequentially consistent exchange instead, which stands
 *    between reservation and load as the increment does between unlinking and scanning.
 * 4. A scan may read `lower` and `upper` of different sections. It reads lower first. If lower is
 * of a later section, or idle, the section that had o is over, and its reads come before by the
 *    release and acquire of `lower`. If lower is the section's own, upper is its own or of a later
 *    section, so no less: the reservation is taken too large, never too small. An `upper` below
 *    `lower` is left from an earlier section: the present one has not reserved yet, so by 3. it
 *    cannot find o.
 *
 * Retired objects wait in bags, one for the threads whose indices are equal modulo BAGS. A bag has
 * a pile of fresh objects, without a tag, and a pile of those that a scan has tagged and found
 * held. A full bag is scanned by the thread that filled it, which first takes over the objects of
 * one other bag, in turn: so the bags of threads that have ended are emptied. Fresh objects are
 * looked at in each scan, held ones only when as many fresh ones have gone by, so that each retired
 * object costs a bounded number of looks however much a reader holds back.
 */
#include "sharding/reclaim.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/park.h"

enum { BAGS = 32, BIRTHS = 256, INTERVALS = 32, SPINS = 64 };

yoke__reclaim_clock yoke__era = {1};

struct pile {
    yoke_reclaim_node *first, *last;
    size_t objects, bytes;
};

/* `objects` and `bytes` are written under the lock and read by statistics without. */
struct bag {
    _Alignas(YOKE_CACHE_PAD) atomic_int locked;
    struct pile fresh, held;
    size_t seen;                   /* fresh objects scanned since the held ones were looked at */
    _Atomic size_t objects, bytes; /* in both piles and in the hands of who scans */
    _Atomic uint64_t released;
};

struct yoke_reclaim {
    struct bag bags[BAGS];
    size_t objects, bytes; /* of fresh objects that make a bag full */
    atomic_uint turn;      /* the bag that is next to be taken over */
};

/* The calling thread is in a release function: retiring only collects then, and the scan outside
 * goes on, so that long chains of objects that retire each other do not recurse. */
static _Thread_local int releasing __attribute__((tls_model("initial-exec")));

/* ---- piles and bags ---- */

static void push(struct pile *pile, yoke_reclaim_node *node) {
    node->next = pile->first;
    if (!pile->first) pile->last = node;
    pile->first = node;
    pile->objects++;
    pile->bytes += node->bytes;
}

/* Moves all of `from` before what is in `to`. */
static void move(struct pile *to, struct pile *from) {
    if (!from->first) return;
    from->last->next = to->first;
    if (!to->first) to->last = from->last;
    to->first = from->first;
    to->objects += from->objects;
    to->bytes += from->bytes;
    *from = (struct pile){0};
}

static bool try_lock(struct bag *bag) {
    /* acquire: what the last holder did; pairs with the release in unlock(). */
    return !atomic_exchange_explicit(&bag->locked, 1, memory_order_acquire);
}

static void lock(struct bag *bag) {
    for (int spins = 0; !try_lock(bag); spins++) {
        if (spins < SPINS) {
            yoke__relax();
        } else {
            sched_yield(); /* the holder may have lost its processor */
        }
    }
}

static void unlock(struct bag *bag) {
    /* release: pairs with the acquire in try_lock(). */
    atomic_store_explicit(&bag->locked, 0, memory_order_release);
}

/* relaxed: written under the lock, and statistics promise no order. */
static void count(struct bag *bag, size_t objects, size_t bytes) {
    size_t had = atomic_load_explicit(&bag->objects, memory_order_relaxed);
    atomic_store_explicit(&bag->objects, had + objects, memory_order_relaxed);
    had = atomic_load_explicit(&bag->bytes, memory_order_relaxed);
    atomic_store_explicit(&bag->bytes, had + bytes, memory_order_relaxed);
}

static struct bag *own_bag(yoke_reclaim *domain) {
    yoke__thread *self = yoke__thread_self();
    return &domain->bags[self ? self->index % BAGS : 0];
}

static bool full(const yoke_reclaim *domain, const struct bag *bag) {
    return bag->fresh.objects >= domain->objects || bag->fresh.bytes >= domain->bytes;
}

/* Moves the objects of a bag, unless its lock is taken, to another. */
static void take_over(struct bag *to, struct bag *from) {
    if (from == to || !try_lock(from)) return;
    struct pile fresh = from->fresh, held = from->held;
    from->fresh = from->held = (struct pile){0};
    size_t objects = fresh.objects + held.objects, bytes = fresh.bytes + held.bytes;
    count(from, -objects, -bytes);
    unlock(from);
    lock(to);
    move(&to->fresh, &fresh);
    move(&to->held, &held);
    count(to, objects, bytes);
    unlock(to);
}

/* ---- reservations ---- */

typedef struct interval {
    uint64_t lower, upper;
} interval;

/* Adds an interval, joined with one that it meets or touches. */
static int add(interval *set, int size, interval new) {
    for (int i = 0; i < size; i++) {
        if (new.lower > set[i].upper + 1 || set[i].lower > new.upper + 1) continue;
        if (new.lower < set[i].lower) set[i].lower = new.lower;
        if (new.upper > set[i].upper) set[i].upper = new.upper;
        return size;
    }
    set[size] = new;
    return size + 1;
}

/* The reservation of a thread; false when it has none. */
static bool reserved(const yoke__thread *thread, interval *found) {
    /* acquire: the reads of sections that are over come before what follows; pairs with the
     * releases in enter, leave and the end of the thread. */
    found->lower = atomic_load_explicit(&thread->lower, memory_order_acquire);
    if (found->lower == YOKE__IDLE) return false;
    found->upper = atomic_load(&thread->upper);
    return found->upper >= found->lower;
}

/* Gathers the reservations of threads from `*index` on, until all have been seen or the set is
 * full; the number of intervals. */
static int gather(int *index, interval set[INTERVALS]) {
    int limit = yoke__thread_limit(), size = 0;
    while (*index < limit && size < INTERVALS) {
        interval new;
        if (reserved(yoke__thread_at((*index)++), &new)) size = add(set, size, new);
    }
    return size;
}

static bool meets(const yoke_reclaim_node *node, const interval *set, int size) {
    for (int i = 0; i < size; i++) {
        if (node->born <= set[i].upper && node->retired >= set[i].lower) return true;
    }
    return false;
}

/* Moves the objects that a reservation holds back from one pile to the other. */
static void sort_out(struct pile *loose, struct pile *held, const interval *set, int size) {
    struct pile rest = {0};
    for (yoke_reclaim_node *node = loose->first, *next; node; node = next) {
        next = node->next;
        push(meets(node, set, size) ? held : &rest, node);
    }
    *loose = rest;
}

static void sort_out_all(struct pile *loose, struct pile *held) {
    interval set[INTERVALS];
    int index = 0, limit = yoke__thread_limit();
    while (index < limit && loose->first) {
        int size = gather(&index, set);
        if (size > 0) sort_out(loose, held, set, size);
    }
}

/* ---- scans ---- */

static void release_all(struct pile *pile) {
    for (yoke_reclaim_node *node = pile->first, *next; node; node = next) {
        next = node->next;
        node->release(node, node->ctx);
    }
}

/* Takes what is to be looked at, and gives fresh objects their tag. */
static struct pile take(struct bag *bag, bool also_held) {
    lock(bag);
    struct pile loose = bag->fresh, held = {0};
    bag->fresh = (struct pile){0};
    bag->seen += loose.objects;
    if (also_held || bag->seen >= bag->held.objects) {
        held = bag->held;
        bag->held = (struct pile){0};
        bag->seen = 0;
    }
    unlock(bag);
    uint64_t tag = atomic_fetch_add(&yoke__era.now, 1);
    for (yoke_reclaim_node *node = loose.first; node; node = node->next) node->retired = tag;
    move(&loose, &held);
    return loose;
}

static void scan(struct bag *bag, bool also_held) {
    struct pile loose = take(bag, also_held), held = {0};
    if (yoke__barrier_all() == YOKE_OK) {
        sort_out_all(&loose, &held);
    } else {
        move(&held, &loose);
    }
    lock(bag);
    move(&bag->held, &held);
    count(bag, -loose.objects, -loose.bytes);
    uint64_t released = atomic_load_explicit(&bag->released, memory_order_relaxed);
    /* relaxed: as in count(). */
    atomic_store_explicit(&bag->released, released + loose.objects, memory_order_relaxed);
    unlock(bag);
    releasing++;
    release_all(&loose);
    releasing--;
}

static bool locked_full(const yoke_reclaim *domain, struct bag *bag) {
    lock(bag);
    bool is = full(domain, bag);
    unlock(bag);
    return is;
}

/* ---- statistics ---- */

static void add_up(yoke_reclaim *domain, yoke_reclaim_stats *stats) {
    for (int i = 0; i < BAGS; i++) {
        struct bag *bag = &domain->bags[i];
        stats->objects += atomic_load(&bag->objects);
        stats->bytes += atomic_load(&bag->bytes);
        stats->released += atomic_load(&bag->released);
    }
}

typedef struct reader {
    interval eras;
    int index;
    size_t objects; /* held back */
} reader;

/* As gather(), one by one. */
static int gather_readers(int *index, reader readers[INTERVALS]) {
    int limit = yoke__thread_limit(), size = 0;
    for (; *index < limit && size < INTERVALS; ++*index) {
        reader *new = &readers[size];
        *new = (reader){.index = *index};
        if (reserved(yoke__thread_at(*index), &new->eras)) size++;
    }
    return size;
}

/* Counts for each reader the held objects of a bag that it holds back. They are taken out
 * meanwhile, so that the lock is not held for long. */
static void attribute(struct bag *bag, reader *readers, int size) {
    lock(bag);
    struct pile held = bag->held;
    bag->held = (struct pile){0};
    unlock(bag);
    for (const yoke_reclaim_node *node = held.first; node; node = node->next) {
        for (int i = 0; i < size; i++) readers[i].objects += meets(node, &readers[i].eras, 1);
    }
    lock(bag);
    move(&bag->held, &held);
    unlock(bag);
}

/* ---- the interface ---- */

int yoke_reclaim_create(const yoke_reclaim_options *options, yoke_reclaim **domain) {
    yoke_reclaim_options chosen = options ? *options : (yoke_reclaim_options){0};
    yoke_reclaim *new = yoke_aligned_alloc(sizeof *new);
    if (!new) return yoke_fail(YOKE_ENOMEM, "no memory for a domain of reclamation");
    memset(new, 0, sizeof *new);
    new->objects = chosen.objects ? chosen.objects : 256;
    new->bytes = chosen.bytes ? chosen.bytes : (size_t)4 << 20;
    *domain = new;
    return YOKE_OK;
}

void yoke_reclaim_destroy(yoke_reclaim *domain) {
    if (!domain) return;
    releasing++;
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < BAGS; i++) {
            struct pile all = domain->bags[i].fresh;
            move(&all, &domain->bags[i].held);
            domain->bags[i].fresh = (struct pile){0};
            again |= all.first != NULL;
            release_all(&all);
        }
    }
    releasing--;
    yoke_aligned_free(domain);
}

int yoke_reclaim_enter(void) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM; /* the detail is the registry's */
    yoke__reclaim_enter(self);
    return YOKE_OK;
}

void yoke_reclaim_leave(void) { yoke__reclaim_leave(yoke__thread_record); }

void *yoke_reclaim_load(void *const *where) {
    return yoke__reclaim_load(yoke__thread_record, where);
}

void yoke_reclaim_born(yoke_reclaim_node *node) {
    yoke__thread *self = yoke__thread_self();
    /* The era must move when objects are made, or a stalled reader could hold back any number of
     * objects that were born after it stalled. */
    if (!self || ++self->births % BIRTHS == 0) atomic_fetch_add(&yoke__era.now, 1);
    /* relaxed: the object is published afterwards, so who finds it reads no earlier era. */
    node->born = atomic_load_explicit(&yoke__era.now, memory_order_relaxed);
}

void yoke_reclaim_retire(yoke_reclaim *domain, yoke_reclaim_node *node) {
    struct bag *bag = own_bag(domain);
    lock(bag);
    push(&bag->fresh, node);
    count(bag, 1, node->bytes);
    bool scans = full(domain, bag) && !releasing;
    unlock(bag);
    if (!scans) return;
    /* relaxed: only spreads the work. */
    unsigned turn = atomic_fetch_add_explicit(&domain->turn, 1, memory_order_relaxed);
    take_over(bag, &domain->bags[turn % BAGS]);
    do scan(bag, false);
    while (locked_full(domain, bag));
}

size_t yoke_reclaim_collect(yoke_reclaim *domain) {
    struct bag *bag = own_bag(domain);
    for (int i = 0; i < BAGS; i++) take_over(bag, &domain->bags[i]);
    scan(bag, true);
    yoke_reclaim_stats stats = {0};
    add_up(domain, &stats);
    return stats.objects;
}

void yoke_reclaim_get_stats(yoke_reclaim *domain, yoke_reclaim_stats *stats) {
    yoke_reclaim_stats found = {.era = atomic_load(&yoke__era.now), .holder = -1};
    add_up(domain, &found);
    reader readers[INTERVALS];
    int index = 0, limit = yoke__thread_limit();
    while (index < limit) {
        int size = gather_readers(&index, readers);
        for (int i = 0; i < BAGS && size > 0; i++) attribute(&domain->bags[i], readers, size);
        for (int i = 0; i < size; i++) {
            if (readers[i].objects <= found.holder_objects) continue;
            found.holder = readers[i].index;
            found.holder_objects = readers[i].objects;
            found.holder_eras = found.era - readers[i].eras.lower;
        }
    }
    *stats = found;
}

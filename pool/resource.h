/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool inside: its places, its stack of idle handles, its line.
 *
 * A place holds at most one handle and is in one of these states:
 *
 *   EMPTY    no handle; in the list `empty`
 *   OPENING  a thread has the permission to create one, and does
 *   LIVE     a handle: idle (in a stack), or taken by some thread
 *   CLOSING  a thread destroys it
 *
 * States, their counts, the line and the list `empty` change under the wait-for graph's mutex. Idle
 * handles are in a few stacks, each with a head of one word, which has the flags WAITERS (the line
 * is not empty) and CLOSED; while one of them is set the stack takes and gives nothing, and
 * releases go under the mutex. In each stack WAITERS is set in the same step that finds it empty,
 * and whoever finds one that is not takes it back in all. So:
 *
 *   1. While somebody stands in line no handle is idle, and none becomes so: each release gives its
 *      handle to the first.
 *   2. While somebody stands in line, and create may be tried, no place is empty:
 * yoke__resource_serve runs whenever one becomes empty, or a try ends.
 *   3. While somebody stands in line there is a place that is OPENING, LIVE or CLOSING: its thread
 *      runs serve when it is done. When the last of them becomes EMPTY in the back-off, all who
 *      stand in line get the error.
 *
 * `owner` is the thread that has a LIVE place, 0 while it changes hands without the mutex. The
 * search for deadlocks takes a place without an owner for one whose thread can go on; by 1 it is
 * not idle. A place changes hands under the mutex together with the wait of who gets it.
 */
#ifndef YOKE_POOL_RESOURCE_H
#define YOKE_POOL_RESOURCE_H

#include <stdbool.h>
#include <time.h>

#include "runtime/probe.h"
#include "runtime/waitfor.h"
#include "yoke/memory.h"
#include "yoke/resource.h"

/* ---- places ---- */

enum { YOKE__EMPTY, YOKE__OPENING, YOKE__LIVE, YOKE__CLOSING };

/* The owner of a handle that was disowned. */
#define YOKE__NOBODY UINT32_MAX

/* What a lease with a limit is in: who holds it and who tells of it exclude each other. */
enum { YOKE__LEASE_OVER, YOKE__LEASE_RUNS, YOKE__LEASE_TELLING, YOKE__LEASE_TOLD };

typedef struct yoke__place {
    /* Written by the thread that has it; all atomic, since reports read them at any time. */
    _Alignas(YOKE_CACHE_PAD) void *handle;
    const char *site;
    int64_t since;    /* when it was acquired or released */
    int64_t expires;  /* INT64_MAX: never */
    uint64_t version; /* odd while a lease begins; grows by 2 with each */
    uint32_t owner;   /* index + 1 */
    uint32_t watch;   /* YOKE__LEASE_... */
    uint32_t next;    /* number of the next in a stack or list; 0: none */
    /* Under the mutex. */
    uint32_t state;
} yoke__place;

/* Somebody who stands in line. */
typedef struct yoke__guest {
    yoke__wait wait;    /* must be first */
    yoke__place *place; /* what was granted, OPENING or LIVE; NULL: nothing */
    int status;         /* then why */
    yoke_deadline began;
} yoke__guest;

/* The head: number of the top, count, flags, tag. */
#define YOKE__TOP     0xfffull
#define YOKE__IDLE_1  0x1000ull
#define YOKE__WAITERS (1ull << 24)
#define YOKE__CLOSED  (1ull << 25)
#define YOKE__TAG_1   (1ull << 26)

/* A stack of idle handles. */
typedef struct yoke__stack {
    _Alignas(YOKE_CACHE_PAD) uint64_t head;
} yoke__stack;

enum { YOKE__STACKS = 8 };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): groups by who writes them */
struct yoke_resource_pool {
    /* Constant. */
    yoke_resource_calls calls;
    const char *name;
    unsigned minimum, maximum;
    int64_t work, idle, lifetime, backoff, backoff_most; /* nanoseconds; 0: no limit */
    double connect;
    yoke__place *places;
    uint32_t *index; /* numbers of places by a hash of the handle, open addressing */
    unsigned shift;
    int64_t interval;    /* between two looks through the pool; INT64_MAX: none */
    unsigned stack_mask; /* number of stacks - 1 */
    /* By all on the fast path. */
    yoke__stack stacks[YOKE__STACKS];
    /* Under the mutex; live, peak and next_look are read without it. */
    _Alignas(YOKE_CACHE_PAD) unsigned live;
    unsigned peak;
    int64_t next_look;
    unsigned opening, closing, waiting;
    uint64_t unused; /* leases that were no successful acquire */
    uint32_t empty;
    void *line, *closers;
    unsigned failures;
    int64_t next_try;
    int failure;
    uint64_t random;
    yoke_resource_stats stats;
    char failure_text[512];
    yoke__probe probe;
};

/* How the last try to create failed. */
typedef struct yoke__try {
    int status;
    unsigned failures; /* in a row */
    double next;       /* seconds until the next try */
    char text[512];
} yoke__try;

static inline uint32_t yoke__place_number(const yoke_resource_pool *p, const yoke__place *place) {
    return (uint32_t)(place - p->places) + 1;
}

static inline int64_t yoke__resource_now(const yoke_resource_pool *p) {
    if (p->calls.clock) return p->calls.clock(p->calls.ctx);
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Fields that others read at any time. relaxed: what orders them for those who act on them is the
 * head, or the mutex; reports check the version of a lease. */
#define yoke__get(field)        __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define yoke__set(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* ---- the idle stacks and the index (resource_idle.c) ---- */

/* NULL when none is idle, or a flag is set; now and then also when one becomes idle meanwhile, but
 * not under the mutex. `left`: how many are left in its stack. */
yoke__place *yoke__idle_pop(yoke_resource_pool *p, unsigned *left);
/* False when a flag is set. */
bool yoke__idle_push(yoke_resource_pool *p, yoke__place *place);
/* Under the mutex: takes all of a stack, as a list by `next`, the top first; puts it back. */
uint32_t yoke__idle_take_all(yoke_resource_pool *p, unsigned stack);
void yoke__idle_put_back(yoke_resource_pool *p, unsigned stack, uint32_t list);
/* Under the mutex: sets WAITERS unless a handle is idle; clears it; sets CLOSED. */
bool yoke__idle_stop(yoke_resource_pool *p);
void yoke__idle_go_on(yoke_resource_pool *p);
void yoke__idle_close(yoke_resource_pool *p);
unsigned yoke__idle_count(const yoke_resource_pool *p);
bool yoke__idle_any(const yoke_resource_pool *p);
bool yoke__resource_closed(const yoke_resource_pool *p);

/* The place of a handle, NULL when there is none. Any thread. */
yoke__place *yoke__handle_find(const yoke_resource_pool *p, const void *handle);
/* Under the mutex. False when the handle is there already. */
bool yoke__handle_add(yoke_resource_pool *p, const yoke__place *place, const void *handle);
void yoke__handle_remove(yoke_resource_pool *p, const yoke__place *place);

/* ---- the line (resource_line.c) ---- */

/* Under the mutex: whether create may be tried. */
bool yoke__resource_may_create(const yoke_resource_pool *p);
yoke__try yoke__resource_last_try(const yoke_resource_pool *p);
/* Under the mutex: a random number from 0 to below 1. */
double yoke__resource_random(yoke_resource_pool *p);
/* Under the mutex: the first empty place, now OPENING. */
yoke__place *yoke__resource_open_place(yoke_resource_pool *p);
void yoke__resource_empty_place(yoke_resource_pool *p, yoke__place *place);
/* Under the mutex: grants what can be granted; a chain for yoke__wait_wake. */
yoke__wait *yoke__resource_serve(yoke_resource_pool *p);
/* Under the mutex: gives a LIVE place of nobody to the first in line, which is added to the chain,
 * or puts it to the idle ones; false when the pool is closed. */
bool yoke__resource_give(yoke_resource_pool *p, yoke__place *place, yoke__wait **chain);
/* Under the mutex: notes a failure of create, and has those in line wake when they may try. */
void yoke__resource_note_failure(yoke_resource_pool *p, int status, const char *detail);
/* Asks for a place, standing in line if need be. 0: guest->place was granted, OPENING, or LIVE and
 * leased to the caller; 1: look again; or a failure. */
int yoke__resource_ask(yoke_resource_pool *p, yoke__guest *guest, yoke_deadline deadline,
                       const char *site);

/* ---- leases: by the thread that has the place (resource.c) ---- */

void yoke__lease_begin(yoke_resource_pool *p, yoke__place *place, uint32_t owner, const char *site);
/* Returns when nobody tells of the lease any more; whether the handle may be used again. */
bool yoke__lease_end(yoke_resource_pool *p, yoke__place *place);

/* ---- making and ending handles (resource_life.c) ---- */

/* Creates a handle in an OPENING place. Then it is LIVE and nobody's; on failure the place is empty
 * again. */
int yoke__resource_open(yoke_resource_pool *p, yoke__place *place, yoke_deadline deadline);
/* Under the mutex: LIVE to CLOSING, in front of a list; the list. */
uint32_t yoke__resource_begin_close(yoke_resource_pool *p, yoke__place *place, uint32_t list);
/* Destroys the handles of a list of places that are CLOSING, and empties them. The pool is not
 * used after it could be destroyed. */
void yoke__resource_close_list(yoke_resource_pool *p, uint32_t list);
/* Destroys the handle of a LIVE place that the caller has. `why`: a counter of p->stats, or NULL.
 */
void yoke__resource_retire(yoke_resource_pool *p, yoke__place *place, uint64_t *why);
/* Gives a LIVE place that the caller has to the next. */
void yoke__resource_pass_on(yoke_resource_pool *p, yoke__place *place);
/* Under the mutex: makes places CLOSING whose owner has ended, in front of the list; the list. */
uint32_t yoke__resource_orphans(yoke_resource_pool *p, uint32_t list);

/* ---- the rest ---- */

/* Looks through the pool for what is too old (resource_maintain.c). */
void yoke__resource_sweep(yoke_resource_pool *p);

int yoke__resource_fail(const yoke_resource_pool *p, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int yoke__resource_fail_try(const yoke_resource_pool *p, const yoke__try *last);
/* With the oldest lease in the detail. */
int yoke__resource_fail_held(yoke_resource_pool *p, int status);

/* What it counts, for yoke/probe.h (resource_report.c). */
void yoke__resource_report(yoke__probe *probe, yoke__reader *reader);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Single flight: one load of a key at a time, which others wait for (the name is that of Go's
 * golang.org/x/sync/singleflight; leases against stale values after Nishtala et al., "Scaling
 * Memcache at Facebook", NSDI 2013).
 *
 * A *flight* is a load that is going on. It stands in its shard's list from before the loader is
 * called until after it returned, so that the key, which is the caller's memory, is good as long as
 * the flight can be found. While it is `open`, others may join it, and its result will be kept. A
 * write to the key closes it, for the loader may have read what was true before the write; so does
 * the one that finds it older than load_timeout and begins another. Those that had joined get its
 * result all the same: they asked before.
 *
 * Waiters sleep on the flight's state. They are in the wait-for graph (runtime/waitfor.h), where
 * the thread that loads is the flight's owner.
 */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/clock.h"
#include "runtime/park.h"
#include "runtime/region.h"
#include "runtime/waitfor.h"
#include "sharding/cache.h"

typedef enum flight_state { RUNNING, DONE, CLOSED } flight_state;

struct yoke__flight {
    yoke__flight *next; /* in the shard's list */
    bool open;          /* under the lock, like all up to here */
    uint64_t hash;
    const void *key; /* the loading call's */
    size_t key_size;
    int owner;             /* index of the thread that loads */
    yoke_deadline give_up; /* when others may begin another load */
    uint32_t users;        /* the call that loads, and those that wait */
    uint32_t state;        /* what they sleep on */
    /* The result, written before the state becomes DONE. */
    int status;
    yoke__entry *entry;
    char *detail; /* of a failure; NULL: there was no memory for it */
};

/* A call of get_or_load. */
typedef struct request {
    yoke_cache *cache;
    uint64_t hash;
    const void *key;
    size_t key_size;
    yoke_deadline deadline;
    bool counted; /* among the misses */
} request;

/* What a call is to do next: 0 and 1 are what it returns. */
typedef enum step { LOADED, FOUND, LEAD, JOIN, AGAIN } step;

static void drop(yoke__flight *flight) {
    /* acq_rel: as yoke__entry_drop. */
    if (__atomic_fetch_sub(&flight->users, 1, __ATOMIC_ACQ_REL) != 1) return;
    if (flight->entry) yoke__entry_drop(flight->entry);
    free(flight->detail);
    free(flight);
}

/* The first state after RUNNING is the last: a result that comes after a close is for the call that
 * loads only. */
static void end(yoke__flight *flight, flight_state state) {
    uint32_t running = RUNNING;
    if (__atomic_compare_exchange_n(&flight->state, &running, state, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST)) {
        yoke__unpark(&flight->state, INT_MAX);
    }
}

static flight_state state_of(const yoke__flight *flight) {
    return __atomic_load_n(&flight->state, __ATOMIC_SEQ_CST);
}

/* ---- the list of a shard. Under the lock. ---- */

static yoke__flight *find(const yoke__shard *shard, uint64_t hash, const void *key,
                          size_t key_size) {
    yoke__flight *at = shard->flights;
    while (at && !(at->open && at->hash == hash && at->key_size == key_size &&
                   (!key_size || !memcmp(at->key, key, key_size)))) {
        at = at->next;
    }
    return at;
}

static void take_out(yoke__shard *shard, yoke__flight *flight) {
    yoke__flight **link = &shard->flights;
    while (*link != flight) link = &(*link)->next;
    *link = flight->next;
}

void yoke__flight_overtake(yoke__shard *shard, uint64_t hash, const void *key, size_t key_size) {
    yoke__flight *flight = find(shard, hash, key, key_size);
    if (flight) flight->open = false;
}

void yoke__flight_overtake_all(yoke__shard *shard) {
    for (yoke__flight *at = shard->flights; at; at = at->next) at->open = false;
}

void yoke__flight_close_all(yoke__shard *shard) {
    for (yoke__flight *at = shard->flights; at; at = at->next) {
        at->open = false;
        end(at, CLOSED);
    }
}

/* ---- waiting ---- */

/* yoke__wait_owner_fn: the thread that loads, until it is done. */
static int next_owner(const yoke__wait *wait, int after) {
    const yoke__flight *flight = wait->object;
    return state_of(flight) == RUNNING && flight->owner > after ? flight->owner : -1;
}

/* The key as far as it fits and can be shown. */
static void name_key(char *text, size_t size, const void *key, size_t key_size) {
    const unsigned char *byte = key;
    size_t shown = key_size < size - 4 ? key_size : size - 4, at = 0;
    for (; at < shown; at++) text[at] = isprint(byte[at]) ? (char)byte[at] : '?';
    snprintf(text + at, size - at, "%s", shown < key_size ? "..." : "");
}

static void sleep_until_done(yoke__flight *flight, yoke_deadline deadline) {
    YOKE__WAIT_REGION("for the load of key");
    while (state_of(flight) == RUNNING &&
           yoke__park(&flight->state, RUNNING, deadline) != YOKE_ETIMEDOUT) {
    }
}

/* Waits as long as the flight runs, to the deadline, or until it is given up. */
static int await(yoke__flight *flight, const request *ask) {
    char name[44];
    name_key(name, sizeof name, ask->key, ask->key_size);
    yoke_deadline until = ask->deadline < flight->give_up ? ask->deadline : flight->give_up;
    yoke__wait wait = {.what = "for the load of key",
                       .name = name,
                       .object = flight,
                       .site = "yoke_cache_get_or_load",
                       .deadline = until,
                       .next_owner = next_owner};
    if (yoke_deadline_passed(until)) return YOKE_OK;
    yoke__graph_lock();
    int status = yoke__wait_begin(&wait);
    yoke__graph_unlock();
    if (status < 0) return status;
    sleep_until_done(flight, until);
    yoke__graph_lock();
    yoke__wait_end(&wait);
    yoke__graph_unlock();
    return YOKE_OK;
}

static int fail_with(int status, const char *detail) {
    return detail ? yoke_fail(status, "%s", detail) : yoke_fail(status, NULL);
}

static int time_out(const request *ask) {
    yoke__shard *shard = &ask->cache->shard[yoke__shard_of(ask->cache, ask->hash)];
    yoke__shard_lock(shard);
    shard->stats.timeouts++;
    pthread_mutex_unlock(&shard->lock);
    return yoke_fail(YOKE_ETIMEDOUT, "a deadline passed while another call loads the key");
}

/* The result of a flight that the caller has joined and now leaves. */
static int join(yoke__flight *flight, const request *ask, yoke_cache_value *value) {
    int status = await(flight, ask);
    if (status == YOKE_OK) {
        flight_state state = state_of(flight);
        if (state == CLOSED) {
            status = yoke_fail(YOKE_ECLOSED, "the cache was closed");
        } else if (state == RUNNING) {
            status = yoke_deadline_passed(ask->deadline) ? time_out(ask) : AGAIN;
        } else if (flight->status < 0) {
            status = fail_with(flight->status, flight->detail);
        } else {
            yoke__entry_hold(flight->entry);
            yoke__value_set(value, flight->entry, false);
        }
    }
    drop(flight);
    return status;
}

/* ---- loading ---- */

/* The result becomes an entry; of a failure, when it is to be remembered. */
static void make_entry(yoke__flight *flight, const request *ask, const yoke_cache_item *item) {
    const char *detail = flight->detail ? flight->detail : "";
    if (flight->status >= 0) {
        flight->entry = yoke__entry_wrap(ask->hash, ask->key, ask->key_size, item);
        if (flight->entry) return;
        if (item->release) {
            item->release(item->data, item->size);
        } else {
            free(item->data);
        }
        flight->status = yoke_fail(YOKE_ENOMEM, "no memory to keep a value that was loaded");
    } else if (ask->cache->negative_ttl) {
        /* The NUL at its end is kept as well. Without memory it is not remembered. */
        flight->entry =
            yoke__entry_copy(ask->hash, ask->key, ask->key_size, detail, strlen(detail) + 1);
        if (flight->entry) flight->entry->failure = flight->status;
    }
}

static void set_expiry(const yoke_cache *cache, yoke__entry *entry, int64_t now, double ttl) {
    entry->expires = entry->failure ? yoke__later(now, cache->negative_ttl)
                                    : yoke__cache_expiry(cache, now, ttl);
}

/* Books the flight and keeps its entry, where nothing forbids it. Also when the cache is closed. */
static void book(yoke__flight *flight, const request *ask, double ttl, double seconds) {
    yoke_cache *cache = ask->cache;
    yoke__visit visit = {cache, &cache->shard[yoke__shard_of(cache, ask->hash)], 0, NULL};
    yoke__cache_note_ttl(cache, ttl);
    visit.now =
        __atomic_load_n(&cache->timed, __ATOMIC_RELAXED) ? yoke__cache_now(cache) : INT64_MIN;
    yoke__shard_lock(visit.shard);
    visit.shard->stats.loads++;
    visit.shard->stats.load_failures += flight->status < 0;
    visit.shard->stats.load_seconds += seconds;
    if (!flight->open) {
        visit.shard->stats.load_drops++;
    } else if (flight->entry) {
        set_expiry(cache, flight->entry, visit.now, ttl);
        yoke__entry_hold(flight->entry);
        if (!yoke__visit_store(&visit, flight->entry)) yoke__entry_drop(flight->entry);
    }
    take_out(visit.shard, flight);
    yoke__visit_end(&visit);
}

/* Runs the loader for all. */
static int lead(yoke__flight *flight, const request *ask, yoke_cache_load_fn *load, void *ctx,
                yoke_cache_value *value) {
    yoke_cache_item item = {0};
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    flight->status = load(ask->key, ask->key_size, &item, ctx);
    double seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    if (flight->status < 0) flight->detail = strdup(yoke_error_detail());
    make_entry(flight, ask, &item);
    book(flight, ask, item.ttl, seconds);
    int status = flight->status < 0 ? flight->status : LOADED;
    if (status == LOADED) {
        yoke__entry_hold(flight->entry);
        yoke__value_set(value, flight->entry, false);
    } else {
        fail_with(status, flight->detail);
    }
    end(flight, DONE);
    drop(flight);
    return status;
}

/* ---- what to do ---- */

static step find_value(yoke__visit *visit, request *ask, yoke__entry *entry, bool stale,
                       yoke_cache_value *value) {
    yoke_cache_stats *stats = &visit->shard->stats;
    if (stale) {
        stats->stale_hits++;
    } else if (entry->failure) {
        stats->negative_hits++;
    } else {
        stats->hits += !ask->counted;
    }
    yoke__policy_use(entry);
    yoke__entry_hold(entry);
    yoke__value_set(value, entry, stale);
    return FOUND;
}

static void begin_flight(yoke__visit *visit, const request *ask, yoke__flight *flight) {
    int64_t timeout = ask->cache->load_timeout;
    flight->hash = ask->hash;
    flight->key = ask->key;
    flight->key_size = ask->key_size;
    flight->open = true;
    flight->users = 1;
    flight->give_up =
        timeout == YOKE__NEVER ? YOKE_FOREVER : yoke__later(yoke_deadline_in(0), timeout);
    flight->next = visit->shard->flights;
    visit->shard->flights = flight;
}

static void count_miss(yoke__visit *visit, request *ask) {
    visit->shard->stats.misses += !ask->counted;
    ask->counted = true;
}

/* Under the lock. `fresh` is a flight to begin; *joined the one to wait for. */
static step decide(yoke__visit *visit, request *ask, yoke__flight *fresh, yoke__flight **joined,
                   yoke_cache_value *value) {
    yoke__shard *shard = visit->shard;
    yoke__entry *entry = yoke__index_find(&shard->index, ask->hash, ask->key, ask->key_size);
    if (entry && yoke__entry_fresh(entry, visit->now)) {
        return find_value(visit, ask, entry, false, value);
    }
    yoke__flight *flight = find(shard, ask->hash, ask->key, ask->key_size);
    if (flight && yoke_deadline_passed(flight->give_up)) {
        flight->open = false;
        flight = NULL;
    }
    if (!flight) {
        count_miss(visit, ask);
        begin_flight(visit, ask, fresh);
        return LEAD;
    }
    bool stale =
        entry && !entry->failure && yoke__later(entry->expires, ask->cache->stale) > visit->now;
    if (stale) return find_value(visit, ask, entry, true, value);
    count_miss(visit, ask);
    shard->stats.waits++;
    __atomic_fetch_add(&flight->users, 1, __ATOMIC_RELAXED); /* as yoke__entry_hold */
    *joined = flight;
    return JOIN;
}

/* A remembered failure was found. */
static int repeat_failure(yoke_cache_value *found) {
    const char *detail = found->data;
    int status = fail_with(found->entry->failure, *detail ? detail : NULL);
    yoke_cache_release(found);
    return status;
}

static int try_once(request *ask, yoke_cache_load_fn *load, void *ctx, yoke_cache_value *value) {
    yoke__visit visit;
    yoke_cache_value found;
    yoke__flight *joined = NULL, *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return yoke_fail(YOKE_ENOMEM, "no memory for a load");
    int status = fresh->owner = yoke_thread_index();
    if (status >= 0) status = yoke__visit_begin(&visit, ask->cache, ask->hash);
    if (status >= 0) {
        status = decide(&visit, ask, fresh, &joined, &found);
        yoke__visit_end(&visit);
    }
    if (status == LEAD) return lead(fresh, ask, load, ctx, value);
    free(fresh);
    if (status == JOIN) return join(joined, ask, value);
    if (status == FOUND && found.entry->failure) return repeat_failure(&found);
    if (status == FOUND) *value = found;
    return status;
}

int yoke_cache_get_or_load(yoke_cache *cache, const void *key, size_t key_size,
                           yoke_cache_load_fn *load, void *ctx, yoke_deadline deadline,
                           yoke_cache_value *value) {
    request ask = {cache, yoke__cache_hash(cache, key, key_size), key, key_size, deadline, false};
    int status = yoke__cache_lookup(cache, ask.hash, key, key_size, value);
    if (status == 1) yoke__count_lookup(cache, ask.hash, YOKE__HIT);
    if (status >= 0) yoke__cache_sample(cache, ask.hash, key, key_size);
    if (status != 0) return status;
    do {
        status = try_once(&ask, load, ctx, value);
    } while (status == AGAIN);
    return status;
}

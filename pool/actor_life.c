/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of actors, and the life of an actor: spawning, names, stopping, the end.
 *
 * An actor is born in a turn of the thread that spawns it: what `start` sends comes from the actor,
 * and what is sent to it meanwhile waits for the end of that turn. It ends in a turn, too: the one
 * in which the last of its letters is gone and none can come any more.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"
#include "yoke/hash.h"

/* ---- the set ---- */

static void report(yoke__probe *probe, yoke__reader *reader) {
    yoke_actors *set = (yoke_actors *)((char *)probe - offsetof(yoke_actors, probe));
    if (set->forks != yoke__forks) return;
    uint64_t handled = (uint64_t)yoke_counter_read_relaxed(set->handled, 0);
    yoke__probe_figure(reader, "spawned", -1, -1, atomic_load(&set->born));
    yoke__probe_figure(reader, "handled", -1, -1, handled);
    yoke__probe_figure(reader, "dead letters", -1, -1, atomic_load(&set->dead));
    yoke__probe_figure(reader, "restarts", -1, -1, atomic_load(&set->restarted));
}

int yoke_actors_create(yoke_pool *pool, const yoke_actors_options *options, yoke_actors **actors) {
    static const yoke_actors_options usual;
    if (!options) options = &usual;
    YOKE_TRY(yoke__pool_check(pool, "yoke_actors_create"));
    if ((unsigned)options->policy > YOKE_ACTOR_ESCALATE)
        return yoke_fail(YOKE_EINVAL, "there is no policy %d for actors", (int)options->policy);
    yoke_actors *set = yoke_aligned_alloc(sizeof *set);
    if (!set) return yoke_fail(YOKE_ENOMEM, "no memory for actors");
    memset(set, 0, sizeof *set);
    set->pool = pool;
    set->record = options->record;
    set->policy = options->policy;
    set->restarts = options->restarts;
    set->within = options->within;
    set->dead_letter = options->dead_letter;
    set->ctx = options->ctx;
    atomic_init(&set->refs, 1);
    set->forks = yoke__forks;
    pthread_mutex_init(&set->lock, NULL);
    yoke__letters_init(&set->letters);
    int status = yoke__replay_open(set, options);
    if (status >= 0) status = yoke_counter_create(NULL, &set->handled);
    if (status < 0) {
        yoke__set_release(set);
        return status;
    }
    set->probe = (yoke__probe){.kind = "actors", .report = report};
    yoke__probe_add(&set->probe);
    *actors = set;
    return status;
}

void yoke__set_release(yoke_actors *set) {
    if (atomic_fetch_sub(&set->refs, 1) > 1) return;
    yoke__log_close_all(set);
    yoke__letters_fini(&set->letters);
    yoke_counter_destroy(set->handled);
    pthread_mutex_destroy(&set->lock);
    yoke_aligned_free(set);
}

void yoke_actors_destroy(yoke_actors *set) {
    if (!set || yoke__pool_check(set->pool, "yoke_actors_destroy") < 0) return;
    pthread_mutex_lock(&set->lock);
    atomic_store(&set->closing, true);
    pthread_mutex_unlock(&set->lock);
    yoke__timers_cancel_all(set);
    yoke__actors_stop(set, &set->living, false, true);
    yoke__set_await_end(set);
    yoke__probe_remove(&set->probe);
    yoke__set_release(set);
}

uint64_t yoke_actors_dead_letters(const yoke_actors *set) { return atomic_load(&set->dead); }

/* ---- lists, under the set's mutex ---- */

static actor_links *links_of(yoke_actor *actor, bool sibling) {
    return sibling ? &actor->siblings : &actor->all;
}

static void put_in(yoke_actor **list, yoke_actor *actor, bool sibling) {
    actor_links *own = links_of(actor, sibling);
    own->next = *list;
    own->at = list;
    if (*list) links_of(*list, sibling)->at = &own->next;
    *list = actor;
}

static void take_out(yoke_actor *actor, bool sibling) {
    actor_links *own = links_of(actor, sibling);
    if (!own->at) return;
    *own->at = own->next;
    if (own->next) links_of(own->next, sibling)->at = own->at;
    own->at = NULL;
}

void yoke__actors_stop(yoke_actors *set, yoke_actor **list, bool children, bool at_once) {
    for (;;) {
        pthread_mutex_lock(&set->lock);
        yoke_actor *actor = *list;
        if (actor) take_out(yoke_actor_retain(actor), children);
        pthread_mutex_unlock(&set->lock);
        if (!actor) return;
        yoke_actor_stop(actor, at_once);
        /* one that repeats deliveries may have put the stop aside */
        if (atomic_load(&set->closing)) yoke__actor_post(actor);
        yoke_actor_release(actor);
    }
}

/* ---- names ---- */

static yoke_actor **place_of(yoke_actors *set, const char *name) {
    static const uint64_t seed[2] = {1, 2};
    yoke_actor **at = &set->named[yoke_hash_bytes(seed, name, strlen(name)) % NAMES];
    while (*at && strcmp((*at)->name, name) != 0) at = &(*at)->next_named;
    return at;
}

static int enter_name(yoke_actor *actor) {
    if (!actor->name) return YOKE_OK;
    pthread_mutex_lock(&actor->set->lock);
    yoke_actor **at = place_of(actor->set, actor->name);
    bool taken = *at != NULL;
    if (!taken) *at = actor;
    pthread_mutex_unlock(&actor->set->lock);
    return taken ? yoke_fail(YOKE_EINVAL, "the name '%s' of an actor is taken", actor->name)
                 : YOKE_OK;
}

int yoke_actor_find(yoke_actors *set, const char *name, yoke_actor **actor) {
    YOKE_TRY(yoke__pool_check(set->pool, "yoke_actor_find"));
    pthread_mutex_lock(&set->lock);
    yoke_actor *found = *place_of(set, name);
    if (found) yoke_actor_retain(found);
    pthread_mutex_unlock(&set->lock);
    if (!found) return yoke_fail(YOKE_ENOENT, "there is no actor '%s'", name);
    *actor = found;
    return YOKE_OK;
}

const char *yoke_actor_name(const yoke_actor *actor) { return actor->name; }
uint64_t yoke_actor_key(const yoke_actor *actor) { return actor->key; }
yoke_actors *yoke_actor_set(const yoke_actor *actor) { return actor->set; }

/* ---- references ---- */

yoke_actor *yoke_actor_retain(yoke_actor *actor) {
    atomic_fetch_add(&actor->refs, 1);
    return actor;
}

static void free_actor(yoke_actor *actor) {
    yoke__slots_fini(actor);
    free(actor->name);
    free(actor->restart_times);
    yoke_aligned_free(actor->state);
    yoke_aligned_free(actor);
}

void yoke_actor_release(yoke_actor *actor) {
    while (actor && atomic_fetch_sub(&actor->refs, 1) == 1) {
        yoke_actor *parent = actor->parent;
        yoke_actors *set = actor->set;
        free_actor(actor);
        yoke__set_release(set);
        actor = parent;
    }
}

/* ---- spawning ---- */

static void take_options(yoke_actor *actor, const yoke_actor_options *options) {
    actor->start = options->start;
    actor->finish = options->finish;
    actor->ctx = options->ctx;
    actor->state_size = options->state_size;
    actor->credits = options->credits ? options->credits : 1024;
    actor->batch = options->batch ? options->batch : 64;
    if (actor->batch > YOKE_ACTOR_CREDITS) actor->batch = YOKE_ACTOR_CREDITS;
    actor->slots = yoke__slots_needed(actor->credits, actor->batch);
    actor->children_policy = options->children;
    actor->children_restarts = options->restarts;
    actor->children_within = options->within;
}

static int fill(yoke_actor *actor, const yoke_actor_options *options) {
    actor->state = yoke_aligned_alloc(options->state_size ? options->state_size : 1);
    if (!actor->state) return yoke_fail(YOKE_ENOMEM, "no memory for the state of an actor");
    actor->name = options->name ? strdup(options->name) : NULL;
    if (options->name && !actor->name) return yoke_fail(YOKE_ENOMEM, "no memory for a name");
    YOKE_TRY(yoke__supervise_open(actor));
    return actor->set->record ? yoke__log_open(actor->set, &actor->log) : YOKE_OK;
}

static int make(yoke_actors *set, yoke_actor_fn *behaviour, const yoke_actor_options *options,
                yoke_actor **made) {
    yoke_actor *actor = yoke_aligned_alloc(sizeof *actor);
    if (!actor) return yoke_fail(YOKE_ENOMEM, "no memory for an actor");
    memset(actor, 0, sizeof *actor);
    atomic_fetch_add(&set->refs, 1);
    actor->set = set;
    actor->parent = options->parent ? yoke_actor_retain(options->parent) : NULL;
    actor->behaviour = behaviour;
    yoke__actor_init_job(actor);
    yoke_queue_mpsc_init(&actor->control);
    atomic_init(&actor->refs, 2); /* its own, and the caller's */
    atomic_init(&actor->turn, ACTOR_TAKEN);
    atomic_init(&actor->word, ACTOR_ACTIVE);
    take_options(actor, options);
    int status = fill(actor, options);
    if (status < 0) {
        atomic_store(&actor->refs, 1);
        yoke_actor_release(actor);
        return status;
    }
    *made = actor;
    return YOKE_OK;
}

/* A bijection that mixes all bits: the finalizer of splitmix64 (Steele, Lea and Flood, OOPSLA
 * 2014).
 */
static uint64_t scramble(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The n-th that this spawner spawns. Never 0. */
static uint64_t make_key(uint64_t spawner, uint64_t n) {
    uint64_t key = scramble(spawner + scramble((n + 1) * 0x9E3779B97F4A7C15u));
    return key ? key : 1;
}

static uint64_t next_key(yoke_actors *set, yoke_actor *here) {
    uint64_t *count = here ? &here->spawned : &set->spawned;
    return make_key(here ? here->key : 0, (*count)++);
}

uint64_t yoke__key_next(yoke_actors *set, yoke_actor *here) {
    pthread_mutex_lock(&set->lock);
    uint64_t key = next_key(set, here);
    pthread_mutex_unlock(&set->lock);
    return key;
}

static int link_in(yoke_actor *actor, yoke_actor *spawner) {
    yoke_actors *set = actor->set;
    yoke_actor *parent = actor->parent;
    pthread_mutex_lock(&set->lock);
    bool closed = atomic_load(&set->closing) || (parent && parent->barren);
    if (!closed) {
        actor->key = next_key(set, spawner);
        yoke__actor_init_parts(actor);
        put_in(&set->living, actor, false);
        if (parent) put_in(&parent->children, actor, true);
        atomic_fetch_add(&set->alive, 1);
        atomic_fetch_add(&set->born, 1);
    }
    pthread_mutex_unlock(&set->lock);
    if (!closed) return YOKE_OK;
    return parent ? yoke__actor_refuse(parent)
                  : yoke_fail(YOKE_ECLOSED, "the actors are being destroyed");
}

/* The first turn. */
static int be_born(yoke_actor *actor) {
    turn t;
    if (actor->set->replaying) yoke__replay_find(actor->set, actor);
    yoke__turn_begin(&t, actor, true);
    int status = yoke__actor_start(actor);
    if (status >= 0) status = enter_name(actor);
    if (status < 0) yoke__actor_close(actor, true);
    if (yoke__turn_end(&t)) yoke__actor_post(actor);
    return status;
}

static int check(const yoke_actors *set, yoke_actor_fn *behaviour,
                 const yoke_actor_options *options) {
    YOKE_TRY(yoke__pool_check(set->pool, "yoke_actor_spawn"));
    if (!behaviour) return yoke_fail(YOKE_EINVAL, "an actor without a behaviour");
    if (options->parent && options->parent->set != set)
        return yoke_fail(YOKE_EINVAL, "the parent of an actor belongs to other actors");
    if (options->credits > YOKE_ACTOR_CREDITS)
        return yoke_fail(YOKE_EINVAL, "an actor of %u credits; at most %d are possible",
                         options->credits, YOKE_ACTOR_CREDITS);
    if ((unsigned)options->children > YOKE_ACTOR_ESCALATE)
        return yoke_fail(YOKE_EINVAL, "there is no policy %d for actors", (int)options->children);
    return YOKE_OK;
}

int yoke_actor_spawn(yoke_actors *set, yoke_actor_fn *behaviour, const yoke_actor_options *options,
                     yoke_actor **actor) {
    static const yoke_actor_options usual;
    yoke_actor *made = NULL;
    if (!options) options = &usual;
    YOKE_TRY(check(set, behaviour, options));
    YOKE_TRY(make(set, behaviour, options, &made));
    atomic_fetch_add(&set->busy, 1); /* the first turn's end takes it back */
    int status = link_in(made, yoke__actor_here());
    if (status < 0) {
        yoke__set_unbusy(set);
        yoke_actor_release(made); /* what would have been its own */
    } else {
        status = be_born(made);
    }
    if (status >= 0 && actor)
        *actor = made;
    else
        yoke_actor_release(made);
    return status;
}

/* ---- the end ---- */

void yoke_actor_stop(yoke_actor *actor, bool at_once) {
    atomic_bool *sent = at_once ? &actor->stop_now_sent : &actor->stop_sent;
    if (yoke__pool_check(actor->set->pool, "yoke_actor_stop") < 0) return;
    if (atomic_exchange(sent, true)) return;
    yoke__actor_send_part(actor, at_once ? &actor->stop_now : &actor->stop);
}

void yoke__actor_ended(yoke_actor *actor) {
    pthread_mutex_lock(&actor->set->lock);
    take_out(actor, false);
    take_out(actor, true);
    pthread_mutex_unlock(&actor->set->lock);
    atomic_fetch_sub(&actor->set->alive, 1);
    yoke__waits_grant(&actor->end_waiters, &actor->stopped, true);
    yoke_actor_release(actor); /* who has the turn has another */
}

void yoke__actor_forget_name(yoke_actor *actor) {
    if (!actor->name) return;
    pthread_mutex_lock(&actor->set->lock);
    yoke_actor **at = place_of(actor->set, actor->name);
    if (*at == actor) *at = actor->next_named;
    pthread_mutex_unlock(&actor->set->lock);
}

yoke_actor_stats yoke_actor_figures(const yoke_actor *actor) {
    return (yoke_actor_stats){.handled = atomic_load(&actor->handled),
                              .dead_letters = atomic_load(&actor->dead),
                              .restarts = atomic_load(&actor->restarted),
                              .most_queued = atomic_load(&actor->most),
                              .stopped = atomic_load(&actor->stopped)};
}

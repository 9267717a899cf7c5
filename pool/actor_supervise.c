/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done with an actor that has failed: stop, restart, resume, escalate.
 *
 * The policy is the parent's, and is applied by the worker that met the failure, in the failed
 * actor's turn; only escalating sends the parent a letter. The moments of the last restarts stand
 * in a ring, as long as the limit: one more is too many when the oldest in a full ring is young.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"

int yoke__supervise_open(yoke_actor *actor) {
    const yoke_actor *parent = actor->parent;
    unsigned limit = parent ? parent->children_restarts : actor->set->restarts;
    double span = parent ? parent->children_within : actor->set->within;
    actor->restart_limit = limit ? limit : 5;
    actor->restart_span = span > 0 ? span : 10;
    actor->restart_times = calloc(actor->restart_limit, sizeof *actor->restart_times);
    return actor->restart_times ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for an actor");
}

int yoke__actor_start(yoke_actor *actor) {
    memset(actor->state, 0, actor->state_size);
    int status = actor->start ? actor->start(actor, actor->state, actor->ctx) : YOKE_OK;
    actor->started = status >= 0;
    return status;
}

static void finish(yoke_actor *actor) {
    bool started = actor->started;
    actor->started = false;
    if (started && actor->finish) actor->finish(actor, actor->state, actor->ctx);
}

static void stop_children(yoke_actor *actor, bool at_once, bool barren) {
    pthread_mutex_lock(&actor->set->lock);
    actor->barren = barren;
    pthread_mutex_unlock(&actor->set->lock);
    yoke__actors_stop(actor->set, &actor->children, true, at_once);
}

static void bury_early(yoke_actor *actor) {
    while (actor->replay.early) {
        letter *l = actor->replay.early;
        actor->replay.early = (letter *)l->node.next;
        yoke__actor_bury(actor, l);
    }
}

void yoke__actor_close(yoke_actor *actor, bool at_once) {
    if (actor->stopping) return;
    actor->stopping = true;
    atomic_fetch_or(&actor->word, ACTOR_CLOSED);
    yoke__actor_forget_name(actor);
    stop_children(actor, at_once, true);
    finish(actor);
    bury_early(actor);
    if (atomic_load(&actor->awaited)) yoke__actor_hand_over(actor);
}

/* Whether there were as many restarts as are allowed. If not, this one is noted. */
static bool too_many(yoke_actor *actor) {
    uint64_t before = atomic_load(&actor->restarted);
    yoke_deadline *oldest = &actor->restart_times[before % actor->restart_limit];
    yoke_deadline now = yoke_deadline_in(0);
    if (before >= actor->restart_limit && (double)(now - *oldest) < actor->restart_span * 1e9)
        return true;
    *oldest = now;
    atomic_store(&actor->restarted, before + 1);
    atomic_fetch_add(&actor->set->restarted, 1);
    return false;
}

static void dispose_failure(letter *l) {
    yoke_actor_release((yoke_actor *)((char *)l - offsetof(yoke_actor, failure)));
}

static void escalate(yoke_actor *actor, int status) {
    yoke_actor *parent = actor->parent;
    if (parent) {
        yoke_actor_retain(actor);
        actor->failure.message.size = (size_t)-status;
        if (!yoke__actor_send_part(parent, &actor->failure)) yoke_actor_release(actor);
    }
    yoke__actor_close(actor, true);
}

/* Restarts until a start succeeds or the limit is reached. False: it is. */
static bool restart(yoke_actor *actor) {
    do {
        if (too_many(actor)) return false;
        stop_children(actor, true, false);
        finish(actor);
    } while (yoke__actor_start(actor) < 0);
    return true;
}

void yoke__actor_failed(yoke_actor *actor, int status) {
    yoke_actor_policy policy = actor->parent ? actor->parent->children_policy : actor->set->policy;
    if (policy == YOKE_ACTOR_RESUME) return;
    if (policy == YOKE_ACTOR_RESTART && restart(actor)) return;
    if (policy == YOKE_ACTOR_STOP)
        yoke__actor_close(actor, true);
    else
        escalate(actor, status);
}

static void dispose_nothing(letter *l) { (void)l; }

/* They are not among what somebody sends, since whether a parent has a child to stop is a matter of
 * time. Each comes at most once. */
static void name(letter *l, letter_kind kind, uint64_t key) {
    l->kind = (unsigned char)kind;
    l->message.sender = key;
    l->message.sequence = UINT64_MAX - (uint64_t)kind;
    l->numbered = true;
    l->place = IN_PART;
}

void yoke__actor_init_parts(yoke_actor *actor) {
    name(&actor->stop, LETTER_STOP, actor->key);
    name(&actor->stop_now, LETTER_STOP_NOW, actor->key);
    name(&actor->failure, LETTER_FAILURE, actor->key);
    actor->stop.dispose = actor->stop_now.dispose = dispose_nothing;
    actor->failure.dispose = dispose_failure;
}

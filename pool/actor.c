/* SPDX-License-Identifier: Apache-2.0
 *
 * Sending to actors, and running them. The protocol of word and turn is in pool/actor.h.
 */
#include "pool/actor.h"

#include <sched.h>
#include <string.h>

#include "pool/delay.h"
#include "runtime/park.h"
#include "runtime/region.h"

enum {
    DEEPEST = 32, /* turns on one stack */
    BATCHES = 16, /* of one turn, while nobody else waits for the worker */
    FLOW = 16,    /* messages of a batch, so that more are expected */
    PAUSES = 256, /* in which some fifty more may come */
};

_Thread_local turn *yoke__turn;

/* ---- the word ---- */

static bool scheduled(uint64_t word) { return (word & (ACTOR_CLOSED - 1)) != 0; }
static unsigned queued(uint64_t word) { return (unsigned)(word & ACTOR_DATA); }

void yoke__set_unbusy(yoke_actors *set) {
    if (atomic_fetch_sub(&set->busy, 1) == 1 && atomic_load(&set->quiet_awaited))
        yoke__waits_grant(&set->quiet_waiters, &set->quiet_awaited, false);
}

/* The upper half of what the word can count of the control lane is kept for letters that are parts
 * of something else, which must not fail. */
static bool too_many(uint64_t word) {
    return (word & (ACTOR_ACTIVE - 1)) / ACTOR_CONTROL > ACTOR_ACTIVE / ACTOR_CONTROL / 2;
}

/* Whether a message may come: 1, or what yoke__actor_admit returns. */
static inline int may_come(yoke_actor *to, uint64_t word, lane by) {
    if (word & ACTOR_CLOSED) return YOKE_ECLOSED;
    if (by != LANE_DATA) return 1;
    if (queued(word) >= to->credits) return 0;
    if (yoke__slots_make(to, (unsigned)(word >> TAIL_SHIFT))) return 1;
    return yoke_fail(YOKE_ENOMEM, "no memory for the mailbox of an actor");
}

/* The word with one message more. */
static inline uint64_t with(const yoke_actor *to, uint64_t word, lane by) {
    uint64_t more = word + (by == LANE_DATA ? 1 : ACTOR_CONTROL);
    if (by == LANE_CONTROL) return more;
    uint64_t tail = yoke__slot_next(to, (unsigned)(word >> TAIL_SHIFT));
    return (more & (((uint64_t)1 << TAIL_SHIFT) - 1)) | tail << TAIL_SHIFT;
}

static inline int admit(yoke_actor *to, lane by, admission *to_be) {
    bool counted = false; /* as busy: before it is, for `busy` must not be 0 in between */
    uint64_t old = atomic_load(&to->word);
    int got;
    do {
        got = may_come(to, old, by);
        to_be->was_idle = !scheduled(old);
        if (got <= 0) break;
        if (to_be->was_idle && !counted) atomic_fetch_add(&to->set->busy, 1), counted = true;
    } while (!atomic_compare_exchange_weak(&to->word, &old, with(to, old, by)));
    to_be->surplus = counted && !(got > 0 && to_be->was_idle);
    to_be->slot = NULL;
    if (got > 0 && by != LANE_CONTROL)
        to_be->slot = yoke__slot_at(to, (unsigned)(old >> TAIL_SHIFT));
    return got;
}

int yoke__actor_admit(yoke_actor *to, lane by, admission *to_be) { return admit(to, by, to_be); }

void yoke__actor_post(yoke_actor *actor) {
    if (atomic_fetch_or(&actor->turn, ACTOR_QUEUED) & ACTOR_QUEUED) return;
    yoke_actor_retain(actor);
    yoke__pool_post(actor->set->pool, &actor->job);
}

static void number(yoke_actor *to, letter *l, yoke_actor *from) {
    if (l->numbered) return;
    l->message.sender = from ? from->key : 0;
    if (from)
        l->message.sequence = ++from->sent;
    else if (to->log || to->set->replaying)
        l->message.sequence = atomic_fetch_add(&to->outside, 1) + 1;
}

static inline void put(yoke_actor *to, letter *l, yoke_actor *from, const admission *admitted) {
    letter *slot = admitted->slot;
    number(to, l, from);
    yoke__delay();
    if (slot && l != slot) {
        slot->place = ELSEWHERE;
        slot->message.data = l;
    }
    if (slot)
        yoke__slot_fill(slot);
    else
        yoke_queue_mpsc_push(&to->control, &l->node);
    if (admitted->was_idle) yoke__actor_post(to);
}

void yoke__actor_put(yoke_actor *to, letter *l, yoke_actor *from, const admission *admitted) {
    put(to, l, from, admitted);
}

int yoke__actor_try_send(yoke_actor *to, letter *l, yoke_actor *from, lane by) {
    admission admitted;
    int got = yoke__actor_admit(to, by, &admitted);
    if (got > 0) yoke__actor_put(to, l, from, &admitted);
    if (admitted.surplus) yoke__set_unbusy(to->set);
    return got;
}

yoke_actor *yoke__actor_here(void) { return yoke__turn ? yoke__turn->actor : NULL; }

bool yoke__actor_send_part(yoke_actor *to, letter *l) {
    lane by = l->kind == LETTER_STOP ? LANE_BEHIND : LANE_CONTROL;
    return yoke__actor_try_send(to, l, NULL, by) > 0;
}

/* ---- sending ---- */

int yoke__actor_refuse(const yoke_actor *to) {
    if (to->name) return yoke_fail(YOKE_ECLOSED, "the actor '%s' has stopped", to->name);
    return yoke_fail(YOKE_ECLOSED, "the actor %p has stopped", (const void *)to);
}

static void count_dead(yoke_actor *to, const yoke_message *message) {
    atomic_fetch_add(&to->dead, 1);
    atomic_fetch_add(&to->set->dead, 1);
    if (to->set->dead_letter) to->set->dead_letter(to->set->ctx, to, message);
}

void yoke__actor_bury(yoke_actor *to, letter *l) {
    if (l->kind == LETTER_MESSAGE) count_dead(to, &l->message);
    if (yoke__letter_ask(l)) yoke__letter_answer(l, YOKE_ECLOSED);
    yoke__letter_dispose(to->set, l);
}

/* A message to who has stopped takes a number like any other, as it may be a matter of time whether
 * he has; one that was refused for want of credit takes none, as it may be sent again. */
static void skip_number(void) {
    yoke_actor *here = yoke__actor_here();
    if (here) here->sent++;
}

static int refuse_data(yoke_actor *to, const void *data, size_t size) {
    yoke_message message = {
        .data = data, .size = size, .sender = yoke__actor_here() ? yoke__actor_here()->key : 0};
    count_dead(to, &message);
    skip_number();
    return yoke__actor_refuse(to);
}

/* After a message to who has stopped meanwhile. */
static int refuse_letter(yoke_actor *to, const letter *l) {
    count_dead(to, &l->message);
    skip_number();
    return yoke__actor_refuse(to);
}

int yoke__actor_send_copy(yoke_actor *to, const void *data, size_t size, ask *a, lane by,
                          yoke_deadline deadline, const char *site) {
    if (atomic_load(&to->word) & ACTOR_CLOSED) return refuse_data(to, data, size);
    letter *l = yoke__letter_make(&to->set->letters, data, size);
    if (!l) return YOKE_ENOMEM;
    l->ask = a;
    int status = yoke__actor_try_send(to, l, yoke__actor_here(), by);
    if (status == 0) status = yoke__actor_await_credit(to, l, deadline, site);
    if (status >= 0) return YOKE_OK;
    if (status == YOKE_ECLOSED) refuse_letter(to, l);
    yoke__letter_free(&to->set->letters, l);
    return status;
}

/* Writes a small message into its slot: 1; 0: no credit; or a failure. */
static int send_small(yoke_actor *to, const void *data, size_t size) {
    admission admitted;
    int got = admit(to, LANE_DATA, &admitted);
    letter *slot = admitted.slot;
    if (got > 0) {
        slot->message = (yoke_message){.data = slot->data, .size = size};
        slot->kind = LETTER_MESSAGE;
        slot->place = IN_SLOT;
        slot->numbered = false;
        if (size) memcpy(slot->data, data, size);
        put(to, slot, yoke__actor_here(), &admitted);
    }
    if (admitted.surplus) yoke__set_unbusy(to->set);
    return got == YOKE_ECLOSED ? refuse_data(to, data, size) : got;
}

int yoke_actor_send_at(yoke_actor *to, const void *data, size_t size, yoke_deadline deadline,
                       const char *site) {
    YOKE_TRY(yoke__pool_check(to->set->pool, "yoke_actor_send"));
    /* In a replay messages are put aside, out of the lane. */
    if (size <= SLOT_INLINE && !to->set->replaying) {
        int got = send_small(to, data, size);
        if (got != 0) return got < 0 ? got : YOKE_OK;
    }
    return yoke__actor_send_copy(to, data, size, NULL, LANE_DATA, deadline, site);
}

int yoke_actor_send_control(yoke_actor *to, const void *data, size_t size) {
    YOKE_TRY(yoke__pool_check(to->set->pool, "yoke_actor_send_control"));
    if (too_many(atomic_load(&to->word)))
        return yoke_fail(YOKE_ENOMEM, "the control lane of an actor is full");
    return yoke__actor_send_copy(to, data, size, NULL, LANE_CONTROL, YOKE_NOW, NULL);
}

/* ---- a turn ---- */

/* Makes the word something else than 0 until the turn's end. */
static void activate(turn *t) {
    yoke_actor *actor = t->actor;
    if (t->active) return;
    t->active = true;
    atomic_fetch_add(&actor->set->busy, 1);
    if (scheduled(atomic_fetch_add(&actor->word, ACTOR_ACTIVE))) yoke__set_unbusy(actor->set);
}

void yoke__turn_settle(turn *t) {
    activate(t);
    if (!t->given) return;
    atomic_fetch_sub(&t->actor->word, t->given);
    t->given = 0;
    if (atomic_load(&t->actor->awaited)) yoke__actor_hand_over(t->actor);
}

letter *yoke__turn_pop(turn *t) {
    yoke_actor *actor = t->actor;
    letter *l = (letter *)yoke_queue_mpsc_try_pop(&actor->control);
    if (l) {
        t->given += ACTOR_CONTROL;
        return l;
    }
    l = yoke__slots_pop(actor);
    if (l) t->given += l->kind == LETTER_STOP ? ACTOR_CONTROL : 1;
    return l;
}

static letter *next_letter(turn *t) {
    yoke_actor *actor = t->actor;
    letter *l = actor->ahead;
    actor->ahead = NULL;
    if (l) return l;
    if (actor->set->replaying && !actor->stopping) return yoke__replay_take(t);
    l = yoke__turn_pop(t);
    if (l && actor->log && !actor->stopping) yoke__log_add(actor->log, actor->key, &l->message);
    return l;
}

/* relaxed, both: only who has the turn writes them, and figures promise no order. */
static void add(_Atomic uint64_t *count, uint64_t more) {
    uint64_t had = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, had + more, memory_order_relaxed);
}

static void take(turn *t, letter *l) {
    l->node.next = t->taken ? &t->taken->node : NULL;
    t->taken = l;
    t->handled++;
}

static void dispose_taken(turn *t, int status) {
    uint64_t count = 0;
    while (t->taken) {
        letter *l = t->taken;
        t->taken = (letter *)l->node.next;
        if (yoke__letter_ask(l)) yoke__letter_answer(l, status);
        yoke__letter_dispose(t->actor->set, l);
        count++;
    }
    add(&t->actor->handled, count);
    t->delivered += count;
}

static void handle(turn *t, letter *l) {
    yoke_actor *actor = t->actor;
    take(t, l);
    int status = actor->behaviour(actor, actor->state, &l->message);
    dispose_taken(t, status);
    if (status < 0) yoke__actor_failed(actor, status);
}

static void deliver(turn *t, letter *l) {
    yoke_actor *actor = t->actor;
    letter_kind kind = l->kind;
    if (actor->stopping || kind != LETTER_MESSAGE) t->handled++;
    if (actor->stopping) {
        yoke__actor_bury(actor, l);
    } else if (kind == LETTER_MESSAGE) {
        handle(t, l);
    } else {
        int status = -(int)l->message.size;
        yoke__letter_dispose(actor->set, l);
        if (kind == LETTER_FAILURE)
            yoke__actor_failed(actor, status);
        else
            yoke__actor_close(actor, kind == LETTER_STOP_NOW);
    }
}

const yoke_message *yoke_actor_next(yoke_actor *self) {
    turn *t = yoke__turn;
    if (!t || t->actor != self || !t->taken || t->handled >= self->batch) return NULL;
    letter *l = next_letter(t);
    if (!l) return NULL;
    if (l->kind != LETTER_MESSAGE) {
        self->ahead = l;
        return NULL;
    }
    take(t, l);
    return &l->message;
}

void yoke__turn_begin(turn *t, yoke_actor *actor, bool active) {
    *t = (turn){.actor = actor, .below = yoke__turn, .active = active};
    t->depth = t->below ? t->below->depth + 1 : 1;
    yoke__turn = t;
    const yoke__thread *self = yoke__thread_record;
    atomic_store(&actor->runner, self ? self->index + 1 : 0);
    /* what comes too early in a replay is not in the word */
    if (actor->set->replaying) activate(t);
    unsigned now = queued(atomic_load(&actor->word));
    /* relaxed: as in add() */
    if (now > atomic_load_explicit(&actor->most, memory_order_relaxed))
        atomic_store_explicit(&actor->most, now, memory_order_relaxed);
}

/* Nothing comes any more, and nothing is left. */
static void end_when_empty(turn *t) {
    yoke_actor *actor = t->actor;
    if (actor->ended) return;
    yoke__turn_settle(t);
    if ((atomic_load(&actor->word) & (ACTOR_CLOSED - 1)) != ACTOR_ACTIVE) return;
    actor->ended = true;
    yoke__actor_ended(actor);
}

/* Not for each credit: who waits sleeps longer, and then finds room for many. The actor comes again
 * as long as the mailbox is more than half full. */
static void give_credit(yoke_actor *actor, uint64_t word) {
    if (queued(word) <= actor->credits / 2 && atomic_load(&actor->awaited))
        yoke__actor_hand_over(actor);
}

bool yoke__turn_end(turn *t) {
    yoke_actor *actor = t->actor;
    if (t->delivered) yoke_counter_add(actor->set->handled, (int64_t)t->delivered);
    if (actor->stopping) end_when_empty(t);
    yoke__slots_rewind(actor);
    yoke__turn = t->below;
    atomic_store(&actor->runner, 0);
    atomic_fetch_and(&actor->turn, ~ACTOR_TAKEN);
    uint64_t given = t->given + (t->active ? ACTOR_ACTIVE : 0);
    uint64_t after = atomic_fetch_sub(&actor->word, given) - given;
    give_credit(actor, after);
    if (given && !scheduled(after)) yoke__set_unbusy(actor->set);
    return scheduled(after);
}

/* The next message, if one comes in a short while in which senders have the mailbox for themselves:
 * who follows them closely makes each of them wait for the line that he has just read. */
static letter *linger(turn *t) {
    if (t->handled < FLOW || yoke__pool_has_more(t->actor->set->pool)) return NULL;
    for (int i = 0; i < PAUSES; i++) yoke__relax();
    return next_letter(t);
}

/* Whether a turn whose batch is full goes on with the next, as nobody else waits for the worker. */
static bool goes_on(turn *t) {
    if (t->active || ++t->batches == BATCHES || yoke__pool_has_more(t->actor->set->pool))
        return false;
    /* one stays counted, so that the actor stays scheduled */
    uint64_t after = atomic_fetch_sub(&t->actor->word, t->given - 1) - (t->given - 1);
    give_credit(t->actor, after);
    t->given = 1;
    t->handled = 0;
    return true;
}

/* True: more is to be done. */
static bool run_turn(yoke_actor *actor, const atomic_int *until) {
    turn t;
    letter *l = NULL;
    bool whole = actor->set->replaying; /* nobody would post it for what came too early */
    YOKE__REGION("actor", YOKE_ACTIVITY_WORK);
    yoke__turn_begin(&t, actor, false);
    do {
        while ((whole || t.handled < actor->batch || actor->ahead) &&
               ((l = next_letter(&t)) || (l = linger(&t)))) {
            deliver(&t, l);
            if (until && !whole && atomic_load(until) == ASK_DONE && !actor->ahead) break;
        }
    } while (l && !until && !whole && goes_on(&t));
    bool more = yoke__turn_end(&t);
    if (more && !t.handled) sched_yield(); /* a push is under way */
    return more;
}

/* Whether the job of the actor, which is no longer queued, may run it. */
static bool take_turn(yoke_actor *actor) {
    return !(atomic_exchange(&actor->turn, ACTOR_TAKEN) & ACTOR_TAKEN);
}

static void run_job(worker *w, yoke__job *job) {
    (void)w;
    yoke_actor *actor = (yoke_actor *)job;
    if (take_turn(actor) && run_turn(actor, NULL)) yoke__actor_post(actor);
    yoke_actor_release(actor);
}

void yoke__actor_init_job(yoke_actor *actor) { actor->job.run = run_job; }

bool yoke__actor_help(yoke_actor *actor, const atomic_int *until) {
    int queued = ACTOR_QUEUED;
    if (!yoke__worker_of(actor->set->pool) || yoke__held_any(&yoke__thread_record->holds))
        return false;
    if (yoke__turn && yoke__turn->depth >= DEEPEST) return false;
    if (!atomic_compare_exchange_strong(&actor->turn, &queued, ACTOR_QUEUED | ACTOR_TAKEN))
        return false;
    if (run_turn(actor, until)) yoke__actor_post(actor);
    return true;
}

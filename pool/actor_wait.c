/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for credit, an answer, an end, and for quiet.
 *
 * Who must act before such a wait can end? The thread that runs the actor. If none does, any one of
 * the pool's workers. So a cycle of actors that wait for each other is a cycle of threads, or of
 * one thread that runs several of them on its stack, and the wait-for graph finds it.
 *
 * Credit is handed to those who wait in the order in which they came: who gives credits back pushes
 * their letters, too, so that none of them has to be awake for the mailbox to go on.
 */
#include "pool/actor.h"
#include "pool/team.h"
#include "runtime/region.h"
#include "runtime/text.h"

typedef struct waiting {
    yoke__wait wait; /* first; its object is the actor or the set */
    yoke_actor *to;
    yoke_actors *set;
    void **queue;
    ask *ask;
    letter *letter;
    yoke_actor *from;
    int status;         /* of one that was granted: 1: done; 0: look again; or a failure */
    unsigned surpluses; /* of the set's count of busy ones */
    bool firm;
    const char *cause; /* a literal, for profiles */
    char what[192];
} waiting;

/* ---- owners ---- */

static int lesser(int found, int thread, int after) {
    return thread > after && (found < 0 || thread < found) ? thread : found;
}

static int next_worker(const yoke_pool *pool, int after) {
    int found = -1;
    for (int i = 0; i < pool->made; i++)
        found = lesser(found, atomic_load(&pool->workers[i]->thread) - 1, after);
    return found;
}

static int next_of_actor(const yoke__wait *wait, int after) {
    const yoke_actor *to = ((const waiting *)wait)->to;
    int runner = atomic_load(&to->runner) - 1;
    return runner >= 0 ? lesser(-1, runner, after) : next_worker(to->set->pool, after);
}

static int next_of_set(const yoke__wait *wait, int after) {
    yoke_actors *set = ((const waiting *)wait)->set;
    int found = -1;
    pthread_mutex_lock(&set->lock);
    for (const yoke_actor *a = set->living; a; a = a->all.next)
        found = lesser(found, atomic_load(&a->runner) - 1, after);
    pthread_mutex_unlock(&set->lock);
    return found;
}

/* ---- a wait ---- */

static void prepare(waiting *w, const char *what, yoke_deadline deadline, const char *site) {
    yoke__text text = {w->what, sizeof w->what, 0};
    for (const turn *t = yoke__turn; t; t = t->below) {
        yoke__text_add(&text, t == yoke__turn ? "in actor " : ", on top of ");
        yoke__text_name(&text, t->actor->name, t->actor);
    }
    yoke__text_add(&text, text.length ? ", %s" : "%s", what);
    w->cause = what;
    w->from = yoke__actor_here();
    w->wait = (yoke__wait){.what = w->what,
                           .name = w->to ? w->to->name : NULL,
                           .object = w->to ? (const void *)w->to : w->set,
                           .site = site,
                           .deadline = deadline,
                           .any = w->to != NULL,
                           .next_owner = w->to ? next_of_actor : next_of_set};
}

static int time_out(const waiting *w) {
    char detail[512];
    yoke__text text = {detail, sizeof detail, 0};
    yoke__text_add(&text, "the wait %s ", w->wait.what);
    yoke__text_name(&text, w->wait.name, w->wait.object);
    yoke__text_add(&text, " at %s was not over before the deadline", w->wait.site);
    return yoke_fail(YOKE_ETIMEDOUT, "%s", detail);
}

/* Under the graph's mutex: 1 when there is nothing to wait for, 0, or a failure. */
typedef int ready_fn(waiting *w);

/* Under the graph's mutex. 0: registered and queued. */
static int queue(waiting *w, ready_fn *ready) {
    int got = ready(w);
    if (got != 0) return got;
    if (w->firm)
        yoke__wait_begin_firmly(&w->wait);
    else
        YOKE_TRY(yoke__wait_begin(&w->wait));
    yoke__wait_push(w->queue, &w->wait, false);
    return 0;
}

/* Under the graph's mutex: whether it was still in the queue. */
static bool leave(waiting *w) {
    if (!yoke__wait_queued(&w->wait)) return false;
    yoke__wait_remove(w->queue, &w->wait);
    yoke__wait_end(&w->wait);
    return true;
}

/* 1: done; 0: look again; or a failure. */
static int sleep_once(waiting *w, ready_fn *ready) {
    yoke__graph_lock();
    int got = queue(w, ready);
    yoke__graph_unlock();
    for (; w->surpluses > 0; w->surpluses--) yoke__set_unbusy(w->set);
    if (got != 0) return got;
    YOKE__WAIT_REGION(w->cause);
    yoke__wake wake = yoke__wait_sleep(&w->wait);
    if (wake == YOKE__WAKE_GRANTED) return w->status;
    yoke__graph_lock();
    bool left = leave(w);
    yoke__graph_unlock();
    if (!left) return yoke__wait_let_go(&w->wait), w->status;
    return wake == YOKE__WAKE_TIMEOUT ? time_out(w) : 0;
}

static int begin(waiting *w, const char *what, yoke_deadline deadline, const char *site) {
    prepare(w, what, deadline, site);
    if (yoke_deadline_passed(deadline)) return time_out(w);
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    yoke__turn_settle_here();
    return YOKE_OK;
}

void yoke__waits_grant(void **waiters, atomic_bool *flag, bool value) {
    yoke__wait *chain = NULL;
    yoke__graph_lock();
    if (flag) atomic_store(flag, value);
    while (*waiters) chain = yoke__wait_grant(waiters, *waiters, chain);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

/* ---- credit ---- */

/* Sends the letter, under the graph's mutex. */
static int send_locked(waiting *w, unsigned *surpluses) {
    admission admitted;
    int got = yoke__actor_admit(w->to, LANE_DATA, &admitted);
    if (got > 0) yoke__actor_put(w->to, w->letter, w->from, &admitted);
    if (admitted.surplus) ++*surpluses;
    return got;
}

void yoke__actor_hand_over(yoke_actor *actor) {
    yoke__wait *chain = NULL;
    unsigned surpluses = 0;
    yoke__graph_lock();
    while (actor->credit_waiters) {
        waiting *w = actor->credit_waiters;
        int got = send_locked(w, &surpluses);
        if (got == 0) break;
        w->status = got;
        chain = yoke__wait_grant(&actor->credit_waiters, &w->wait, chain);
    }
    if (!actor->credit_waiters) atomic_store(&actor->awaited, false);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
    while (surpluses-- > 0) yoke__set_unbusy(actor->set);
}

/* Announced first: who gives credit back either sees that, or we see his credit. */
static int credit_ready(waiting *w) {
    atomic_store(&w->to->awaited, true);
    return send_locked(w, &w->surpluses);
}

int yoke__actor_await_credit(yoke_actor *to, letter *l, yoke_deadline deadline, const char *site) {
    waiting w = {.to = to, .set = to->set, .queue = &to->credit_waiters, .letter = l};
    YOKE_TRY(begin(&w, "for credit of actor", deadline, site));
    for (int got = 0;;) {
        if (yoke__actor_help(to, NULL))
            got = yoke__actor_try_send(to, l, w.from, LANE_DATA);
        else
            got = sleep_once(&w, credit_ready);
        if (got != 0) return got;
        if (yoke_deadline_passed(deadline)) return time_out(&w);
    }
}

/* ---- answers ---- */

static int answer_ready(waiting *w) {
    int pending = ASK_PENDING;
    atomic_compare_exchange_strong(&w->ask->state, &pending, ASK_AWAITED);
    return pending == ASK_DONE;
}

int yoke__actor_await_answer(yoke_actor *to, ask *a, yoke_deadline deadline, const char *site) {
    waiting w = {.to = to, .set = to->set, .queue = &a->waiters, .ask = a};
    if (atomic_load(&a->state) == ASK_DONE) return YOKE_OK;
    YOKE_TRY(begin(&w, "for an answer of actor", deadline, site));
    while (atomic_load(&a->state) != ASK_DONE) {
        if (yoke__actor_help(to, &a->state)) {
            if (atomic_load(&a->state) != ASK_DONE && yoke_deadline_passed(deadline))
                return time_out(&w);
            continue;
        }
        YOKE_TRY(sleep_once(&w, answer_ready));
    }
    return YOKE_OK;
}

int yoke__actor_refuse_own(yoke_actor *to, yoke_deadline deadline, const char *site) {
    waiting w = {.to = to, .set = to->set};
    if (!yoke__turn || yoke_deadline_passed(deadline)) return YOKE_OK;
    if (atomic_load(&to->runner) - 1 != yoke__thread_record->index) return YOKE_OK;
    prepare(&w, "for an answer of actor", deadline, site);
    yoke__graph_lock();
    int status = yoke__wait_begin(&w.wait);
    if (status >= 0) yoke__wait_end(&w.wait);
    yoke__graph_unlock();
    return status;
}

/* ---- the end, and quiet ---- */

static int end_ready(waiting *w) { return atomic_load(&w->to->stopped); }

int yoke_actor_wait_at(yoke_actor *actor, yoke_deadline deadline, const char *site) {
    waiting w = {.to = actor, .set = actor->set, .queue = &actor->end_waiters};
    if (atomic_load(&actor->stopped)) return YOKE_OK;
    YOKE_TRY(yoke__pool_check(actor->set->pool, "yoke_actor_wait"));
    YOKE_TRY(begin(&w, "for the end of actor", deadline, site));
    while (!atomic_load(&actor->stopped)) {
        if (!yoke__actor_help(actor, NULL)) YOKE_TRY(sleep_once(&w, end_ready));
        if (!atomic_load(&actor->stopped) && yoke_deadline_passed(deadline)) return time_out(&w);
    }
    return YOKE_OK;
}

/* Announced first, as above. */
static int quiet_ready(waiting *w) {
    atomic_store(&w->set->quiet_awaited, true);
    return atomic_load(&w->set->busy) == 0;
}

/* Any worker, as long as an actor has something to do and nobody runs it. */
static int next_of_queued(const yoke__wait *wait, int after) {
    yoke_actors *set = ((const waiting *)wait)->set;
    bool found = false;
    pthread_mutex_lock(&set->lock);
    for (const yoke_actor *a = set->living; a && !found; a = a->all.next)
        found = !atomic_load(&a->runner) && (atomic_load(&a->word) & (ACTOR_CLOSED - 1));
    pthread_mutex_unlock(&set->lock);
    return found ? next_worker(set->pool, after) : -1;
}

/* Quiet needs all who run actors, and any worker for those that nobody runs. A wait has owners of
 * one kind only, so the second is looked at before each sleep, which is short. */
static int sleep_until_quiet(waiting *w, yoke_deadline deadline) {
    w->wait.any = true;
    w->wait.next_owner = next_of_queued;
    w->wait.deadline = deadline;
    yoke__graph_lock();
    int status = yoke__wait_begin(&w->wait);
    if (status >= 0) yoke__wait_end(&w->wait);
    yoke__graph_unlock();
    YOKE_TRY(status);
    w->wait.any = false;
    w->wait.next_owner = next_of_set;
    w->wait.deadline = yoke__look_again(deadline);
    status = sleep_once(w, quiet_ready);
    return status == YOKE_ETIMEDOUT && !yoke_deadline_passed(deadline) ? 0 : status;
}

int yoke_actors_wait_at(yoke_actors *set, yoke_deadline deadline, const char *site) {
    waiting w = {.set = set, .queue = &set->quiet_waiters};
    if (atomic_load(&set->busy) == 0) return YOKE_OK;
    YOKE_TRY(yoke__pool_check(set->pool, "yoke_actors_wait"));
    YOKE_TRY(begin(&w, "for quiet in the actors", deadline, site));
    while (atomic_load(&set->busy) != 0) YOKE_TRY(sleep_until_quiet(&w, deadline));
    return YOKE_OK;
}

static int ended_ready(waiting *w) { return quiet_ready(w) && !atomic_load(&w->set->alive); }

/* Even without a record of the thread, for which there is no memory, it has to wait. */
void yoke__set_await_end(yoke_actors *set) {
    waiting w = {.set = set, .queue = &set->quiet_waiters, .firm = true};
    bool recorded = yoke__thread_self() != NULL;
    prepare(&w, "for the end of the actors", YOKE_FOREVER, "yoke_actors_destroy");
    while (atomic_load(&set->busy) != 0 || atomic_load(&set->alive)) {
        if (recorded)
            sleep_once(&w, ended_ready);
        else
            recorded = yoke__thread_self() != NULL;
    }
}

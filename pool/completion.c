/* SPDX-License-Identifier: Apache-2.0
 *
 * The state goes from PENDING, by the first waiter perhaps to AWAITED, to DONE. It becomes AWAITED
 * under the graph's mutex only, so who ends a completion that is AWAITED finds the waiter in the
 * queue when it has the mutex.
 */
#include "pool/completion.h"

#include "pool/delay.h"
#include "pool/pool.h"
#include "runtime/text.h"
#include "runtime/waitfor.h"

enum { PENDING, AWAITED, DONE };

bool yoke__completion_done(const yoke__completion *completion) {
    return atomic_load(&completion->state) == DONE;
}

void yoke__completion_end(yoke__completion *completion) {
    if (atomic_exchange(&completion->state, DONE) != AWAITED) return;
    yoke__delay(); /* done, and the sleepers not yet woken */
    yoke__wait *chain = NULL;
    yoke__graph_lock();
    while (completion->waiters) {
        chain = yoke__wait_grant(&completion->waiters, completion->waiters, chain);
    }
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

/* A pool that is between two teams has none. */
int yoke__pool_next_ender(const yoke_pool *pool, int after) {
    int next = yoke__pool_next_worker(pool, after);
    if (next < 0 && yoke__pool_next_worker(pool, -1) < 0) return YOKE__NOT_KNOWN;
    return next;
}

/* Which must end first. */
static const yoke__completion *next_of(const yoke__completion *of) {
    while (of->after && !yoke__completion_done(of->after)) of = of->after;
    return of;
}

int yoke__completion_next_ender(const yoke__completion *of, int after) {
    of = next_of(of);
    if (of->next_ender) return of->next_ender(of, after);
    int runner = atomic_load(&of->runner) - 1;
    if (runner >= 0) return runner > after ? runner : -1;
    return of->pool ? yoke__pool_next_ender(of->pool, after) : YOKE__NOT_KNOWN;
}

static int next_owner(const yoke__wait *wait, int after) {
    int next = yoke__completion_next_ender(wait->object, after);
    return next < 0 ? -1 : next;
}

/* How many threads wait for an end of several. The count is raised before the first look, so who
 * ends one of them and finds it 0 did so before. */
static atomic_int uncertain;

void yoke__completion_look_again(void) {
    if (atomic_load(&uncertain) == 0) return;
    yoke__graph_lock();
    for (int i = yoke__thread_limit(); i-- > 0;) {
        yoke__wait *wait = yoke__thread_at(i)->waiting.wait;
        if (wait && wait->next_owner == next_owner) yoke__wait_rouse_if_stuck(wait);
    }
    yoke__graph_unlock();
}

/* Under the graph's mutex. 1: queued; 0: it is done; or YOKE_EDEADLK. */
static int queue(yoke__completion *completion, yoke__wait *wait, bool refuse) {
    int pending = PENDING;
    atomic_compare_exchange_strong(&completion->state, &pending, AWAITED);
    if (pending == DONE) return 0;
    if (refuse)
        YOKE_TRY(yoke__wait_begin(wait));
    else
        yoke__wait_begin_firmly(wait);
    yoke__wait_push(&completion->waiters, wait, false);
    return 1;
}

/* Under the graph's mutex. False: the wait was granted. */
static bool leave(yoke__completion *completion, yoke__wait *wait) {
    if (!yoke__wait_queued(wait)) return false;
    yoke__wait_remove(&completion->waiters, wait);
    yoke__wait_end(wait);
    return true;
}

static int time_out(const yoke__completion *completion, const yoke__wait *wait) {
    char detail[512];
    yoke__text text = {detail, sizeof detail, 0};
    yoke__text_add(&text, "the wait %s ", wait->what);
    yoke__text_name(&text, wait->name, completion);
    yoke__text_add(&text, " at %s was not over before the deadline", wait->site);
    return yoke_fail(YOKE_ETIMEDOUT, "%s", detail);
}

static int sleep_until(yoke__completion *completion, yoke__wait *wait, bool refuse) {
    for (;;) {
        yoke__graph_lock();
        int status = queue(completion, wait, refuse);
        yoke__graph_unlock();
        if (status <= 0) return status;
        yoke__wake wake = yoke__wait_sleep(wait);
        if (wake == YOKE__WAKE_GRANTED) return YOKE_OK;
        /* One that cannot be refused stays in the queue. If it left, the end could come meanwhile,
         * by a thread that looks into the queue when this one has returned. */
        if (!refuse) return yoke__wait_let_go(wait), YOKE_OK;
        yoke__graph_lock();
        bool left = leave(completion, wait);
        yoke__graph_unlock();
        if (!left) return yoke__wait_let_go(wait), YOKE_OK;
        if (wake == YOKE__WAKE_TIMEOUT) return time_out(completion, wait);
    }
}

int yoke__completion_wait(yoke__completion *completion, yoke_deadline deadline, bool refuse,
                          const char *what, const char *name, const char *site) {
    if (yoke__completion_done(completion)) return YOKE_OK;
    yoke__wait wait = {.what = what,
                       .name = name,
                       .object = completion,
                       .site = site,
                       .deadline = deadline,
                       .any = true,
                       .next_owner = next_owner};
    if (yoke_deadline_passed(deadline)) return time_out(completion, &wait);
    if (!yoke__thread_self()) return YOKE_ENOMEM;
    atomic_int *count = next_of(completion)->of_several ? &uncertain : NULL;
    if (count) atomic_fetch_add(count, 1);
    int status = sleep_until(completion, &wait, refuse);
    if (count) atomic_fetch_sub(count, 1);
    return status;
}

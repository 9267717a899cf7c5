/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers of a pipeline: members of a team that ask what to do, do it, and sleep when there is
 * nothing. All state is in tokens and stations, so one worker alone can finish the run, and one
 * that begins late, or after the end, does no harm.
 *
 * Who sleeps waits, in the graph of waits, for any of the workers that do not: one of them will
 * make work or the end. A worker counts from before it asks for the first time, so whatever is to
 * be done is with one that counts, or that others have yet to wake. Such a wait cannot be given up,
 * for the stages use what lies in the frame of the caller; so when a stage waits, over whatever
 * ways, for the thread that sleeps here, it is the stage's own wait that is refused, and its
 * failure ends the run.
 *
 * The epoch changes, under the lock, before anybody is woken. A worker that found nothing sleeps
 * only when the epoch is, under the mutex of the graph, still the one of that moment.
 */
#include "pipeline/flow.h"
#include "runtime/park.h"
#include "runtime/region.h"
#include "runtime/waitfor.h"
#include "yoke/lock.h"
#include "yoke/team.h"

/* ---- waking and sleeping */

static void wake_hands(yoke__pipeline *p, int count) {
    if (!count) return;
    yoke__wait *chain = NULL;
    yoke__graph_lock();
    while (count-- && p->sleepers) chain = yoke__wait_grant(&p->sleepers, p->sleepers, chain);
    yoke__graph_unlock();
    yoke__wait_wake(chain);
}

static bool sleeps(const yoke__pipeline *p, int thread) {
    const yoke__wait *wait = yoke__thread_at(thread)->waiting.wait;
    return wait && wait->object == p;
}

/* yoke__wait_owner_fn: the workers that do not sleep. */
static int next_owner(const yoke__wait *wait, int after) {
    const yoke__pipeline *p = wait->object;
    int next = -1;
    for (int i = 0; i < p->workers; i++) {
        int thread = p->hands[i].thread - 1;
        if (thread > after && (next < 0 || thread < next) && !sleeps(p, thread)) next = thread;
    }
    return next;
}

/* Whether it has registered and has to sleep. */
static bool lie_down(yoke__hand *hand, yoke__wait *wait) {
    yoke__pipeline *p = hand->of;
    yoke__graph_lock();
    bool still = atomic_load(&p->epoch) == hand->epoch;
    if (still) {
        yoke__wait_begin_firmly(wait);
        yoke__wait_push(&p->sleepers, wait, false);
    }
    yoke__graph_unlock();
    return still;
}

static void get_up(yoke__pipeline *p, yoke__wait *wait) {
    yoke__graph_lock();
    bool granted = !yoke__wait_queued(wait);
    if (!granted) {
        yoke__wait_remove(&p->sleepers, wait);
        yoke__wait_end(wait);
    }
    yoke__graph_unlock();
    if (granted) yoke__wait_let_go(wait);
}

static void sleep_well(yoke__hand *hand) {
    yoke__pipeline *p = hand->of;
    yoke__wait wait = {.what = "for work of pipeline",
                       .name = p->options.name,
                       .object = p,
                       .site = "yoke_pipeline_run",
                       .deadline = YOKE_FOREVER,
                       .any = true,
                       .next_owner = next_owner};
    if (!lie_down(hand, &wait)) return;
    if (yoke__wait_sleep(&wait) != YOKE__WAKE_GRANTED) get_up(p, &wait);
}

/* Batches from this size on are waited for awake at first; of smaller ones each visit is so short
 * that who looks on mostly takes the lock from who works. */
enum { LOOK_FROM = 16 };

/* Looks for work about as long as it takes to fall asleep and be woken, for what one batch waits
 * for another is mostly shorter. Returns whether there may be some. */
static bool work_comes_soon(const yoke__hand *hand) {
    enum { BETWEEN = 16 }; /* looks between two of the clock */
    const yoke__pipeline *p = hand->of;
    yoke_deadline end = yoke_deadline_in(30e-6);
    do {
        for (int i = 0; i < BETWEEN; i++) {
            if (atomic_load(&p->epoch) != hand->epoch) return true;
            yoke__relax();
        }
    } while (!yoke_deadline_passed(end));
    return false;
}

void yoke__hand_rest(yoke__hand *hand) {
    if (hand->batch >= LOOK_FROM && work_comes_soon(hand)) return;
    sleep_well(hand);
}

/* ---- workers */

/* Before it asks the desk, so that whoever looks while it has something to do sees it. */
static void sign_on(yoke__hand *hand, int thread) {
    yoke__graph_lock();
    hand->thread = thread + 1;
    yoke__graph_unlock();
}

static void visit(yoke__hand *hand) {
    const char *name = hand->station->region;
    YOKE__REGION(name ? name : "stage", YOKE_ACTIVITY_WORK);
    yoke__region_note(YOKE__EVENT_BLOCKS, 1);
    yoke__visit(hand);
}

static int work(yoke_team *team, int member, void *ctx) {
    (void)team;
    YOKE__REGION("pipeline worker", YOKE_ACTIVITY_RUNTIME);
    yoke__pipeline *p = ctx;
    yoke__hand *hand = &p->hands[member];
    int thread = yoke_thread_index(), wake = 0;
    if (thread < 0) return thread;
    sign_on(hand, thread);
    for (;;) {
        yoke__order order = yoke__desk_next(hand, &wake);
        wake_hands(p, wake);
        if (order == YOKE__LEAVE) return YOKE_OK;
        if (order == YOKE__VISIT)
            visit(hand);
        else
            yoke__hand_rest(hand);
    }
}

int yoke_pipeline_run(const yoke_stage *stages, size_t n, const yoke_pipeline_options *options) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    yoke__pipeline p;
    int status = yoke__pipeline_open(&p, stages, n, options);
    if (status < 0) return status;
    status = yoke__look_out_start(&p);
    if (status >= 0) status = yoke_team_run(p.workers, work, &p);
    yoke__look_out_end(&p);
    if (p.status < 0) status = yoke_fail(p.status, "%s", p.detail);
    return yoke__pipeline_close(&p, status);
}

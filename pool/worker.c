/* SPDX-License-Identifier: Apache-2.0
 *
 * Workers: how they find work, rest, and wait for tasks that were stolen from them.
 *
 * A task's state is its position in the deque until a thief writes itself there, and DONE in the
 * end. Between the theft and that note the joiner sees the position, which lasts some nanoseconds
 * unless the thief loses its processor.
 *
 * Waiting for a stolen task (leapfrogging): all tasks in the thief's deque are then descendants of
 * the one that it stole, as its deque was empty at that moment and what it spawns since belongs to
 * that task. So the joiner steals from the thief, under the condition that the state is still the
 * thief's when the item is seen: an item that is unsynced keeps the stolen task from ending, so
 * what is taken is a descendant for certain. Where the thief itself waits for a thief, the joiner
 * goes on to that one; there the condition cannot be checked, and a task that is no descendant may
 * be taken when things change at this very moment, so a thread that holds a lock does not do it.
 */
#include "pool/delay.h"
#include "pool/pool.h"

#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/held.h"
#include "runtime/park.h"
#include "runtime/region.h"
#include "runtime/shuffle.h"
#include "runtime/waitfor.h"

enum { DONE = 1 };
enum { LOOKS = 64, PAUSES = 16, YIELD = 16, FAIR = 61, GLANCE = 8 };
#define SHORTEST_NAP 50e-6
#define LONGEST_NAP  2e-3

static _Thread_local worker *here;

yoke_worker *yoke_worker_here(void) { return here ? &here->base : NULL; }
yoke_pool *yoke_worker_pool(const yoke_worker *w) { return ((const worker *)w)->pool; }
int yoke_worker_index(const yoke_worker *w) { return ((const worker *)w)->index; }
worker *yoke__worker_of(const yoke_pool *pool) { return here && here->pool == pool ? here : NULL; }

/* relaxed, both: only the owner writes it, and statistics promise no order. */
static void count(_Atomic uint64_t *what) {
    uint64_t had = atomic_load_explicit(what, memory_order_relaxed);
    atomic_store_explicit(what, had + 1, memory_order_relaxed);
}

/* ---- life ---- */

static int fill(worker *w, yoke_pool *pool, int workers) {
    size_t others = (size_t)(workers > 1 ? workers - 1 : 1);
    w->others.order = calloc(others, sizeof *w->others.order);
    w->others.classes = calloc(others, sizeof *w->others.classes);
    w->stolen_from = calloc((size_t)workers, sizeof *w->stolen_from);
    if (!w->others.order || !w->others.classes || !w->stolen_from)
        return yoke_fail(YOKE_ENOMEM, "no memory for a worker");
    YOKE_TRY(yoke_deque_init(&w->base.tasks_, 1024));
    YOKE_TRY(yoke_deque_init(&w->jobs, 64));
    yoke_queue_mpsc_init(&w->hinted.queue);
    atomic_flag_clear(&w->hinted.reading);
    yoke_deque_set_event(&w->base.tasks_, &pool->work);
    yoke_deque_set_event(&w->jobs, &pool->work);
    return YOKE_OK;
}

int yoke__worker_create(yoke_pool *pool, int index, int workers, worker **made) {
    worker *w = yoke_aligned_alloc(sizeof *w);
    if (!w) return yoke_fail(YOKE_ENOMEM, "no memory for a worker");
    memset(w, 0, sizeof *w);
    w->pool = pool;
    w->index = index;
    atomic_init(&w->processor, -1);
    w->random = ((uint64_t)index * 0x9E3779B97F4A7C15u + 1) ^ yoke__shuffle_draw();
    if (!w->random) w->random = 1;
    int status = fill(w, pool, workers);
    if (status < 0) {
        yoke__worker_destroy(w);
        return status;
    }
    *made = w;
    return YOKE_OK;
}

void yoke__worker_destroy(worker *w) {
    if (!w) return;
    yoke_deque_fini(&w->base.tasks_);
    yoke_deque_fini(&w->jobs);
    free(w->others.order);
    free(w->others.classes);
    free(w->stolen_from);
    yoke_aligned_free(w);
}

int yoke__worker_enter(worker *w) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    atomic_store(&w->processor, omp_get_proc_bind() == omp_proc_bind_false ? -1 : sched_getcpu());
    atomic_store(&w->thread, self->index + 1);
    here = w;
    return YOKE_OK;
}

void yoke__worker_exit(worker *w) {
    here = NULL;
    atomic_store(&w->thread, 0);
}

/* ---- finding work ---- */

typedef struct found {
    yoke_task *task; /* stolen from `victim`; or */
    yoke__job *job;
    worker *victim;
} found;

static uint64_t next_random(worker *w) {
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    return w->random ^= w->random << 17;
}

/* A look that others disturbed may miss what is there. The last look before a rest may not, or it
 * would lie there while this worker sleeps: it is repeated until nobody was in the way. Each time
 * another worker got something, or is about to. */
static void *steal(yoke_deque *from, bool last) {
    void *item;
    for (int tries = 0; last || tries < 4; tries++) {
        int got = yoke_deque_steal(from, &item);
        if (got != YOKE_DEQUE_LOST) return got > 0 ? item : NULL;
    }
    return NULL;
}

static yoke__job *pop_inbox(inbox *from) {
    yoke__job *job = (yoke__job *)yoke_queue_mpsc_try_pop(&from->queue);
    yoke__delay(); /* taken, and others do not get at the next */
    /* release: hands the consumer's side of the queue on; pairs with the acquire in read_inbox. */
    atomic_flag_clear_explicit(&from->reading, memory_order_release);
    return job;
}

static yoke__job *read_inbox(inbox *from, bool last) {
    while (!yoke_queue_mpsc_empty(&from->queue)) {
        /* acquire: see pop_inbox. */
        if (!atomic_flag_test_and_set_explicit(&from->reading, memory_order_acquire))
            return pop_inbox(from);
        if (!last) return NULL;
        sched_yield();
    }
    return NULL;
}

static yoke__job *read_lane(yoke_pool *pool, yoke_priority lane) {
    yoke__job *job;
    return yoke__lane_try_pop(pool->lanes[lane], &job) == 1 ? job : NULL;
}

enum { SOURCES = 5 }; /* of jobs, other than the high lane */

static yoke__job *read_source(worker *w, unsigned source, bool last) {
    switch (source) {
    case 0: return read_inbox(&w->hinted, last);
    case 1: return steal(&w->jobs, last);
    case 2: return read_inbox(&w->pool->inbox, last);
    case 3: return read_lane(w->pool, YOKE_PRIORITY_NORMAL);
    default: return read_lane(w->pool, YOKE_PRIORITY_LOW);
    }
}

/* Now and then each source in turn comes before all others. */
static yoke__job *find_neglected(worker *w) {
    if (++w->tick % FAIR) return NULL;
    return read_source(w, w->tick / FAIR % SOURCES, false);
}

static bool find_job(worker *w, found *it, bool last) {
    yoke__job *job = find_neglected(w);
    if (!job) job = read_lane(w->pool, YOKE_PRIORITY_HIGH);
    for (unsigned source = 0; !job && source < SOURCES - 1; source++)
        job = read_source(w, source, last);
    it->job = job;
    return job != NULL;
}

/* What is meant for a worker that rests is left to it: it was woken for that, or is about to look.
 * When it finds something better instead, it wakes another. */
static bool steal_from(worker *victim, found *it, bool last) {
    it->victim = victim;
    it->task = steal(&victim->base.tasks_, last);
    if (!it->task) it->job = steal(&victim->jobs, last);
    if (!it->task && !it->job && !atomic_load(&victim->resting))
        it->job = read_inbox(&victim->hinted, last);
    return it->task || it->job;
}

/* Each class of equally distant victims from a random one on. */
static bool steal_from_any(worker *w, found *it, bool last) {
    yoke__shuffle_delay();
    const victims *others = &w->others;
    for (int begin = 0, class = 0; begin < others->count; begin = others->classes[class ++]) {
        int size = others->classes[class] - begin;
        int start = (int)((next_random(w) >> 32) * (uint64_t)size >> 32);
        for (int i = 0; i < size; i++) {
            int victim = others->order[begin + (start + i) % size];
            if (steal_from(w->pool->workers[victim], it, last)) return true;
        }
    }
    return false;
}

static bool find(worker *w, found *it, bool last) {
    *it = (found){0};
    if (find_job(w, it, last) || steal_from_any(w, it, last)) return true;
    it->job = read_lane(w->pool, YOKE_PRIORITY_LOW);
    return it->job != NULL;
}

/* ---- regions: a run of jobs without a search between them is one call, as short jobs cost less
 * than the two readings of the clock ---- */

/* A worker may be there long before the measurement begins. */
static void tell_presence(worker *w) {
    unsigned on = YOKE_REGIONS_ON_;
    if (__builtin_expect(on == w->present, 1)) return;
    w->present = on;
    yoke_region_begin_as("pool worker", YOKE_ACTIVITY_RUNTIME);
}

static void tell_absence(worker *w) {
    if (w->present && w->present == YOKE_REGIONS_ON_) yoke_region_end("pool worker");
    w->present = 0;
}

void yoke__worker_tell_begin(worker *w) {
    unsigned on = YOKE_REGIONS_ON_;
    if (__builtin_expect(on == w->working, 1)) return;
    w->working = on;
    w->told = w->base.spawned_;
    yoke_region_begin("pool work");
}

static void tell_search(worker *w) {
    if (w->working && w->working == YOKE_REGIONS_ON_) yoke_region_end("pool work");
    w->working = 0;
}

/* The job or stolen task that has just ended, and those that it spawned. */
static void tell_tasks(worker *w) {
    if (!w->working || w->working != YOKE_REGIONS_ON_) return;
    yoke__region_note(YOKE__EVENT_TASKS, 1 + (double)(w->base.spawned_ - w->told));
    w->told = w->base.spawned_;
}

void yoke__worker_tell_end(worker *w) {
    tell_tasks(w);
    tell_search(w);
}

/* ---- running it ---- */

static void run_stolen(worker *w, yoke_task *task, worker *victim) {
    count(&w->stolen_from[victim->index]);
    yoke__delay(); /* stolen, and not yet noted */
    /* release: nothing is published; pairs with the loads in wait_stolen. */
    __atomic_store_n(&task->state_, (uintptr_t)w, __ATOMIC_RELEASE);
    yoke__region_note(YOKE__EVENT_STEALS, 1);
    yoke_deque_offer(&w->base.tasks_); /* to the victim, which may soon wait for this task */
    task->run_(&w->base, task);
    tell_tasks(w);
    yoke__delay(); /* done, and not yet told */
    /* release: what the task wrote; pairs with the load in wait_stolen, after which the frame may
     * be gone. */
    __atomic_store_n(&task->state_, (uintptr_t)DONE, __ATOMIC_RELEASE);
    yoke__delay(); /* the joiner may be gone */
    yoke_event_signal(&victim->joined);
}

static void run(worker *w, const found *it) {
    yoke__shuffle_delay();
    yoke__worker_tell_begin(w);
    if (it->task) {
        run_stolen(w, it->task, it->victim);
        return;
    }
    yoke_pool *pool = w->pool;
    count(&w->run_jobs);
    it->job->run(w, it->job);
    tell_tasks(w);
    yoke__pool_ended(pool);
}

/* ---- rest ---- */

/* How a worker without work goes on. */
typedef struct search {
    int looks; /* in vain */
    bool counted, slept;
} search;

static void start_searching(worker *w, search *s) {
    if (!s->counted) atomic_fetch_add(&w->pool->searching, 1);
    s->counted = true;
}

/* True: it was the last. */
static bool stop_searching(worker *w, search *s) {
    bool last = s->counted && atomic_fetch_sub(&w->pool->searching, 1) == 1;
    s->counted = false;
    return last;
}

/* Sleeps until there may be work. True: *it was found in the last look. */
static bool rest(worker *w, found *it, yoke__until_fn *until, uint64_t arg) {
    yoke_pool *pool = w->pool;
    atomic_store(&w->resting, true); /* before it announces itself: see yoke__pool_post_to */
    uint32_t ticket = yoke_event_prepare(&pool->work);
    yoke__delay(); /* announced, and work comes */
    if (find(w, it, true) || until(pool, arg, true)) {
        yoke_event_cancel(&pool->work);
    } else {
        yoke__delay(); /* looked, and work comes */
        count(&w->parked);
        yoke_deadline alarm = yoke__timers_watch(&pool->timers);
        YOKE__WAIT_REGION("for work of pool");
        yoke_event_wait(&pool->work, ticket, alarm);
        yoke__timers_unwatch(&pool->timers, alarm);
    }
    atomic_store(&w->resting, false);
    return it->task || it->job;
}

/* Between jobs the clock is not read each time. */
static void heed_timers(worker *w, bool idle) {
    if (!yoke__timers_armed(&w->pool->timers)) return;
    if (idle || w->tick % GLANCE == 0) yoke__timers_fire(&w->pool->timers);
}

/* Finds work, and rests where there is none. False: there was none to be had at this look. */
static bool await(worker *w, found *it, search *s, yoke__until_fn *until, uint64_t arg) {
    if (find(w, it, false)) return true;
    tell_search(w);
    if (until(w->pool, arg, true)) return false;
    if (++s->looks < LOOKS) {
        start_searching(w, s);
        for (int i = 0; i < PAUSES; i++) yoke__relax();
        if (s->looks % YIELD == 0) sched_yield(); /* who brings work may need this processor */
        return false;
    }
    stop_searching(w, s);
    yoke__delay();
    s->slept = true;
    s->looks = 0;
    return rest(w, it, until, arg);
}

/* Work was found: who slept, or kept posters from waking others, wakes one in their place. */
static void pass_on(worker *w, search *s) {
    bool last = stop_searching(w, s);
    yoke__delay(); /* not counted any more, and the next not yet woken */
    if ((s->slept || (last && yoke__pool_has_more(w->pool))) && yoke_event_awaited(&w->pool->work))
        yoke_event_wake_one(&w->pool->work);
    *s = (search){0};
}

void yoke__worker_run(worker *w, yoke__until_fn *until, uint64_t arg) {
    search s = {0};
    while (!until(w->pool, arg, false)) {
        found it;
        tell_presence(w);
        heed_timers(w, s.slept || s.looks > 0);
        if (await(w, &it, &s, until, arg)) {
            pass_on(w, &s);
            run(w, &it);
        } else if (until(w->pool, arg, true)) {
            break;
        }
    }
    tell_search(w);
    tell_absence(w);
    stop_searching(w, &s);
}

/* ---- tasks that are not where they were put ---- */

void yoke_task_run_now_(yoke_worker *w, yoke_task *task) {
    task->run_(w, task);
    /* relaxed: for this thread only, as the task was never public. */
    __atomic_store_n(&task->state_, (uintptr_t)DONE, __ATOMIC_RELAXED);
}

bool yoke__worker_leapfrog(worker *w, yoke_task *task, worker *thief) {
    void *item = NULL;
    worker *from = thief;
    yoke__delay(); /* the thief ends the task and steals another */
    int got = yoke_deque_steal_while(&thief->base.tasks_, &item, &task->state_, (uintptr_t)thief);
    bool free_to_roam = !yoke__held_any(&yoke__thread_record->holds);
    for (int hops = 0; got == 0 && free_to_roam && hops < w->pool->size; hops++) {
        from = atomic_load(&from->waits_for);
        if (!from || from == w || from == thief) return false;
        got = yoke_deque_steal(&from->base.tasks_, &item);
    }
    if (got <= 0) return got == YOKE_DEQUE_LOST;
    count(&w->helped);
    run_stolen(w, item, from);
    return true;
}

static int thief_of_wait(const yoke__wait *wait, int after) {
    const yoke_task *task = wait->object;
    uintptr_t state = __atomic_load_n(&task->state_, __ATOMIC_SEQ_CST);
    int thread = state & 3 ? -1 : atomic_load(&((worker *)state)->thread) - 1;
    return thread > after ? thread : -1;
}

/* Sleeps until a stolen task is done, or for a while. */
static void nap(worker *w, yoke_task *task, double seconds) {
    yoke__wait wait = {.what = "for stolen task",
                       .object = task,
                       .site = "yoke_sync",
                       .deadline = YOKE_FOREVER,
                       .next_owner = thief_of_wait};
    uint32_t ticket = yoke_event_prepare(&w->joined);
    if (__atomic_load_n(&task->state_, __ATOMIC_SEQ_CST) == DONE) {
        yoke_event_cancel(&w->joined);
        return;
    }
    yoke__graph_lock();
    yoke__wait_begin_firmly(&wait);
    yoke__graph_unlock();
    count(&w->parked);
    YOKE__WAIT_REGION(wait.what);
    yoke_event_wait(&w->joined, ticket, yoke_deadline_in(seconds));
    yoke__graph_lock();
    yoke__wait_end(&wait);
    yoke__graph_unlock();
}

static void wait_stolen(worker *w, yoke_task *task) {
    double length = SHORTEST_NAP;
    worker *before = atomic_load(&w->waits_for); /* of a task below, on this stack */
    for (int looks = 0;; looks++) {
        /* acquire: pairs with the releases in run_stolen. */
        uintptr_t state = __atomic_load_n(&task->state_, __ATOMIC_ACQUIRE);
        if (state == DONE) break;
        worker *thief = state & 3 ? NULL : (worker *)state; /* NULL: it has not noted it yet */
        atomic_store(&w->waits_for, thief);
        if (thief && yoke__worker_leapfrog(w, task, thief)) {
            looks = 0;
            length = SHORTEST_NAP;
        } else if (looks < LOOKS) {
            for (int i = 0; i < PAUSES; i++) yoke__relax();
        } else {
            nap(w, task, length);
            if (length < LONGEST_NAP) length *= 2;
        }
    }
    atomic_store(&w->waits_for, before);
}

/* The task is stolen, or public, or has run for want of memory, or is not the newest. Newer ones,
 * which are to be synced later, run now. */
void yoke_sync_slowly_(yoke_worker *base, yoke_task *task) {
    for (;;) {
        /* relaxed: DONE by this thread is all that counts here. */
        if (__atomic_load_n(&task->state_, __ATOMIC_RELAXED) == DONE) break;
        yoke_task *taken = yoke_deque_take(&base->tasks_);
        if (!taken) break;
        yoke_task_run_now_(base, taken);
    }
    wait_stolen((worker *)base, task);
}

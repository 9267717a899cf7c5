/* SPDX-License-Identifier: Apache-2.0
 *
 * Measurements: beginning and ending them, and the recorders of threads that come and go.
 *
 * The mutex guards the list of recorders and the number of the measurement that runs. Threads that
 * record do not take it, but at their first region.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/fork.h"
#include "runtime/park.h"
#include "runtime/region.h"
#include "runtime/thread.h"

enum { THREADS_MOST = 4096, NAMES_MOST = 1024 };

const yoke__sampler *yoke__session_sampler;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static yoke__session session;
static yoke__recorder **last = &session.first;
static unsigned measurements; /* begun so far */

void yoke__session_lock(void) { pthread_mutex_lock(&lock); }
void yoke__session_unlock(void) { pthread_mutex_unlock(&lock); }

/* ---- names ---- */

typedef struct name {
    struct name *next;
    char text[];
} name;

static name *names;
static size_t name_count;

/* Under the mutex. */
static const name *add_name(const char *text) {
    size_t size = strlen(text) + 1;
    name *made = name_count < NAMES_MOST ? malloc(sizeof *made + size) : NULL;
    if (!made) return NULL;
    memcpy(made->text, text, size);
    made->next = names;
    names = made;
    name_count++;
    return made;
}

const char *yoke__region_name(const char *text) {
    if (!text) return "";
    pthread_mutex_lock(&lock);
    const name *at = names;
    while (at && strcmp(at->text, text) != 0) at = at->next;
    if (!at) at = add_name(text);
    pthread_mutex_unlock(&lock);
    return at ? at->text : "";
}

/* ---- recorders ---- */

static void free_cells(yoke__region *region) {
    for (yoke__cell *next, *at = region->cells; at; at = next) {
        next = at->next;
        free(at);
    }
}

/* Leaves first, without recursion: the tree may be deep. */
static void free_tree(yoke__region *root) {
    for (yoke__region *at = root; at;) {
        yoke__region *child = at->first, *parent = at->parent;
        if (child) {
            at->first = child->next;
            at = child;
            continue;
        }
        free_cells(at);
        if (at != root) free(at);
        at = at == root ? NULL : parent;
    }
}

static void free_stack(yoke__recorder *r) {
    free(r->frames);
    free(r->samples);
    r->frames = NULL;
    r->samples = NULL;
}

static void close_state(yoke__recorder *r) {
    if (r->state) yoke__session_sampler->close(r->state);
    r->state = NULL;
}

static void recorder_free(yoke__recorder *r) {
    free_stack(r);
    free_tree(&r->root);
    free(r->spans.at);
    free(r);
}

static yoke__recorder *recorder_make(void) {
    yoke__recorder *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    size_t columns = session.sampler ? (size_t)session.sampler->columns : 0;
    r->root.name = "whole run";
    r->frames = malloc(YOKE__FRAMES * sizeof *r->frames);
    if (columns) r->samples = malloc(YOKE__FRAMES * columns * sizeof *r->samples);
    if (!r->frames || (columns && !r->samples)) {
        recorder_free(r);
        return NULL;
    }
    r->tid = gettid();
    r->cpu = sched_getcpu();
    r->spans.room = session.spans;
    r->told = session.sampler && session.sampler->enter;
    return r;
}

static void add(yoke__recorder *r) {
    r->number = session.threads++;
    *last = r;
    last = &r->next;
    if (r->samples) r->state = session.sampler->open(session.sampler);
    yoke__recorder_open(r);
}

/* Under the mutex. */
static void attach(yoke__thread *self) {
    yoke__recorder *r = session.threads < THREADS_MOST ? recorder_make() : NULL;
    if (r)
        add(r);
    else
        session.unseen++;
    self->recording.recorder = r;
    self->recording.measurement = yoke_regions_on_;
}

void yoke__recorder_attach(yoke__thread *self, unsigned measurement) {
    pthread_mutex_lock(&lock);
    if (yoke_regions_on_ == measurement) attach(self);
    pthread_mutex_unlock(&lock);
}

/* Ends all frames, as far as the thread is known to have come. */
static void recorder_close(yoke__recorder *r, uint64_t now, int cpu, bool own) {
    while (r->depth >= 0) yoke__recorder_pop(r, now, cpu, own);
    close_state(r);
    r->end = now;
}

void yoke__recorder_thread_ends(yoke__thread *self) {
    if (!self->recording.measurement) return;
    pthread_mutex_lock(&lock);
    yoke__recorder *r = self->recording.recorder;
    if (r && self->recording.measurement == yoke_regions_on_) {
        recorder_close(r, yoke__ticks(), sched_getcpu(), true);
        free_stack(r);
        r->ended = true;
    }
    self->recording.recorder = NULL;
    self->recording.measurement = 0;
    pthread_mutex_unlock(&lock);
}

/* ---- measurements ---- */

/* Under the mutex; nothing runs. */
static int begin(yoke__thread *self) {
    last = &session.first;
    yoke__session_sampler = session.sampler;
    session.begin = yoke__ticks_moment();
    if (!++measurements) measurements = 1;
    session.number = measurements;
    attach(self);
    if (!self->recording.recorder) return YOKE_ENOMEM;
    self->recording.measurement = measurements;
    /* release: all above; pairs with the acquire of threads that record. */
    __atomic_store_n(&yoke_regions_on_, measurements, __ATOMIC_RELEASE);
    return YOKE_OK;
}

int yoke__session_start(yoke__sampler *sampler, size_t spans, void *data) {
    yoke__thread *self = yoke__thread_self();
    if (!self) return YOKE_ENOMEM;
    YOKE_TRY(yoke__fork_watch());
    yoke__ticks_choose();
    pthread_mutex_lock(&lock);
    int status = YOKE_EINVAL;
    if (!yoke_regions_on_) {
        session = (yoke__session){.sampler = sampler, .spans = spans, .data = data};
        status = begin(self);
    }
    pthread_mutex_unlock(&lock);
    if (status == YOKE_EINVAL) return yoke_fail(status, "a measurement runs already");
    return status < 0 ? yoke_fail(status, "no memory for the record of a thread's regions")
                      : status;
}

static void nap(void) {
    struct timespec span = {0, 50000};
    nanosleep(&span, NULL);
}

/* Waits until no thread is at work on its recorder. */
static void wait_for_all(void) {
    int limit = yoke__thread_limit();
    for (int i = 0; i < limit; i++) {
        const yoke__thread *thread = yoke__thread_at(i);
        for (int tries = 0; __atomic_load_n(&thread->recording.busy, __ATOMIC_SEQ_CST); tries++) {
            if (tries < 100)
                yoke__relax();
            else
                nap();
        }
    }
}

/* Under the mutex. */
static int end(yoke__session *out) {
    unsigned on = yoke_regions_on_;
    if (!on) return YOKE_EINVAL;
    __atomic_store_n(&yoke_regions_on_, 0, __ATOMIC_SEQ_CST);
    int status = yoke__barrier_all();
    if (status < 0) { /* nothing was lost but the events of this moment */
        __atomic_store_n(&yoke_regions_on_, on, __ATOMIC_SEQ_CST);
        return status;
    }
    wait_for_all();
    session.end = yoke__ticks_moment();
    for (yoke__recorder *r = session.first; r; r = r->next) {
        if (!r->ended) recorder_close(r, session.end.ticks, r->cpu, r->tid == gettid());
    }
    *out = session;
    session = (yoke__session){0};
    return YOKE_OK;
}

int yoke__session_stop(yoke__session *out) {
    pthread_mutex_lock(&lock);
    int status = end(out);
    pthread_mutex_unlock(&lock);
    if (status == YOKE_EINVAL) return yoke_fail(status, "nothing is measured");
    return status < 0 ? yoke_fail(status, "no memory to stop the threads that are measured")
                      : status;
}

void yoke__session_free(yoke__session *of) {
    for (yoke__recorder *next, *r = of->first; r; r = next) {
        next = r->next;
        recorder_free(r);
    }
    of->first = NULL;
}

/* Its recorders are left: the threads that were at work on them are gone. */
void yoke__session_forget(void) {
    static yoke__session forgotten; /* so that it does not look like a leak */
    for (yoke__recorder *r = session.first; r; r = r->next) close_state(r);
    __atomic_store_n(&yoke_regions_on_, 0, __ATOMIC_SEQ_CST);
    forgotten = session;
    (void)forgotten;
    session = (yoke__session){0};
    int limit = yoke__thread_limit();
    for (int i = 0; i < limit; i++) yoke__thread_at(i)->recording.busy = 0;
}

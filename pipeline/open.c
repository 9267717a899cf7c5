/* SPDX-License-Identifier: Apache-2.0
 *
 * The beginning and the end of a pipeline: what the caller gave is checked, defaults are filled in,
 * and in the end everything is released.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/flow.h"
#include "runtime/fork.h"
#include "runtime/region.h"
#include "yoke/team.h"

enum { TOKENS_A_WORKER = 4, MOST_TOKENS_A_WORKER = 64, MOST_BATCH = 4096 };

/* ---- checks */

static int refuse(size_t at, const yoke_stage *s, const char *why) {
    return yoke_fail(YOKE_EINVAL, "stage %zu '%s': %s", at, s->name ? s->name : "", why);
}

static int check_ways(const yoke_stage *s, size_t at, size_t n) {
    if ((s->fan != 0) != (s->next != NULL)) return refuse(at, s, "fan and next do not fit");
    if (s->sink && s->fan) return refuse(at, s, "a sink names no next stage");
    if ((s->route || s->copy) && !s->fan) return refuse(at, s, "it has no ways to choose from");
    for (size_t i = 0; i < s->fan; i++)
        if (s->next[i] <= at || s->next[i] >= n)
            return refuse(at, s, "items can only go to stages behind");
    return YOKE_OK;
}

static int check_stage(const yoke_stage *s, size_t at, size_t n, const yoke_pipeline_options *o) {
    if (!s->name || !s->run) return refuse(at, s, "it has no name or nothing to run");
    if ((unsigned)s->kind > YOKE_STAGE_IN_ORDER) return refuse(at, s, "there is no such kind");
    if ((unsigned)s->on_error > YOKE_STAGE_QUARANTINE)
        return refuse(at, s, "there is no such answer to errors");
    if (at == 0 && (s->on_error != YOKE_STAGE_FAIL || s->end || s->flush || s->sink))
        return refuse(at, s, "the source fails the run, has no end nor flush, and is no sink");
    if (s->on_error == YOKE_STAGE_QUARANTINE && !o->quarantine)
        return refuse(at, s, "there is no file for the quarantine");
    if (!s->local_size && (s->start || s->finish))
        return refuse(at, s, "start or finish, and no state of workers");
    return check_ways(s, at, n);
}

static int check(const yoke_stage *stages, size_t n, const yoke_pipeline_options *o) {
    if (!stages || n < 2) return yoke_fail(YOKE_EINVAL, "a pipeline has two stages at least");
    if (o->workers < 0) return yoke_fail(YOKE_EINVAL, "pipeline: %d workers", o->workers);
    if (!(o->stall >= 0) || (o->stall > 0 && !o->stalled))
        return yoke_fail(YOKE_EINVAL, "pipeline: stall is %g, and nobody is to be told", o->stall);
    for (size_t i = 0; i < n; i++) YOKE_TRY(check_stage(&stages[i], i, n, o));
    return YOKE_OK;
}

/* ---- open */

static int64_t monotonic(void *ctx) {
    (void)ctx;
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void set_options(yoke__pipeline *p, const yoke_pipeline_options *options) {
    yoke_pipeline_options *o = &p->options;
    *o = *options;
    if (!o->name) o->name = "pipeline";
    if (o->deadline == YOKE_FOREVER) o->deadline = 0;
    p->workers = o->workers ? o->workers : yoke_team_default_size();
    size_t workers = (size_t)p->workers;
    p->most_tokens = TOKENS_A_WORKER * workers;
    if (o->items) p->most_tokens = MOST_TOKENS_A_WORKER * workers;
    if (o->items && o->items < p->most_tokens) p->most_tokens = o->items;
    p->share = o->bytes ? o->bytes / (2 * workers) + 1 : SIZE_MAX;
    size_t most = o->items ? o->items / (2 * workers) : MOST_BATCH;
    size_t fixed = o->items && o->batch > o->items ? o->items : o->batch;
    yoke__batch_size_init(&p->batch, fixed, most ? most : 1);
}

static void set_station(yoke__station *s, const yoke_stage *stage, size_t at, size_t n) {
    s->stage = stage;
    s->region = YOKE_REGIONS_ON_ ? yoke__region_name(stage->name) : NULL;
    s->own_next = at + 1;
    s->next = stage->fan ? stage->next : &s->own_next;
    s->fan = stage->fan ? stage->fan : !stage->sink && at + 1 < n;
    s->serial = at == 0 || stage->kind != YOKE_STAGE_PARALLEL;
    s->in_order = at != 0 && stage->kind == YOKE_STAGE_IN_ORDER;
}

static int make_stations(yoke__pipeline *p, const yoke_stage *stages) {
    p->final_begun = true;
    for (size_t i = 0; i < p->count; i++) {
        yoke__station *s = &p->stations[i];
        set_station(s, &stages[i], i, p->count);
        s->locals = calloc((size_t)p->workers, sizeof *s->locals);
        if (!s->locals) return YOKE_ENOMEM;
        if (stages[i].end) p->final_begun = false;
    }
    return YOKE_OK;
}

static int make(yoke__pipeline *p, const yoke_stage *stages) {
    size_t size = (size_t)p->workers * sizeof *p->hands;
    p->stations = calloc(p->count, sizeof *p->stations);
    p->hands = yoke_aligned_alloc(size);
    if (!p->stations || !p->hands || make_stations(p, stages) < 0)
        return yoke_fail(YOKE_ENOMEM, "%s: no memory for its stages", p->options.name);
    memset(p->hands, 0, size);
    for (int i = 0; i < p->workers; i++) {
        p->hands[i].of = p;
        p->hands[i].flow.worker = i;
    }
    return YOKE_OK;
}

static int open_quarantine(yoke__pipeline *p) {
    const char *path = p->options.quarantine;
    if (!path) return YOKE_OK;
    p->quarantine = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (p->quarantine >= 0) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "%s: %m", path);
}

static int read_plan(yoke__pipeline *p) {
    const yoke_pipeline_options *o = &p->options;
    if (!o->plan || o->batch) return YOKE_OK;
    return yoke__plan_read(&p->batch, o->plan, "pipeline", p->count);
}

static void release(yoke__pipeline *p) {
    for (size_t i = 0; p->stations && i < p->count; i++) free(p->stations[i].locals);
    free(p->stations);
    yoke_aligned_free(p->hands);
    if (p->quarantine >= 0) close(p->quarantine);
    pthread_mutex_destroy(&p->quarantine_lock);
    pthread_mutex_destroy(&p->lock);
}

int yoke__pipeline_open(yoke__pipeline *p, const yoke_stage *stages, size_t n,
                        const yoke_pipeline_options *options) {
    static const yoke_pipeline_options defaults;
    if (!options) options = &defaults;
    YOKE_TRY(check(stages, n, options));
    YOKE_TRY(yoke__fork_watch());
    *p = (yoke__pipeline){.count = n, .now = monotonic, .quarantine = -1, .end = UINT64_MAX};
    /* held so shortly that who finds it taken should look again before it sleeps */
    p->lock = (pthread_mutex_t)PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
    p->forks = yoke__forks;
    set_options(p, options);
    pthread_mutex_init(&p->quarantine_lock, NULL);
    int status = make(p, stages);
    if (status >= 0) status = open_quarantine(p);
    if (status >= 0) status = read_plan(p);
    if (status < 0) {
        release(p);
        return status;
    }
    p->began = p->now(p->now_ctx);
    p->probe =
        (yoke__probe){.kind = "pipeline", .name = p->options.name, .report = yoke__pipeline_report};
    yoke__probe_add(&p->probe);
    return YOKE_OK;
}

/* ---- close */

static void finish_locals(yoke__pipeline *p, yoke__station *s) {
    for (int i = 0; i < p->workers; i++) {
        if (!s->locals[i]) continue;
        if (s->stage->finish) s->stage->finish(s->locals[i], s->stage->state);
        yoke_aligned_free(s->locals[i]);
    }
}

static void free_token(yoke__token *t, size_t count) {
    for (size_t i = 0; i < 2 * count; i++) free(t->boxes[i].items);
    free(t->boxes);
    free(t->cut);
    free(t);
}

static int close_quarantine(yoke__pipeline *p, int status) {
    int descriptor = p->quarantine;
    p->quarantine = -1;
    if (descriptor < 0 || close(descriptor) == 0 || status < 0) return status;
    return yoke_fail(YOKE_EIO, "%s: %m", p->options.quarantine);
}

static int tell(yoke__pipeline *p) {
    const yoke_pipeline_options *o = &p->options;
    if (o->plan && !o->batch) YOKE_TRY(yoke__plan_write(&p->batch, o->plan, "pipeline", p->count));
    return o->report ? yoke__report_fill(p, o->report) : YOKE_OK;
}

int yoke__pipeline_close(yoke__pipeline *p, int status) {
    assert(p->in_flight == 0);
    yoke__probe_remove(&p->probe);
    for (size_t i = 0; i < p->count; i++) finish_locals(p, &p->stations[i]);
    status = close_quarantine(p, status);
    if (status >= 0) status = tell(p);
    for (yoke__token *t = p->all, *next; t; t = next) {
        next = t->made;
        free_token(t, p->count);
    }
    release(p);
    return status;
}

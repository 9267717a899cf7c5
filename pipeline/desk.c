/* SPDX-License-Identifier: Apache-2.0
 *
 * Who does what next: all decisions about tokens, stages and workers, under one lock, which is held
 * for some hundred nanoseconds a visit. No clock and no sleep but through the pipeline, so that a
 * test can let simulated workers take their turns.
 *
 * A worker goes on with its token as long as it can. Otherwise it takes the first token, in the
 * order of the source, that can go on, and only when there is none a new one from the source: what
 * is in flight comes to its end before more is begun. Who leaves a stage gives it to the first that
 * waits for it, if it is that one's turn; so a stage never stands idle while a token that may pass
 * lies before it and a worker rests.
 *
 * The oldest token never waits for good: its turn has come everywhere, and stages that are serial
 * are kept for one visit only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/flow.h"

/* ---- lists by number */

static void insert(yoke__token **list, yoke__token *t) {
    while (*list && (*list)->number < t->number) list = &(*list)->next;
    t->next = *list;
    *list = t;
}

static yoke__token *take_first(yoke__token **list) {
    yoke__token *t = *list;
    if (t) *list = t->next;
    return t;
}

/* ---- stages */

static bool may_enter(const yoke__station *s, const yoke__token *t) {
    if (!s->serial) return true;
    return !s->busy && (!s->in_order || s->turn == t->number);
}

static void grant(yoke__pipeline *p, yoke__station *s) {
    if (!s->waiting || !may_enter(s, s->waiting)) return;
    yoke__token *t = take_first(&s->waiting);
    s->busy = true;
    t->granted = true;
    insert(&p->ready, t);
}

static void leave_stage(yoke__pipeline *p, yoke__station *s, const yoke__token *t) {
    if (!s->serial) return;
    s->busy = false;
    bool comes_back = t->cuts && t->cut[0].stage <= t->at;
    if (s->in_order && !comes_back) s->turn++;
    grant(p, s);
}

/* ---- tokens */

/* Nothing to do there, and no turn to pass on. */
static bool may_skip(const yoke__pipeline *p, const yoke__token *t) {
    return t->boxes[t->at].count == 0 && !t->final && !p->stations[t->at].in_order;
}

/* To the next stage, or back to the last cut. Returns whether there is one. */
static bool advance(const yoke__pipeline *p, yoke__token *t) {
    do {
        t->at++;
    } while (t->at < p->count && may_skip(p, t));
    if (t->at < p->count) return true;
    if (!t->cuts) return false;
    yoke__cut back = t->cut[--t->cuts];
    t->at = back.stage;
    t->limit = back.limit;
    return true;
}

static void retire(yoke__pipeline *p, yoke__token *t) {
    if (!t->final) yoke__batch_size_observe(&p->batch, t->items, t->service);
    p->items -= t->items;
    p->in_flight--;
    t->next = p->free;
    p->free = t;
}

static yoke__token *make_token(yoke__pipeline *p) {
    yoke__token *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->cut = calloc(p->count, sizeof *t->cut);
    t->boxes = calloc(2 * p->count, sizeof *t->boxes);
    t->spare = t->boxes ? t->boxes + p->count : NULL;
    if (!t->cut || !t->boxes) {
        free(t->cut);
        free(t->boxes);
        free(t);
        return NULL;
    }
    t->made = p->all;
    p->all = t;
    p->tokens++;
    return t;
}

/* Without memory it goes on with the tokens that it has. */
static yoke__token *fresh_token(yoke__pipeline *p) {
    yoke__token *t = take_first(&p->free);
    if (!t && p->tokens < p->most_tokens) t = make_token(p);
    if (!t) return NULL;
    t->number = p->next_number++;
    t->at = 0;
    t->limit = UINT64_MAX;
    t->granted = t->final = false;
    t->items = 0;
    t->service = 0;
    t->since = p->asked;
    p->in_flight++;
    return t;
}

static bool stopping(const yoke__pipeline *p) { return atomic_load(&p->end) != UINT64_MAX; }

static bool source_may_run(const yoke__pipeline *p) {
    if (p->stations[0].busy || p->source_over || stopping(p)) return false;
    if (!p->free && p->tokens == p->most_tokens) return false;
    if (!p->items) return true;
    bool room = !p->options.items || p->items + p->batch.size <= p->options.items;
    return room && (!p->options.bytes || p->bytes < p->options.bytes);
}

/* When all items have passed, one more token lets the stages say what they have left. */
static bool final_may_run(const yoke__pipeline *p) {
    return p->source_over && !p->final_begun && !p->in_flight && !stopping(p);
}

static yoke__token *new_token(yoke__pipeline *p) {
    bool final = final_may_run(p);
    if (!final && !source_may_run(p)) return NULL;
    yoke__token *t = fresh_token(p);
    if (!t) return NULL;
    t->final = final;
    t->ended = 0;
    p->final_begun = final;
    if (final) t->at = 1;
    return t;
}

/* ---- a visit begins and ends */

static void begin(yoke__hand *hand) {
    yoke__pipeline *p = hand->of;
    yoke__token *t = hand->token;
    yoke__station *s = &p->stations[t->at];
    s->busy = true;
    t->granted = false;
    hand->station = s;
    hand->batch = p->batch.size;
    hand->began = p->asked;
    hand->counts = (yoke__counts){0};
    hand->first = UINT64_MAX;
    hand->more_bytes = 0;
    hand->made = hand->bytes = 0;
    hand->over = hand->told = false;
    s->wait += hand->began - t->since;
    p->running++;
}

static void add_counts(yoke__counts *to, const yoke__counts *more) {
    to->in += more->in;
    to->out += more->out;
    to->skipped += more->skipped;
    to->quarantined += more->quarantined;
}

static void account(yoke__hand *hand, int64_t now) {
    yoke__pipeline *p = hand->of;
    yoke__station *s = hand->station;
    add_counts(&s->counts, &hand->counts);
    s->service += now - hand->began;
    hand->token->service += now - hand->began;
    p->bytes += (size_t)hand->more_bytes;
    if (p->bytes > p->peak_bytes) p->peak_bytes = p->bytes;
    if (s != p->stations) return;
    p->items += hand->token->items;
    if (p->items > p->peak_items) p->peak_items = p->items;
    p->source_over |= hand->over;
}

static void end(yoke__hand *hand) {
    yoke__pipeline *p = hand->of;
    yoke__token *t = hand->token;
    int64_t now = p->asked;
    account(hand, now);
    p->running--;
    t->since = now;
    /* A token that the source gave nothing has no turn: the next one gets its number. */
    bool nothing = hand->station == p->stations && !t->items;
    if (nothing) p->next_number--;
    leave_stage(p, hand->station, t);
    if (!nothing && advance(p, t)) return;
    retire(p, t);
    hand->token = NULL;
}

/* ---- */

/* Whether its token, if it has one, can go on now; otherwise it is left where it is. */
static bool go_on(yoke__hand *hand) {
    yoke__pipeline *p = hand->of;
    yoke__token *t = hand->token;
    if (!t) return false;
    yoke__station *s = &p->stations[t->at];
    if (t->granted || may_enter(s, t)) return true;
    insert(&s->waiting, t);
    hand->token = NULL;
    return false;
}

static void stop(yoke__pipeline *p, int status) {
    if (!p->status) {
        p->status = status;
        snprintf(p->detail, sizeof p->detail, "%s: %s", p->options.name,
                 yoke_status_message(status));
    }
    atomic_store(&p->end, 0);
}

/* Nobody runs and nothing can: the end, unless there was no memory for a token. */
static void finish(yoke__pipeline *p) {
    if (source_may_run(p) || final_may_run(p)) stop(p, YOKE_ENOMEM);
    p->finished = true;
}

static yoke__order choose(yoke__hand *hand) {
    yoke__pipeline *p = hand->of;
    while (!go_on(hand)) {
        hand->token = take_first(&p->ready);
        if (!hand->token) hand->token = new_token(p);
        if (hand->token) continue;
        if (!p->running) finish(p);
        return p->finished ? YOKE__LEAVE : YOKE__REST;
    }
    begin(hand);
    return YOKE__VISIT;
}

static void stop_when_asked(yoke__pipeline *p) {
    if (p->source_over && !p->in_flight && p->final_begun) return;
    int asked = yoke__asked_to_stop(p);
    if (asked < 0) stop(p, asked);
}

/* How many of those that rest have something to do. */
static int to_wake(const yoke__pipeline *p) {
    if (!p->idle) return 0;
    if (p->finished) return p->idle;
    return p->ready || source_may_run(p) || final_may_run(p) ? 1 : 0;
}

yoke__order yoke__desk_next(yoke__hand *hand, int *wake) {
    yoke__pipeline *p = hand->of;
    pthread_mutex_lock(&p->lock);
    p->asked = p->now(p->now_ctx);
    p->idle -= hand->rests;
    if (hand->token) end(hand);
    stop_when_asked(p);
    yoke__order order = p->finished ? YOKE__LEAVE : choose(hand);
    *wake = to_wake(p);
    if (*wake) atomic_fetch_add(&p->epoch, 1);
    hand->rests = order == YOKE__REST;
    hand->epoch = atomic_load(&p->epoch);
    p->idle += hand->rests;
    pthread_mutex_unlock(&p->lock);
    return order;
}

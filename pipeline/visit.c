/* SPDX-License-Identifier: Apache-2.0
 *
 * A visit: a worker runs the items of a token through one stage. What flow.h says of cuts happens
 * here.
 */
#include <stdio.h>
#include <string.h>

#include "pipeline/flow.h"

/* A visit is cut when it has made twice a batch, or twice this if a batch is smaller. */
enum { ROOM = 64 };

/* relaxed: a hint to stop early. What has to be exact, that a stage in order does not see items
 * behind one that failed, is ordered by the lock, through which its turn was passed on. */
static uint64_t end_of(const yoke__pipeline *p) {
    return atomic_load_explicit(&p->end, memory_order_relaxed);
}

void yoke__pipeline_fail(yoke__pipeline *p, size_t stage, uint64_t index, int status) {
    pthread_mutex_lock(&p->lock);
    uint64_t end = atomic_load(&p->end);
    if (index < end || (index == end && p->status && stage < p->failed_at)) {
        p->status = status;
        p->failed_at = stage;
        snprintf(p->detail, sizeof p->detail, "%s", yoke_error_detail());
        atomic_store(&p->end, index);
    }
    pthread_mutex_unlock(&p->lock);
}

static size_t number_of(const yoke__hand *hand) {
    return (size_t)(hand->station - hand->of->stations);
}

static void fail(yoke__hand *hand, int status) {
    yoke__pipeline_fail(hand->of, number_of(hand), hand->index, status);
}

void yoke__discard(yoke__hand *hand, yoke__station *station, yoke_item *item) {
    hand->more_bytes -= (int64_t)item->bytes;
    if (station->stage->discard) station->stage->discard(item, station->stage->state);
}

/* ---- where items go */

static int put(yoke__hand *hand, size_t to, const yoke_item *item) {
    YOKE_TRY(yoke__box_push(hand->token, &hand->token->boxes[to], item));
    hand->made++;
    hand->bytes += item->bytes;
    hand->more_bytes += (int64_t)item->bytes;
    return YOKE_OK;
}

static int put_copies(yoke__hand *hand, const yoke_item *item) {
    yoke__station *s = hand->station;
    for (size_t i = s->fan; --i > 0;) {
        yoke_item other = *item;
        if (s->stage->copy) YOKE_TRY(s->stage->copy(item, &other, s->stage->state));
        other.index = item->index;
        int status = put(hand, s->next[i], &other);
        if (status >= 0) continue;
        yoke__station *to = &hand->of->stations[s->next[i]];
        if (s->stage->copy && to->stage->discard) to->stage->discard(&other, to->stage->state);
        return status;
    }
    return put(hand, s->next[0], item);
}

static int forward(yoke__hand *hand, const yoke_item *item) {
    yoke__station *s = hand->station;
    if (!s->fan) return YOKE_OK;
    size_t way = 0;
    if (s->stage->route) {
        way = s->stage->route(item, s->stage->state);
        if (way >= s->fan)
            return yoke_fail(YOKE_ERANGE, "stage '%s': route says %zu, and there are %zu ways",
                             s->stage->name, way, s->fan);
    } else if (s->fan > 1) {
        return put_copies(hand, item);
    }
    return put(hand, s->next[way], item);
}

/* ---- items that stay in their box */

static void begin_straight(yoke__hand *hand, yoke__box *box) {
    const yoke__station *s = hand->station;
    bool one_way = s->fan == 1 && !s->stage->route;
    hand->straight = one_way && !hand->token->boxes[s->next[0]].room ? box : NULL;
    hand->start = hand->kept = box->head;
}

static void keep(yoke__hand *hand, yoke_item *item) {
    yoke_item *place = &hand->straight->items[hand->kept++];
    if (place != item) *place = *item;
    hand->counts.out++;
    hand->made++;
    hand->bytes += item->bytes;
    hand->more_bytes += (int64_t)item->bytes;
}

/* Puts those that were kept where they would be, had they been copied at once. */
static void end_straight(yoke__hand *hand) {
    size_t to = hand->station->next[0];
    yoke_item *items = hand->straight->items;
    uint64_t index = hand->index;
    hand->straight = NULL;
    for (size_t i = hand->start; i < hand->kept; i++) {
        int status = yoke__box_push(hand->token, &hand->token->boxes[to], &items[i]);
        if (status >= 0) continue;
        hand->index = items[i].index;
        fail(hand, status);
        yoke__discard(hand, &hand->of->stations[to], &items[i]);
    }
    hand->index = index;
}

/* The box has come to its end. */
static void hand_on(yoke__hand *hand, yoke__box *box) {
    yoke__box *to = &hand->token->boxes[hand->station->next[0]];
    hand->straight = NULL;
    if (hand->kept == hand->start) {
        yoke__box_rest(hand->token, box);
        return;
    }
    *to = (yoke__box){box->items, hand->start, hand->kept, box->room, false};
    *box = (yoke__box){0};
}

/* ---- */

int yoke_stage_emit(yoke_flow *flow, const yoke_item *item) {
    yoke__hand *hand = (yoke__hand *)flow;
    yoke_item sent = *item;
    if (hand->straight) end_straight(hand);
    sent.index = hand->index;
    YOKE_TRY(forward(hand, &sent));
    hand->counts.out++;
    return YOKE_OK;
}

/* ---- an item in a stage */

static void item_failed(yoke__hand *hand, yoke_item *item, int status) {
    const yoke_stage *stage = hand->station->stage;
    yoke_stage_error then = stage->on_error;
    if (then == YOKE_STAGE_QUARANTINE) {
        int written = yoke__quarantine(hand->of, stage, item, status);
        if (written < 0) status = written, then = YOKE_STAGE_FAIL;
    }
    hand->counts.quarantined += then == YOKE_STAGE_QUARANTINE;
    hand->counts.skipped += then == YOKE_STAGE_SKIP;
    if (then == YOKE_STAGE_FAIL) fail(hand, status);
    yoke__discard(hand, hand->station, item);
}

/* The item has passed. That it cannot go on ends the run, for it is no fault of the item. */
static void pass_on(yoke__hand *hand, yoke_item *item) {
    int status = forward(hand, item);
    if (status >= 0) {
        hand->counts.out++;
        return;
    }
    fail(hand, status);
    const yoke_stage *to = hand->of->stations[hand->station->next[0]].stage;
    if (to->discard) to->discard(item, to->state);
}

/* Returns whether the stage wants the item again. */
static inline bool run_item(yoke__hand *hand, yoke_item *item) {
    int64_t before = (int64_t)item->bytes;
    hand->index = item->index;
    if (hand->first == UINT64_MAX) hand->first = item->index;
    int answer = hand->station->stage->run(&hand->flow, item);
    item->index = hand->index;
    hand->more_bytes -= before;
    hand->counts.in += answer != YOKE_STAGE_MORE;
    if (answer == YOKE_STAGE_PASS && hand->straight) {
        keep(hand, item);
    } else if (answer == YOKE_STAGE_PASS) {
        pass_on(hand, item);
    } else if (answer < 0 || answer == YOKE_STAGE_MORE) {
        hand->more_bytes += (int64_t)item->bytes;
        if (answer < 0) item_failed(hand, item, answer);
    }
    return answer == YOKE_STAGE_MORE;
}

/* ---- a token at a stage */

/* The stages behind take items up to this index; then the token comes back here. */
static void cut(yoke__hand *hand, uint64_t limit) {
    yoke__token *t = hand->token;
    t->cut[t->cuts++] = (yoke__cut){number_of(hand), t->limit};
    t->limit = limit;
}

/* Enough for one visit, and the next item is not of the same index as the last. */
static bool full(const yoke__hand *hand, const yoke_item *next) {
    size_t room = 2 * (hand->batch > ROOM ? hand->batch : ROOM);
    return (hand->made >= room || hand->bytes >= hand->of->share) && hand->made &&
           next->index != hand->index;
}

/* Until its end, or until the visit has to be cut. */
static void run_items(yoke__hand *hand, yoke__box *box) {
    const yoke__token *t = hand->token;
    for (; box->head < box->count; box->head++) {
        yoke_item *next = &box->items[box->head];
        /* The desk will see it, too, and give the reason. */
        if (yoke__asked_to_stop(hand->of) < 0) atomic_store(&hand->of->end, 0);
        if (next->index >= end_of(hand->of)) {
            yoke__discard(hand, hand->station, next);
        } else if (next->index > t->limit) {
            return;
        } else if (full(hand, next)) {
            cut(hand, hand->index);
            return;
        } else if (run_item(hand, next)) {
            cut(hand, next->index);
            return;
        }
    }
}

static void run_box(yoke__hand *hand, yoke__box *box) {
    begin_straight(hand, box);
    run_items(hand, box);
    bool over = box->head == box->count;
    if (over && hand->straight)
        hand_on(hand, box);
    else if (over)
        yoke__box_rest(hand->token, box);
    else if (hand->straight)
        end_straight(hand);
}

/* All have passed the stage, and those before it have nothing more to say. */
static void run_end(yoke__hand *hand) {
    yoke__token *t = hand->token;
    size_t here = number_of(hand);
    if (t->cuts || t->ended > here) return;
    const yoke_stage *stage = hand->station->stage;
    hand->index = hand->of->next_index;
    if (hand->first == UINT64_MAX) hand->first = hand->index;
    int answer = stage->end && end_of(hand->of) == UINT64_MAX ? stage->end(&hand->flow) : YOKE_OK;
    if (answer < 0) fail(hand, answer);
    if (answer == YOKE_STAGE_MORE)
        cut(hand, t->limit);
    else
        t->ended = here + 1;
}

static void flush(yoke__hand *hand) {
    const yoke_stage *stage = hand->station->stage;
    if (!stage->flush || hand->first == UINT64_MAX) return;
    int status = stage->flush(&hand->flow);
    if (status >= 0) return;
    hand->index = hand->first;
    fail(hand, status);
}

static void visit_stage(yoke__hand *hand) {
    yoke__box *box = &hand->token->boxes[number_of(hand)];
    int status = box->mixed ? yoke__box_sort(box) : YOKE_OK;
    if (status < 0) {
        hand->index = 0;
        fail(hand, status);
    }
    run_box(hand, box);
    if (hand->token->final) run_end(hand);
    flush(hand);
}

/* ---- the source */

/* A batch that is measured is not waited for long. */
enum { FILL_NANOSECONDS = 1000000 };

static bool late(const yoke__hand *hand, size_t n) {
    const yoke__pipeline *p = hand->of;
    if (p->options.batch || ((n & (n - 1)) && n % 64)) return false;
    return p->now(p->now_ctx) - hand->began > FILL_NANOSECONDS;
}

static bool filled(const yoke__hand *hand) {
    size_t n = hand->token->items;
    return n && (n >= hand->batch || hand->bytes >= hand->of->share || late(hand, n));
}

/* In the box that the source has no other use for. */
static int ask_source(yoke__hand *hand, yoke__box *box, yoke_item **item) {
    if (box->count == box->room) YOKE_TRY(yoke__box_make_room(hand->token, box));
    *item = &box->items[box->count];
    **item = (yoke_item){0};
    return hand->station->stage->run(&hand->flow, *item);
}

static void give(yoke__hand *hand, yoke__box *box, yoke_item *item) {
    item->index = hand->of->next_index++;
    hand->token->items++;
    if (hand->straight) {
        box->count++;
        keep(hand, item);
    } else {
        pass_on(hand, item);
    }
}

static void visit_source(yoke__hand *hand) {
    const yoke__pipeline *p = hand->of;
    yoke__box *box = &hand->token->boxes[0];
    yoke_item *item;
    begin_straight(hand, box);
    while (!filled(hand) && end_of(p) == UINT64_MAX) {
        hand->index = p->next_index;
        if (yoke__asked_to_stop(p) < 0) break;
        int answer = ask_source(hand, box, &item);
        if (answer < 0) fail(hand, answer);
        hand->over = answer < 0 || answer == YOKE_STAGE_END;
        if (hand->over || answer != YOKE_STAGE_PASS) break;
        give(hand, box, item);
    }
    if (hand->straight)
        hand_on(hand, box);
    else
        yoke__box_rest(hand->token, box);
}

/* ---- */

static int start_local(yoke__hand *hand) {
    yoke__station *s = hand->station;
    if (!s->stage->local_size || s->locals[hand->flow.worker]) return YOKE_OK;
    void *local = yoke_aligned_alloc(s->stage->local_size);
    if (!local)
        return yoke_fail(YOKE_ENOMEM, "stage '%s': no memory for its worker", s->stage->name);
    memset(local, 0, s->stage->local_size);
    int status = s->stage->start ? s->stage->start(local, s->stage->state) : YOKE_OK;
    if (status < 0) {
        yoke_aligned_free(local);
        return status;
    }
    s->locals[hand->flow.worker] = local;
    return YOKE_OK;
}

void yoke__visit(yoke__hand *hand) {
    yoke__station *s = hand->station;
    int status = start_local(hand);
    if (status < 0) {
        hand->index = 0;
        fail(hand, status);
    }
    hand->flow.state = s->stage->state;
    hand->flow.local = s->locals[hand->flow.worker];
    if (number_of(hand) == 0)
        visit_source(hand);
    else
        visit_stage(hand);
}

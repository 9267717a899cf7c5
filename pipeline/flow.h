/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a pipeline share: tokens, stations, workers.
 *
 * A token has a box for each stage, which holds the items that are to go through it. It visits the
 * stages in their order. Where a stage makes more than a box should hold, the visit is *cut*: what
 * came of the items so far goes through all stages behind, and then the token comes back for the
 * rest. Cuts nest, and each says up to which index the stages behind it may take items, so that
 * items of other ways do not get ahead.
 *
 * A stage that is not parallel is passed by one token at a time. In order: by the token whose turn
 * it is, which keeps the turn as long as it has a cut at or before the stage. Serial: a token
 * leaves it after each visit, also in the middle of an item, for if it kept it while it waits for a
 * turn elsewhere, the token before it could need it.
 *
 * When an item fails, `end` becomes its index: items from there on are discarded wherever they are
 * met, while their tokens go on, empty, so that turns are passed on as always.
 */
#ifndef YOKE_PIPELINE_FLOW_H
#define YOKE_PIPELINE_FLOW_H

#include <pthread.h>
#include <stdatomic.h>

#include "pipeline/batch_size.h"
#include "runtime/probe.h"
#include "yoke/memory.h"
#include "yoke/pipeline.h"

typedef struct yoke__box {
    yoke_item *items; /* head to count - 1 are there */
    size_t head, count, room;
    bool mixed; /* not in the order of indices */
} yoke__box;

typedef struct yoke__cut {
    size_t stage;   /* where the token comes back to */
    uint64_t limit; /* and what its limit is there */
} yoke__cut;

typedef struct yoke__token {
    uint64_t number;          /* in the order of the source */
    size_t at;                /* the stage that it visits or waits for */
    int64_t since;            /* when it came there */
    uint64_t limit;           /* the greatest index of items that it may take now */
    bool granted;             /* the stage was given to it while it waited */
    bool final;               /* carries no items of the source, but what stages emit at the end */
    size_t ended;             /* final: stages below have said all */
    size_t items;             /* of the source */
    int64_t service;          /* nanoseconds, of all its visits */
    struct yoke__token *next; /* in a list */
    struct yoke__token *made; /* in the list of all */
    size_t cuts, spares;
    yoke__cut *cut; /* a stack; a place for each stage, as in the arrays below */
    yoke__box *boxes;
    yoke__box *spare; /* empty, for their memory */
} yoke__token;

/* What a visit adds to a stage's figures. */
typedef struct yoke__counts {
    uint64_t in, out, skipped, quarantined;
} yoke__counts;

/* A stage and what goes on there. */
typedef struct yoke__station {
    const yoke_stage *stage;
    const char *region; /* the stage's name in profiles; NULL: nothing is measured */
    size_t own_next;    /* where `next` points when the stage names none */
    const size_t *next;
    size_t fan;
    bool serial, in_order;
    void **locals; /* of each worker; NULL: not started */
    /* Under the lock. */
    bool busy;
    uint64_t turn;        /* in order: the number of the token that may come */
    yoke__token *waiting; /* by number */
    yoke__counts counts;
    int64_t service, wait; /* nanoseconds */
} yoke__station;

typedef struct yoke__pipeline yoke__pipeline;

typedef struct yoke__hand {
    /* First: yoke_stage_emit finds the hand by it. */
    _Alignas(YOKE_CACHE_PAD) yoke_flow flow;
    yoke__pipeline *of;
    yoke__token *token; /* NULL: none */
    yoke__station *station;
    int64_t began; /* the visit */
    size_t batch;  /* the size that holds for it */
    /* Of the visit. */
    yoke__counts counts;
    uint64_t index;     /* of the item in work */
    uint64_t first;     /* of the first item that the stage got; UINT64_MAX: none yet */
    int64_t more_bytes; /* in flight, by this visit */
    size_t made, bytes; /* what it has put into boxes */
    /* While the stage only passes items on and drops some, to one empty box: those that go there
     * stay where they are, and in the end the box does. NULL: they are copied. */
    yoke__box *straight;
    size_t start, kept; /* in it, those that go on */
    bool over;          /* the source's visit: it has no more */
    bool told;          /* under the lock: that this visit stalls */
    bool rests;         /* counted as idle */
    unsigned epoch;     /* when it found nothing to do */
    int thread;         /* index + 1 since it began; written once, under the mutex of the graph */
} yoke__hand;

struct yoke__pipeline {
    /* Changes when those that rest should look again. Apart from the lock, so that who looks at it
     * does not slow down who works. */
    _Alignas(YOKE_CACHE_PAD) atomic_uint epoch;
    int workers;
    yoke_pipeline_options options; /* with the defaults filled in */
    size_t count;
    yoke__station *stations;
    yoke__hand *hands;
    size_t most_tokens;
    size_t share;              /* bytes that a token should hold at most */
    int64_t (*now)(void *ctx); /* the clock, nanoseconds */
    void *now_ctx;
    int64_t began;
    int quarantine; /* descriptor, -1: none */
    pthread_mutex_t quarantine_lock;

    _Atomic uint64_t end; /* items from this index on are discarded */

    pthread_mutex_t lock; /* all below */
    int64_t asked;        /* when a worker last asked what to do: the clock is read once for it */
    int status;           /* of the failure */
    size_t failed_at;     /* its stage */
    char detail[1024];
    yoke__token *all, *free, *ready; /* ready: by number, their stage granted if it is serial */
    size_t tokens, in_flight;
    uint64_t next_number, next_index;
    bool source_over, final_begun, finished;
    int running; /* visits */
    size_t items, bytes, peak_items, peak_bytes;
    yoke__batch_size batch;
    void *sleepers; /* queue of waits, under the mutex of the graph */
    int idle;       /* workers that sleep or are about to */
    bool looks_out; /* that thread was started, and is to be ended */
    bool looked;    /* it may end */
    pthread_t look_out;
    pthread_cond_t look_again;
    unsigned forks; /* yoke__forks when it was made */
    yoke__probe probe;
};

/* Whether the run is to end before its items have: YOKE_ECANCELED, YOKE_ETIMEDOUT; or YOKE_OK. */
static inline int yoke__asked_to_stop(const yoke__pipeline *p) {
    if (yoke_cancel_requested(p->options.cancel)) return YOKE_ECANCELED;
    yoke_deadline deadline = p->options.deadline;
    return deadline && yoke_deadline_passed(deadline) ? YOKE_ETIMEDOUT : YOKE_OK;
}

/* ---- life (open.c) */

/* Checks and prepares; nothing runs yet. A failure leaves nothing behind. */
int yoke__pipeline_open(yoke__pipeline *p, const yoke_stage *stages, size_t n,
                        const yoke_pipeline_options *options);
/* Ends the states of the workers, writes plan and report when the run has succeeded, and releases
 * all. Returns `status`, that of the run, or the first failure here. */
int yoke__pipeline_close(yoke__pipeline *p, int status);

/* ---- boxes (box.c) */

/* Where there is no room, or the order is lost. */
int yoke__box_push_slowly(yoke__token *token, yoke__box *box, const yoke_item *item);

/* One item more. YOKE_ENOMEM. */
static inline int yoke__box_push(yoke__token *token, yoke__box *box, const yoke_item *item) {
    bool follows = box->count == box->head || box->items[box->count - 1].index <= item->index;
    if (box->count == box->room || !follows) return yoke__box_push_slowly(token, box, item);
    box->items[box->count++] = *item;
    return YOKE_OK;
}

/* Makes room for one item more at least. YOKE_ENOMEM. */
int yoke__box_make_room(yoke__token *token, yoke__box *box);

/* Orders by index; items of the same index keep their order. YOKE_ENOMEM. */
int yoke__box_sort(yoke__box *box);
/* Gives the memory of an empty box back to its token. */
void yoke__box_rest(yoke__token *token, yoke__box *box);

/* ---- visits (visit.c) */

/* Runs the hand's token through its station. Failures are noted in the pipeline. */
void yoke__visit(yoke__hand *hand);
/* Releases an item on its way to the station, and counts its bytes. */
void yoke__discard(yoke__hand *hand, yoke__station *station, yoke_item *item);
/* The calling thread's failure, at the item `index` in stage `stage`. */
void yoke__pipeline_fail(yoke__pipeline *p, size_t stage, uint64_t index, int status);

/* Writes an item that failed with the calling thread's detail to the side file (quarantine.c). */
int yoke__quarantine(yoke__pipeline *p, const yoke_stage *stage, const yoke_item *item, int status);

/* ---- who does what next (desk.c) */

typedef enum yoke__order {
    YOKE__VISIT, /* run yoke__visit, and ask again */
    YOKE__REST,  /* nothing now: wait until the epoch changes */
    YOKE__LEAVE, /* all is done */
} yoke__order;

/* Ends the hand's visit, if it had one, and says what comes next. *wake: how many of those that
 * rest should be woken. */
yoke__order yoke__desk_next(yoke__hand *hand, int *wake);
/* For a hand that was told to rest: sleeps until there may be something to do, unless that was so
 * before it came here (run.c). */
void yoke__hand_rest(yoke__hand *hand);

/* ---- the look-out for stages that stall (look_out.c) */

/* Starts its thread, if somebody is to be told. YOKE_EIO. */
int yoke__look_out_start(yoke__pipeline *p);
void yoke__look_out_end(yoke__pipeline *p);

/* ---- the report (report.c) */

void yoke__pipeline_report(yoke__probe *probe, yoke__reader *reader);

int yoke__report_fill(yoke__pipeline *p, yoke_pipeline_report *report);

#endif

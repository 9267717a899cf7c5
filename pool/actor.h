/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of actors.
 *
 * The `word` of an actor counts what is in its mailbox: messages of the data lane (credits that are
 * taken), those of the control lane, and a bit of the worker that handles messages for which it has
 * given the credits back. While one of them is not 0 the actor is scheduled: who makes them
 * something else than 0 posts the job, and who has made them 0 has nothing more to do. A message is
 * counted first and put in its place then, so a worker may come too early; it yields and comes
 * again. The word also has the end of the data lane, so that who takes a credit has taken a place.
 *
 * The data lane is a ring of slots, a line each. A small message lies in its slot from sending to
 * the end of its handling; for others there is a letter elsewhere. Slots are made in segments, each
 * as large as all before, when the ring gets there for the first time; and a worker that has
 * emptied the lane sends its end back to the first slot, so that only a mailbox that was full has
 * a whole ring. There are so many slots that one is empty when its turn comes again: the credits,
 * and those of a turn that has given the credits back.
 *
 * The `turn` says who runs it. QUEUED: its job is somewhere in the pool. TAKEN: a worker runs it.
 * Usually the job's worker takes the turn; but a worker that waits for an actor takes it as well
 * (QUEUED stays), and the job that comes meanwhile goes away. Whoever ends a turn clears TAKEN and
 * looks at the word *then*: so if a job went away because of him, he posts it again.
 *
 * References: the actor's own until it has stopped, one for its queued job, one for each child, one
 * for each notice of a failure or timer under way, and the users'. Each actor has one of its set.
 *
 * Locks: graph's mutex, then the set's. Nothing is called back under either.
 */
#ifndef YOKE_POOL_ACTOR_H
#define YOKE_POOL_ACTOR_H

#include "pool/pool.h"
#include "runtime/waitfor.h"
#include "yoke/actor.h"
#include "yoke/counter.h"

/* ---- letters (actor_letter.c) ---- */

typedef enum letter_kind {
    LETTER_MESSAGE,
    LETTER_STOP,     /* after the data lane */
    LETTER_STOP_NOW, /* in the control lane */
    LETTER_FAILURE,  /* of a child that escalates: message.size is minus its status */
} letter_kind;

typedef struct letter letter;
typedef struct turn turn;

/* Who waits for an answer, and the answer. In a letter's block. With a future, which is its asker,
 * nobody else waits. */
typedef struct ask {
    atomic_int state; /* ASK_PENDING, ASK_AWAITED, ASK_DONE */
    atomic_int refs;  /* the asker, the letter */
    void *waiters;    /* under the graph's mutex */
    int status;
    bool answered; /* the answering actor's */
    size_t size;
    void *data;          /* in bytes, or allocated */
    yoke_future *future; /* NULL: yoke_actor_ask waits */
    yoke_actor *to;      /* of a future, with a reference */
    _Alignas(16) char bytes[YOKE_ACTOR_INLINE];
} ask;

enum { ASK_PENDING, ASK_AWAITED, ASK_DONE };

enum { SLOT_INLINE = 16 };

typedef enum letter_place {
    IN_BLOCK,  /* the head of a block whose second half is the message's data */
    IN_PART,   /* a part of something else, which `dispose` releases */
    IN_SLOT,   /* of the data lane, with the data */
    ELSEWHERE, /* a slot whose message.data is the letter */
} letter_place;

/* What is queued. */
struct letter {
    yoke_mpsc_node node; /* first */
    yoke_message message;
    atomic_uint full; /* of a slot: there is a letter */
    unsigned char kind, place;
    bool numbered; /* has its sender and number already */
    union {
        struct {                        /* not in a slot */
            ask *ask;                   /* NULL: nobody asks */
            void (*dispose)(letter *l); /* IN_PART */
        };
        _Alignas(16) char data[SLOT_INLINE];
    };
};

static inline ask *yoke__letter_ask(const letter *l) { return l->place == IN_SLOT ? NULL : l->ask; }

/* Blocks that are free, of one thread: at most two chains. */
typedef struct magazine {
    _Alignas(YOKE_CACHE_PAD) letter *free;
    letter *full; /* a whole chain, or NULL */
    unsigned count;
} magazine;

enum { MAGAZINES = 64, CHAIN = 32 };

typedef struct letters {
    magazine own[MAGAZINES]; /* by thread index */
    magazine others;         /* of threads with larger indices, under the lock */
    pthread_mutex_t lock;
    letter *chains; /* full ones, linked by message.data */
    void *slabs;
} letters;

void yoke__letters_init(letters *of);
void yoke__letters_fini(letters *of);
/* A letter with a copy of the data; NULL, and a detail, when memory is short. */
letter *yoke__letter_make(letters *of, const void *data, size_t size);
void yoke__letter_free(letters *of, letter *l);
ask *yoke__ask_make(letters *of);
/* Drops one of its two references. */
void yoke__ask_release(letters *of, ask *a);

/* ---- deliveries (actor_log.c) ---- */

/* Of one actor; owned by the set. */
typedef struct actor_log {
    struct actor_log *next;
    yoke_actor_event *events;
    size_t count, room;
    bool broken; /* memory was short */
} actor_log;

/* What an actor has still to repeat, and the letters that came too early. */
typedef struct actor_replay {
    const yoke_actor_event *next, *end;
    letter *early;
} actor_replay;

int yoke__log_open(yoke_actors *set, actor_log **log);
void yoke__log_add(actor_log *log, uint64_t actor, const yoke_message *message);
void yoke__log_close_all(yoke_actors *set);
int yoke__replay_open(yoke_actors *set, const yoke_actors_options *options);
void yoke__replay_find(const yoke_actors *set, yoke_actor *actor);
/* The next letter in the order of the replay; NULL: it has not come. */
letter *yoke__replay_take(turn *t);

/* ---- actors ---- */

/* Of the word, from below: 19 bits count the data lane, 23 the control lane, two flags, and 20 are
 * the place of the next message in the data lane. */
#define ACTOR_DATA    (((uint64_t)1 << 19) - 1)
#define ACTOR_CONTROL ((uint64_t)1 << 19)
#define ACTOR_ACTIVE  ((uint64_t)1 << 42)
#define ACTOR_CLOSED  ((uint64_t)1 << 43)
enum { ACTOR_QUEUED = 1, ACTOR_TAKEN = 2 };
enum { TAIL_SHIFT = 44, SEGMENTS = 17, FIRST_SLOTS = 8 };

/* How a letter goes: with credit; in the control lane; behind the data, without credit. */
typedef enum lane { LANE_DATA, LANE_CONTROL, LANE_BEHIND } lane;

/* What who has counted a message goes on with. */
typedef struct admission {
    letter *slot; /* its own; NULL: in the control lane */
    bool was_idle;
    bool surplus; /* yoke__set_unbusy is to be called, outside of locks */
} admission;

/* A place in a list of actors. */
typedef struct actor_links {
    yoke_actor *next, **at; /* at: what points to it; NULL: in no list */
} actor_links;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): groups by who writes them */
struct yoke_actor {
    yoke__job job; /* first */
    /* read by all */
    yoke_actors *set;
    yoke_actor *parent;
    yoke_actor_fn *behaviour;
    int (*start)(yoke_actor *, void *, void *);
    void (*finish)(yoke_actor *, void *, void *);
    void *ctx, *state;
    size_t state_size;
    char *name;
    uint64_t key;
    unsigned credits, batch, slots;
    yoke_actor_policy children_policy;
    unsigned children_restarts;
    double children_within;
    /* written by senders and the worker */
    _Alignas(YOKE_CACHE_PAD) _Atomic uint64_t word;
    _Atomic uint64_t outside, dead; /* messages from outside, dead letters */
    atomic_bool awaited; /* somebody waits for credit; set and cleared under the graph's mutex */
    /* written when the job comes and goes */
    _Alignas(YOKE_CACHE_PAD) atomic_int turn, refs;
    /* seldom written; under the graph's mutex */
    atomic_bool stopped;
    atomic_bool stop_sent, stop_now_sent; /* each at most once */
    bool barren;                          /* takes no more children; under the set's mutex */
    void *credit_waiters, *end_waiters;
    /* under the set's mutex */
    actor_links all, siblings;
    yoke_actor *children;
    yoke_actor *next_named;
    yoke_queue_mpsc control;
    _Atomic(letter *) segments[SEGMENTS]; /* of slots, beyond the first ones; NULL: not made yet */
    /* the worker's that has the turn; some are read by others */
    _Alignas(YOKE_CACHE_PAD) atomic_int runner; /* its thread's index + 1; 0: none */
    bool stopping;                              /* letters are dead */
    bool started;                               /* there is a state to finish */
    bool ended;                                 /* nothing is left */
    _Atomic uint64_t handled, restarted, most;
    uint64_t sent, spawned;
    unsigned head; /* the slot to be read next */
    letter *ahead; /* taken out, to be looked at next */
    actor_log *log;
    actor_replay replay;
    yoke_deadline *restart_times; /* a ring of restart_limit moments */
    double restart_span;
    unsigned restart_limit;
    letter stop, stop_now, failure; /* need no memory when they are sent */
    _Alignas(64) letter first[FIRST_SLOTS];
};

enum { NAMES = 256 };

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): groups by who writes them */
struct yoke_actors {
    letters letters;
    _Alignas(YOKE_CACHE_PAD) _Atomic int64_t busy; /* actors whose word is not 0, or more */
    atomic_int refs;
    atomic_bool quiet_awaited;
    void *quiet_waiters; /* under the graph's mutex */
    _Alignas(YOKE_CACHE_PAD) yoke_pool *pool;
    bool record, replaying;
    yoke_actor_policy policy;
    unsigned restarts;
    double within;
    void (*dead_letter)(void *, yoke_actor *, const yoke_message *);
    void *ctx;
    yoke_actor_event *replay;
    size_t replay_count;
    _Atomic size_t to_replay;
    _Atomic uint64_t dead;
    pthread_mutex_t lock;
    atomic_bool closing;
    _Atomic uint64_t alive;
    _Atomic uint64_t born, restarted; /* actors so far, and their restarts */
    uint64_t spawned;                 /* from outside */
    yoke_actor *living;
    yoke_timer *timers;
    yoke_actor *named[NAMES];
    actor_log *logs;
    yoke_counter *handled; /* messages, of turns that have ended */
    yoke__probe probe;
    unsigned forks; /* yoke__forks when it was made */
};

/* A worker while it runs an actor. */
struct turn {
    yoke_actor *actor;
    turn *below;    /* another that waits, on the same stack */
    letter *taken;  /* handled together, until the behaviour returns */
    uint64_t given; /* of the word, to be given back */
    unsigned handled, depth;
    unsigned batches;   /* before this one */
    uint64_t delivered; /* to the behaviour, in all batches */
    bool active;        /* the word has ACTOR_ACTIVE */
};

/* ---- actor.c ---- */

/* The turn that the calling thread is in; NULL. */
extern _Thread_local turn *yoke__turn;
void yoke__actor_init_job(yoke_actor *actor);
/* Posts the job, if it is not queued. The caller has a reference. */
void yoke__actor_post(yoke_actor *actor);
/* Counts a message, which is then to be put in its place. 1; 0: no credit; YOKE_ECLOSED;
 * YOKE_ENOMEM. */
int yoke__actor_admit(yoke_actor *to, lane by, admission *to_be);
/* Puts it there. `from`: NULL from outside. */
void yoke__actor_put(yoke_actor *to, letter *l, yoke_actor *from, const admission *admitted);
/* Both. */
int yoke__actor_try_send(yoke_actor *to, letter *l, yoke_actor *from, lane by);
yoke_actor *yoke__actor_here(void);
/* Sends a copy; `a`: the question, whose second reference goes with the letter. */
int yoke__actor_send_copy(yoke_actor *to, const void *data, size_t size, ask *a, lane by,
                          yoke_deadline deadline, const char *site);
/* Sends a letter that is part of something else, without credit. False: closed. */
bool yoke__actor_send_part(yoke_actor *to, letter *l);
/* Runs the actor if its job is queued and nobody runs it, until *until is ASK_DONE or its batch is
 * full. False: it could not. */
bool yoke__actor_help(yoke_actor *actor, const atomic_int *until);
/* Begins and ends a turn on the calling thread, whose ACTOR_TAKEN (and ACTOR_ACTIVE, if `active`)
 * the caller has set. `end` returns whether there is more to do. */
void yoke__turn_begin(turn *t, yoke_actor *actor, bool active);
bool yoke__turn_end(turn *t);
/* Gives back the credits of what was taken, as the behaviour is about to wait. */
void yoke__turn_settle(turn *t);
/* The same for whatever turn the calling thread is in. */
static inline void yoke__turn_settle_here(void) {
    if (yoke__turn) yoke__turn_settle(yoke__turn);
}
/* The oldest letter of the control lane or else of the data lane; NULL. */
letter *yoke__turn_pop(turn *t);
/* A letter that comes to nothing. */
void yoke__actor_bury(yoke_actor *to, letter *l);
int yoke__actor_refuse(const yoke_actor *to);
void yoke__set_unbusy(yoke_actors *set);

/* ---- actor_slots.c ---- */

/* The slots that so many credits and messages of a turn need. */
unsigned yoke__slots_needed(unsigned credits, unsigned batch);
static inline unsigned yoke__segment_of(unsigned place) {
    return 31 - (unsigned)__builtin_clz(place / FIRST_SLOTS);
}
/* The slot of a place; NULL: not made yet. */
static inline letter *yoke__slot_at(yoke_actor *actor, unsigned place) {
    if (place < FIRST_SLOTS) return &actor->first[place];
    unsigned segment = yoke__segment_of(place);
    /* acquire: the slots are empty; pairs with the exchange in yoke__segment_make. */
    letter *slots = atomic_load_explicit(&actor->segments[segment], memory_order_acquire);
    return slots ? &slots[place - ((unsigned)FIRST_SLOTS << segment)] : NULL;
}
static inline unsigned yoke__slot_next(const yoke_actor *actor, unsigned place) {
    return place + 1 == actor->slots ? 0 : place + 1;
}
bool yoke__segment_make(yoke_actor *actor, unsigned segment);
/* Only the first place of a segment can be one that is not made. */
static inline bool yoke__slot_make(yoke_actor *actor, unsigned place) {
    if (place < FIRST_SLOTS || (place & (place - 1))) return true;
    return yoke__segment_make(actor, yoke__segment_of(place));
}
/* Makes the slots of a place, and those of the next. False: no memory. */
static inline bool yoke__slots_make(yoke_actor *actor, unsigned place) {
    return yoke__slot_make(actor, place) && yoke__slot_make(actor, yoke__slot_next(actor, place));
}
/* Lets the worker see a slot that is written. */
static inline void yoke__slot_fill(letter *slot) {
    /* release: pairs with the acquire in yoke__slots_pop. */
    atomic_store_explicit(&slot->full, 1, memory_order_release);
}
/* For who has the turn, before it gives the credit back. */
static inline void yoke__slot_clear(letter *slot) {
    /* relaxed: who takes the place again has seen credits in the word that were given back later.
     */
    atomic_store_explicit(&slot->full, 0, memory_order_relaxed);
}
/* The oldest letter, for who has the turn; NULL: none is there. */
letter *yoke__slots_pop(yoke_actor *actor);
/* When the lane is empty: the next message goes into the first slot. For who has the turn. */
void yoke__slots_rewind(yoke_actor *actor);
void yoke__slots_fini(yoke_actor *actor);

/* ---- actor_ask.c ---- */

/* Ends the question that the letter may be, unless it was answered. */
void yoke__letter_answer(const letter *l, int status);
void yoke__letter_dispose(yoke_actors *set, letter *l);

/* ---- actor_wait.c ---- */

/* Sends the letter when there is credit. */
int yoke__actor_await_credit(yoke_actor *to, letter *l, yoke_deadline deadline, const char *site);
int yoke__actor_await_answer(yoke_actor *to, ask *a, yoke_deadline deadline, const char *site);
/* YOKE_EDEADLK when the calling thread runs the actor. */
int yoke__actor_refuse_own(yoke_actor *to, yoke_deadline deadline, const char *site);
/* Hands credits to those who wait for them; fails them when the actor is closed. */
void yoke__actor_hand_over(yoke_actor *actor);
/* Sets the flag and wakes all in a queue of waits. */
void yoke__waits_grant(void **queue, atomic_bool *flag, bool value);
/* Waits until no actor lives and nothing is busy. */
void yoke__set_await_end(yoke_actors *set);

/* ---- actor_life.c ---- */

void yoke__set_release(yoke_actors *set);
/* The key of the next that `here` (NULL: outside) spawns. */
uint64_t yoke__key_next(yoke_actors *set, yoke_actor *here);
/* Makes the set forget an actor, as all of its letters are gone. It has the turn. */
void yoke__actor_ended(yoke_actor *actor);
void yoke__actor_forget_name(yoke_actor *actor);
/* Stops the actors of a list. */
void yoke__actors_stop(yoke_actors *set, yoke_actor **list, bool children, bool at_once);

/* ---- actor_timer.c ---- */

void yoke__timers_cancel_all(yoke_actors *set);

/* ---- actor_supervise.c: for who has the turn ---- */

int yoke__supervise_open(yoke_actor *actor);
void yoke__actor_init_parts(yoke_actor *actor);
int yoke__actor_start(yoke_actor *actor);
/* Treats a failure. */
void yoke__actor_failed(yoke_actor *actor, int status);
/* Lets nothing in any more and ends the state. */
void yoke__actor_close(yoke_actor *actor, bool at_once);

#endif

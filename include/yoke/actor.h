/* SPDX-License-Identifier: Apache-2.0
 *
 * Actors: isolated state that handles one message at a time, on the workers of a pool.
 *
 *     static int count(yoke_actor *self, void *state, const yoke_message *message) {
 *         *(long *)state += *(const long *)message->data;
 *         return YOKE_OK;
 *     }
 *     yoke_actors *actors;  yoke_actor *counter;
 *     YOKE_TRY(yoke_actors_create(pool, NULL, &actors));
 *     yoke_actor_options options = {.state_size = sizeof(long)};
 *     YOKE_TRY(yoke_actor_spawn(actors, count, &options, &counter));
 *     YOKE_TRY(yoke_actor_send(counter, &(long){1}, sizeof(long), YOKE_FOREVER));
 *     YOKE_TRY(yoke_actors_wait(actors, YOKE_FOREVER));      // until nothing is queued
 *
 * An actor whose mailbox is not empty is a job of the pool: a worker handles a batch of messages
 * and puts the actor at the end of the line again, so that actors share the workers fairly.
 *
 * - Mailboxes have two lanes. The data lane has credits: a message takes one until it is taken out,
 *   and who finds none waits, until his deadline. The control lane is read first, and neither
 *   refuses nor drops anything.
 * - Order: messages of one sender in one lane come in the order in which they were sent.
 * - Waiting. A worker that waits for credit or an answer does not stand idle: it runs the actor
 *   that it waits for, on its own stack, if nobody else does (and it holds no yoke lock). All waits
 *   are in the wait-for graph (yoke/lock.h): actors that wait for each other's credits or answers,
 *   or an actor that asks itself, get YOKE_EDEADLK, and the detail names them.
 * - Progress: a send with credit to spare is lock-free. It costs one atomic operation for a
 *   small message, and what posting a job costs when the actor was at rest.
 * - Memory: about 2 KiB and its state an actor, and 64 bytes for each message that its data lane
 *   once held at a time, up to the credits. Messages are copied: up to 16 bytes into the lane, up
 *   to YOKE_ACTOR_INLINE bytes into blocks of 128 bytes that are used again, without malloc; larger
 *   ones are allocated.
 * - Ends: YOKE_ECLOSED for who sends to an actor that has stopped. Such messages, and those that
 *   were queued when it stopped, are dead letters, which are counted and can be seen.
 * - References are counted: yoke_actor_spawn and yoke_actor_find give one to the caller. A
 *   reference keeps the memory, not the actor, alive. Without one an actor goes on.
 * - A failed actor is treated after its parent's policy; its mailbox is kept.
 * - After fork() actors are the parent's: in the child calls that return a status fail with
 *   YOKE_EINVAL, others do nothing; references may be released.
 *
 * After Hewitt, Bishop and Steiger, "A universal modular actor formalism" (IJCAI 1973), and
 * Armstrong, "Making reliable distributed systems in the presence of software errors" (2003).
 */
#ifndef YOKE_ACTOR_H
#define YOKE_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/future.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_actors yoke_actors; /* actors that belong together, on one pool */
typedef struct yoke_actor yoke_actor;

#define YOKE_ACTOR_INLINE  64      /* bytes of a message that are stored without malloc */
#define YOKE_ACTOR_CREDITS 0x40000 /* the most that an actor can have */

/* A message during its handling; after it, data must not be read any more. */
typedef struct yoke_message {
    const void *data;  /* aligned for any type */
    size_t size;       /* bytes */
    uint64_t sender;   /* yoke_actor_key; 0: sent from outside of an actor */
    uint64_t sequence; /* its number among all that the sender sent; from outside, among those to
                          this actor, and 0 unless deliveries are recorded or replayed */
} yoke_message;

/* Handles a message. state: options.state_size bytes, the actor's own. Runs on a worker, never
 * twice at a time for one actor. Below zero: the actor has failed. */
typedef int yoke_actor_fn(yoke_actor *self, void *state, const yoke_message *message);

/* What is done with an actor that has failed, after its policy for children. */
typedef enum yoke_actor_policy {
    YOKE_ACTOR_STOP,     /* it stops */
    YOKE_ACTOR_RESTART,  /* it goes on with a fresh state; its own children are stopped */
    YOKE_ACTOR_RESUME,   /* it goes on as it is */
    YOKE_ACTOR_ESCALATE, /* it stops, and its parent fails with the same status */
} yoke_actor_policy;

typedef struct yoke_actor_options {
    const char *name;   /* copied; unique among living actors; NULL: none */
    yoke_actor *parent; /* NULL: none. When it stops, so do its children */
    size_t state_size;  /* bytes, zeroed before `start` */
    /* Makes a fresh state: in yoke_actor_spawn, and at restarts on a worker. NULL: none. */
    int (*start)(yoke_actor *self, void *state, void *ctx);
    /* Ends a state that start has made: at restarts and when the actor stops. NULL: none. */
    void (*finish)(yoke_actor *self, void *state, void *ctx);
    void *ctx;
    unsigned credits; /* messages in the data lane, up to YOKE_ACTOR_CREDITS; 0: 1024 */
    unsigned batch;   /* messages handled at a time, no more than that either; 0: 64 */
    yoke_actor_policy children;
    unsigned restarts; /* of a child, at most so many ...; 0: 5. One more escalates */
    double within;     /* ... in so many seconds; 0: 10 */
} yoke_actor_options;

/* A delivery: the actor, and the message by its sender and number. */
typedef struct yoke_actor_event {
    uint64_t actor, sender, sequence;
} yoke_actor_event;

typedef struct yoke_actors_options {
    yoke_actor_policy policy; /* for actors without a parent; there escalating stops them */
    unsigned restarts;
    double within;
    /* Is told of each dead letter, in the thread that meets it; must not block. NULL: nobody. */
    void (*dead_letter)(void *ctx, yoke_actor *to, const yoke_message *message);
    void *ctx;
    bool record; /* deliveries, for yoke_actors_log */
    /* Deliveries to repeat, as yoke_actors_log gave them (copied); NULL: none. */
    const yoke_actor_event *replay;
    size_t replay_count;
} yoke_actors_options;

/* Makes a set of actors on a pool (NULL options: all zero), which must live longer. YOKE_EINVAL: a
 * policy that there is not, or a pool from before fork(); YOKE_ENOMEM. Any thread. */
YOKE_API int yoke_actors_create(yoke_pool *pool, const yoke_actors_options *options,
                                yoke_actors **actors);
/* Cancels timers, stops all actors at once, waits for their end (so it needs the pool's workers),
 * and frees the set when the last reference is gone. Not to be called in a behaviour, nor twice.
 * NULL is legal. In the child of a fork it does nothing. */
YOKE_API void yoke_actors_destroy(yoke_actors *actors);

/* Waits until no message is queued or being handled. Timers do not count. YOKE_ETIMEDOUT;
 * YOKE_EDEADLK: one of the actors waits for this thread (or is it), or nobody runs it and all
 * workers wait for this thread; YOKE_ENOMEM. */
#define yoke_actors_wait(actors, deadline) yoke_actors_wait_at((actors), (deadline), YOKE_HERE)
YOKE_API int yoke_actors_wait_at(yoke_actors *actors, yoke_deadline deadline, const char *site);

/* Makes an actor. *actor, a reference, is the caller's (actor may be NULL: none). YOKE_EINVAL: no
 * behaviour, a name that is taken, a parent of another set, a policy that there is not, too many
 * credits; YOKE_ECLOSED: the set is being destroyed, or the parent has stopped; YOKE_ENOMEM; or
 * what `start` returned. Any thread, also a behaviour or a start; does not block. */
YOKE_API int yoke_actor_spawn(yoke_actors *actors, yoke_actor_fn *behaviour,
                              const yoke_actor_options *options, yoke_actor **actor);
/* One reference more, and one less (NULL is legal). Any thread; do not block. */
YOKE_API yoke_actor *yoke_actor_retain(yoke_actor *actor);
YOKE_API void yoke_actor_release(yoke_actor *actor);

/* The living actor of that name, with a reference for the caller; YOKE_ENOENT. Any thread. */
YOKE_API int yoke_actor_find(yoke_actors *actors, const char *name, yoke_actor **actor);
YOKE_API const char *yoke_actor_name(const yoke_actor *actor); /* NULL: none */
/* Which actor it is: derived from who spawned it and as which, so that it is the same in each run
 * that spawns in the same order (from outside, and in each actor). Never 0. */
YOKE_API uint64_t yoke_actor_key(const yoke_actor *actor);
YOKE_API yoke_actors *yoke_actor_set(const yoke_actor *actor);

/* ---- messages ---- */

/* Puts a copy of size bytes into the data lane. Waits for credit until the deadline. YOKE_ETIMEDOUT
 * (with YOKE_NOW: there is no credit now); YOKE_ECLOSED; YOKE_EDEADLK; YOKE_ENOMEM. On failure
 * nothing is sent. Any thread. */
#define yoke_actor_send(to, data, size, deadline)                                                  \
    yoke_actor_send_at((to), (data), (size), (deadline), YOKE_HERE)
YOKE_API int yoke_actor_send_at(yoke_actor *to, const void *data, size_t size,
                                yoke_deadline deadline, const char *site);
/* The same into the control lane, without waiting. YOKE_ECLOSED; YOKE_ENOMEM, also when 4 million
 * are there. */
YOKE_API int yoke_actor_send_control(yoke_actor *to, const void *data, size_t size);

/* Sends a message and waits for the answer to it. *reply_size: room at reply, then the bytes that
 * came; NULL with a NULL reply: no room. Also to what yoke_actor_send returns: the status with
 * which the behaviour failed, when it did not answer; YOKE_ECLOSED when the actor stopped before;
 * YOKE_ERANGE: the answer is larger than the room. After YOKE_ETIMEDOUT, and YOKE_EDEADLK other
 * than for asking oneself, the message may still be handled. Any thread. */
#define yoke_actor_ask(to, data, size, reply, reply_size, deadline)                                \
    yoke_actor_ask_at((to), (data), (size), (reply), (reply_size), (deadline), YOKE_HERE)
YOKE_API int yoke_actor_ask_at(yoke_actor *to, const void *data, size_t size, void *reply,
                               size_t *reply_size, yoke_deadline deadline, const char *site);

/* The same without waiting for the answer: *answer (yoke/future.h), to be released by the caller,
 * ends when yoke_actor_ask would return, and its result is 0 or that status. The deadline is that
 * of the wait for credit. Who waits for it is treated as one who asks: a worker runs the actor, and
 * an actor that waits for an answer of its own gets YOKE_EDEADLK. It cannot be cancelled
 * (yoke_future_cancel: 0). It may outlive the set. Also YOKE_ENOMEM. Any thread. */
#define yoke_actor_ask_future(to, data, size, deadline, answer)                                    \
    yoke_actor_ask_future_at((to), (data), (size), (deadline), (answer), YOKE_HERE)
YOKE_API int yoke_actor_ask_future_at(yoke_actor *to, const void *data, size_t size,
                                      yoke_deadline deadline, yoke_future **answer,
                                      const char *site);
/* Copies what came to `reply`, as yoke_actor_ask does, as often as it is called, and returns what
 * that returns. YOKE_EINVAL: the future has not ended, or is of another kind. Any thread. */
YOKE_API int yoke_actor_answer(const yoke_future *answer, void *reply, size_t *reply_size);

/* In a behaviour: answers a message that was asked, with a copy of size bytes. A behaviour that
 * does not answer gives an empty answer when it returns. Nothing happens when nobody asked, or for
 * the second answer. YOKE_ENOMEM: the asker is told so, too. */
YOKE_API int yoke_actor_reply(const yoke_message *message, const void *data, size_t size);

/* In a behaviour: the next message that is there, so that several are handled at once; they all
 * stay until the behaviour returns. NULL: none is there, or the batch is full, or something else
 * has to be done first. */
YOKE_API const yoke_message *yoke_actor_next(yoke_actor *self);

/* ---- timers ----
 *
 * A timer puts its message into the control lane, at its moment or, when all workers are busy, at
 * the end of what one of them does. The sender is the timer, with a key of its own. A message that
 * repeats is left out while the one before has not been handled. */

typedef struct yoke_timer yoke_timer;

/* Sends a copy of size bytes to the actor, once after that many seconds, or again and again with
 * that many between, the first after them too. *timer is to be given to yoke_timer_cancel; NULL:
 * nobody cancels it but the end of the set. Repeating ends when the actor has stopped. YOKE_EINVAL:
 * seconds below zero, or NaN (0 as well when it repeats); YOKE_ECLOSED; YOKE_ENOMEM. Any thread. */
YOKE_API int yoke_actor_send_after(yoke_actor *to, const void *data, size_t size, double seconds,
                                   yoke_timer **timer);
YOKE_API int yoke_actor_send_every(yoke_actor *to, const void *data, size_t size, double seconds,
                                   yoke_timer **timer);
/* After it the timer sends nothing more (a message that it sent may still be handled, and one that
 * it is just sending), and *timer is gone. NULL is legal. To be called before the pool
 * is destroyed. Any thread; does not block. */
YOKE_API void yoke_timer_cancel(yoke_timer *timer);

/* ---- the end ---- */

/* Stops the actor: after what is in its data lane now, or `at_once` after the message that it is
 * handling. What comes later, or is left, is a dead letter. Any thread, also its own behaviour;
 * does not wait; the second time, and when it has stopped, nothing happens. */
YOKE_API void yoke_actor_stop(yoke_actor *actor, bool at_once);
/* Waits until it has stopped. YOKE_ETIMEDOUT; YOKE_EDEADLK: also for its own behaviour. */
#define yoke_actor_wait(actor, deadline) yoke_actor_wait_at((actor), (deadline), YOKE_HERE)
YOKE_API int yoke_actor_wait_at(yoke_actor *actor, yoke_deadline deadline, const char *site);

/* ---- figures ---- */

typedef struct yoke_actor_stats {
    uint64_t handled;      /* messages */
    uint64_t dead_letters; /* sent to it in vain */
    uint64_t restarts;
    uint64_t most_queued; /* in the data lane at a time, seen at the begin of its turns */
    bool stopped;
} yoke_actor_stats;

/* About as of now. Any thread; do not block. */
YOKE_API yoke_actor_stats yoke_actor_figures(const yoke_actor *actor);
YOKE_API uint64_t yoke_actors_dead_letters(const yoke_actors *actors);

/* ---- the order of deliveries ----
 *
 * The final state of deterministic behaviours depends on the order in which each actor gets its
 * messages, and on nothing else. A set that records notes that order. A set that replays lets each
 * actor handle exactly those deliveries, in that order, with any number of workers: a message that
 * comes early waits (and takes no credit), and one that was not delivered never is. To be the same,
 * a run must spawn and send from outside in the same order (to each actor), and behaviours must not
 * depend on time, on refused sends, or on anything but state and messages. */

/* The deliveries so far: *events, to be freed with free(), those of each actor in their order. To
 * be called while nothing happens (after yoke_actors_wait). YOKE_EINVAL: the set does not record;
 * YOKE_ENOMEM, also when memory was short while it recorded. */
YOKE_API int yoke_actors_log(yoke_actors *actors, yoke_actor_event **events, size_t *count);
/* How many deliveries are still to be repeated. Any thread. */
YOKE_API size_t yoke_actors_to_replay(const yoke_actors *actors);

#ifdef __cplusplus
}
#endif
#endif

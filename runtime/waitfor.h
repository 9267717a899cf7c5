/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait-for graph: who waits for whom, and the sleep of those who wait.
 *
 * Everything in yoke that can block registers here, on its slow path only. A wait is described by a
 * yoke__wait in the frame of the waiting function; it knows how to find the threads that must act
 * before it can end (its owners). One global mutex guards all waits, all queues of waiting threads,
 * and the search. yoke__wait_begin registers the wait and looks whether it could never end: then it
 * is not registered, and the caller must not sleep.
 *
 * When can a wait never end? Of all waits reachable from the new one we keep the largest set in
 * which nobody can go on: a wait goes on when none of its owners is in the set or, if any one owner
 * is enough (`any`), when one is outside. Threads that are not registered run, and are outside; so
 * are those whose deadline has passed, since they will return. What remains is a set of sleeping
 * threads each of which waits for another in it: a deadlock, and no run of the others can undo it.
 *
 * Why no deadlock is missed. Consider the moment at which a set of threads becomes stuck for good.
 * A thread gets what others wait for only while it runs, and registers for its next wait after
 * that. So the last event that completes the set is a registration; the searcher holds the mutex,
 * hence sees all earlier registrations and everything that those threads acquired before them.
 *
 * Why there are no false alarms. The rules for users make what the search reads stand still:
 *   1. A registered thread gets nothing and gives nothing that others may wait for; it leaves the
 *      graph (itself, or by the hand of who wakes it) before it counts as an owner.
 *   2. Owners are asked afresh in each search: from the lock's own word, or from the held lists of
 *      registered threads. An owner that is not registered ends the path, so it does not matter
 *      that what it owns may change at this moment.
 *   3. A thread that was woken may stay registered until it has run (stale). It holds all that it
 *      held, and waits for what its object's owner has *now*: if this owner is in the set, it
 * cannot release it, and the woken thread would only sleep again.
 *   4. A wait that fails leaves the graph in the same critical section.
 *
 * An owner that has ended never acts; who waits for it directly fails at once (and is woken for
 * that when it was asleep). Deadlines: see yoke/lock.h.
 *
 * Two ways to sleep: on the permit in one's own record (queues below: who releases takes waits out
 * of the queue and the graph, and wakes their threads when the mutex is released), or on whatever
 * futex the caller has between yoke__wait_begin and yoke__wait_end (that one is not woken when an
 * owner ends).
 */
#ifndef YOKE_RUNTIME_WAITFOR_H
#define YOKE_RUNTIME_WAITFOR_H

#include <stdbool.h>

#include "runtime/thread.h"
#include "yoke/deadline.h"

typedef struct yoke__wait yoke__wait;

/* The least index above `after` (-1: any) of a thread that must act before the wait can end, -1 for
 * none. Called under the graph's mutex. It may leave out threads that are neither waiting nor ended
 * (yoke__wait_next_holder does). */
typedef int yoke__wait_owner_fn(const yoke__wait *wait, int after);

struct yoke__wait {
    const char *what;   /* before the name: "mutex", "to read" */
    const char *name;   /* NULL: the object's address is shown */
    const void *object; /* by which owners have noted it in their held lists */
    const char *site;
    yoke_deadline deadline;
    bool any; /* one owner is enough, instead of all */
    yoke__wait_owner_fn *next_owner;
    const char *const *owner_site; /* where the owner took it, if the object notes it; or NULL */

    yoke__thread *thread; /* the waiting one; these are set by yoke__wait_begin */
    yoke_deadline since;
    yoke__wait *before, *behind; /* in a queue: before is NULL outside; behind also in a chain */
};

/* How a sleep ended. */
typedef enum yoke__wake {
    YOKE__WAKE_NONE,    /* still asleep */
    YOKE__WAKE_GRANTED, /* somebody took the wait out of queue and graph */
    YOKE__WAKE_CHECK,   /* an owner has ended: begin again, unless it is granted by now */
    YOKE__WAKE_TIMEOUT, /* so has the deadline */
} yoke__wake;

void yoke__graph_lock(void);
void yoke__graph_unlock(void);

/* ---- under the graph's mutex ---- */

/* Registers the calling thread's wait, which is in no queue. YOKE_EDEADLK with a detail, and
 * nothing is registered, when it could never end. */
int yoke__wait_begin(yoke__wait *wait);
/* The same for a wait that cannot be refused, since another thread uses the waiting one's frame: it
 * is registered in any case, and when it could never end, the other waits on the cycle that sleep
 * in yoke__wait_sleep are made to begin again, so that one of them finds the cycle and is refused.
 */
void yoke__wait_begin_firmly(yoke__wait *wait);
void yoke__wait_end(yoke__wait *wait);
/* In the child of a fork, whose other threads are gone: none of them waits. */
void yoke__graph_forget_others(void);

/* Makes the thread of a registered wait begin it again; only if it could never end. */
void yoke__wait_rouse(yoke__wait *wait);
void yoke__wait_rouse_if_stuck(yoke__wait *wait);
/* Looks whether a registered wait could never end, after its sleep ended without a grant: the same
 * as a new beginning, but it keeps its place in its queue, also when it is refused. */
int yoke__wait_begin_again(yoke__wait *wait);

/* A queue is a `void *`, NULL when it is empty. */
void yoke__wait_push(void **queue, yoke__wait *wait, bool in_front);
void yoke__wait_remove(void **queue, yoke__wait *wait);
/* Whether it is in a queue: it was pushed and not granted. */
static inline bool yoke__wait_queued(const yoke__wait *wait) { return wait->before != NULL; }

/* Grants a wait in the queue: takes it out of queue and graph, and puts it in front of a chain
 * (NULL: an empty one). Its thread does not go on before the chain is handed to yoke__wait_wake. */
yoke__wait *yoke__wait_grant(void **queue, yoke__wait *wait, yoke__wait *chain);

/* Takes an object from a thread that has ended, whose index is free once nothing is left. False
 * when it lives, or does not hold the object. */
bool yoke__wait_take_from_ended(yoke__thread *thread, const void *object);
/* From all that have ended; how many times they held it. */
unsigned yoke__wait_take_all(const void *object);

/* yoke__wait_owner_fn: the threads that wait or have ended and hold wait->object. */
int yoke__wait_next_holder(const yoke__wait *wait, int after);

/* ---- without it ---- */

/* Sleeps on the caller's permit until its wait is granted, its deadline, or an owner's end. */
yoke__wake yoke__wait_sleep(yoke__wait *wait);
/* To be called when the sleep ended otherwise but the wait was found to be granted: returns when
 * the granting thread uses it no more, which is soon. */
void yoke__wait_let_go(yoke__wait *wait);
/* Wakes the threads of a chain. Their waits' memory, and that of the object that they waited for,
 * may be gone after. */
void yoke__wait_wake(yoke__wait *chain);

/* For a thread that ends while it holds something: wakes those who wait for it. */
void yoke__wait_ended(yoke__thread *thread);

/* The place of a wait's text in details: "thread 1 waits for mutex 'a' at f.c:3". */
struct yoke__text;
void yoke__wait_describe(struct yoke__text *text, const yoke__wait *wait);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * A completion: something that ends once, and the threads that wait for that.
 *
 * Ending it costs one exchange while nobody waits. Who waits registers in the wait-for graph, with
 * the thread that brings the end about as the owner of the wait; before that is known, with all
 * workers of the pool, of which any one will do.
 */
#ifndef YOKE_POOL_COMPLETION_H
#define YOKE_POOL_COMPLETION_H

#include <stdatomic.h>
#include <stdbool.h>

#include "yoke/deadline.h"

typedef struct yoke__completion yoke__completion;

/* The least index above `after` (-1: any) of a thread that can bring the end about; of several any
 * one will do. -1: none above; YOKE__NOT_KNOWN: perhaps others can. Called under the graph's mutex.
 */
typedef int yoke__ender_fn(const yoke__completion *completion, int after);
enum { YOKE__NOT_KNOWN = -2 };

struct yoke__completion {
    atomic_int state;  /* PENDING, AWAITED, DONE */
    atomic_int runner; /* index + 1 of the thread that works at it; 0: none yet */
    void *waiters;     /* under the graph's mutex */
    /* constant: who can bring the end about before there is a runner */
    struct yoke_pool *pool;         /* any of its workers; NULL: not known */
    struct yoke__completion *after; /* or not before this has ended */
    yoke__ender_fn *next_ender;     /* or this knows, whether there is a runner or not */
    bool of_several;                /* its enders become others when one of several ends */
};                                  /* all zero: pending */

/* Of a completion of any kind. */
int yoke__completion_next_ender(const yoke__completion *completion, int after);
/* Where there is no runner: any worker of the pool. */
int yoke__pool_next_ender(const struct yoke_pool *pool, int after);

/* To be called when one of several has ended, by which nobody began to wait: who waits in vain from
 * now on is told. */
void yoke__completion_look_again(void);

bool yoke__completion_done(const yoke__completion *completion);

/* Ends it: what the caller wrote before is visible to all who see it done. Afterwards the memory is
 * not touched unless somebody waits. */
void yoke__completion_end(yoke__completion *completion);

/* Waits for the end. With `refuse`, YOKE_EDEADLK when it would never come, and YOKE_ETIMEDOUT; then
 * the completion must outlive its end, by a reference of who brings that about. Else, in such a
 * case, one of the other waits of the cycle fails; the deadline must be YOKE_FOREVER, and the
 * completion may be gone when the call returns. `what`, `name` and `site` are for details: "thread
 * 1 waits `what` 'name' at site". */
int yoke__completion_wait(yoke__completion *completion, yoke_deadline deadline, bool refuse,
                          const char *what, const char *name, const char *site);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions and answers. The asker and the letter have a reference each, so who gives up leaves the
 * question to be answered for nobody. The asker may be a future, which no job brings about: it has
 * been claimed from the beginning, and who waits for it runs the actor.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"
#include "pool/future.h"

/* What the behaviour ended with. */
static int status_of(const ask *a) {
    if (a->status >= 0) return YOKE_OK;
    return yoke_fail(a->status, "the actor that was asked failed: %s",
                     yoke_status_message(a->status));
}

static int give_answer(const ask *a, void *reply, size_t *reply_size) {
    size_t room = reply_size ? *reply_size : 0;
    YOKE_TRY(status_of(a));
    if (a->size > room)
        return yoke_fail(YOKE_ERANGE, "an answer of %zu bytes, and room for %zu", a->size, room);
    if (a->size) memcpy(reply, a->data, a->size);
    if (reply_size) *reply_size = a->size;
    return YOKE_OK;
}

int yoke_actor_ask_at(yoke_actor *to, const void *data, size_t size, void *reply,
                      size_t *reply_size, yoke_deadline deadline, const char *site) {
    letters *memory = &to->set->letters;
    YOKE_TRY(yoke__pool_check(to->set->pool, "yoke_actor_ask"));
    YOKE_TRY(yoke__actor_refuse_own(to, deadline, site));
    ask *a = yoke__ask_make(memory);
    if (!a) return YOKE_ENOMEM;
    int status = yoke__actor_send_copy(to, data, size, a, LANE_DATA, deadline, site);
    if (status < 0) {
        yoke__ask_release(memory, a);
    } else {
        status = yoke__actor_await_answer(to, a, deadline, site);
        if (status >= 0) status = give_answer(a, reply, reply_size);
    }
    yoke__ask_release(memory, a);
    return status;
}

/* ---- with a future ---- */

static int next_ender(const yoke__completion *end, int after) {
    const yoke_future *of = yoke__future_of(end);
    const yoke_actor *to = ((const ask *)of->arg)->to;
    int runner = atomic_load(&to->runner) - 1;
    if (runner >= 0) return runner > after ? runner : -1;
    return yoke__pool_next_ender(of->pool, after);
}

static bool help(yoke_future *future) {
    ask *a = future->arg;
    return yoke__actor_help(a->to, &a->state);
}

static void drop(yoke_future *future) {
    ask *a = future->arg;
    yoke_actor *to = a->to;
    if (future->forks == yoke__forks) yoke__ask_release(&to->set->letters, a);
    yoke_actor_release(to); /* and perhaps the set, last */
}

static const yoke__source answers = {.help = help, .drop = drop};

/* Of two references, one is for who ends it. */
static int make_future(ask *a, yoke_actor *to) {
    yoke_future *future;
    YOKE_TRY(yoke__future_create(to->set->pool, NULL, a, NULL, 0, &future));
    atomic_store(&future->references, 2);
    atomic_store(&future->claimed, true);
    future->source = &answers;
    future->end.next_ender = next_ender;
    a->future = future;
    a->to = yoke_actor_retain(to);
    return YOKE_OK;
}

int yoke_actor_ask_future_at(yoke_actor *to, const void *data, size_t size, yoke_deadline deadline,
                             yoke_future **answer, const char *site) {
    letters *memory = &to->set->letters;
    YOKE_TRY(yoke__pool_check(to->set->pool, "yoke_actor_ask_future"));
    ask *a = yoke__ask_make(memory);
    if (!a) return YOKE_ENOMEM;
    int status = make_future(a, to);
    yoke_future *future = a->future;
    if (status >= 0) status = yoke__actor_send_copy(to, data, size, a, LANE_DATA, deadline, site);
    if (status >= 0) {
        *answer = future;
        return YOKE_OK;
    }
    yoke__ask_release(memory, a); /* the letter's */
    if (!future) yoke__ask_release(memory, a);
    yoke_future_release(future);
    yoke_future_release(future);
    return status;
}

int yoke_actor_answer(const yoke_future *answer, void *reply, size_t *reply_size) {
    if (answer->source != &answers)
        return yoke_fail(YOKE_EINVAL, "yoke_actor_answer: the future is no answer of an actor");
    if (!yoke_future_done(answer))
        return yoke_fail(YOKE_EINVAL, "yoke_actor_answer: the actor has not answered");
    return give_answer(answer->arg, reply, reply_size);
}

/* ---- answering ---- */

static void end(ask *a) {
    yoke_future *future = a->future;
    a->answered = true;
    if (atomic_exchange(&a->state, ASK_DONE) == ASK_AWAITED)
        yoke__waits_grant(&a->waiters, NULL, false);
    if (!future) return;
    yoke__future_end(future, status_of(a));
    yoke_future_release(future);
}

void yoke__letter_answer(const letter *l, int status) {
    if (l->ask->answered) return;
    l->ask->status = status < 0 ? status : YOKE_OK;
    end(l->ask);
}

void yoke__letter_dispose(yoke_actors *set, letter *l) {
    if (l->place == IN_SLOT) {
        yoke__slot_clear(l);
        return;
    }
    if (l->ask) yoke__ask_release(&set->letters, l->ask);
    if (l->place == IN_PART)
        l->dispose(l);
    else
        yoke__letter_free(&set->letters, l);
}

int yoke_actor_reply(const yoke_message *message, const void *data, size_t size) {
    const letter *l = (const letter *)((const char *)message - offsetof(letter, message));
    ask *a = yoke__letter_ask(l);
    if (!a || a->answered) return YOKE_OK;
    a->data = size <= YOKE_ACTOR_INLINE ? a->bytes : malloc(size);
    if (!a->data) {
        yoke__letter_answer(l, YOKE_ENOMEM);
        return yoke_fail(YOKE_ENOMEM, "no memory for an answer of %zu bytes", size);
    }
    if (size) memcpy(a->data, data, size);
    a->size = size;
    end(a);
    return YOKE_OK;
}

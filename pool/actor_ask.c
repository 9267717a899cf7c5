/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions and answers. The asker and the letter have a reference each, so who gives up leaves the
 * question to be answered for nobody.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"

static int give_answer(const ask *a, void *reply, size_t *reply_size) {
    size_t room = reply_size ? *reply_size : 0;
    if (a->status < 0)
        return yoke_fail(a->status, "the actor that was asked failed: %s",
                         yoke_status_message(a->status));
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

static void end(ask *a) {
    a->answered = true;
    if (atomic_exchange(&a->state, ASK_DONE) == ASK_AWAITED)
        yoke__waits_grant(&a->waiters, NULL, false);
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

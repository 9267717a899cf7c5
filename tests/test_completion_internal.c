/* SPDX-License-Identifier: Apache-2.0
 *
 * A completion whose memory goes when its wait returns, as that of a root does: whoever ends it has
 * looked into it for the last time by then, also when the waiting thread was made to begin again.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pool/completion.h"
#include "pool/team.h"
#include "tests/harness.h"
#include "tests/waiting.h"

typedef struct shared {
    yoke__completion *end;
    int waiter;
} shared;

static void *await(void *ctx) {
    shared *s = ctx;
    s->waiter = yoke_thread_index();
    yoke__completion_wait(s->end, YOKE_FOREVER, false, "for an end", NULL, "test:1");
    memset(s->end, 0xAB, sizeof *s->end); /* the frame is used for something else */
    return NULL;
}

static void *end(void *ctx) {
    yoke__completion_end(((shared *)ctx)->end);
    return NULL;
}

static int other;
static int next_owner(const yoke__wait *wait, int after) {
    (void)wait;
    return other > after ? other : -1;
}

/* A wait of this thread closes a cycle, so that the other is roused; while it ends, too. */
static void rouse_while_it_ends(shared *s, pthread_t *ender) {
    yoke__wait wait = {.what = "for a cycle",
                       .object = &wait,
                       .site = "test:2",
                       .deadline = YOKE_FOREVER,
                       .next_owner = next_owner};
    other = s->waiter;
    yoke__graph_lock();
    REQUIRE(!pthread_create(ender, NULL, end, s));
    while (!yoke__completion_done(s->end)) sched_yield();
    yoke__wait_begin_firmly(&wait);
    yoke__wait_end(&wait);
    for (int i = 0; i < 20; i++) sched_yield(); /* the roused one comes first to the mutex */
    yoke__graph_unlock();
}

TEST(a_completion_is_not_used_after_the_wait) {
    int self = yoke_thread_index();
    for (size_t i = 0; i < test_size(500, 100); i++) {
        yoke__completion *completion = calloc(1, sizeof *completion);
        REQUIRE(completion != NULL);
        shared s = {completion, -1};
        pthread_t waiter, ender;
        atomic_store(&completion->runner, self + 1);
        REQUIRE(!pthread_create(&waiter, NULL, await, &s));
        await_shown("waits for an end");
        rouse_while_it_ends(&s, &ender);
        pthread_join(waiter, NULL);
        pthread_join(ender, NULL);
        free(completion);
    }
}

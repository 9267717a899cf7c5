/* SPDX-License-Identifier: Apache-2.0
 *
 * A bank of actors. Each account is an actor, so its balance needs no lock. A transfer is a message
 * to the payer, who passes the money on to the payee, or refuses. Whatever the order and the number
 * of workers, no money is made or lost.
 */
#include <stdio.h>

#include "yoke/actor.h"

enum { ACCOUNTS = 100, TRANSFERS = 200000 };

typedef struct transfer {
    enum { PAY, RECEIVE, BALANCE } what;
    int to;
    long cents;
} transfer;

static yoke_actor *accounts[ACCOUNTS];

static int serve(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self;
    long *balance = state;
    transfer t = *(const transfer *)message->data;
    switch (t.what) {
    case PAY:
        if (t.cents > *balance) return YOKE_OK;
        *balance -= t.cents;
        t.what = RECEIVE;
        /* Money on its way is not held up by full mailboxes: it goes into the control lane. */
        return yoke_actor_send_control(accounts[t.to], &t, sizeof t);
    case RECEIVE: *balance += t.cents; return YOKE_OK;
    default: return yoke_actor_reply(message, balance, sizeof *balance);
    }
}

static int open_account(yoke_actor *self, void *state, void *ctx) {
    (void)self, (void)ctx;
    *(long *)state = 1000;
    return YOKE_OK;
}

static int run_bank(yoke_actors *bank, long *total) {
    yoke_actor_options options = {.state_size = sizeof(long), .start = open_account};
    for (int i = 0; i < ACCOUNTS; i++)
        YOKE_TRY(yoke_actor_spawn(bank, serve, &options, &accounts[i]));
    for (unsigned i = 0; i < TRANSFERS; i++) {
        transfer t = {PAY, (int)(i * 31 % ACCOUNTS), i % 97};
        YOKE_TRY(yoke_actor_send(accounts[i * 17 % ACCOUNTS], &t, sizeof t, YOKE_FOREVER));
    }
    YOKE_TRY(yoke_actors_wait(bank, YOKE_FOREVER));
    for (int i = 0; i < ACCOUNTS; i++) {
        long balance;
        size_t size = sizeof balance;
        transfer question = {.what = BALANCE};
        YOKE_TRY(
            yoke_actor_ask(accounts[i], &question, sizeof question, &balance, &size, YOKE_FOREVER));
        *total += balance;
    }
    return YOKE_OK;
}

int main(void) {
    yoke_pool *pool = NULL;
    yoke_actors *bank = NULL;
    long total = 0;
    int status = yoke_pool_create(NULL, &pool);
    if (status >= 0) status = yoke_actors_create(pool, NULL, &bank);
    if (status >= 0) status = run_bank(bank, &total);
    for (int i = 0; i < ACCOUNTS; i++) yoke_actor_release(accounts[i]);
    yoke_actors_destroy(bank);
    yoke_pool_destroy(pool);
    if (status < 0) return fprintf(stderr, "%s\n", yoke_error_detail()), 1;
    printf("%d accounts hold %ld cents\n", ACCOUNTS, total);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Short histories of an actor's mailbox: what a few threads send to one actor with few credits, and
 * what it handles, checked against a serial twin. In builds with delays (pool/delay.h) the seed of
 * the test sets where threads are held up.
 *
 * The twin has a line for each sender and lane. A send of data with a result of 1 needs a credit
 * that no message has: there are never more sent and not yet taken out than credits. One that was
 * refused (0) needs as many that are taken, where those of one batch and one more may be given back
 * late. The actor takes the first of any line. When that happens is not seen; it is between the end
 * of its handling before and the begin of this one, so that is what is recorded as the operation.
 */
#include <stddef.h>

#include "tests/actor_use.h"
#include "tests/history.h"
#include "yoke/deadline.h"

enum { SENDERS = 3, ACTOR = SENDERS, SENDS = 8, LANES = 2 };
enum { SEND, CONTROL, HANDLE };

typedef struct mailbox {
    int64_t waiting, handled; /* of the data lane */
    int64_t sent[SENDERS][LANES], taken[SENDERS][LANES];
} mailbox;

/* In the option: credits, and how many may be held back. */
static int64_t shape(unsigned credits, unsigned batch) { return credits * 1000 + batch + 1; }

static int apply_send(const history_spec *spec, mailbox *m, const history_op *op) {
    int64_t credits = spec->option / 1000, most = spec->option % 1000;
    int lane = op->kind == CONTROL;
    if (op->result[0] == 0) {
        int64_t late = m->handled < most ? m->handled : most;
        return lane == 0 && m->waiting + late >= credits;
    }
    if (lane == 0 && m->waiting++ >= credits) return 0;
    m->sent[op->thread][lane]++;
    return op->argument[0] == m->sent[op->thread][lane];
}

static int apply_handle(mailbox *m, const history_op *op) {
    if (op->end == HISTORY_PENDING) return 1; /* none came */
    int64_t sender = op->result[0] / LANES, lane = op->result[0] % LANES;
    int64_t number = ++m->taken[sender][lane];
    if (lane == 0) m->waiting--, m->handled++;
    return number == op->result[1] && number <= m->sent[sender][lane];
}

static int apply(const history_spec *spec, void *state, const history_op *op) {
    return op->kind == HANDLE ? apply_handle(state, op) : apply_send(spec, state, op);
}

static const history_kind kinds[] = {{"send", 1, 1}, {"send_control", 1, 1}, {"handle", 0, 2}};

/* ---- the actor, and who sends to it ---- */

typedef struct record {
    history *h;
    history_op *next; /* what the actor handles next */
    yoke_actor *actor;
    uint64_t seed;
} record;

typedef struct parcel {
    record *of;
    int32_t line, number;
    char ballast[200]; /* of some: they come by another way than the small ones of 16 bytes */
} parcel;

static int handle(yoke_actor *self, void *state, const yoke_message *message) {
    (void)self, (void)state;
    const parcel *p = message->data;
    record *r = p->of;
    history_end(r->h, r->next, p->line, p->number);
    r->next = history_begin(r->h, ACTOR, HANDLE, 0, 0);
    return YOKE_OK;
}

static int send(yoke_actor *to, const parcel *p, int lane, uint64_t die) {
    size_t size = die & 1 ? sizeof *p : offsetof(parcel, ballast);
    if (lane == 1) return yoke_actor_send_control(to, p, size);
    return yoke_actor_send(to, p, size, die & 6 ? YOKE_FOREVER : YOKE_NOW);
}

static void send_all(history *h, int thread, void *ctx) {
    record *r = ctx;
    uint64_t random = r->seed + (uint64_t)thread * 0x9E3779B97F4A7C15u;
    int64_t numbers[LANES] = {0, 0};
    for (int i = 0; i < SENDS && thread != ACTOR; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        int lane = random >> 62 == 0;
        parcel p = {r, thread * LANES + lane, (int32_t)numbers[lane] + 1, ""};
        history_op *op = history_begin(h, thread, lane ? CONTROL : SEND, p.number, 0);
        int sent = send(r->actor, &p, lane, random >> 58) == YOKE_OK;
        history_end(h, op, sent, 0);
        numbers[lane] += sent;
    }
}

static void play(history *h, int workers, unsigned credits, unsigned batch) {
    world w = make_world(workers, NULL);
    record r = {.h = h, .seed = test_random()};
    r.actor = spawn(&w, handle, (yoke_actor_options){.credits = credits, .batch = batch});
    history_clear(h);
    r.next = history_begin(h, ACTOR, HANDLE, 0, 0);
    history_run(h, send_all, &r);
    CU_ASSERT_EQUAL(quiet(&w), YOKE_OK);
    history_spec spec = {.name = "mailbox",
                         .kinds = kinds,
                         .size = sizeof(mailbox),
                         .apply = apply,
                         .option = shape(credits, batch)};
    HISTORY_ASSERT(h, &spec);
    size_t count, sent = 0, handled = 0;
    history_op *ops = history_operations(h, &count);
    for (size_t i = 0; i < count; i++) {
        sent += ops[i].kind != HANDLE && ops[i].result[0] == 1;
        handled += ops[i].kind == HANDLE && ops[i].end != HISTORY_PENDING;
    }
    CU_ASSERT_EQUAL(sent, handled);
    free(ops);
    yoke_actor_release(r.actor);
    end_world(&w);
}

TEST_WITH_LIMIT(mailboxes_keep_the_order_of_each_sender_and_their_credits, 60) {
    history *h = history_create(SENDERS + 1, SENDERS * SENDS + 2);
    for (size_t i = 0; i < test_size(72, 36); i++)
        play(h, 1 + (int)(i % 3), 1 + (unsigned)(i / 3 % 4), 1 + (unsigned)(i / 12 % 3));
    history_destroy(h);
}

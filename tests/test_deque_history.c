/* SPDX-License-Identifier: Apache-2.0
 *
 * Short histories of the deque, checked for linearizability.
 */
#include <string.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "tests/pin.h"
#include "yoke/deque.h"

/* The serial twin for histories: a steal moves several items at once, packed one a byte. Steals
 * that found nothing public or lost a race are not recorded, as they promise nothing; a take that
 * finds nothing is. */
enum { PUSH, TAKE, STEAL, PLACES = 64 };
typedef struct line {
    int64_t count;
    uint8_t items[PLACES];
} line;

static int leave_first(line *l, const history_op *op) {
    uint64_t packed = 0;
    int64_t n = op->result[0];
    if (n < 1 || n > l->count) return 0;
    for (int64_t i = 0; i < n; i++) packed |= (uint64_t)l->items[i] << (8 * i);
    l->count -= n;
    memmove(l->items, l->items + n, (size_t)l->count);
    memset(l->items + l->count, 0, (size_t)n);
    return history_fits(op, n, (int64_t)packed);
}

static int apply(const history_spec *spec, void *state, const history_op *op) {
    line *l = state;
    (void)spec;
    if (op->kind == STEAL) return leave_first(l, op);
    if (op->kind == PUSH) {
        l->items[l->count++] = (uint8_t)op->argument[0];
        return history_fits(op, YOKE_OK, 0);
    }
    if (!l->count) return history_fits(op, 0, 0);
    int64_t last = l->items[--l->count];
    l->items[l->count] = 0;
    return history_fits(op, 1, last);
}

static const history_kind kinds[] = {{"push", 1, 1}, {"take", 0, 2}, {"steal", 0, 2}};
static const history_spec stealing = {
    .name = "deque", .kinds = kinds, .size = sizeof(line), .apply = apply};

static void record_push(history *h, yoke_deque *deque, int64_t item) {
    history_op *op = history_begin(h, 0, PUSH, item, 0);
    history_end(h, op, yoke_deque_push(deque, (void *)(uintptr_t)item), 0);
}

static void record_take(history *h, yoke_deque *deque) {
    history_op *op = history_begin(h, 0, TAKE, 0, 0);
    void *got = yoke_deque_take(deque);
    history_end(h, op, got != NULL, (int64_t)(uintptr_t)got);
}

/* Pushes, takes and shares, then takes only. In every other history enough is made public at first
 * that the owner reclaims some of it. */
static void record_owner(history *h, yoke_deque *deque, uint64_t random) {
    int64_t pushed = 0;
    if (random % 2) {
        while (pushed < 18) record_push(h, deque, ++pushed);
        yoke_deque_share(deque);
    }
    for (int i = 0; i < 16; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        uint64_t die = random >> 61;
        if (die < 4 && i < 10)
            record_push(h, deque, ++pushed);
        else
            record_take(h, deque);
        if (die == 5) yoke_deque_share(deque);
    }
}

static void record_thief(history *h, int thread, yoke_deque *deque) {
    for (int i = 0; i < 12; i++) {
        void *items[YOKE_DEQUE_BATCH];
        history_op *op = history_begin(h, thread, STEAL, 0, 0);
        int got = yoke_deque_steal_batch(deque, items, i % 4 ? YOKE_DEQUE_BATCH : 1);
        if (got <= 0) {
            history_drop(op);
            continue;
        }
        uint64_t packed = 0;
        for (int k = 0; k < got; k++) packed |= (uint64_t)(uintptr_t)items[k] << (8 * k);
        history_end(h, op, got, (int64_t)packed);
    }
}

typedef struct bout {
    yoke_deque *deque;
    uint64_t seed;
} bout;

static void record(history *h, int thread, void *ctx) {
    bout *b = ctx;
    pin(thread);
    if (thread == 0)
        record_owner(h, b->deque, b->seed);
    else
        record_thief(h, thread, b->deque);
}

TEST_WITH_LIMIT(histories_are_linearizable, 60) {
    history *h = history_create(3, 40);
    for (size_t i = 0; i < test_size(1000, 100); i++) {
        yoke_deque *deque;
        REQUIRE(yoke_deque_create(1 + i % 5, &deque) == YOKE_OK);
        history_clear(h);
        history_run(h, record, &(bout){deque, test_random()});
        HISTORY_ASSERT(h, &stealing);
        yoke_deque_destroy(deque);
    }
    history_destroy(h);
}

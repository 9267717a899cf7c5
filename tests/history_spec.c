/* SPDX-License-Identifier: Apache-2.0
 *
 * The serial twins that histories are checked against: plain, slow, and obviously right.
 */
#include <string.h>

#include "tests/history.h"

int history_fits(const history_op *op, int64_t result, int64_t second) {
    return op->end == HISTORY_PENDING || (op->result[0] == result && op->result[1] == second);
}

/* ---- a register ---- */

static int64_t sum(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }

static void register_init(const history_spec *spec, void *state) {
    memcpy(state, &spec->option, sizeof spec->option);
}

static int register_apply(const history_spec *spec, void *state, const history_op *op) {
    (void)spec;
    int64_t *value = state, old = *value;
    switch (op->kind) {
    case HISTORY_READ: return history_fits(op, old, 0);
    case HISTORY_WRITE: *value = op->argument[0]; return 1;
    case HISTORY_ADD: *value = sum(old, op->argument[0]); return 1;
    case HISTORY_FETCH_ADD: *value = sum(old, op->argument[0]); return history_fits(op, old, 0);
    case HISTORY_CAS:
        if (old == op->argument[0]) *value = op->argument[1];
        return history_fits(op, old == op->argument[0], 0);
    default: return 0;
    }
}

history_spec history_register(int64_t initial) {
    static const history_kind kinds[] = {
        {"read", 0, 1}, {"write", 1, 0}, {"add", 1, 0}, {"fetch_add", 1, 1}, {"cas", 2, 1}};
    return (history_spec){.name = "register",
                          .kinds = kinds,
                          .size = sizeof(int64_t),
                          .init = register_init,
                          .apply = register_apply,
                          .option = initial};
}

/* ---- one key of a map ---- */

typedef struct entry {
    int64_t there, value;
} entry;

static int map_apply(const history_spec *spec, void *state, const history_op *op) {
    (void)spec;
    entry *e = state, old = *e;
    int64_t argument = op->argument[0];
    switch (op->kind) {
    case HISTORY_GET: return history_fits(op, old.there, old.value);
    case HISTORY_PUT: *e = (entry){1, argument}; return history_fits(op, !old.there, 0);
    case HISTORY_INSERT:
        if (!old.there) *e = (entry){1, argument};
        return history_fits(op, !old.there, 0);
    case HISTORY_REMOVE: *e = (entry){0, 0}; return history_fits(op, old.there, old.value);
    case HISTORY_UPDATE:
        *e = (entry){1, sum(old.value, argument)};
        return history_fits(op, !old.there, 0);
    default: return 0;
    }
}

history_spec history_map(void) {
    static const history_kind kinds[] = {
        {"get", 0, 2}, {"put", 1, 1}, {"insert", 1, 1}, {"remove", 0, 2}, {"update", 1, 1}};
    return (history_spec){.name = "map", .kinds = kinds, .size = sizeof(entry), .apply = map_apply};
}

/* ---- queues ---- */

typedef struct items {
    int64_t count;
    int64_t item[]; /* oldest first; zero beyond */
} items;

static size_t items_used(const void *state) {
    return sizeof(items) + sizeof(int64_t) * (size_t)((const items *)state)->count;
}

static int push(const history_spec *spec, items *q, const history_op *op) {
    if (spec->option && q->count == spec->option) return history_fits(op, 0, 0);
    q->item[q->count++] = op->argument[0];
    return history_fits(op, 1, 0);
}

static int pop_first(items *q, const history_op *op) {
    if (!q->count) return history_fits(op, 0, 0);
    int64_t first = q->item[0];
    q->count--;
    memmove(q->item, q->item + 1, (size_t)q->count * sizeof *q->item);
    q->item[q->count] = 0;
    return history_fits(op, 1, first);
}

static int pop_last(items *q, const history_op *op) {
    if (!q->count) return history_fits(op, 0, 0);
    int64_t last = q->item[--q->count];
    q->item[q->count] = 0;
    return history_fits(op, 1, last);
}

static int fifo_apply(const history_spec *spec, void *state, const history_op *op) {
    switch (op->kind) {
    case HISTORY_PUSH: return push(spec, state, op);
    case HISTORY_POP: return pop_first(state, op);
    default: return 0;
    }
}

static int deque_apply(const history_spec *spec, void *state, const history_op *op) {
    switch (op->kind) {
    case HISTORY_PUSH: return push(spec, state, op);
    case HISTORY_POP: return pop_last(state, op);
    case HISTORY_STEAL: return pop_first(state, op);
    default: return 0;
    }
}

static history_spec queue_spec(const char *name, size_t capacity) {
    static const history_kind kinds[] = {{"push", 1, 1}, {"pop", 0, 2}, {"steal", 0, 2}};
    return (history_spec){.name = name,
                          .kinds = kinds,
                          .size = sizeof(items),
                          .size_per_operation = sizeof(int64_t),
                          .used = items_used,
                          .option = (int64_t)capacity};
}

history_spec history_fifo(size_t capacity) {
    history_spec spec = queue_spec("fifo", capacity);
    spec.apply = fifo_apply;
    return spec;
}

history_spec history_deque(size_t capacity) {
    history_spec spec = queue_spec("deque", capacity);
    spec.apply = deque_apply;
    return spec;
}

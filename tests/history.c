/* SPDX-License-Identifier: Apache-2.0
 *
 * Recording, and the search for an order.
 *
 * The search walks a list of events, calls and returns in the order of their stamps. A call whose
 * operation may come next is tried: if its result fits the state, and the configuration reached was
 * never seen, its two events leave the list and the walk begins again from the front. Meeting a
 * return means that its operation had to come before everything behind it and did not fit: the last
 * choice is taken back. It succeeds when no return is left, and fails when there is no choice to
 * take back.
 *
 * A return that blocks the walk at stamp t proves that some choices explain all that returned
 * before t. So the greatest such t of a failed search ends the shortest part without an order.
 */
#include "tests/history.h"

#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/memory.h"

/* ---- recording ---- */

typedef struct oplog {
    _Alignas(YOKE_CACHE_PAD) history_op *ops;
    size_t count;
    uint64_t random;
} oplog;

struct history {
    int threads;
    size_t capacity;
    oplog *logs;
    _Alignas(YOKE_CACHE_PAD) atomic_ullong clock;
};

static void *checked(void *block) {
    if (!block) abort();
    return block;
}

history *history_create(int threads, size_t operations) {
    history *h = checked(yoke_aligned_alloc(sizeof *h));
    h->threads = threads;
    h->capacity = operations;
    h->logs = checked(yoke_aligned_alloc(sizeof *h->logs * (size_t)threads));
    for (int i = 0; i < threads; i++) {
        /* Whole lines each, so that no log shares one with another. */
        h->logs[i].ops = checked(yoke_aligned_alloc(sizeof(history_op) * (operations + 1)));
        h->logs[i].random = test_random();
    }
    history_clear(h);
    return h;
}

void history_destroy(history *h) {
    if (!h) return;
    for (int i = 0; i < h->threads; i++) yoke_aligned_free(h->logs[i].ops);
    yoke_aligned_free(h->logs);
    yoke_aligned_free(h);
}

void history_clear(history *h) {
    for (int i = 0; i < h->threads; i++) h->logs[i].count = 0;
    atomic_init(&h->clock, HISTORY_DROPPED + 1);
}

/* Mostly nothing, sometimes a short wait, rarely another thread's turn. */
static void disturb(oplog *log) {
    log->random = log->random * 6364136223846793005u + 1442695040888963407u;
    unsigned dice = (unsigned)(log->random >> 56);
    if (dice < 8) sched_yield();
    for (volatile unsigned i = 0; dice < 64 && i < dice; i++) {
    }
}

history_op *history_begin(history *h, int thread, int kind, int64_t argument, int64_t second) {
    oplog *log = &h->logs[thread];
    if (log->count == h->capacity) abort();
    disturb(log);
    history_op *op = &log->ops[log->count++];
    *op = (history_op){kind, thread, {argument, second}, {0, 0}, 0, HISTORY_PENDING};
    op->begin = atomic_fetch_add(&h->clock, 1);
    return op;
}

void history_end(history *h, history_op *op, int64_t result, int64_t second) {
    uint64_t end = atomic_fetch_add(&h->clock, 1);
    op->result[0] = result;
    op->result[1] = second;
    op->end = end;
}

void history_drop(history_op *op) { op->end = HISTORY_DROPPED; }

typedef struct run {
    history *h;
    void (*fn)(history *h, int thread, void *ctx);
    void *ctx;
    pthread_barrier_t start;
} run;

typedef struct run_member {
    run *run;
    int thread;
} run_member;

static void *run_member_main(void *member) {
    run_member *self = member;
    pthread_barrier_wait(&self->run->start);
    self->run->fn(self->run->h, self->thread, self->run->ctx);
    return NULL;
}

void history_run(history *h, void (*fn)(history *h, int thread, void *ctx), void *ctx) {
    run shared = {h, fn, ctx, {{0}}};
    pthread_t *threads = checked(calloc((size_t)h->threads, sizeof *threads));
    run_member *members = checked(calloc((size_t)h->threads, sizeof *members));
    if (pthread_barrier_init(&shared.start, NULL, (unsigned)h->threads) != 0) abort();
    for (int i = 0; i < h->threads; i++) {
        members[i] = (run_member){&shared, i};
        if (pthread_create(&threads[i], NULL, run_member_main, &members[i]) != 0) abort();
    }
    for (int i = 0; i < h->threads; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&shared.start);
    free(members);
    free(threads);
}

static int by_begin(const void *left, const void *right) {
    const history_op *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

history_op *history_operations(const history *h, size_t *count) {
    size_t n = 0;
    for (int i = 0; i < h->threads; i++) n += h->logs[i].count;
    history_op *all = checked(calloc(n + 1, sizeof *all));
    n = 0;
    for (int i = 0; i < h->threads; i++) {
        for (size_t k = 0; k < h->logs[i].count; k++) {
            if (h->logs[i].ops[k].end != HISTORY_DROPPED) all[n++] = h->logs[i].ops[k];
        }
    }
    qsort(all, n, sizeof *all, by_begin);
    *count = n;
    return all;
}

/* ---- configurations that were tried ---- */

/* The set of operations placed, without the leading words that are full and the trailing ones that
 * are empty, then the used part of the state. */
typedef struct config {
    uint64_t hash;
    size_t first, set, state; /* first word that is not full; words of the set, of the state */
    uint64_t words[];
} config;

typedef struct event {
    struct event *previous, *next;
    struct event *back; /* of a call: the return, NULL when pending; of a return: itself */
    uint64_t stamp;
    size_t index; /* of the operation */
    int is_call;
} event;

typedef struct search {
    const history_spec *spec;
    const history_op *ops;
    size_t count, open; /* operations; those that returned and are not placed yet */
    event *events, head;
    size_t state_size, set_words;
    uint64_t *placed;       /* bit i: operation i stands in the order */
    char *state, *attempt;  /* now; after the operation that is tried */
    event **order;          /* the calls placed, in order */
    const config **reached; /* reached[d]: the configuration after d of them */
    size_t depth;
    yoke_arena arena;
    const config **table; /* open addressing, at most half full */
    size_t slots, seen;
    int gave_up;
    event *blocked; /* the last return that could not be passed, and the order tried then */
    size_t *best_order, best_depth;
} search;

enum { MOST_SEEN = 1 << 20, MOST_BYTES = 1 << 29 };

static uint64_t hash_words(const config *c) {
    uint64_t hash = c->first * 0x9E3779B97F4A7C15u + c->set;
    for (size_t i = 0; i < c->set + c->state; i++) {
        hash = (hash ^ c->words[i]) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    return hash;
}

static int same(const config *a, const config *b) {
    return a->hash == b->hash && a->first == b->first && a->set == b->set && a->state == b->state &&
           !memcmp(a->words, b->words, (a->set + a->state) * sizeof *a->words);
}

static const config **place_of(search *s, const config *c) {
    size_t i = c->hash & (s->slots - 1);
    while (s->table[i] && !same(s->table[i], c)) i = (i + 1) & (s->slots - 1);
    return &s->table[i];
}

static void grow_table(search *s) {
    const config **old = s->table;
    size_t slots = s->slots;
    s->slots *= 2;
    s->table = checked(calloc(s->slots, sizeof(void *)));
    for (size_t i = 0; i < slots; i++) {
        if (old[i]) *place_of(s, old[i]) = old[i];
    }
    free((void *)old);
}

/* The configuration of `placed` and `attempt`; NULL when it was seen before or there are too many.
 */
static const config *visit(search *s) {
    size_t first = 0, end = s->set_words;
    while (first < end && s->placed[first] == UINT64_MAX) first++;
    while (end > first && !s->placed[end - 1]) end--;
    size_t state = (s->spec->used ? s->spec->used(s->attempt) : s->state_size) / sizeof(uint64_t);
    config *c =
        checked(yoke_arena_alloc(&s->arena, sizeof *c + (end - first + state) * sizeof *c->words));
    c->first = first;
    c->set = end - first;
    c->state = state;
    memcpy(c->words, s->placed + first, c->set * sizeof *c->words);
    memcpy(c->words + c->set, s->attempt, state * sizeof *c->words);
    c->hash = hash_words(c);
    const config **place = place_of(s, c);
    if (*place) {
        s->arena.next = (char *)c; /* the arena's last piece, not needed after all */
        return NULL;
    }
    *place = c;
    if (++s->seen * 2 > s->slots) grow_table(s);
    s->gave_up |= s->seen > MOST_SEEN || s->arena.total > MOST_BYTES;
    return c;
}

/* ---- the search ---- */

static void unlink_event(event *e) {
    e->previous->next = e->next;
    if (e->next) e->next->previous = e->previous;
}

static void relink_event(event *e) {
    e->previous->next = e;
    if (e->next) e->next->previous = e;
}

static void flip(search *s, size_t index) { s->placed[index / 64] ^= 1ull << (index % 64); }

/* Puts the operation of a call next, if that explains its result and leads to something new. */
static int try_next(search *s, event *call) {
    memcpy(s->attempt, s->state, s->state_size);
    if (!s->spec->apply(s->spec, s->attempt, &s->ops[call->index])) return 0;
    flip(s, call->index);
    const config *c = visit(s);
    if (!c) return flip(s, call->index), 0;
    char *before = s->state;
    s->state = s->attempt;
    s->attempt = before;
    s->order[s->depth++] = call;
    s->reached[s->depth] = c;
    unlink_event(call);
    if (call->back) {
        unlink_event(call->back);
        s->open--;
    }
    return 1;
}

/* Takes the last operation of the order back; where the walk goes on. */
static event *take_back(search *s) {
    event *call = s->order[--s->depth];
    const config *c = s->reached[s->depth];
    memset(s->state, 0, s->state_size);
    memcpy(s->state, c->words + c->set, c->state * sizeof *c->words);
    flip(s, call->index);
    if (call->back) {
        relink_event(call->back);
        s->open++;
    }
    relink_event(call);
    return call->next;
}

static void note_blocked(search *s, event *back) {
    if (s->blocked && s->blocked->stamp >= back->stamp) return;
    s->blocked = back;
    s->best_depth = s->depth;
    for (size_t i = 0; i < s->depth; i++) s->best_order[i] = s->order[i]->index;
}

static int find_order(search *s) {
    event *e = s->head.next;
    while (s->open && !s->gave_up) {
        /* While a returned operation is open its return is in the list, so e is never NULL. */
        if (e->is_call) {
            e = try_next(s, e) ? s->head.next : e->next;
            continue;
        }
        note_blocked(s, e);
        if (!s->depth) return 0;
        e = take_back(s);
    }
    return s->open ? -1 : 1;
}

static int by_stamp(const void *left, const void *right) {
    const event *a = left, *b = right;
    return (a->stamp > b->stamp) - (a->stamp < b->stamp);
}

/* The list of events in the order of their stamps; each call knows its return. */
static void make_events(search *s) {
    size_t n = 0;
    event **calls = checked(calloc(s->count + 1, sizeof *calls));
    for (size_t i = 0; i < s->count; i++) {
        const history_op *op = &s->ops[i];
        s->events[n++] = (event){NULL, NULL, NULL, op->begin, i, 1};
        if (op->end == HISTORY_PENDING) continue;
        s->events[n++] = (event){NULL, NULL, NULL, op->end, i, 0};
        s->open++;
    }
    qsort(s->events, n, sizeof *s->events, by_stamp);
    event *last = &s->head;
    for (event *e = s->events; e < s->events + n; e++) {
        e->previous = last;
        last->next = e;
        last = e;
        if (e->is_call)
            calls[e->index] = e;
        else
            calls[e->index]->back = e;
    }
    free((void *)calls);
}

static void search_init(search *s) {
    size_t n = s->count + 1;
    s->state_size = s->spec->size + s->spec->size_per_operation * s->count;
    s->set_words = n / 64 + 1;
    s->slots = 1024;
    s->events = checked(calloc(2 * n, sizeof *s->events));
    s->placed = checked(calloc(s->set_words, sizeof *s->placed));
    s->state = checked(calloc(1, s->state_size + 1));
    s->attempt = checked(calloc(1, s->state_size + 1));
    s->order = checked(calloc(n, sizeof(void *)));
    s->reached = checked(calloc(n, sizeof(void *)));
    s->best_order = checked(calloc(n, sizeof *s->best_order));
    s->table = checked(calloc(s->slots, sizeof(void *)));
    yoke_arena_init(&s->arena);
    make_events(s);
    if (s->spec->init) s->spec->init(s->spec, s->attempt);
    memcpy(s->state, s->attempt, s->state_size);
    s->reached[0] = visit(s);
}

static void search_fini(search *s) {
    yoke_arena_fini(&s->arena);
    free((void *)s->table);
    free(s->best_order);
    free((void *)s->reached);
    free((void *)s->order);
    free(s->attempt);
    free(s->state);
    free(s->placed);
    free(s->events);
}

/* ---- reports ---- */

typedef struct text {
    char *to;
    size_t used;
} text;

__attribute__((format(printf, 2, 3))) static void put(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->to + t->used, HISTORY_REPORT_SIZE - t->used, format, args);
    va_end(args);
    if (n > 0) t->used += (size_t)n;
    if (t->used > HISTORY_REPORT_SIZE - 1) t->used = HISTORY_REPORT_SIZE - 1;
}

static void put_numbers(text *t, const int64_t *numbers, int count) {
    for (int i = 0; i < count; i++) put(t, "%s%lld", i ? ", " : "", (long long)numbers[i]);
}

static void put_operation(text *t, const search *s, size_t index) {
    const history_op *op = &s->ops[index];
    const history_kind *kind = &s->spec->kinds[op->kind];
    put(t, "    #%zu thread %d at %llu to ", index, op->thread, (unsigned long long)op->begin);
    if (op->end == HISTORY_PENDING)
        put(t, "never");
    else
        put(t, "%llu", (unsigned long long)op->end);
    put(t, ": %s(", kind->name);
    put_numbers(t, op->argument, kind->arguments);
    put(t, ")");
    if (kind->results && op->end != HISTORY_PENDING) put(t, " -> ");
    if (op->end != HISTORY_PENDING) put_numbers(t, op->result, kind->results);
    put(t, "\n");
}

enum { LINES = 60 };

/* Of the operations that had begun when the blocked one returned, the last LINES. */
static void put_failure(text *t, const search *s) {
    size_t end = 0;
    while (end < s->count && s->ops[end].begin < s->blocked->stamp) end++;
    size_t first = end > LINES ? end - LINES : 0;
    put(t, "%s: not linearizable when #%zu has returned. %zu operations had begun%s:\n",
        s->spec->name, s->blocked->index, end, first ? "; the last" : "");
    for (size_t i = first; i < end; i++) put_operation(t, s, i);
    first = s->best_depth > LINES ? s->best_depth - LINES : 0;
    put(t, "    an order that goes furthest%s", first ? ": ..." : ":");
    for (size_t i = first; i < s->best_depth; i++) put(t, " #%zu", s->best_order[i]);
    put(t, "; nothing fits then\n");
}

int history_check_operations(const history_op *ops, size_t count, const history_spec *spec,
                             char *report) {
    search s = {.spec = spec, .ops = ops, .count = count};
    text t = {report, 0};
    search_init(&s);
    int verdict = find_order(&s);
    if (verdict == 0) put_failure(&t, &s);
    if (verdict < 0)
        put(&t, "%s: gave up on %zu operations after %zu configurations\n", spec->name, count,
            s.seen);
    search_fini(&s);
    return verdict;
}

int history_check(const history *h, const history_spec *spec, char *report) {
    size_t count = 0;
    history_op *ops = history_operations(h, &count);
    int verdict = history_check_operations(ops, count, spec, report);
    free(ops);
    return verdict;
}

static int by_key(const void *left, const void *right) {
    const history_op *a = left, *b = right;
    if (a->argument[1] != b->argument[1]) return a->argument[1] < b->argument[1] ? -1 : 1;
    return by_begin(left, right);
}

int history_check_keys(const history *h, const history_spec *spec, char *report) {
    size_t count = 0, end = 0;
    history_op *ops = history_operations(h, &count);
    qsort(ops, count, sizeof *ops, by_key);
    int verdict = 1;
    for (size_t first = 0; first < count && verdict == 1; first = end) {
        int64_t key = ops[first].argument[1];
        while (end < count && ops[end].argument[1] == key) end++;
        text t = {report, 0};
        put(&t, "key %lld of ", (long long)key);
        char *rest = report + t.used;
        char *detail = checked(malloc(HISTORY_REPORT_SIZE));
        verdict = history_check_operations(ops + first, end - first, spec, detail);
        snprintf(rest, HISTORY_REPORT_SIZE - t.used, "%s", detail);
        free(detail);
    }
    free(ops);
    return verdict;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The stacks of idle handles, and the way from a handle to its place.
 *
 * Each thread pushes to one of a few stacks and pops from there first, so that threads on different
 * processors do not hand the same lines to and fro, and get the handle that they had. When its
 * stack is empty it takes from the others.
 *
 * The stacks are Treiber's. A head is a word with the number of the top place, how many there are,
 * two flags, and a tag that every pop and take changes: a thread that read the top and its `next`,
 * and then slept while both were taken and the top put back, finds another tag. The tag has 38
 * bits; to be fooled a thread has to sleep for exactly a multiple of 2^38 pops.
 *
 * The index is a table with open addressing and at most a quarter of its entries in use. A thread
 * looks up only what it holds, so what it is looking for stands still; entries that were removed
 * are marked, so that it is not cut off from its entry, and are used again.
 */
#include <stdlib.h>

#include "pool/delay.h"
#include "pool/resource.h"

#define FLAGS (YOKE__WAITERS | YOKE__CLOSED)

enum { REMOVED = UINT32_MAX };

static inline unsigned idle_count(uint64_t head) { return head >> 12 & 0xfff; }

static inline yoke__place *at(const yoke_resource_pool *p, uint64_t number) {
    return &p->places[number - 1];
}

static inline uint64_t look(const yoke__stack *stack) {
    /* acquire: `next` of the top lies behind; pairs with the release of the push that put it there,
     * whose release sequence all later changes of the head continue. */
    return __atomic_load_n(&stack->head, __ATOMIC_ACQUIRE);
}

static inline bool change(yoke__stack *stack, uint64_t *seen, uint64_t next) {
    uint64_t head = *seen;
    /* release: a push publishes the place, `next`, and what the last owner did; acquire: a pop
     * pairs with it. */
    bool done = __atomic_compare_exchange_n(&stack->head, &head, next, false, __ATOMIC_ACQ_REL,
                                            __ATOMIC_ACQUIRE);
    *seen = head;
    return done;
}

/* The head with so many more idle places and another top. */
static inline uint64_t with(uint64_t head, uint64_t more, uint32_t top) {
    return ((head + more * YOKE__IDLE_1) & ~YOKE__TOP) | top;
}

static inline unsigned home_of(const yoke_resource_pool *p) {
    const yoke__thread *self = yoke__thread_record;
    return self ? (unsigned)self->index & p->stack_mask : 0;
}

static inline yoke__place *pop(yoke_resource_pool *p, yoke__stack *stack, unsigned *left) {
    uint64_t head = look(stack);
    while ((head & YOKE__TOP) && !(head & FLAGS)) {
        yoke__place *top = at(p, head & YOKE__TOP);
        uint64_t next = with(head - YOKE__IDLE_1, 0, yoke__get(top->next)) + YOKE__TAG_1;
        yoke__delay(); /* both are read, and others pop and push */
        if (change(stack, &head, next)) {
            *left = idle_count(next);
            return top;
        }
    }
    return NULL;
}

yoke__place *yoke__idle_pop(yoke_resource_pool *p, unsigned *left) {
    unsigned home = home_of(p);
    for (unsigned i = 0; i <= p->stack_mask; i++) {
        yoke__place *place = pop(p, &p->stacks[(home + i) & p->stack_mask], left);
        if (place) return place;
    }
    return NULL;
}

bool yoke__idle_push(yoke_resource_pool *p, yoke__place *place) {
    yoke__stack *stack = &p->stacks[home_of(p)];
    uint64_t head = look(stack);
    while (!(head & FLAGS)) {
        yoke__set(place->next, (uint32_t)(head & YOKE__TOP));
        if (change(stack, &head, with(head, 1, yoke__place_number(p, place)))) return true;
    }
    return false;
}

uint32_t yoke__idle_take_all(yoke_resource_pool *p, unsigned number) {
    yoke__stack *stack = &p->stacks[number];
    uint64_t head = look(stack);
    while (!change(stack, &head, (head & FLAGS) | ((head & ~(YOKE__TAG_1 - 1)) + YOKE__TAG_1)))
        continue;
    return (uint32_t)(head & YOKE__TOP);
}

void yoke__idle_put_back(yoke_resource_pool *p, unsigned number, uint32_t list) {
    yoke__stack *stack = &p->stacks[number];
    yoke__place *bottom = NULL;
    uint64_t count = 0;
    for (uint32_t i = list; i; i = yoke__get(bottom->next)) bottom = at(p, i), count++;
    if (!bottom) return;
    uint64_t head = look(stack); /* what was released meanwhile goes below */
    do {
        yoke__set(bottom->next, (uint32_t)(head & YOKE__TOP));
    } while (!change(stack, &head, with(head, count, list)));
}

static bool stop_stack(yoke__stack *stack) {
    uint64_t head = look(stack);
    while (!(head & YOKE__TOP)) {
        if (change(stack, &head, head | YOKE__WAITERS)) return true;
    }
    return false;
}

void yoke__idle_go_on(yoke_resource_pool *p) {
    /* relaxed: the flag says only to take the mutex. */
    for (unsigned i = 0; i <= p->stack_mask; i++)
        __atomic_fetch_and(&p->stacks[i].head, ~YOKE__WAITERS, __ATOMIC_RELAXED);
}

bool yoke__idle_stop(yoke_resource_pool *p) {
    for (unsigned i = 0; i <= p->stack_mask; i++) {
        if (stop_stack(&p->stacks[i])) continue;
        if (!p->line) yoke__idle_go_on(p);
        return false;
    }
    return true;
}

void yoke__idle_close(yoke_resource_pool *p) {
    /* acq_rel: as every change of a head. */
    for (unsigned i = 0; i <= p->stack_mask; i++)
        __atomic_fetch_or(&p->stacks[i].head, YOKE__CLOSED, __ATOMIC_ACQ_REL);
}

bool yoke__idle_any(const yoke_resource_pool *p) {
    for (unsigned i = 0; i <= p->stack_mask; i++) {
        if (look(&p->stacks[i]) & YOKE__TOP) return true;
    }
    return false;
}

unsigned yoke__idle_count(const yoke_resource_pool *p) {
    unsigned count = 0;
    for (unsigned i = 0; i <= p->stack_mask; i++) count += idle_count(look(&p->stacks[i]));
    return count;
}

bool yoke__resource_closed(const yoke_resource_pool *p) {
    return (look(&p->stacks[0]) & YOKE__CLOSED) != 0;
}

/* ---- the index ---- */

static inline uint32_t first_entry(const yoke_resource_pool *p, const void *handle) {
    return (uint32_t)((uintptr_t)handle * 0x9e3779b97f4a7c15ull >> p->shift);
}

static inline uint32_t mask_of(const yoke_resource_pool *p) {
    return (uint32_t)(UINT64_MAX >> p->shift);
}

yoke__place *yoke__handle_find(const yoke_resource_pool *p, const void *handle) {
    uint32_t mask = mask_of(p), entry = first_entry(p, handle);
    for (uint32_t i = 0; i <= mask; i++, entry = (entry + 1) & mask) {
        uint32_t number = yoke__get(p->index[entry]);
        if (number == 0) break;
        if (number != REMOVED && yoke__get(at(p, number)->handle) == handle) return at(p, number);
    }
    return NULL;
}

bool yoke__handle_add(yoke_resource_pool *p, const yoke__place *place, const void *handle) {
    if (yoke__handle_find(p, handle)) return false;
    uint32_t mask = mask_of(p), entry = first_entry(p, handle);
    while (p->index[entry] != 0 && p->index[entry] != REMOVED) entry = (entry + 1) & mask;
    yoke__set(p->index[entry], yoke__place_number(p, place));
    return true;
}

void yoke__handle_remove(yoke_resource_pool *p, const yoke__place *place) {
    uint32_t mask = mask_of(p), number = yoke__place_number(p, place);
    uint32_t entry = first_entry(p, place->handle);
    while (p->index[entry] != number) entry = (entry + 1) & mask;
    yoke__set(p->index[entry], REMOVED);
}

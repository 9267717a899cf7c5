/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of messages: blocks that are used again.
 *
 * A sender takes a block and a receiver frees it, often on another thread, so blocks wander. Each
 * thread has a magazine of at most two chains of blocks; whole chains are exchanged with the others
 * through a depot under a mutex, so that costs one lock in CHAIN messages. After Bonwick and Adams,
 * "Magazines and vmem" (USENIX 2001). A magazine belongs to a thread *index*: when a thread ends,
 * who gets its index goes on with the magazine, and the registry's lock orders the two.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/actor.h"

typedef struct block {
    _Alignas(64) letter head;
    _Alignas(64) char data[YOKE_ACTOR_INLINE];
} block;

_Static_assert(sizeof(block) == 128, "a block is two lines");
_Static_assert(sizeof(ask) <= sizeof(block), "an ask lies in a block");

void yoke__letters_init(letters *of) {
    memset(of, 0, sizeof *of);
    pthread_mutex_init(&of->lock, NULL);
}

void yoke__letters_fini(letters *of) {
    while (of->slabs) {
        void *next = *(void **)of->slabs;
        yoke_aligned_free(of->slabs);
        of->slabs = next;
    }
    pthread_mutex_destroy(&of->lock);
}

static letter *next_of(const letter *l) { return (letter *)l->node.next; }

/* Under the lock. The first block of a slab links the slabs. */
static letter *new_chain(letters *of) {
    block *slab = yoke_aligned_alloc((CHAIN + 1) * sizeof *slab);
    if (!slab) return NULL;
    *(void **)slab = of->slabs;
    of->slabs = slab;
    for (int i = 1; i <= CHAIN; i++)
        slab[i].head.node.next = i < CHAIN ? &slab[i + 1].head.node : NULL;
    return &slab[1].head;
}

static letter *take_chain(letters *of) {
    letter *chain = of->chains;
    if (!chain) return new_chain(of);
    of->chains = (letter *)chain->message.data;
    return chain;
}

static void give_chain(letters *of, letter *chain) {
    chain->message.data = of->chains;
    of->chains = chain;
}

/* The calling thread's magazine, or that of all others, whose lock it holds then. */
static magazine *open_magazine(letters *of) {
    const yoke__thread *self = yoke__thread_record;
    if (self && self->index < MAGAZINES) return &of->own[self->index];
    pthread_mutex_lock(&of->lock);
    return &of->others;
}

static void close_magazine(letters *of, const magazine *m) {
    if (m == &of->others) pthread_mutex_unlock(&of->lock);
}

static letter *fetch_chain(letters *of, const magazine *m) {
    if (m == &of->others) return take_chain(of);
    pthread_mutex_lock(&of->lock);
    letter *chain = take_chain(of);
    pthread_mutex_unlock(&of->lock);
    return chain;
}

static bool refill(letters *of, magazine *m) {
    m->free = m->full ? m->full : fetch_chain(of, m);
    m->full = NULL;
    m->count = m->free ? CHAIN : 0;
    return m->free != NULL;
}

static block *take(letters *of) {
    magazine *m = open_magazine(of);
    letter *l = m->free || refill(of, m) ? m->free : NULL;
    if (l) m->free = next_of(l), m->count--;
    close_magazine(of, m);
    if (!l) yoke_fail(YOKE_ENOMEM, "no memory for messages");
    return (block *)l;
}

static void put_chain_away(letters *of, magazine *m) {
    bool locked = m == &of->others;
    if (m->full && !locked) pthread_mutex_lock(&of->lock);
    if (m->full) give_chain(of, m->full);
    if (m->full && !locked) pthread_mutex_unlock(&of->lock);
    m->full = m->free;
    m->free = NULL;
    m->count = 0;
}

static void put(letters *of, letter *l) {
    magazine *m = open_magazine(of);
    l->node.next = m->free ? &m->free->node : NULL;
    m->free = l;
    if (++m->count == CHAIN) put_chain_away(of, m);
    close_magazine(of, m);
}

letter *yoke__letter_make(letters *of, const void *data, size_t size) {
    block *b = take(of);
    if (!b) return NULL;
    void *copy = size <= YOKE_ACTOR_INLINE ? b->data : malloc(size);
    if (!copy) {
        put(of, &b->head);
        yoke_fail(YOKE_ENOMEM, "no memory for a message of %zu bytes", size);
        return NULL;
    }
    if (size) memcpy(copy, data, size);
    b->head = (letter){.message = {.data = copy, .size = size}};
    return &b->head;
}

void yoke__letter_free(letters *of, letter *l) {
    if (l->message.size > YOKE_ACTOR_INLINE) free((void *)l->message.data);
    put(of, l);
}

ask *yoke__ask_make(letters *of) {
    ask *a = (ask *)take(of);
    if (!a) return NULL;
    memset(a, 0, sizeof *a);
    atomic_init(&a->refs, 2);
    return a;
}

void yoke__ask_release(letters *of, ask *a) {
    /* The last one sees what the other wrote: a read-modify-write, sequentially consistent. */
    if (atomic_fetch_sub(&a->refs, 1) > 1) return;
    if (a->data != a->bytes) free(a->data);
    put(of, (letter *)a);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded queue between two threads: batches, waiting, and the close.
 *
 * Batches are at most two copies, for the ring's end may lie among them. Waiting is yoke/event.h.
 *
 * The close is the only moment at which the two sides have to agree. Any thread sets limit to 0,
 * and every push that begins later sees it and fails. One push may be under way: it saw the queue
 * open and has not published yet. If the consumer answered YOKE_ECLOSED now, that item would be
 * lost. So
 *
 *     the producer     publishes tail, then looks at limit;
 *     the consumer     has seen limit 0, runs a barrier on all threads, then looks at tail.
 *
 * Either the consumer sees the item, or the producer sees the close (Dekker's pattern; see
 * yoke/event.h for the barrier). Who sees the other's store goes to `verdict`, and the first there
 * decides: KEPT, and the consumer goes on to pop; or ENDED, and the push takes back its tail and
 * fails. Both happen at most once, since a push that begins after that finds limit 0. Without the
 * barrier of the kernel the event's own read-modify-writes of `waiters`, by both sides between
 * their store and their look, order them.
 */
#include "yoke/queue_spsc.h"

#include "runtime/park.h"
#include "runtime/region.h"

enum { OPEN, KEPT, ENDED }; /* verdict */

/* A side that waits pauses before each look, for a look takes a line from the other side, and one
 * that comes too early finds next to nothing and soon has to wait again. So in a stream the first
 * pause grows while looks find less than ENOUGH items (or a quarter of the capacity), from about
 * 200 nanoseconds to about 3 microseconds; a single item is no stream and is not made to wait for
 * others. After SPIN pauses, about as long as it takes to sleep and to be woken, it sleeps. */
enum { PAUSES = 8, PAUSES_MAX = 128, SPIN = 512, ENOUGH = 512 };

int yoke_queue_spsc_create(size_t capacity, size_t item_size, yoke_queue_spsc **queue) {
    if (capacity == 0 || item_size == 0) {
        return yoke_fail(YOKE_EINVAL, "a queue needs a capacity and an item size of 1 or more");
    }
    size_t places = 1;
    while (places < capacity && places <= PTRDIFF_MAX / 2) places *= 2;
    size_t bytes;
    if (places < capacity || __builtin_mul_overflow(places, item_size, &bytes) ||
        bytes > PTRDIFF_MAX) {
        return yoke_fail(YOKE_ERANGE, "a queue of %zu items of %zu bytes is too large", capacity,
                         item_size);
    }
    yoke_queue_spsc *made = yoke_aligned_alloc(sizeof *made);
    char *ring = yoke_aligned_alloc(bytes);
    if (!made || !ring) {
        yoke_aligned_free(ring);
        yoke_aligned_free(made);
        return yoke_fail(YOKE_ENOMEM, "no memory for a queue of %zu items of %zu bytes", capacity,
                         item_size);
    }
    *made = (yoke_queue_spsc){.limit = capacity,
                              .mask = places - 1,
                              .ring = ring,
                              .item_size = item_size,
                              .capacity = capacity,
                              .push_patience = PAUSES,
                              .pop_patience = PAUSES};
    *queue = made;
    return YOKE_OK;
}

void yoke_queue_spsc_destroy(yoke_queue_spsc *queue) {
    if (!queue) return;
    yoke_aligned_free(queue->ring);
    yoke_aligned_free(queue);
}

void yoke_queue_spsc_close(yoke_queue_spsc *queue) {
    __atomic_store_n(&queue->limit, 0, __ATOMIC_SEQ_CST);
    yoke_event_signal(&queue->not_empty);
    yoke_event_signal(&queue->not_full);
}

static long closed(void) { return yoke_fail(YOKE_ECLOSED, "the queue is closed"); }

/* ---- the ends of the fast paths ---- */

/* There is no room. */
long yoke_spsc_full_(yoke_queue_spsc *queue) {
    return __atomic_load_n(&queue->limit, __ATOMIC_SEQ_CST) ? 0 : closed();
}

/* A push was published and then found the queue closed. */
long yoke_spsc_settle_(yoke_queue_spsc *queue, uint64_t tail, uint64_t count) {
    uint32_t verdict = OPEN;
    if (__atomic_compare_exchange_n(&queue->verdict, &verdict, KEPT, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST)) {
        return (long)count;
    }
    if (__atomic_load_n(&queue->head, __ATOMIC_SEQ_CST) != tail) return (long)count;
    __atomic_store_n(&queue->tail, tail, __ATOMIC_SEQ_CST);
    return closed();
}

/* Whether a closed queue that looked empty stays so. */
static bool stays_empty(yoke_queue_spsc *queue, uint64_t head) {
    uint32_t verdict = OPEN;
    if (__atomic_load_n(&queue->tail, __ATOMIC_SEQ_CST) != head) return false;
    if (__atomic_compare_exchange_n(&queue->verdict, &verdict, ENDED, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST)) {
        return true;
    }
    /* KEPT: that push was the last, and it is visible since its verdict is. */
    return __atomic_load_n(&queue->tail, __ATOMIC_SEQ_CST) == head;
}

/* There was no item. */
long yoke_spsc_empty_(yoke_queue_spsc *queue) {
    if (__atomic_load_n(&queue->limit, __ATOMIC_SEQ_CST)) return 0;
    if (!queue->ended) {
        /* Both as the top of this file says; nobody sleeps. If the barrier fails, look again. */
        yoke_event_prepare(&queue->not_empty);
        queue->ended = yoke__barrier_all() == YOKE_OK && stays_empty(queue, queue->head);
        yoke_event_cancel(&queue->not_empty);
    }
    return queue->ended ? closed() : 0;
}

/* ---- waiting ---- */

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* The number of items that can be moved, or YOKE_ECLOSED. */
static long look_for_room(yoke_queue_spsc *queue) {
    uint64_t room = yoke_spsc_room_(queue, queue->tail, 1);
    return room ? (long)room : yoke_spsc_full_(queue);
}

static long look_for_items(yoke_queue_spsc *queue) {
    uint64_t there = yoke_spsc_there_(queue, queue->head, 1);
    return there ? (long)there : yoke_spsc_empty_(queue);
}

/* What it is that a side waits for. */
typedef struct wait {
    long (*look)(yoke_queue_spsc *queue);
    yoke_event *event;
    uint32_t *patience;
} wait;

static void adapt(const yoke_queue_spsc *queue, uint32_t *patience, long found) {
    if (found <= 1 || found >= ENOUGH) {
        *patience = *patience > PAUSES ? *patience / 2 : PAUSES;
    } else if ((uint64_t)found < queue->capacity / 4) {
        *patience = *patience < PAUSES_MAX ? *patience * 2 : PAUSES_MAX;
    }
}

/* Looks, for a short while. */
static long watch(yoke_queue_spsc *queue, const wait *w) {
    long found = 0;
    uint32_t pauses = *w->patience;
    for (uint32_t spent = 0; spent < SPIN && found == 0; spent += pauses) {
        if (spent > 0) pauses = PAUSES;
        for (uint32_t i = 0; i < pauses; i++) yoke__relax();
        found = w->look(queue);
    }
    if (found >= 0) adapt(queue, w->patience, found);
    return found;
}

static long sleep_and_look(yoke_queue_spsc *queue, const wait *w, yoke_deadline deadline) {
    uint32_t ticket = yoke_event_prepare(w->event);
    long found = w->look(queue);
    if (found != 0) {
        yoke_event_cancel(w->event);
        return found;
    }
    YOKE__WAIT_REGION(w->event == &queue->not_empty ? "for an item of a queue"
                                                    : "for room in a queue");
    YOKE_TRY(yoke_event_wait(w->event, ticket, deadline));
    return w->look(queue);
}

static int await(yoke_queue_spsc *queue, const wait *w, yoke_deadline deadline) {
    long found = w->look(queue);
    while (found == 0) {
        if (yoke_deadline_passed(deadline)) return yoke_fail(YOKE_ETIMEDOUT, NULL);
        found = watch(queue, w);
        if (found == 0) found = sleep_and_look(queue, w, deadline);
    }
    return found < 0 ? (int)found : YOKE_OK;
}

int yoke_queue_spsc_await_room(yoke_queue_spsc *queue, yoke_deadline deadline) {
    wait room = {look_for_room, &queue->not_full, &queue->push_patience};
    return await(queue, &room, deadline);
}

int yoke_queue_spsc_await_items(yoke_queue_spsc *queue, yoke_deadline deadline) {
    wait items = {look_for_items, &queue->not_empty, &queue->pop_patience};
    return await(queue, &items, deadline);
}

/* ---- batches ---- */

/* How many places from `index` on lie in one piece. */
static uint64_t piece(const yoke_queue_spsc *queue, uint64_t index) {
    return queue->mask + 1 - (index & queue->mask);
}

static char *place(const yoke_queue_spsc *queue, uint64_t index) {
    return queue->ring + (index & queue->mask) * queue->item_size;
}

long yoke_queue_spsc_try_push(yoke_queue_spsc *queue, const void *items, size_t count) {
    uint64_t tail = queue->tail;
    uint64_t room = yoke_spsc_room_(queue, tail, least(count, queue->capacity));
    if (room == 0) return yoke_spsc_full_(queue);
    if (count == 0) return 0;
    uint64_t moved = least(room, count);
    size_t first = least(moved, piece(queue, tail)) * queue->item_size;
    memcpy(place(queue, tail), items, first);
    memcpy(queue->ring, (const char *)items + first, moved * queue->item_size - first);
    return yoke_spsc_publish_(queue, tail, moved);
}

long yoke_queue_spsc_try_pop(yoke_queue_spsc *queue, void *items, size_t most) {
    uint64_t head = queue->head;
    uint64_t moved = least(yoke_spsc_there_(queue, head, least(most, queue->capacity)), most);
    if (moved == 0) return most ? yoke_spsc_empty_(queue) : 0;
    size_t first = least(moved, piece(queue, head)) * queue->item_size;
    memcpy(items, place(queue, head), first);
    memcpy((char *)items + first, queue->ring, moved * queue->item_size - first);
    yoke_spsc_advance_(queue, head, moved);
    return (long)moved;
}

long yoke_queue_spsc_push(yoke_queue_spsc *queue, const void *items, size_t count,
                          yoke_deadline deadline) {
    for (;;) {
        long moved = yoke_queue_spsc_try_push(queue, items, count);
        if (moved != 0 || count == 0) return moved;
        YOKE_TRY(yoke_queue_spsc_await_room(queue, deadline));
    }
}

long yoke_queue_spsc_pop(yoke_queue_spsc *queue, void *items, size_t most, yoke_deadline deadline) {
    for (;;) {
        long moved = yoke_queue_spsc_try_pop(queue, items, most);
        if (moved != 0 || most == 0) return moved;
        YOKE_TRY(yoke_queue_spsc_await_items(queue, deadline));
    }
}

/* ---- without copying ---- */

long yoke_queue_spsc_reserve(yoke_queue_spsc *queue, size_t most, void **items) {
    uint64_t tail = queue->tail;
    uint64_t room = yoke_spsc_room_(queue, tail, least(most, queue->capacity));
    if (room == 0) return yoke_spsc_full_(queue);
    uint64_t slots = least(least(room, most), piece(queue, tail));
    if (slots > 0) *items = place(queue, tail);
    return (long)slots;
}

long yoke_queue_spsc_commit(yoke_queue_spsc *queue, size_t count) {
    uint64_t tail = queue->tail;
    uint64_t room = yoke_spsc_room_(queue, tail, least(count, queue->capacity));
    /* A closed queue has no room. Published without this look, an item could be taken by the
     * consumer although the commit fails. */
    if (room == 0 && yoke_spsc_full_(queue) < 0) return YOKE_ECLOSED;
    if (room < count)
        return yoke_fail(YOKE_EINVAL, "commit of %zu slots, only %llu are free", count,
                         (unsigned long long)room);
    return count ? yoke_spsc_publish_(queue, tail, count) : 0;
}

long yoke_queue_spsc_peek(yoke_queue_spsc *queue, size_t most, const void **items) {
    uint64_t head = queue->head;
    uint64_t there = yoke_spsc_there_(queue, head, least(most, queue->capacity));
    if (there == 0) return most ? yoke_spsc_empty_(queue) : 0;
    uint64_t found = least(least(there, most), piece(queue, head));
    if (found > 0) *items = place(queue, head);
    return (long)found;
}

int yoke_queue_spsc_release(yoke_queue_spsc *queue, size_t count) {
    uint64_t head = queue->head;
    uint64_t there = yoke_spsc_there_(queue, head, least(count, queue->capacity));
    if (there < count)
        return yoke_fail(YOKE_EINVAL, "release of %zu items, only %llu are there", count,
                         (unsigned long long)there);
    if (count > 0) yoke_spsc_advance_(queue, head, count);
    return YOKE_OK;
}

size_t yoke_queue_spsc_size(const yoke_queue_spsc *queue) {
    /* head first: tail only grows, so the difference is not negative. A push taken back by the
     * close and items popped in between are what makes it an estimate. */
    uint64_t head = __atomic_load_n(&queue->head, __ATOMIC_SEQ_CST);
    uint64_t tail = __atomic_load_n(&queue->tail, __ATOMIC_SEQ_CST);
    return tail - head < queue->capacity ? tail - head : queue->capacity;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The split work-stealing deque: what is not inlined, and why it is right.
 *
 * Positions count up for ever in 64 bits (differences are compared, so even a wrap does no harm);
 * the item of position p lies in place p mod size of a ring. `top` only grows, and only by
 * compare-and-swap. `bottom` and `split` are the owner's; `shared` is what it tells the thieves of
 * `split`. Invariant, as the owner sees it: top <= split <= bottom <= top + size.
 *
 * A thief reads top = i and then shared = s, copies the items of [i, i + k), where i + k <= s and
 * k <= BATCH, and moves top from i to i + k.
 *
 * The owner *shares* by storing a higher `shared`. It *reclaims* when there are many public items:
 * it stores a lower `shared` = b, then reads top = t; if t + BATCH <= b, the positions from b up
 * are private; otherwise it restores `shared` and looks again, at the items that are left. It
 * *withdraws* when there are few: it moves top past all of them with one compare-and-swap, as a
 * thief would, and pushes all but the newest again, at new positions.
 *
 * Why a thief never gets a reclaimed item. The accesses to top and shared named here are
 * sequentially consistent, so they have places in one total order S. Let the owner reclaim with
 * store L (shared = b) and load T (top = t, t + BATCH <= b), and let a thief win [i, i + k) with
 * i + k > b. Then i > b - BATCH >= t. The value i was written by a compare-and-swap C that follows
 * T in S, since T read a smaller value and top only grows. The thief's load of top read from C, so
 * it follows C, and its load of `shared` follows that. Hence L < T < C < that load, which
 * therefore returned b or something that the owner stored after L, and i + k > b says: after L. So
 * the thief does not act on what was before the reclaim; what it takes was shared again later.
 * This is all that S is needed for (the Dekker pattern: store shared, load top against store top,
 * load shared). It holds in C11 and in C++20, and needs no fence; but each of the accesses must be
 * seq_cst. With a weaker L, x86 would let T pass L; with weaker loads in the thief, other
 * processors could let them change places.
 *
 * Why it gets the right items. A reclaim whose T read t >= i covers none of the positions, for
 * b >= i + BATCH. Any other reclaim has T before C in S, as above, so that the thief's load of
 * `shared` came after it, knows of it, and returned what was stored later. A withdrawal moves top.
 * So from that load to the thief's compare-and-swap the positions belong to nobody but who
 * moves top, and if another does, ours fails. The load of `shared` acquires what was written before
 * the release store that it read: the items, what they point to, and the ring. The ring that is
 * read then is that one or a later one, which has the same items at the same positions (growth
 * copies those of [top, bottom)), and whose load acquires the copies. No thief writes a ring, and
 * the owner no old one, so an old ring stays right for the positions that a slow thief can still
 * win.
 *
 * Why a place is not used again too early. The owner writes position p only when it has read a top
 * above p - size, with acquire. A thief that saw the new item where it looked for that of p - size
 * would have to move top past p - size after that. But top is moved past it once, with release, by
 * a thread that has read its items before. If that was our thief, its read happened before the
 * owner's write and cannot have seen it; if not, its compare-and-swap fails.
 *
 * Why a take is wait-free. A round of take_public fails only when thieves have moved top meanwhile.
 * When a reclaim of n items fails, thieves have taken more than n / 2 - BATCH since the owner's
 * last look; so either less than 3/4 are left, or n is at most 4 * BATCH and every failure costs an
 * item.
 *
 * Thieves ask by setting a flag that has a line of its own, and only when it is not yet set, so
 * that neither the owner's look at it nor idle thieves cause traffic. The owner clears it before it
 * shares: the other way round it could wipe out the question of a thief that has seen the new items
 * go. Who takes the last public item asks ahead: an owner whose tasks are long answers seldom, and
 * the next thief would have to wait for that. Asking ahead never takes the place of a question of
 * one who found nothing, as that is the one for which a range is split.
 *
 * The barrier of yoke__barrier_all could take the place of the sequentially consistent store L, if
 * the thieves ran it; but one reclaim pays for half of the public items, and steals are many.
 */
#include "yoke/deque.h"

#include <stdbool.h>
#include <string.h>

#include "yoke/memory.h"

#define BATCH        YOKE_DEQUE_BATCH
#define FEW          (2 * BATCH) /* fewer items than this are withdrawn together */
#define USUAL_SIZE   64
#define LARGEST_SIZE ((size_t)1 << 40)

typedef struct yoke_deque_ring_ {
    struct yoke_deque_ring_ *older;
    uint64_t mask; /* size - 1; the size is a power of two */
    void *items[] __attribute__((aligned(64)));
} ring;

/* ---- making ---- */

static ring *make_ring(uint64_t size, ring *older) {
    ring *made = yoke_aligned_alloc(sizeof *made + size * sizeof made->items[0]);
    if (!made) return NULL;
    made->older = older;
    made->mask = size - 1;
    return made;
}

/* Makes it the present ring; it has the items of [top, bottom). */
static void install(yoke_deque *deque, ring *made, uint64_t top) {
    deque->items = made->items;
    deque->mask = made->mask;
    deque->limit = top + made->mask + 1;
    /* release: publishes the copied items; pairs with the acquire in steal_from. */
    __atomic_store_n(&deque->ring, made, __ATOMIC_RELEASE);
}

int yoke_deque_init(yoke_deque *deque, size_t capacity) {
    if ((uintptr_t)deque % YOKE_CACHE_PAD) {
        return yoke_fail(YOKE_EINVAL, "a deque must be aligned to %d bytes", YOKE_CACHE_PAD);
    }
    memset(deque, 0, sizeof *deque);
    if (capacity > LARGEST_SIZE) {
        return yoke_fail(YOKE_ERANGE, "a deque of %zu items: at most 2^40 are supported", capacity);
    }
    size_t size = capacity ? 1 : USUAL_SIZE;
    while (size < capacity) size *= 2;
    ring *made = make_ring(size, NULL);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a deque of %zu items", size);
    install(deque, made, 0);
    deque->asked =
        YOKE_DEQUE_VAIN_; /* so the first item of all is shared, before any thief can have asked */
    return YOKE_OK;
}

void yoke_deque_fini(yoke_deque *deque) {
    ring *gone = deque->ring;
    while (gone) {
        ring *older = gone->older;
        yoke_aligned_free(gone);
        gone = older;
    }
    memset(deque, 0, sizeof *deque);
}

int yoke_deque_create(size_t capacity, yoke_deque **deque) {
    yoke_deque *made = yoke_aligned_alloc(sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a deque");
    int status = yoke_deque_init(made, capacity);
    if (status < 0) {
        yoke_aligned_free(made);
        return status;
    }
    *deque = made;
    return YOKE_OK;
}

void yoke_deque_destroy(yoke_deque *deque) {
    if (!deque) return;
    yoke_deque_fini(deque);
    yoke_aligned_free(deque);
}

void yoke_deque_set_event(yoke_deque *deque, yoke_event *event) { deque->event = event; }

/* ---- the owner ---- */

/* relaxed, both: between threads the items are published by `shared` and `ring`, and protected by
 * the compare-and-swap on top; see the proof. */
static inline void *get(void *const *items, uint64_t mask, uint64_t position) {
    return __atomic_load_n(&items[position & mask], __ATOMIC_RELAXED);
}
static inline void put(void **items, uint64_t mask, uint64_t position, void *item) {
    __atomic_store_n(&items[position & mask], item, __ATOMIC_RELAXED);
}

static int grow(yoke_deque *deque, uint64_t top) {
    uint64_t size = deque->mask + 1;
    ring *made = size < LARGEST_SIZE ? make_ring(2 * size, deque->ring) : NULL;
    if (!made) return yoke_fail(YOKE_ENOMEM, "a deque cannot grow beyond %zu items", (size_t)size);
    for (uint64_t p = top; p != deque->bottom; p++) {
        put(made->items, made->mask, p, get(deque->items, deque->mask, p));
    }
    install(deque, made, top);
    return YOKE_OK;
}

/* Moves the limit up to where the ring has room by now, or gets a larger ring. */
static int make_room(yoke_deque *deque) {
    /* acquire: the places below top may be written again; pairs with the compare-and-swap of the
     * thieves that read them. */
    uint64_t top = __atomic_load_n(&deque->top, __ATOMIC_ACQUIRE);
    uint64_t size = deque->mask + 1;
    if (deque->bottom - top == size) return grow(deque, top);
    deque->limit = top + size;
    return YOKE_OK;
}

int yoke_deque_push_full_(yoke_deque *deque, void *item) {
    YOKE_TRY(make_room(deque));
    return yoke_deque_push(deque, item);
}

/* Says that the items below `split` are public. */
static void publish(yoke_deque *deque, uint64_t split) {
    deque->split = split;
    /* release: the items and what they point to; pairs with the load in steal_from. That is enough
     * because only a store that lowers `shared` takes part in the Dekker pattern. */
    __atomic_store_n(&deque->shared, split, __ATOMIC_RELEASE);
    if (deque->event && yoke_event_awaited(deque->event)) yoke_event_wake_one(deque->event);
}

void yoke_deque_answer_(yoke_deque *deque) {
    /* relaxed: a hint; pairs with ask(). */
    __atomic_store_n(&deque->asked, 0, __ATOMIC_RELAXED);
    publish(deque, deque->split + (deque->bottom - deque->split + 1) / 2);
}

void yoke_deque_share(yoke_deque *deque) {
    if (deque->bottom == deque->split) return;
    /* relaxed: a hint; pairs with ask(). */
    __atomic_store_n(&deque->asked, 0, __ATOMIC_RELAXED);
    publish(deque, deque->bottom);
}

/* Removes the newest item, which is private. */
static void *pop(yoke_deque *deque) {
    /* relaxed: for yoke_deque_size only. */
    __atomic_store_n(&deque->bottom, deque->bottom - 1, __ATOMIC_RELAXED);
    return get(deque->items, deque->mask, deque->bottom);
}

/* Top has been moved from `top` to bottom, so all items are the owner's: returns the newest and
 * pushes the others again, the older half public. There is room, as they are fewer than before.
 * With the last item the owner asks itself: what that item spawns would stay private until another
 * thread had found nothing and this one had looked, which may be a long task later. */
static void *repush(yoke_deque *deque, uint64_t top) {
    uint64_t start = deque->bottom;
    uint64_t left = start - top - 1;
    void *newest = get(deque->items, deque->mask, start - 1);
    for (uint64_t i = 0; i < left; i++) {
        put(deque->items, deque->mask, start + i, get(deque->items, deque->mask, top + i));
    }
    deque->limit = start + deque->mask + 1;
    /* relaxed: for yoke_deque_size only. */
    __atomic_store_n(&deque->bottom, start + left, __ATOMIC_RELAXED);
    publish(deque, start + (left + 1) / 2);
    if (!left) yoke_deque_offer(deque);
    return newest;
}

/* Tries to make the upper half of the public items private. *top is what it was, and becomes what
 * it is. */
static bool reclaim(yoke_deque *deque, uint64_t *top) {
    uint64_t split = deque->bottom - (deque->bottom - *top) / 2;
    /* seq_cst, both: L and T of the proof. */
    __atomic_store_n(&deque->shared, split, __ATOMIC_SEQ_CST);
    *top = __atomic_load_n(&deque->top, __ATOMIC_SEQ_CST);
    if ((int64_t)(split - *top) >= BATCH) {
        deque->split = split;
        return true;
    }
    publish(deque, deque->bottom);
    return false;
}

/* Takes the newest item when there are no private ones. */
void *yoke_deque_take_public_(yoke_deque *deque) {
    /* acquire: repush() uses the places below it; pairs with the thieves' compare-and-swap. */
    uint64_t top = __atomic_load_n(&deque->top, __ATOMIC_ACQUIRE);
    while (top != deque->bottom) {
        if (deque->bottom - top >= FEW) {
            if (reclaim(deque, &top)) return pop(deque);
        } else if (__atomic_compare_exchange_n(&deque->top, &top, deque->bottom, false,
                                               __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)) {
            return repush(deque, top);
        }
    }
    return NULL;
}

/* ---- thieves ---- */

static void ask(yoke_deque *deque) {
    /* relaxed, both: a hint; pairs with yoke_deque_poll and yoke_deque_answer_. */
    if (__atomic_load_n(&deque->asked, __ATOMIC_RELAXED) != YOKE_DEQUE_VAIN_)
        __atomic_store_n(&deque->asked, YOKE_DEQUE_VAIN_, __ATOMIC_RELAXED);
}

/* Under which a thief goes on, asked after it has seen the item. */
typedef struct condition {
    const uintptr_t *word; /* NULL: always */
    uintptr_t value;
} condition;

static inline bool holds(condition only) {
    return !only.word || __atomic_load_n(only.word, __ATOMIC_SEQ_CST) == only.value;
}

/* Moves `most` items, which is from 1 to BATCH, or half of the public ones, if that is less. */
static inline int steal_from(yoke_deque *deque, void **items, uint64_t most, condition only) {
    /* seq_cst, all: see the proof. */
    uint64_t top = __atomic_load_n(&deque->top, __ATOMIC_SEQ_CST);
    uint64_t shared = __atomic_load_n(&deque->shared, __ATOMIC_SEQ_CST);
    int64_t there = (int64_t)(shared - top);
    if (there <= 0) {
        ask(deque);
        return 0;
    }
    uint64_t half = ((uint64_t)there + 1) / 2;
    uint64_t count = half < most ? half : most;
    /* acquire: the items that were copied into it; pairs with install(). */
    const ring *from = __atomic_load_n(&deque->ring, __ATOMIC_ACQUIRE);
    for (uint64_t i = 0; i < count; i++) items[i] = get(from->items, from->mask, top + i);
    if (!holds(only)) return 0;
    /* relaxed when it fails: nothing is done with what was read. */
    if (!__atomic_compare_exchange_n(&deque->top, &top, top + count, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_RELAXED))
        return YOKE_DEQUE_LOST;
    if (top + count == shared) yoke_deque_offer(deque);
    return (int)count;
}

int yoke_deque_steal(yoke_deque *deque, void **item) {
    void *stolen;
    int status = steal_from(deque, &stolen, 1, (condition){0});
    if (status == 1) *item = stolen;
    return status;
}

int yoke_deque_steal_while(yoke_deque *deque, void **item, const uintptr_t *word, uintptr_t value) {
    void *stolen;
    int status = steal_from(deque, &stolen, 1, (condition){word, value});
    if (status == 1) *item = stolen;
    return status;
}

int yoke_deque_steal_batch(yoke_deque *deque, void **items, size_t most) {
    void *stolen[BATCH];
    if (!most) return 0;
    int status = steal_from(deque, stolen, most < BATCH ? most : BATCH, (condition){0});
    if (status > 0) memcpy(items, stolen, (size_t)status * sizeof *items);
    return status;
}

size_t yoke_deque_size(const yoke_deque *deque) {
    /* relaxed, both: a guess. */
    uint64_t top = __atomic_load_n(&deque->top, __ATOMIC_RELAXED);
    uint64_t bottom = __atomic_load_n(&deque->bottom, __ATOMIC_RELAXED);
    int64_t size = (int64_t)(bottom - top);
    return size > 0 ? (size_t)size : 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a thread holds that others may wait for: a stack in its record.
 *
 * An entry is pushed after the acquisition and popped at the release, usually from the top, so that
 * both cost a few stores. The owner alone writes the list. Others read it only under the wait-for
 * graph's mutex and only while the owner is registered there as waiting, or has ended: it changes
 * nothing then. The first entries lie in the record, more in an array that grows and is kept for
 * the next thread that gets the record.
 */
#ifndef YOKE_RUNTIME_HELD_H
#define YOKE_RUNTIME_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { YOKE__HELD_FEW = 7 };

typedef struct yoke__held {
    const void *object;
    const char *name; /* the object's, as it was */
    const char *site; /* where it was taken */
    int64_t since; /* nanoseconds, when the hold is timed (runtime/lock_profile.h); 0: it is not */
    int32_t rank;  /* of the object; 0: none */
    int32_t top;   /* the highest rank of this entry and those below */
} yoke__held;

/* All zero at first: nothing is held, and the first push has to reserve. */
typedef struct yoke__holds {
    yoke__held *last;    /* the entry pushed last; entries[0] is no entry, but the stack's end */
    yoke__held *end;     /* the last place there is */
    yoke__held *entries; /* `few`, or an array */
    yoke__held few[YOKE__HELD_FEW + 1];
} yoke__holds;

/* Makes room for one more: the slow path. YOKE_ENOMEM. */
int yoke__held_grow(yoke__holds *holds);
/* Removes an entry that is not the last; false when there is none. */
bool yoke__held_remove(yoke__holds *holds, const void *object);
/* The newest entry of an object, or NULL. */
yoke__held *yoke__held_find(const yoke__holds *holds, const void *object);
/* How many there are. */
unsigned yoke__held_count(const yoke__holds *holds, const void *object);

static inline bool yoke__held_has_room(const yoke__holds *holds) {
    return holds->last != holds->end;
}

static inline int yoke__held_reserve(yoke__holds *holds) {
    return yoke__held_has_room(holds) ? 0 : yoke__held_grow(holds);
}

static inline bool yoke__held_any(const yoke__holds *holds) {
    return holds->last != holds->entries;
}

/* The highest rank held; 0: none. */
static inline int32_t yoke__held_top(const yoke__holds *holds) {
    return holds->last ? holds->last->top : 0;
}

/* There must be room. */
static inline void yoke__held_push(yoke__holds *holds, const void *object, const char *name,
                                   int32_t rank, const char *site) {
    yoke__held *entry = holds->last + 1;
    int32_t below = entry[-1].top;
    *entry = (yoke__held){object, name, site, 0, rank, rank > below ? rank : below};
    holds->last = entry;
}

/* Removes the newest entry of the object; false when there is none. */
static inline bool yoke__held_pop(yoke__holds *holds, const void *object) {
    if (__builtin_expect(holds->last == holds->entries || holds->last->object != object, 0))
        return yoke__held_remove(holds, object);
    holds->last--;
    return true;
}

#endif

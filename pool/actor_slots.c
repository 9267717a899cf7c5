/* SPDX-License-Identifier: Apache-2.0
 *
 * The slots of the data lane. The idea stands in pool/actor.h.
 *
 * Segment k, beyond the first slots, has 8 * 2^k of them: place p lies in the segment of the
 * highest bit of p / 8. They are made by senders, before they take the last place in front of them,
 * so a stop finds its slot without memory.
 */
#include <string.h>

#include "pool/actor.h"
#include "pool/delay.h"

unsigned yoke__slots_needed(unsigned credits, unsigned batch) {
    return credits + batch + 1; /* one for a stop */
}

bool yoke__segment_make(yoke_actor *actor, unsigned segment) {
    letter *none = NULL;
    if (atomic_load(&actor->segments[segment])) return true;
    size_t size = ((size_t)FIRST_SLOTS << segment) * sizeof(letter);
    letter *made = yoke_aligned_alloc(size);
    if (!made) return false;
    memset(made, 0, size);
    yoke__delay();
    if (!atomic_compare_exchange_strong(&actor->segments[segment], &none, made))
        yoke_aligned_free(made);
    return true;
}

letter *yoke__slots_pop(yoke_actor *actor) {
    letter *slot = yoke__slot_at(actor, actor->head);
    /* acquire: the letter is whole; pairs with the release in yoke__slot_fill. */
    if (!slot || !atomic_load_explicit(&slot->full, memory_order_acquire)) return NULL;
    actor->head = yoke__slot_next(actor, actor->head);
    if (slot->place == IN_SLOT) return slot;
    letter *l = (letter *)slot->message.data;
    yoke__slot_clear(slot);
    return l;
}

void yoke__slots_rewind(yoke_actor *actor) {
    uint64_t word = atomic_load(&actor->word);
    if (actor->head < FIRST_SLOTS || word >> TAIL_SHIFT != actor->head) return;
    uint64_t rewound = word & (((uint64_t)1 << TAIL_SHIFT) - 1);
    if (atomic_compare_exchange_strong(&actor->word, &word, rewound)) actor->head = 0;
}

void yoke__slots_fini(yoke_actor *actor) {
    for (int i = 0; i < SEGMENTS; i++) yoke_aligned_free(atomic_load(&actor->segments[i]));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The rare cases of the stacks of held locks: they grow, or are not used as stacks.
 */
#include "runtime/held.h"

#include <stdlib.h>
#include <string.h>

#include "yoke/status.h"

static void use(yoke__holds *holds, yoke__held *entries, size_t places, size_t count) {
    holds->entries = entries;
    holds->last = entries + count;
    holds->end = entries + places;
}

int yoke__held_grow(yoke__holds *holds) {
    if (!holds->entries) return use(holds, holds->few, YOKE__HELD_FEW, 0), YOKE_OK;
    size_t count = (size_t)(holds->last - holds->entries), places = 2 * count + 1;
    yoke__held *entries = malloc((places + 1) * sizeof *entries);
    if (!entries) return yoke_fail(YOKE_ENOMEM, "no memory to note that %zu locks are held", count);
    memcpy(entries, holds->entries, (count + 1) * sizeof *entries);
    if (holds->entries != holds->few) free(holds->entries);
    use(holds, entries, places, count);
    return YOKE_OK;
}

yoke__held *yoke__held_find(const yoke__holds *holds, const void *object) {
    for (yoke__held *entry = holds->last; entry != holds->entries; entry--) {
        if (entry->object == object) return entry;
    }
    return NULL;
}

unsigned yoke__held_count(const yoke__holds *holds, const void *object) {
    unsigned count = 0;
    for (const yoke__held *entry = holds->last; entry != holds->entries; entry--)
        count += entry->object == object;
    return count;
}

bool yoke__held_remove(yoke__holds *holds, const void *object) {
    yoke__held *entry = yoke__held_find(holds, object);
    if (!entry) return false;
    for (; entry != holds->last; entry++) {
        int32_t below = entry[-1].top;
        *entry = entry[1];
        entry->top = entry->rank > below ? entry->rank : below;
    }
    holds->last--;
    return true;
}

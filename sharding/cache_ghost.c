/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that were evicted lately: a circle of hashes, oldest first, and a table that finds them
 * (linear probing, half full at most, deletion by shifting back).
 *
 * A hash that is taken leaves the table; its place in the circle grows old with the others. A hash
 * that is added again meanwhile has two places, and the table knows the newer. The circle doubles
 * as long as more may be remembered; when there is no memory for that, the oldest are forgotten.
 */
#include "sharding/cache.h"

#include <stdlib.h>

enum { LEAST = 16 };
#define LARGEST ((size_t)1 << 30)

void yoke__ghost_fini(yoke__ghost *ghost) {
    free(ghost->ring);
    free(ghost->places);
}

static size_t mask_of(const yoke__ghost *ghost) { return 2 * ghost->capacity - 1; }

/* The hash is mixed anew: its high bits chose the shard, its low ones may be poor. */
static size_t home(const yoke__ghost *ghost, uint64_t hash) {
    return (hash * 0x9E3779B97F4A7C15u >> 32) & mask_of(ghost);
}

/* The place of a hash, or the free one where it would go. */
static size_t find(const yoke__ghost *ghost, uint64_t hash) {
    size_t place = home(ghost, hash);
    while (ghost->places[place] && ghost->ring[ghost->places[place] - 1] != hash) {
        place = (place + 1) & mask_of(ghost);
    }
    return place;
}

static void erase(yoke__ghost *ghost, size_t gap) {
    size_t mask = mask_of(ghost);
    for (size_t at = (gap + 1) & mask; ghost->places[at]; at = (at + 1) & mask) {
        size_t from = home(ghost, ghost->ring[ghost->places[at] - 1]);
        if (((at - from) & mask) < ((at - gap) & mask)) continue;
        ghost->places[gap] = ghost->places[at];
        gap = at;
    }
    ghost->places[gap] = 0;
}

static void forget_oldest(yoke__ghost *ghost) {
    size_t place = find(ghost, ghost->ring[ghost->oldest]);
    if (ghost->places[place] == ghost->oldest + 1) erase(ghost, place);
    ghost->oldest = (ghost->oldest + 1) & (ghost->capacity - 1);
    ghost->count--;
}

static void append(yoke__ghost *ghost, uint64_t hash) {
    size_t position = (ghost->oldest + ghost->count++) & (ghost->capacity - 1);
    size_t place = find(ghost, hash);
    ghost->ring[position] = hash;
    ghost->places[place] = (uint32_t)position + 1;
}

/* A circle of twice the size, in the same order. What was taken stays taken. */
static bool grow(yoke__ghost *ghost) {
    yoke__ghost larger = {.capacity = ghost->capacity ? 2 * ghost->capacity : LEAST};
    if (larger.capacity > LARGEST) return false;
    larger.ring = malloc(larger.capacity * sizeof *larger.ring);
    larger.places = calloc(2 * larger.capacity, sizeof *larger.places);
    if (!larger.ring || !larger.places) {
        yoke__ghost_fini(&larger);
        return false;
    }
    for (size_t i = 0; i < ghost->count; i++) {
        size_t position = (ghost->oldest + i) & (ghost->capacity - 1);
        bool known = ghost->places[find(ghost, ghost->ring[position])] == position + 1;
        larger.ring[larger.count++] = ghost->ring[position];
        if (known) {
            larger.places[find(&larger, ghost->ring[position])] = (uint32_t)larger.count;
        }
    }
    yoke__ghost_fini(ghost);
    *ghost = larger;
    return true;
}

void yoke__ghost_add(yoke__ghost *ghost, uint64_t hash, size_t most) {
    while (ghost->count && ghost->count >= most) forget_oldest(ghost);
    if (!most) return;
    if (ghost->count == ghost->capacity && !grow(ghost)) {
        if (!ghost->capacity) return;
        forget_oldest(ghost);
    }
    append(ghost, hash);
}

bool yoke__ghost_take(yoke__ghost *ghost, uint64_t hash) {
    if (!ghost->count) return false;
    size_t place = find(ghost, hash);
    if (!ghost->places[place]) return false;
    erase(ghost, place);
    return true;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory: aligned blocks, arenas, and padded per-member slots.
 *
 * A fresh page is dear (about 12 microseconds for 4 KiB on some virtual machines), so memory is
 * taken in growing chunks, asked for as huge pages where it is large, and used again.
 */
#ifndef YOKE_MEMORY_H
#define YOKE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Two cache lines: adjacent-line prefetch makes neighbours of 64 bytes disturb each other. */
#define YOKE_CACHE_PAD 128

/* A block of `size` bytes (at least 1) aligned to YOKE_CACHE_PAD; its contents are undefined. From
 * 64 MiB up it is aligned to 2 MiB and advised to use huge pages. NULL when memory is short or the
 * size is beyond PTRDIFF_MAX. Release with yoke_aligned_free. Any thread. */
YOKE_API void *yoke_aligned_alloc(size_t size);
YOKE_API void yoke_aligned_free(void *block);

/* An arena hands out memory that is released all together. One thread at a time may use it. */
typedef struct yoke_arena {
    char *next;        /* first free byte of the current chunk */
    char *end;         /* end of the current chunk */
    void *chunks;      /* chunks in use, newest first */
    void *spare;       /* chunks kept by yoke_arena_reset */
    size_t chunk_size; /* size of the next chunk: doubles from 64 KiB to 64 MiB */
    size_t total;      /* bytes of all chunks, for reports */
} yoke_arena;

/* Starts empty without allocating. Cannot fail. */
YOKE_API void yoke_arena_init(yoke_arena *arena);
/* Releases everything, also what it handed out. Legal on a zeroed arena. */
YOKE_API void yoke_arena_fini(yoke_arena *arena);
/* Takes all handed-out memory back but keeps the chunks for the next round. */
YOKE_API void yoke_arena_reset(yoke_arena *arena);
/* Makes the arena the owner of a block of yoke_aligned_alloc, whose `size` bytes (at least 64) are
 * handed out later: used pages are cheaper than fresh ones. Cannot fail. */
YOKE_API void yoke_arena_give(yoke_arena *arena, void *block, size_t size);
/* The slow path of yoke_arena_alloc: opens a chunk. */
YOKE_API void *yoke_arena_grow(yoke_arena *arena, size_t size);

/* `size` bytes aligned to 8, contents undefined; NULL when memory is short. 0 bytes is legal. */
static inline void *yoke_arena_alloc(yoke_arena *arena, size_t size) {
    size_t rounded = (size + 7) & ~(size_t)7;
    if (rounded < size || rounded > (size_t)(arena->end - arena->next)) {
        return yoke_arena_grow(arena, size);
    }
    void *block = arena->next;
    arena->next += rounded;
    return block;
}

/* Slots: one block of memory for each member of a team, padded so that no two share a line. A slot
 * is zeroed by the first yoke_slots_get for it, so its pages are placed near their owner. */
typedef struct yoke_slots yoke_slots;

/* count slots of `size` bytes each, count and size at least 1. YOKE_EINVAL, YOKE_ENOMEM. */
YOKE_API int yoke_slots_create(int count, size_t size, yoke_slots **slots);
YOKE_API void yoke_slots_destroy(yoke_slots *slots); /* NULL is legal */
/* Slot `index`. Two threads must not ask for the same slot at the same time. */
YOKE_API void *yoke_slots_get(yoke_slots *slots, int index);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned blocks, arenas and slots.
 *
 * An arena is a list of chunks that double from 64 KiB to 64 MiB; a request larger than the next
 * chunk gets a chunk of its own size. After a new chunk is opened, whichever of it and the current
 * chunk has more room left becomes the current one, so that one large request does not throw away
 * the rest of a chunk. A reset moves all chunks to the spare list, where the next round finds them
 * with their pages already there (first fit; the list is short, since chunks double).
 *
 * Slots are one block with a stride that is a multiple of YOKE_CACHE_PAD. Which slots are zeroed
 * already is kept in bytes beside the block; each byte is written once, by its owner.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "yoke/memory.h"

#define HUGE_PAGE   ((size_t)2 << 20)
#define FIRST_CHUNK ((size_t)64 << 10)
#define LAST_CHUNK  ((size_t)64 << 20)
/* Smaller blocks take what pages the kernel has at hand: on virtual machines whose host takes
 * unused memory back, a huge page is fresh to the host too, and costs several times as much as
 * zeroing it. */
#define LARGE_BLOCK ((size_t)64 << 20)

void *yoke_aligned_alloc(size_t size) {
    void *block = NULL;
    size_t alignment = size < LARGE_BLOCK ? YOKE_CACHE_PAD : HUGE_PAGE;
    if (size > PTRDIFF_MAX || posix_memalign(&block, alignment, size)) return NULL;
    /* Advice only: a kernel without huge pages refuses it, and the block is as good without. */
    if (size >= LARGE_BLOCK) madvise(block, size & ~(HUGE_PAGE - 1), MADV_HUGEPAGE);
    return block;
}

void yoke_aligned_free(void *block) { free(block); }

/* ---- arena ---- */

typedef struct chunk {
    struct chunk *link;
    size_t size; /* bytes of data */
    char data[];
} chunk;

/* Where an arena without a chunk points: an allocation of 0 bytes is not NULL there either. */
static char nowhere[8] __attribute__((aligned(8)));

void yoke_arena_init(yoke_arena *arena) {
    *arena = (yoke_arena){.next = nowhere, .end = nowhere, .chunk_size = FIRST_CHUNK};
}

static void free_chunks(chunk *list) {
    while (list) {
        chunk *link = list->link;
        yoke_aligned_free(list);
        list = link;
    }
}

void yoke_arena_fini(yoke_arena *arena) {
    free_chunks(arena->chunks);
    free_chunks(arena->spare);
    yoke_arena_init(arena);
}

void yoke_arena_reset(yoke_arena *arena) {
    chunk *last = arena->chunks;
    if (!last) return;
    while (last->link) last = last->link;
    last->link = arena->spare;
    arena->spare = arena->chunks;
    arena->chunks = NULL;
    arena->next = arena->end = nowhere;
}

/* Takes the first spare chunk with room for `size` bytes off its list. */
static chunk *take_spare(yoke_arena *arena, size_t size) {
    chunk *found = arena->spare, *before = NULL;
    while (found && found->size < size) {
        before = found;
        found = found->link;
    }
    if (!found) return NULL;
    if (before)
        before->link = found->link;
    else
        arena->spare = found->link;
    return found;
}

static chunk *new_chunk(yoke_arena *arena, size_t size) {
    size_t bytes = arena->chunk_size ? arena->chunk_size : FIRST_CHUNK;
    arena->chunk_size = bytes < LAST_CHUNK ? bytes * 2 : LAST_CHUNK;
    if (bytes < size + sizeof(chunk)) bytes = size + sizeof(chunk);
    chunk *made = yoke_aligned_alloc(bytes);
    if (!made) return NULL;
    made->size = bytes - sizeof *made;
    arena->total += bytes;
    return made;
}

void *yoke_arena_grow(yoke_arena *arena, size_t size) {
    if (size > PTRDIFF_MAX - 4096) return NULL;
    size_t rounded = (size + 7) & ~(size_t)7;
    chunk *opened = take_spare(arena, rounded);
    if (!opened) opened = new_chunk(arena, rounded);
    if (!opened) return NULL;
    opened->link = arena->chunks;
    arena->chunks = opened;
    if (opened->size - rounded >= (size_t)(arena->end - arena->next)) {
        arena->next = opened->data + rounded;
        arena->end = opened->data + opened->size;
    }
    return opened->data;
}

void yoke_arena_give(yoke_arena *arena, void *block, size_t size) {
    chunk *given = block;
    given->size = size - sizeof *given;
    given->link = arena->spare;
    arena->spare = given;
    arena->total += size;
}

/* ---- slots ---- */

struct yoke_slots {
    char *block;
    size_t size, stride;
    bool zeroed[]; /* of each slot */
};

int yoke_slots_create(int count, size_t size, yoke_slots **slots) {
    if (count < 1 || size < 1 || !slots) return yoke_fail(YOKE_EINVAL, "slots: no count or size");
    if (size > PTRDIFF_MAX - YOKE_CACHE_PAD) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t stride = (size + YOKE_CACHE_PAD - 1) & ~(size_t)(YOKE_CACHE_PAD - 1);
    size_t bytes;
    if (__builtin_mul_overflow((size_t)count, stride, &bytes)) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_slots *made = calloc(1, sizeof *made + (size_t)count);
    char *block = yoke_aligned_alloc(bytes);
    if (!made || !block) {
        free(made);
        yoke_aligned_free(block);
        return yoke_fail(YOKE_ENOMEM, "%d slots of %zu bytes: memory ran out", count, size);
    }
    made->block = block;
    made->size = size;
    made->stride = stride;
    *slots = made;
    return YOKE_OK;
}

void yoke_slots_destroy(yoke_slots *slots) {
    if (!slots) return;
    yoke_aligned_free(slots->block);
    free(slots);
}

void *yoke_slots_get(yoke_slots *slots, int index) {
    char *slot = slots->block + (size_t)index * slots->stride;
    if (!slots->zeroed[index]) {
        memset(slot, 0, slots->size);
        slots->zeroed[index] = true;
    }
    return slot;
}

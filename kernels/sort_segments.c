/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting each segment of an array: long ones with all members, one after the other; the others are
 * shared out by where they begin, so that blocks have about the same number of keys.
 */
#include "kernels/offsets.h"
#include "kernels/sort_typed.h"

enum { LONG = 1 << 16, BLOCK = 1 << 15 };

typedef struct segments {
    const yoke__sort_arrays *arrays; /* all of them */
    const size_t *offsets;
    size_t count;
    char *memory; /* LONG keys a member */
} segments;

static yoke__sort_arrays segment_at(const segments *s, size_t i) {
    yoke__sort_arrays one = *s->arrays;
    size_t begin = s->offsets[i] * (size_t)one.key_size;
    one.n = s->offsets[i + 1] - s->offsets[i];
    one.keys = (const char *)one.keys + begin;
    one.keys_out = (char *)one.keys_out + begin;
    return one;
}

static int sort_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    const segments *s = ctx;
    (void)index;
    size_t size = (size_t)s->arrays->key_size, first = s->offsets[0];
    char *memory = s->memory + (size_t)member * LONG * size;
    for (size_t i = yoke__offsets_from(s->offsets, s->count, first + begin); i < s->count; i++) {
        if (s->offsets[i] >= first + end) break;
        yoke__sort_arrays one = segment_at(s, i);
        if (one.n < 2 || one.n > LONG) continue;
        (size == 4 ? yoke__sort_keys32_alone : yoke__sort_keys64_alone)(&one, memory);
    }
    return YOKE_OK;
}

static int sort_short(segments *s, const yoke_run *run) {
    size_t n = s->offsets[s->count] - s->offsets[0];
    size_t members = (size_t)yoke__run_members(run, yoke__block_count(n, BLOCK));
    yoke__work work;
    YOKE_TRY(yoke__work_open(&work, run, members * LONG * (size_t)s->arrays->key_size));
    s->memory = work.memory;
    int status = yoke__run_blocks(run, n, BLOCK, sort_block, s);
    yoke__work_close(&work);
    return status;
}

int yoke__sort_segments(const yoke__sort_arrays *arrays, const size_t *offsets, size_t count,
                        const yoke_run *run) {
    YOKE_TRY(yoke__offsets_check(offsets, count, run));
    segments s = {.arrays = arrays, .offsets = offsets, .count = count};
    if (count) YOKE_TRY(sort_short(&s, run));
    for (size_t i = 0; i < count; i++) {
        yoke__sort_arrays one = segment_at(&s, i);
        if (one.n > LONG) YOKE_TRY(yoke__sort_arrays_run(&one, run));
    }
    return YOKE_OK;
}

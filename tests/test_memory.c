/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/harness.h"

#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/memory.h"

#define MIB ((size_t)1 << 20)

static bool aligned(const void *block, size_t alignment) {
    return (uintptr_t)block % alignment == 0;
}

TEST(blocks_are_aligned_and_writable) {
    const size_t sizes[] = {
        1, 7, 128, 4097, 2 * MIB - 1, 7 * MIB + 13, 64 * MIB - 1, 64 * MIB, 64 * MIB + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *block = yoke_aligned_alloc(sizes[i]);
        REQUIRE(block != NULL);
        CU_ASSERT(aligned(block, sizes[i] < 64 * MIB ? YOKE_CACHE_PAD : 2 * MIB));
        memset(block, 0xA5, sizes[i] < 8 * MIB ? sizes[i] : 1);
        block[sizes[i] - 1] = 1;
        yoke_aligned_free(block);
    }
    yoke_aligned_free(NULL);
}

TEST(impossible_sizes_give_null) {
    CU_ASSERT_PTR_NULL(yoke_aligned_alloc((size_t)PTRDIFF_MAX + 1));
    CU_ASSERT_PTR_NULL(yoke_aligned_alloc(SIZE_MAX));
    yoke_arena arena;
    yoke_arena_init(&arena);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 16, PTRDIFF_MAX, PTRDIFF_MAX - 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CU_ASSERT_PTR_NULL(yoke_arena_alloc(&arena, sizes[i]));
    }
    CU_ASSERT_EQUAL(arena.total, 0);
    CU_ASSERT_PTR_NOT_NULL(yoke_arena_alloc(&arena, 8));
    yoke_arena_fini(&arena);
}

/* ---- arena ---- */

/* Blocks handed out in one round, each filled with a byte of its own. */
typedef struct piece {
    unsigned char *data;
    size_t size;
} piece;

static bool keeps(const piece *pieces, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < pieces[i].size; j++) {
            if (pieces[i].data[j] != (unsigned char)i) return false;
        }
    }
    return true;
}

static size_t random_size(void) {
    switch (test_random_below(100)) {
    case 0: return test_random_below(3 * MIB);
    case 1: return 0;
    case 2: return test_random_below(100000);
    default: return test_random_below(200);
    }
}

TEST(arena_blocks_are_aligned_and_disjoint) {
    enum { PIECES = 3000 };
    piece *pieces = malloc(PIECES * sizeof *pieces);
    REQUIRE(pieces != NULL);
    yoke_arena arena;
    yoke_arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PIECES; i++) {
            pieces[i].size = random_size();
            pieces[i].data = yoke_arena_alloc(&arena, pieces[i].size);
            REQUIRE(pieces[i].data != NULL);
            CU_ASSERT(aligned(pieces[i].data, 8));
            memset(pieces[i].data, (int)(i & 0xff), pieces[i].size);
        }
        CU_ASSERT(keeps(pieces, PIECES));
        yoke_arena_reset(&arena);
    }
    yoke_arena_fini(&arena);
    free(pieces);
}

TEST(reset_keeps_the_chunks_for_the_same_work) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    size_t total = 0;
    for (int round = 0; round < 4; round++) {
        test_random_seed(7);
        for (int i = 0; i < 2000; i++) REQUIRE(yoke_arena_alloc(&arena, random_size()) != NULL);
        if (round == 0) total = arena.total;
        CU_ASSERT(arena.total <= total + total / 2);
        yoke_arena_reset(&arena);
    }
    size_t settled = arena.total;
    for (int i = 0; i < 100; i++) REQUIRE(yoke_arena_alloc(&arena, 1000) != NULL);
    CU_ASSERT_EQUAL(arena.total, settled);
    yoke_arena_fini(&arena);
    CU_ASSERT_EQUAL(arena.total, 0);
}

TEST(chunks_double_up_to_a_limit) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    size_t total = 0, expected = (size_t)64 << 10;
    for (int i = 0; i < 12; i++) {
        size_t size = expected - 16;
        REQUIRE(yoke_arena_alloc(&arena, size) != NULL);
        total += expected;
        CU_ASSERT_EQUAL(arena.total, total);
        if (expected < 64 * MIB) expected *= 2;
    }
    yoke_arena_fini(&arena);
}

TEST(a_large_request_does_not_throw_the_current_chunk_away) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    char *small = yoke_arena_alloc(&arena, 100);
    REQUIRE(small != NULL && yoke_arena_alloc(&arena, 5 * MIB) != NULL);
    CU_ASSERT_PTR_EQUAL(yoke_arena_alloc(&arena, 8), small + 104);
    CU_ASSERT(arena.total < 6 * MIB);
    yoke_arena_fini(&arena);
}

TEST(an_empty_arena_may_be_reset_and_ended_and_gives_no_null_for_nothing) {
    yoke_arena arena, zeroed = {0};
    yoke_arena_init(&arena);
    yoke_arena_reset(&arena);
    CU_ASSERT_PTR_NOT_NULL(yoke_arena_alloc(&arena, 0));
    CU_ASSERT_EQUAL(arena.total, 0);
    yoke_arena_fini(&arena);
    yoke_arena_fini(&arena);
    CU_ASSERT_PTR_NOT_NULL(yoke_arena_alloc(&arena, 1));
    yoke_arena_fini(&arena);
    yoke_arena_fini(&zeroed);
}

/* ---- slots ---- */

TEST(slots_are_zeroed_apart_and_lasting) {
    const size_t sizes[] = {1, 8, 127, 128, 129, 5000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        yoke_slots *slots = NULL;
        REQUIRE(yoke_slots_create(9, sizes[s], &slots) == YOKE_OK);
#pragma omp parallel for num_threads(4) schedule(dynamic, 1)
        for (int i = 0; i < 9; i++) {
            unsigned char *slot = yoke_slots_get(slots, i);
            for (size_t j = 0; j < sizes[s]; j++) slot[j] = (unsigned char)(slot[j] + i + 1);
        }
        for (int i = 0; i < 9; i++) {
            const unsigned char *slot = yoke_slots_get(slots, i);
            CU_ASSERT(aligned(slot, YOKE_CACHE_PAD));
            for (size_t j = 0; j < sizes[s]; j++) CU_ASSERT_EQUAL(slot[j], i + 1);
        }
        yoke_slots_destroy(slots);
    }
}

TEST(slots_refuse_what_cannot_be) {
    yoke_slots *slots = NULL;
    CU_ASSERT_EQUAL(yoke_slots_create(0, 8, &slots), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_slots_create(-1, 8, &slots), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_slots_create(1, 0, &slots), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_slots_create(1, SIZE_MAX, &slots), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_slots_create(1 << 30, SIZE_MAX / 4, &slots), YOKE_ENOMEM);
    CU_ASSERT_EQUAL(yoke_slots_create(4, PTRDIFF_MAX / 2, &slots), YOKE_ENOMEM);
    CU_ASSERT_PTR_NULL(slots);
    yoke_slots_destroy(NULL);
}

TEST(an_arena_hands_out_what_it_was_given_and_releases_it) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    char *block = yoke_aligned_alloc(1 << 16);
    REQUIRE(block != NULL);
    yoke_arena_give(&arena, block, 1 << 16);
    CU_ASSERT_EQUAL(arena.total, 1 << 16);
    char *small = yoke_arena_alloc(&arena, 1000), *next = yoke_arena_alloc(&arena, 1000);
    CU_ASSERT(small > block && small + 1000 <= next && next + 1000 <= block + (1 << 16));
    char *large = yoke_arena_alloc(&arena, 1 << 16); /* does not fit there any more */
    REQUIRE(large != NULL);
    CU_ASSERT(large + (1 << 16) <= block || large >= block + (1 << 16));
    memset(small, 1, 1000);
    memset(large, 2, 1 << 16);
    yoke_arena_reset(&arena);
    CU_ASSERT_EQUAL(small[999], 1);
    yoke_arena_fini(&arena);
}

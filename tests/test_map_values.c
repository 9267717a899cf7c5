/* SPDX-License-Identifier: Apache-2.0
 *
 * What lookups of the map see while others write: whole values, and those of their own key.
 */
#include <stdatomic.h>

#include "tests/map_threads.h"
#include "yoke/team.h"

/* ---- values are never torn ---- */

enum { WIDE = 6, WIDE_KEYS = 4 };

typedef struct wide {
    yoke_map *map;
    size_t operations;
    atomic_size_t torn, foreign;
    atomic_long present[WIDE_KEYS]; /* insertions less removals */
} wide;

/* Every word of a value is the same and says which key it belongs to. */
static void add_wide(void *value, const void *more) {
    uint64_t *words = value, step = *(const uint64_t *)more / WIDE_KEYS * WIDE_KEYS;
    for (int i = 0; i < WIDE; i++) words[i] += step;
}

static void check_wide(wide *w, uint64_t key, const uint64_t *words) {
    for (int i = 1; i < WIDE; i++) {
        if (words[i] != words[0]) atomic_fetch_add(&w->torn, 1);
    }
    if (words[0] % WIDE_KEYS != key) atomic_fetch_add(&w->foreign, 1);
}

static void change_wide(wide *w, uint64_t key, uint64_t *state) {
    uint64_t words[WIDE], value = (next_random(state) % 1000) * WIDE_KEYS + key;
    for (int i = 0; i < WIDE; i++) words[i] = value;
    switch (next_random(state) % 4) {
    case 0: atomic_fetch_add(&w->present[key], yoke_map_put_u64(w->map, key, words)); break;
    case 1:
        atomic_fetch_add(&w->present[key], yoke_map_update_u64(w->map, key, add_wide, words));
        break;
    case 2: atomic_fetch_add(&w->present[key], yoke_map_insert_u64(w->map, key, words)); break;
    default:
        if (yoke_map_remove_u64(w->map, key, words) != 1) break;
        atomic_fetch_sub(&w->present[key], 1);
        check_wide(w, key, words);
    }
}

/* The first thread writes, the others read: entries change under a reader as often as they can. */
static int work_wide(yoke_team *team, int member, void *ctx) {
    wide *w = ctx;
    uint64_t state = (uint64_t)member * 1000003 + 5;
    for (size_t i = 0; i < w->operations && !yoke_team_stopping(team); i++) {
        uint64_t key = next_random(&state) % WIDE_KEYS, words[WIDE];
        if (member == 0 || next_random(&state) % 64 == 0) {
            change_wide(w, key, &state);
        } else if (yoke_map_get_u64(w->map, key, words)) {
            check_wide(w, key, words);
        }
    }
    return YOKE_OK;
}

TEST_WITH_LIMIT(values_are_whole_and_their_own, 120) {
    for (int i = 0; i < COUNTS; i++) {
        wide w = {.map = make_map(WIDE * 8, 1)};
        w.operations = test_size(2000000, 20000) / (size_t)thread_counts[i];
        CU_ASSERT_EQUAL(yoke_team_run(thread_counts[i], work_wide, &w), YOKE_OK);
        CU_ASSERT_EQUAL(w.torn, 0);
        CU_ASSERT_EQUAL(w.foreign, 0);
        for (uint64_t key = 0; key < WIDE_KEYS; key++) {
            CU_ASSERT_EQUAL(w.present[key], yoke_map_get_u64(w.map, key, NULL));
        }
        yoke_map_destroy(w.map);
    }
}

/* ---- slots are used again ---- */

enum { REUSED_KEYS = 6 };

typedef struct reuse {
    yoke_map *map;
    size_t operations;
    atomic_size_t foreign;
} reuse;

/* Two keys at a time take turns in the slots of few homes; a value says whose it is. */
static void swap_keys(reuse *r, uint64_t *state) {
    uint64_t out = next_random(state) % REUSED_KEYS, in = next_random(state) % REUSED_KEYS;
    uint64_t value = next_random(state) % 1000 * REUSED_KEYS + in;
    yoke_map_remove_u64(r->map, out, NULL);
    yoke_map_put_u64(r->map, in, &value);
}

static int reuse_slots(yoke_team *team, int member, void *ctx) {
    (void)team;
    reuse *r = ctx;
    uint64_t state = (uint64_t)member + 77;
    for (size_t i = 0; i < r->operations; i++) {
        uint64_t key = next_random(&state) % REUSED_KEYS, value;
        if (member == 0) {
            swap_keys(r, &state);
        } else if (yoke_map_get_u64(r->map, key, &value) == 1 && value % REUSED_KEYS != key) {
            atomic_fetch_add(&r->foreign, 1);
        }
    }
    return YOKE_OK;
}

TEST_WITH_LIMIT(a_slot_that_is_used_again_deceives_nobody, 120) {
    for (int threads = 2; threads <= 7; threads += 5) {
        reuse r = {.map = make_map(8, 1), .operations = test_size(5000000, 50000)};
        CU_ASSERT_EQUAL(yoke_team_run(threads, reuse_slots, &r), YOKE_OK);
        CU_ASSERT_EQUAL(r.foreign, 0);
        yoke_map_destroy(r.map);
    }
}

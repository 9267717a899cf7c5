/* SPDX-License-Identifier: Apache-2.0
 *
 * Extremes of what many threads note, against sorting, and while they note.
 */
#include "yoke/extreme.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/history.h"
#include "yoke/event.h"
#include "yoke/team.h"

static yoke_extreme *make(yoke_extreme_kind kind, unsigned threads) {
    yoke_extreme_options options = {kind, threads};
    yoke_extreme *extreme = NULL;
    REQUIRE(yoke_extreme_create(&options, &extreme) == YOKE_OK);
    return extreme;
}

static int64_t snapshot(yoke_extreme *extreme) {
    int64_t number = 0;
    CU_ASSERT_EQUAL(yoke_extreme_snapshot(extreme, &number), YOKE_OK);
    return number;
}

TEST(nothing_noted_is_the_identity) {
    yoke_extreme *max = NULL, *min = make(YOKE_EXTREME_MIN, 0);
    REQUIRE(yoke_extreme_create(NULL, &max) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_extreme_read_relaxed(max), INT64_MIN);
    CU_ASSERT_EQUAL(snapshot(max), INT64_MIN);
    CU_ASSERT_EQUAL(yoke_extreme_read_at_quiescence(min), INT64_MAX);
    CU_ASSERT_EQUAL(snapshot(min), INT64_MAX);
    yoke_extreme_destroy(max);
    yoke_extreme_destroy(min);
    yoke_extreme_destroy(NULL);
}

TEST(edges_of_the_range) {
    const int64_t edges[] = {0, -1, 1, INT64_MIN + 1, INT64_MAX - 1, INT64_MIN, INT64_MAX};
    for (int i = 0; i < 7; i++) {
        for (int k = 0; k < 7; k++) {
            yoke_extreme *max = make(YOKE_EXTREME_MAX, 0), *min = make(YOKE_EXTREME_MIN, 0);
            int64_t a = edges[i], b = edges[k];
            yoke_extreme_note(max, a), yoke_extreme_note(max, b);
            yoke_extreme_note(min, a), yoke_extreme_note(min, b);
            CU_ASSERT_EQUAL(yoke_extreme_read_relaxed(max), a > b ? a : b);
            CU_ASSERT_EQUAL(yoke_extreme_read_relaxed(min), a < b ? a : b);
            yoke_extreme_destroy(max);
            yoke_extreme_destroy(min);
        }
    }
}

TEST(wrong_options_are_refused) {
    yoke_extreme_options kind = {(yoke_extreme_kind)2, 0}, threads = {YOKE_EXTREME_MAX, 1u << 21};
    yoke_extreme *extreme = NULL;
    CU_ASSERT_EQUAL(yoke_extreme_create(&kind, &extreme), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_extreme_create(&threads, &extreme), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(extreme);
}

TEST(snapshots_say_when_there_is_no_barrier) {
    yoke_extreme *extreme = make(YOKE_EXTREME_MAX, 0);
    int64_t number = 99;
    yoke_barrier_asymmetric_ = 0;
    CU_ASSERT_EQUAL(yoke_extreme_snapshot(extreme, &number), YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(number, 99);
    yoke_extreme_destroy(extreme);
}

/* ---- many threads, against sorting ---- */

typedef struct job {
    yoke_extreme *max, *min;
    const int64_t *numbers;
    size_t each;
    int threads;
    atomic_int stop;
    atomic_llong confirmed;
} job;

static int note_member(yoke_team *team, int member, void *ctx) {
    const job *j = ctx;
    (void)team;
    for (size_t i = 0; i < j->each; i++) {
        yoke_extreme_note(j->max, j->numbers[(size_t)member * j->each + i]);
        yoke_extreme_note(j->min, j->numbers[(size_t)member * j->each + i]);
    }
    return 0;
}

static int by_number(const void *left, const void *right) {
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

TEST(extremes_are_the_ends_of_the_sorted_numbers) {
    const int threads[] = {1, 2, 3, 7, 64, 100};
    for (unsigned round = 0; round < 24; round++) {
        unsigned slots = round % 4 ? round % 4 : 64;
        size_t each = 1 + test_random_below(200);
        job j = {.max = make(YOKE_EXTREME_MAX, slots), .min = make(YOKE_EXTREME_MIN, slots)};
        size_t count = each * (size_t)threads[round / 4];
        int64_t *numbers = malloc(count * sizeof *numbers);
        REQUIRE(numbers != NULL);
        for (size_t i = 0; i < count; i++) numbers[i] = (int64_t)(test_random() >> (round % 3 * 2));
        j.numbers = numbers;
        j.each = each;
        CU_ASSERT_EQUAL(yoke_team_run(threads[round / 4], note_member, &j), YOKE_OK);
        qsort(numbers, count, sizeof *numbers, by_number);
        CU_ASSERT_EQUAL(yoke_extreme_read_at_quiescence(j.max), numbers[count - 1]);
        CU_ASSERT_EQUAL(yoke_extreme_read_at_quiescence(j.min), numbers[0]);
        CU_ASSERT_EQUAL(snapshot(j.max), numbers[count - 1]);
        CU_ASSERT_EQUAL(snapshot(j.min), numbers[0]);
        free(numbers);
        yoke_extreme_destroy(j.max);
        yoke_extreme_destroy(j.min);
    }
}

/* ---- reading while others note ---- */

/* Numbers that always grow are the worst for a reader that waits for a pause. */
static void *note_growing(void *ctx) {
    job *j = ctx;
    for (int64_t i = 1; !atomic_load(&j->stop); i++) {
        yoke_extreme_note(j->max, i);
        long long seen = atomic_load(&j->confirmed);
        while (seen < i && !atomic_compare_exchange_weak(&j->confirmed, &seen, i)) {
        }
    }
    return NULL;
}

TEST(reads_of_growing_numbers_end_and_do_not_go_back) {
    for (unsigned slots = 1; slots <= 64; slots *= 8) {
        job j = {.max = make(YOKE_EXTREME_MAX, slots), .threads = 3};
        pthread_t threads[3];
        int64_t last = 0, relaxed = 0, wrong = 0;
        for (int i = 0; i < 3; i++) {
            REQUIRE(pthread_create(&threads[i], NULL, note_growing, &j) == 0);
        }
        while (!atomic_load(&j.confirmed)) {
        }
        for (size_t i = 0; i < test_size(3000, 300); i++) {
            int64_t least = atomic_load(&j.confirmed), number = snapshot(j.max);
            wrong += number < least || number < last;
            last = number;
            number = yoke_extreme_read_relaxed(j.max);
            wrong += number < last || number < relaxed;
            relaxed = number;
        }
        atomic_store(&j.stop, 1);
        for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(yoke_extreme_read_at_quiescence(j.max), atomic_load(&j.confirmed));
        yoke_extreme_destroy(j.max);
    }
}

/* Each thread finds what it noted, though both raise the same cell all the time. The small steps of
 * the one must not hide that a large step of the other failed. */
static void *note_and_look(void *ctx) {
    job *j = ctx;
    int64_t self = atomic_fetch_add(&j->confirmed, 1), lost = 0;
    while (atomic_load(&j->confirmed) < 2) sched_yield();
    for (int64_t i = 0; i < (int64_t)j->each; i++) {
        int64_t number = yoke_extreme_read_relaxed(j->max) + (self ? 1000 : 1);
        yoke_extreme_note(j->max, number);
        lost += yoke_extreme_read_relaxed(j->max) < number;
    }
    return (void *)(intptr_t)lost;
}

TEST(no_note_is_lost_in_a_shared_cell) {
    job j = {.each = test_size(4000000, 50000)};
    pthread_t threads[2];
    REQUIRE(yoke_thread_index() == 0); /* the only slot is this thread's */
    j.max = make(YOKE_EXTREME_MAX, 1);
    yoke_extreme_note(j.max, 0);
    for (int i = 0; i < 2; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, note_and_look, &j) == 0);
    }
    for (int i = 0; i < 2; i++) {
        void *lost;
        pthread_join(threads[i], &lost);
        CU_ASSERT_PTR_NULL(lost);
    }
    yoke_extreme_destroy(j.max);
}

/* ---- recorded histories ---- */

enum { NOTE, READ };

static int max_apply(const history_spec *spec, void *state, const history_op *op) {
    (void)spec;
    int64_t *max = state;
    if (op->kind == READ) return history_fits(op, *max, 0);
    if (op->argument[0] > *max) *max = op->argument[0];
    return 1;
}

static void note_and_read(history *h, int thread, void *extreme) {
    for (int64_t i = 0; i < 5; i++) {
        int64_t number = (i * 7 + thread * 5) % 16;
        history_op *op = history_begin(h, thread, NOTE, number, 0);
        yoke_extreme_note(extreme, number);
        history_end(h, op, 0, 0);
        op = history_begin(h, thread, READ, 0, 0);
        int64_t seen = -1;
        yoke_extreme_snapshot(extreme, &seen);
        history_end(h, op, seen < 0 ? 0 : seen, 0);
    }
}

TEST_WITH_LIMIT(histories_are_linearizable, 60) {
    static const history_kind kinds[] = {{"note", 1, 0}, {"read", 0, 1}};
    history_spec spec = {.name = "max", .kinds = kinds, .size = 8, .apply = max_apply};
    history *h = history_create(3, 10);
    for (size_t round = 0; round < test_size(1000, 100); round++) {
        yoke_extreme *extreme = make(YOKE_EXTREME_MAX, round % 3 ? (unsigned)(round % 3) : 64);
        history_clear(h);
        history_run(h, note_and_read, extreme);
        HISTORY_ASSERT(h, &spec);
        yoke_extreme_destroy(extreme);
    }
    history_destroy(h);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The ground floor when memory is short and the system refuses.
 */
#include <errno.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/machine.h"
#include "yoke/memory.h"
#include "yoke/progress.h"

static int use_slots(void *ctx) {
    (void)ctx;
    yoke_slots *slots;
    YOKE_TRY(yoke_slots_create(3, 100, &slots));
    yoke_slots_get(slots, 2);
    yoke_slots_destroy(slots);
    return YOKE_OK;
}

TEST(slots_without_memory) {
    CU_ASSERT_EQUAL(inject_each_allocation(use_slots, NULL, YOKE_ENOMEM), 2);
}

TEST(an_arena_goes_on_after_a_failure) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    char *first = yoke_arena_alloc(&arena, 100);
    size_t total = arena.total;
    inject_fail_allocation(1);
    CU_ASSERT_PTR_NULL(yoke_arena_alloc(&arena, 100000));
    CU_ASSERT_EQUAL(arena.total, total);
    CU_ASSERT_PTR_EQUAL(yoke_arena_alloc(&arena, 8), first + 104);
    CU_ASSERT_PTR_NOT_NULL(yoke_arena_alloc(&arena, 100000));
    yoke_arena_fini(&arena);
}

static int show_progress(void *ctx) {
    yoke_progress_options options = {*(int *)ctx, YOKE_PROGRESS_ALWAYS, "x", 10, NULL};
    yoke_progress *progress;
    YOKE_TRY(yoke_progress_create(&options, &progress));
    yoke_progress_add(progress, 10);
    yoke_progress_destroy(progress);
    return YOKE_OK;
}

TEST(progress_without_memory_or_with_writes_that_fail) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CU_ASSERT_EQUAL(inject_each_allocation(show_progress, &ends[1], YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_io(show_progress, &ends[1], EIO, YOKE_EIO), 0);
    CU_ASSERT_EQUAL(inject_each_io(show_progress, &ends[1], EAGAIN, YOKE_EIO), 0);
}

static int read_limit(void *ctx) {
    (void)ctx;
    yoke_cpu_limit limit;
    YOKE_TRY(yoke_cpu_limit_read(NULL, &limit));
    return limit.threads >= 1 ? YOKE_OK : YOKE_EINVAL;
}

TEST(the_limit_is_read_without_the_files_that_cannot_be) {
    CU_ASSERT_EQUAL(inject_each_io(read_limit, NULL, EACCES, YOKE_EIO), 0);
    CU_ASSERT_EQUAL(inject_each_allocation(read_limit, NULL, YOKE_ENOMEM), 0);
}

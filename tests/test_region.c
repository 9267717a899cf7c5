/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions and the profiles that come of them: calls are counted exactly on every thread, times
 * nest, and neither faults of the program nor threads that come and go disturb the figures.
 */
#include "yoke/region.h"

#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/profile_use.h"
#include "yoke/reduce.h"
#include "yoke/run.h"

static void pass_ms(int ms) {
    struct timespec now, end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += ms * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    do clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

static bool faults_are_noted(const yoke_profile *p) {
    return strstr(p->notes, "nesting") || strstr(p->notes, "ends of regions") ||
           strstr(p->notes, "folded");
}

TEST(calls_and_times_of_nested_regions) {
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.program = "nested"}) == YOKE_OK);
    yoke_region_begin("outer");
    for (int i = 0; i < 3; i++) {
        yoke_region_begin("inner");
        pass_ms(2);
        yoke_region_end("inner");
    }
    pass_ms(1);
    yoke_region_end("outer");
    yoke_region_begin("inner"); /* another place */
    yoke_region_end("inner");
    yoke_profile *p = stop_measuring();
    CU_ASSERT_STRING_EQUAL(p->program, "nested");
    CU_ASSERT_PTR_NOT_NULL(strstr(p->command, "test_region"));
    CU_ASSERT(!faults_are_noted(p));
    CU_ASSERT_EQUAL(p->region_count, 4);
    cell_sum outer = sum_cells(p, "outer"), inner = sum_cells(p, "outer/inner");
    CU_ASSERT_EQUAL(outer.calls, 1);
    CU_ASSERT_EQUAL(inner.calls, 3);
    CU_ASSERT_EQUAL(sum_cells(p, "inner").calls, 1);
    CU_ASSERT_EQUAL(sum_cells(p, "").calls, 1);
    CU_ASSERT(inner.wall >= 6e-3 && inner.wall == inner.self);
    CU_ASSERT(outer.self >= 1e-3 && outer.wall >= 7e-3);
    CU_ASSERT_DOUBLE_EQUAL(outer.wall - outer.self, inner.wall, 1e-9);
    CU_ASSERT(p->seconds >= outer.wall);
    CU_ASSERT_EQUAL(p->span_count, 5);
    CU_ASSERT_EQUAL(p->spans_lost, 0);
    yoke_profile_destroy(p);
}

TEST(nothing_is_recorded_before_and_after) {
    yoke_region_begin("early");
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("in time");
    yoke_region_end("in time");
    yoke_region_end("early");
    yoke_region_begin("late");
    yoke_profile *p = stop_measuring();
    yoke_region_end("late");
    CU_ASSERT_EQUAL(p->region_count, 3);
    CU_ASSERT_EQUAL(sum_cells(p, "late").calls, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "1 ends of regions that had begun before"));
    CU_ASSERT_PTR_NULL(strstr(p->notes, "regions: "));
    yoke_profile_destroy(p);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    p = stop_measuring();
    CU_ASSERT_EQUAL(p->region_count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "regions: none began"));
    CU_ASSERT_PTR_NULL(strstr(p->notes, "libyoke was compiled without them"));
    yoke_profile_destroy(p);
}

TEST(one_measurement_at_a_time) {
    yoke_profile *p = NULL;
    CU_ASSERT_EQUAL(yoke_measure_stop(&p), YOKE_EINVAL);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_measure_start(NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_measure_stop(NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_measure_stop(&p), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(p);
    yoke_profile_destroy(NULL);
}

TEST(wrong_nesting_is_told) {
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("a");
    yoke_region_begin("b");
    yoke_region_end("a"); /* ends b as well */
    yoke_region_end("b"); /* nothing is open */
    yoke_region_begin("c");
    yoke_region_end("never begun");
    yoke_region_end("c");
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_cells(p, "a").calls, 1);
    CU_ASSERT_EQUAL(sum_cells(p, "a/b").calls, 1);
    CU_ASSERT_EQUAL(sum_cells(p, "c").calls, 1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(p->notes,
               "wrong nesting, 2 times: first on thread 0, where the region \"a\" was to "
               "end inside \"b\"\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "1 ends of regions"));
    yoke_profile_destroy(p);
}

/* In a kernel: one measurement ends, another begins, and its regions are those of the program. */
static double measure_anew(double item, const void *ctx) {
    bool *once = *(bool *const *)ctx;
    if (*once) return item;
    *once = true;
    CU_ASSERT_EQUAL(yoke_measure_stop(NULL), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_measure_start(NULL), YOKE_OK);
    yoke_region_begin("after the kernel");
    return item;
}

static void add_items(void *acc, const void *items, size_t begin, size_t end, const void *ctx) {
    for (size_t i = begin; i < end; i++)
        *(double *)acc += measure_anew(((const double *)items)[i], ctx);
}

static void add_sums(void *into, const void *from, const void *ctx) {
    (void)ctx;
    *(double *)into += *(const double *)from;
}

static void set_zero(void *acc, const void *ctx) {
    (void)ctx;
    *(double *)acc = 0;
}

/* What the library had begun before is not known any more, and no fault of the program. */
TEST(open_regions_of_the_library_end_in_silence) {
    double items[3] = {1, 2, 4}, sum = 0;
    bool once = false;
    bool *ctx = &once;
    yoke_reducer adder = {sizeof sum, 1, set_zero, add_items, add_sums, &ctx, true};
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_reduce(&adder, items, 3, &sum, &(yoke_run){.threads = 1}), YOKE_OK);
    CU_ASSERT_EQUAL(sum, 7.0);
    yoke_region_end("after the kernel");
    yoke_profile *p = stop_measuring();
    CU_ASSERT(once);
    CU_ASSERT_EQUAL(sum_cells(p, "after the kernel").calls, 1);
    CU_ASSERT(!faults_are_noted(p));
    yoke_profile_destroy(p);
}

TEST(names_are_compared_by_their_text) {
    static const char one[] = "same", two[] = "same";
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin(one);
    yoke_region_end(two);
    yoke_region_begin(two);
    yoke_region_end(one);
    yoke_region_begin_as(one, YOKE_ACTIVITY_WAIT); /* other time is another region */
    yoke_region_end(one);
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(p->region_count, 3);
    CU_ASSERT(!faults_are_noted(p));
    yoke_profile_destroy(p);
}

TEST(declared_work_and_what_was_not) {
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("outer");
    yoke_region_work(10, 0);
    yoke_region_begin("inner");
    yoke_region_work(100, 8);
    yoke_region_end("inner");
    yoke_region_work(1, 0);
    yoke_region_end("outer");
    yoke_region_begin("none");
    yoke_region_end("none");
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_metric(p, "outer", YOKE_METRIC_FLOPS), 111.0);
    CU_ASSERT_EQUAL(sum_metric(p, "outer/inner", YOKE_METRIC_FLOPS), 100.0);
    CU_ASSERT_EQUAL(sum_metric(p, "outer", YOKE_METRIC_BYTES), 8.0);
    CU_ASSERT_EQUAL(sum_metric(p, "", YOKE_METRIC_FLOPS), 111.0);
    CU_ASSERT(!yoke_is_measured(sum_metric(p, "none", YOKE_METRIC_FLOPS)));
    CU_ASSERT_EQUAL(sum_metric(p, "none", YOKE_METRIC_TASKS), 0.0);
    CU_ASSERT_EQUAL(yoke_profile_metric(p, "no such column"), -1);
    yoke_profile_destroy(p);
}

static void recurse(int depth) {
    if (!depth) return;
    yoke_region_begin("deep");
    recurse(depth - 1);
    yoke_region_end("deep");
}

TEST(deep_and_many_regions_are_folded) {
    static char names[5000][16];
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    recurse(300);
    recurse(300);
    for (int i = 0; i < 5000; i++) {
        snprintf(names[i], sizeof names[i], "n%d", i);
        yoke_region_begin(names[i]);
        yoke_region_work(1, 0);
        yoke_region_end(names[i]);
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT(p->region_count <= 4097);
    CU_ASSERT_EQUAL(sum_cells(p, "deep").calls, 2);
    CU_ASSERT_EQUAL(sum_cells(p, "n7").calls, 1);
    CU_ASSERT_EQUAL(sum_metric(p, "", YOKE_METRIC_FLOPS), 5000.0);
    CU_ASSERT_PTR_NOT_NULL(strstr(p->notes, "calls are folded"));
    yoke_profile_destroy(p);
}

TEST(the_longest_spans_stay) {
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.spans = 64}) == YOKE_OK);
    for (int i = 0; i < 500; i++) {
        yoke_region_begin(i % 50 ? "short" : "long");
        if (i % 50 == 0) pass_ms(3);
        yoke_region_end(i % 50 ? "short" : "long");
    }
    yoke_profile *p = stop_measuring();
    int found = 0, region = find_region(p, "long");
    for (size_t i = 0; i < p->span_count; i++) found += p->spans[i].region == region;
    CU_ASSERT_EQUAL(found, 10);
    CU_ASSERT(p->span_count <= 64);
    CU_ASSERT_EQUAL(p->span_count + p->spans_lost, 500);
    CU_ASSERT_EQUAL(sum_cells(p, "short").calls, 490);
    yoke_profile_destroy(p);
}

/* ---- threads ---- */

enum { THREADS = 8, CALLS = 2000 };

static void *work_in_regions(void *ctx) {
    const int *calls = ctx;
    yoke_region_begin("thread");
    for (int i = 0; i < *calls; i++) {
        yoke_region_begin(i % 3 ? "a" : "b");
        yoke_region_work(1, 2);
        yoke_region_end(i % 3 ? "a" : "b");
    }
    yoke_region_end("thread");
    return NULL;
}

static void check_threads(const yoke_profile *p, int threads, int calls) {
    uint64_t each_b = (uint64_t)(calls + 2) / 3, n = (uint64_t)threads;
    CU_ASSERT_EQUAL(sum_cells(p, "thread").calls, n);
    CU_ASSERT_EQUAL(sum_cells(p, "thread/b").calls, n * each_b);
    CU_ASSERT_EQUAL(sum_cells(p, "thread/a").calls, n * ((uint64_t)calls - each_b));
    CU_ASSERT_EQUAL(sum_metric(p, "thread", YOKE_METRIC_BYTES), 2.0 * threads * calls);
}

TEST(threads_that_end_keep_their_figures) {
    int calls = CALLS;
    pthread_t threads[THREADS];
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    for (int i = 0; i < THREADS; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, work_in_regions, &calls));
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(p->thread_count, THREADS + 1);
    CU_ASSERT_EQUAL(p->threads[0].tid, (long)getpid());
    check_threads(p, THREADS, CALLS);
    yoke_profile_destroy(p);
}

TEST(one_after_another_they_are_different_threads) {
    int calls = 3;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        REQUIRE(!pthread_create(&thread, NULL, work_in_regions, &calls));
        pthread_join(thread, NULL);
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(p->thread_count, 21);
    check_threads(p, 20, calls);
    yoke_profile_destroy(p);
}

TEST(nested_parallel_regions_of_openmp) {
    omp_set_max_active_levels(2);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
#pragma omp parallel num_threads(2)
    {
        yoke_region_begin("outer");
#pragma omp parallel num_threads(2)
        for (int i = 0; i < 100; i++) {
            yoke_region_begin("inner");
            yoke_region_end("inner");
        }
        yoke_region_end("outer");
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_cells(p, "outer").calls, 2);
    CU_ASSERT_EQUAL(sum_cells(p, "outer/inner").calls + sum_cells(p, "inner").calls, 400);
    yoke_profile_destroy(p);
}

static atomic_bool end;
static atomic_ulong begun;

static void work_once(void) {
    yoke_region_begin("outer");
    for (int j = 0; j < 10; j++) {
        yoke_region_begin("inner");
        yoke_region_work(1, 0);
        yoke_region_end("inner");
    }
    atomic_fetch_add(&begun, 1);
    yoke_region_end("outer");
}

static void *work_until_the_end(void *ctx) {
    (void)ctx;
    while (!atomic_load(&end)) work_once();
    return NULL;
}

/* Whatever moment it is, cells are whole: every call of the outer region but those that are open
 * has ten of the inner one. */
TEST(stopping_while_threads_are_inside) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, work_until_the_end, NULL));
    for (int round = 0; round < (int)test_size(100, 30); round++) {
        REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
        unsigned long seen = atomic_load(&begun);
        while (atomic_load(&begun) < seen + 20) sched_yield();
        yoke_profile *p = stop_measuring();
        cell_sum outer = sum_cells(p, "outer"), inner = sum_cells(p, "outer/inner");
        CU_ASSERT(inner.calls <= 10 * outer.calls && inner.calls + 3 * 10 >= 10 * outer.calls);
        CU_ASSERT(sum_metric(p, "outer/inner", YOKE_METRIC_FLOPS) <= (double)inner.calls);
        yoke_profile_destroy(p);
    }
    atomic_store(&end, true);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
}

/* ---- fork ---- */

enum { SPANS = 32 };

static int child(void) {
    yoke_profile *p = NULL;
    yoke_region_end("before");
    if (yoke_measure_stop(&p) != YOKE_EINVAL) return 1;
    if (yoke_measure_start(NULL) != YOKE_OK) return 2;
    yoke_region_begin("in the child");
    yoke_region_end("in the child");
    if (yoke_measure_stop(&p) != YOKE_OK) return 3;
    int count = (int)p->region_count;
    yoke_profile_destroy(p);
    return count == 2 ? 0 : 4;
}

static atomic_bool filled;

/* After this the thread allocates no more: its tree has a cell for every CPU, and its spans their
 * room. A child whose parent forks while a thread is in the allocator of AddressSanitizer would
 * find that locked for ever. */
static void *fill_and_work(void *ctx) {
    cpu_set_t allowed;
    bool well = sched_getaffinity(0, sizeof allowed, &allowed) == 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && well; cpu++) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (!CPU_ISSET(cpu, &allowed) || sched_setaffinity(0, sizeof one, &one) != 0) continue;
        for (int i = 0; i < SPANS; i++) work_once();
    }
    sched_setaffinity(0, sizeof allowed, &allowed);
    atomic_store(&filled, true);
    return work_until_the_end(ctx);
}

TEST(the_child_of_a_fork_is_not_measured) {
    pthread_t thread;
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.spans = SPANS}) == YOKE_OK);
    REQUIRE(!pthread_create(&thread, NULL, fill_and_work, NULL));
    while (!atomic_load(&filled)) sched_yield();
    yoke_region_begin("before");
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(child());
        int status = -1;
        waitpid(pid, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
    }
    yoke_region_end("before");
    atomic_store(&end, true);
    pthread_join(thread, NULL);
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_cells(p, "before").calls, 1);
    CU_ASSERT_PTR_NULL(strstr(p->notes, "nesting"));
    yoke_profile_destroy(p);
}

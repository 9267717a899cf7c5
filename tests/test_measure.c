/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's figures in profiles: where they were read, that they are right there, and that what
 * was not read is not nought.
 */
#include "yoke/measure.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/profile_use.h"
#include "yoke/deadline.h"

static void work_ms(int ms) {
    yoke_deadline end = yoke_deadline_in(ms * 1e-3);
    while (!yoke_deadline_passed(end)) continue;
}

static void sleep_ms(int ms) {
    struct timespec span = {0, ms * 1000000L};
    nanosleep(&span, NULL);
}

static yoke_source source_of(const yoke_profile *p, const char *metric) {
    int column = yoke_profile_metric(p, metric);
    REQUIRE(column >= 0);
    return p->metrics[column].source;
}

TEST(work_and_sleep_differ_in_their_figures) {
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("work");
    work_ms(30);
    yoke_region_end("work");
    yoke_region_begin("sleep");
    for (int i = 0; i < 10; i++) sleep_ms(3);
    yoke_region_end("sleep");
    yoke_profile *p = stop_measuring();
    cell_sum work = sum_cells(p, "work"), sleep = sum_cells(p, "sleep");
    double work_cpu = sum_metric(p, "work", YOKE_METRIC_CPU_TIME);
    double work_wait = sum_metric(p, "work", YOKE_METRIC_QUEUE_WAIT);
    CU_ASSERT_EQUAL(work.read, 1);
    CU_ASSERT_EQUAL(sleep.read, 1);
    /* It ran, or waited for a processor; where the host takes time away it did neither. */
    CU_ASSERT(work_cpu > 0 && work_cpu <= work.wall + 1e-3);
    CU_ASSERT(!yoke_is_measured(work_wait) || work_cpu + work_wait > 0.3 * work.wall);
    CU_ASSERT(sum_metric(p, "sleep", YOKE_METRIC_CPU_TIME) < 0.3 * sleep.wall);
    CU_ASSERT(sum_metric(p, "sleep", YOKE_METRIC_VOLUNTARY_SWITCHES) >= 10);
    CU_ASSERT_EQUAL(source_of(p, YOKE_METRIC_VOLUNTARY_SWITCHES), YOKE_SOURCE_KERNEL);
    CU_ASSERT(sum_metric(p, "", YOKE_METRIC_VOLUNTARY_SWITCHES) >= 10);
    yoke_profile_destroy(p);
}

TEST(page_faults_are_those_of_the_region) {
    enum { PAGES = 64, HALF = PAGES / 2 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory =
        mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    madvise(memory, PAGES * page, MADV_NOHUGEPAGE);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("touch");
    for (size_t i = 0; i < PAGES; i++) memory[i * page] = 1;
    yoke_region_end("touch");
    yoke_region_begin("again");
    for (size_t i = 0; i < PAGES; i++) memory[i * page] = 2;
    yoke_region_end("again");
    yoke_profile *p = stop_measuring();
    munmap(memory, PAGES * page);
    CU_ASSERT(sum_metric(p, "touch", YOKE_METRIC_MINOR_FAULTS) >= PAGES);
    CU_ASSERT(sum_metric(p, "again", YOKE_METRIC_MINOR_FAULTS) < HALF);
    CU_ASSERT(yoke_is_measured(sum_metric(p, "", YOKE_METRIC_MAJOR_FAULTS)));
    yoke_profile_destroy(p);
}

TEST(short_regions_are_not_read) {
    enum { CALLS = 100000 };
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    yoke_region_begin("outer");
    for (int i = 0; i < CALLS; i++) {
        yoke_region_begin("short");
        yoke_region_end("short");
    }
    yoke_region_end("outer");
    yoke_profile *p = stop_measuring();
    cell_sum inside = sum_cells(p, "outer/short");
    CU_ASSERT_EQUAL(inside.calls, CALLS);
    CU_ASSERT(inside.read < CALLS / 100);
    CU_ASSERT_EQUAL(sum_cells(p, "outer").read, 1);
    CU_ASSERT(yoke_is_measured(sum_metric(p, "outer", YOKE_METRIC_CPU_TIME)));
    for (size_t i = 0; i < p->cell_count; i++) {
        const yoke_cell *cell = &p->cells[i];
        if (cell->read) continue;
        CU_ASSERT(!yoke_is_measured(cell->values[yoke_profile_metric(p, YOKE_METRIC_CPU_TIME)]));
    }
    yoke_profile_destroy(p);
}

TEST(a_source_is_left_alone) {
    unsigned software = 1u << YOKE_SOURCE_PERF_SOFTWARE, kernel = 1u << YOKE_SOURCE_KERNEL;
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.without = software}) == YOKE_OK);
    yoke_region_begin("work");
    work_ms(2);
    yoke_region_end("work");
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(yoke_profile_metric(p, YOKE_METRIC_MIGRATIONS), -1);
    CU_ASSERT_EQUAL(source_of(p, YOKE_METRIC_CPU_TIME), YOKE_SOURCE_KERNEL);
    CU_ASSERT(sum_metric(p, "work", YOKE_METRIC_CPU_TIME) > 0);
    yoke_profile_destroy(p);
    REQUIRE(yoke_measure_start(&(yoke_measure_options){.without = software | kernel}) == YOKE_OK);
    p = stop_measuring();
    CU_ASSERT_EQUAL(yoke_profile_metric(p, YOKE_METRIC_CPU_TIME), -1);
    yoke_profile_destroy(p);
}

static atomic_bool begun, end;

static void *work_beside(void *ctx) {
    yoke_region_begin("beside");
    atomic_store(&begun, true);
    while (!atomic_load(&end)) work_ms(1), sleep_ms(1);
    yoke_region_end("beside");
    return ctx;
}

/* Its region is still open when another thread stops. */
TEST_WITH_LIMIT(figures_of_a_thread_that_runs_on, 20) {
    for (int without = 0; without < 2; without++) {
        unsigned sources = without ? 1u << YOKE_SOURCE_PERF_SOFTWARE : 0;
        pthread_t thread;
        atomic_store(&begun, false);
        atomic_store(&end, false);
        REQUIRE(yoke_measure_start(&(yoke_measure_options){.without = sources}) == YOKE_OK);
        REQUIRE(!pthread_create(&thread, NULL, work_beside, NULL));
        while (!atomic_load(&begun)) sleep_ms(1);
        sleep_ms(40);
        yoke_profile *p = stop_measuring();
        atomic_store(&end, true);
        pthread_join(thread, NULL);
        CU_ASSERT_EQUAL(sum_cells(p, "beside").calls, 1);
        CU_ASSERT_EQUAL(sum_cells(p, "beside").read, 1);
        CU_ASSERT(sum_metric(p, "beside", YOKE_METRIC_CPU_TIME) > 0);
        CU_ASSERT(sum_metric(p, "beside", YOKE_METRIC_VOLUNTARY_SWITCHES) > 0);
        CU_ASSERT(sum_metric(p, "beside", YOKE_METRIC_MINOR_FAULTS) >= 0);
        yoke_profile_destroy(p);
    }
}

static void *one_region(void *arg) {
    yoke_region_begin("short-lived");
    work_ms(2);
    yoke_region_end("short-lived");
    return arg;
}

/* With so few files one thread beside this one gets them, and they are given back. */
TEST(threads_one_after_another_all_have_figures) {
    enum { THREADS = 8 };
    struct rlimit files;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = 64;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &files) == 0);
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, one_region, NULL) == 0);
        pthread_join(thread, NULL);
    }
    yoke_profile *p = stop_measuring();
    CU_ASSERT_EQUAL(sum_cells(p, "short-lived").read, THREADS);
    CU_ASSERT_PTR_NULL(strstr(p->notes, "threads have no figures"));
    yoke_profile_destroy(p);
}

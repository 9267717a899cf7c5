/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters, extremes and histograms when memory is short.
 */
#include <pthread.h>
#include <stdlib.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/extreme.h"
#include "yoke/histogram.h"

static int use_counter(void *ctx) {
    (void)ctx;
    yoke_counter *counter;
    YOKE_TRY(yoke_counter_create(NULL, &counter));
    yoke_counter_add(counter, 1);
    int64_t value = 0;
    int status = yoke_counter_snapshot(counter, 0, &value);
    CU_ASSERT_EQUAL(value, 1);
    yoke_counter_destroy(counter);
    return status;
}

static int use_extreme(void *ctx) {
    (void)ctx;
    yoke_extreme *extreme;
    YOKE_TRY(yoke_extreme_create(NULL, &extreme));
    yoke_extreme_note(extreme, 1);
    CU_ASSERT_EQUAL(yoke_extreme_read_relaxed(extreme), 1);
    yoke_extreme_destroy(extreme);
    return YOKE_OK;
}

static int use_histogram(void *ctx) {
    (void)ctx;
    yoke_histogram *histogram;
    yoke_distribution *distribution = NULL;
    YOKE_TRY(yoke_histogram_create(NULL, &histogram));
    yoke_histogram_record(histogram, 1);
    int status = yoke_distribution_create(NULL, &distribution);
    if (status >= 0) status = yoke_histogram_snapshot(histogram, distribution);
    yoke_distribution_destroy(distribution);
    yoke_histogram_destroy(histogram);
    return status;
}

TEST(nothing_leaks_without_memory) {
    CU_ASSERT_EQUAL(inject_each_allocation(use_counter, NULL, YOKE_ENOMEM), 1);
    CU_ASSERT_EQUAL(inject_each_allocation(use_extreme, NULL, YOKE_ENOMEM), 2);
    CU_ASSERT_EQUAL(inject_each_allocation(use_histogram, NULL, YOKE_ENOMEM), 3);
}

enum { OTHERS = 64 };
static pthread_barrier_t ready, end;

static void *take_index(void *ctx) {
    if (yoke_thread_index() < 0) abort();
    pthread_barrier_wait(&ready);
    pthread_barrier_wait(&end);
    return ctx;
}

/* The registry has room for 64 threads before it allocates. */
TEST(threads_without_an_index_add_to_the_shared_cells) {
    pthread_t threads[OTHERS];
    yoke_counter_options options = {2, 128};
    yoke_counter *counter = NULL;
    yoke_extreme *extreme = NULL;
    REQUIRE(yoke_counter_create(&options, &counter) == YOKE_OK);
    REQUIRE(yoke_extreme_create(NULL, &extreme) == YOKE_OK);
    pthread_barrier_init(&ready, NULL, OTHERS + 1);
    pthread_barrier_init(&end, NULL, OTHERS + 1);
    for (int i = 0; i < OTHERS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, take_index, NULL) == 0);
    }
    pthread_barrier_wait(&ready);
    inject_fail_allocation(1);
    yoke_counter_add_at(counter, 1, 5);
    CU_ASSERT(inject_happened());
    inject_fail_allocation(1);
    yoke_counter_local local = yoke_counter_here(counter);
    CU_ASSERT(inject_happened() && !local.cells);
    inject_fail_allocation(1);
    yoke_counter_local_add(local, 1, 7);
    CU_ASSERT(inject_happened());
    inject_fail_allocation(1);
    yoke_extreme_note(extreme, 9);
    CU_ASSERT(inject_happened());
    inject_reset();
    CU_ASSERT_EQUAL(yoke_counter_read_relaxed(counter, 1), 12);
    CU_ASSERT_EQUAL(yoke_extreme_read_relaxed(extreme), 9);
    yoke_counter_add_at(counter, 1, 1); /* now it gets an index */
    CU_ASSERT_EQUAL(yoke_thread_index(), OTHERS);
    int64_t value = 0;
    CU_ASSERT_EQUAL(yoke_counter_snapshot(counter, 1, &value), YOKE_OK);
    CU_ASSERT_EQUAL(value, 13);
    pthread_barrier_wait(&end);
    for (int i = 0; i < OTHERS; i++) pthread_join(threads[i], NULL);
    yoke_counter_destroy(counter);
    yoke_extreme_destroy(extreme);
}

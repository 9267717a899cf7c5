/* SPDX-License-Identifier: Apache-2.0
 *
 * Each allocation of a large sort failing: the strings stay as they were.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/inject.h"
#include "yoke/sort_strings.h"

enum { N = 200000 };

static int sort_shuffled(void *ctx) {
    yoke_string *strings = ctx;
    static char bytes[N][8];
    for (size_t i = 0; i < N; i++) {
        snprintf(bytes[i], sizeof *bytes, "%06zu", i * 7919 % N);
        strings[i] = (yoke_string){bytes[i], 6};
    }
    int status = yoke_sort_strings(strings, N, &(yoke_run){.threads = 2});
    size_t last = status < 0 ? 7919 : 1;
    CU_ASSERT_EQUAL(strtoul(strings[1].data, NULL, 10), last);
    return status;
}

TEST(no_memory_leaves_the_strings) {
    yoke_string *strings = malloc(N * sizeof *strings);
    CU_ASSERT(inject_each_allocation(sort_shuffled, strings, YOKE_ENOMEM) >= 3);
    free(strings);
}

static int reference(void *ctx) {
    yoke_string strings[2] = {{"b", 1}, {"a", 1}};
    uint64_t order[2];
    (void)ctx;
    YOKE_TRY(yoke_argsort_strings_ref(strings, 2, order));
    return yoke_sort_strings_ref(strings, 2);
}

TEST(no_memory_for_the_reference) {
    CU_ASSERT_EQUAL(inject_each_allocation(reference, NULL, YOKE_ENOMEM), 2);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every load when memory is short: each allocation of a run fails once.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/load.h"
#include "yoke/roof.h"

static int use(const yoke_load *load, yoke_load_run *run) {
    YOKE_TRY(load->prepare(run));
    if (load->renew) YOKE_TRY(load->renew(run));
    YOKE_TRY(load->repeat(run));
    return load->check(run);
}

static int whole_life(void *ctx) {
    const yoke_load *load = ctx;
    yoke_run how = {.threads = 2};
    bool cheap = load->size >= 1 << 20; /* an item */
    size_t small = cheap && strcmp(load->group, "pipeline") ? 200 : 4;
    yoke_load_run run = {
        .size = load->least > small ? load->least : small, .grain = 1e-7, .run = &how};
    int status = use(load, &run);
    load->finish(&run);
    CU_ASSERT_PTR_NULL(run.state);
    return status < 0 ? status : YOKE_OK;
}

static void check_group(const char *group) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(loads[i]->group, group)) continue;
        CU_ASSERT(inject_each_allocation(whole_life, (void *)loads[i], YOKE_ENOMEM) > 0);
    }
}

#define GROUP(name)                                                                                \
    TEST(name) { check_group(#name); }
GROUP(access)
GROUP(actor)
GROUP(bins)
GROUP(compress)
GROUP(mapreduce)
GROUP(move)
GROUP(nbody)
GROUP(overhead)
GROUP(pipeline)
GROUP(pool)
GROUP(reduce)
GROUP(aio)
GROUP(resource)
GROUP(scan)
GROUP(sort)
GROUP(sparse)
GROUP(stencil)
GROUP(stream)
GROUP(summary)
GROUP(task)
TEST(choices) { check_group("select"); }
TEST(numbers) { check_group("random"); }

static int measure_roof(void *ctx) {
    yoke_roof roof = {.bytes = 7};
    (void)ctx;
    int status = yoke_roof_measure(&(yoke_run){.threads = 2}, 0.01, &roof);
    CU_ASSERT((roof.bytes == 7) == (status < 0));
    return status;
}

TEST_WITH_LIMIT(roof, 60) {
    REQUIRE(setenv("PATH", "/nowhere", 1) == 0); /* likwid-bench has memory of its own */
    CU_ASSERT(inject_each_allocation(measure_roof, NULL, YOKE_ENOMEM) > 0);
}

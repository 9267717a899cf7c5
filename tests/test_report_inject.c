/* SPDX-License-Identifier: Apache-2.0
 *
 * Efficiencies and reports when memory is short: nothing or all, and nothing leaks.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "tests/profile_made.h"
#include "yoke/report.h"

static made_profile made;

static int drop(void *ctx, const char *bytes, size_t size) {
    (void)bytes;
    *(size_t *)ctx += size;
    return 0;
}

static int efficiency(void *ctx) {
    yoke_efficiency e = {.threads = -7};
    int status = yoke_efficiency_read(ctx, 0, &e);
    CU_ASSERT_EQUAL(e.threads, status == YOKE_OK ? 2 : -7);
    return status;
}

TEST(efficiencies) {
    CU_ASSERT(inject_each_allocation(efficiency, made_example(&made), YOKE_ENOMEM) > 3);
}

static int json(void *ctx) {
    size_t size = 0;
    return yoke_report_json(ctx, NULL, drop, &size);
}

TEST(reports) {
    yoke_profile *profile = made_example(&made);
    CU_ASSERT(inject_each_allocation(json, profile, YOKE_ENOMEM) > 3);
}

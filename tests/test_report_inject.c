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

static yoke_report_fn *report;

static int write_report(void *ctx) {
    size_t size = 0;
    yoke_report_options options = {.trace_bytes = 300, .timeline_of_cores = true};
    return report(ctx, &options, drop, &size);
}

TEST(reports) {
    static yoke_report_fn *const reports[] = {yoke_report_text, yoke_report_json,
                                              yoke_report_trace};
    yoke_profile *profile = made_example(&made);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        report = reports[i];
        CU_ASSERT(inject_each_allocation(write_report, profile, YOKE_ENOMEM) > 3);
    }
}

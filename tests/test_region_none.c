/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that is compiled without regions: its calls are constants to the compiler, and leave
 * nothing in a profile that is made meanwhile. What makes profiles is linked here as it is in a
 * library that was compiled without them, too: reports say so.
 */
#define YOKE_NO_REGIONS
#include "yoke/region.h"

#include "tests/harness.h"
#include "tests/profile_use.h"
#include "tests/report_text.h"

_Static_assert(YOKE_REGIONS_ON_ == 0, "the branch to the recorder is never taken");

TEST(nothing_is_left_of_the_calls) {
    yoke_profile *profile = NULL;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    CU_ASSERT(yoke_regions_on_ != 0);
    yoke_region_begin("gone");
    yoke_region_begin_as("gone as well", YOKE_ACTIVITY_WAIT);
    yoke_region_work(1, 1);
    yoke_region_end("gone as well");
    yoke_region_end("gone");
    REQUIRE(yoke_measure_stop(&profile) == YOKE_OK);
    CU_ASSERT_EQUAL(profile->region_count, 1);
    CU_ASSERT(!yoke_is_measured(sum_metric(profile, "", YOKE_METRIC_FLOPS)));
    yoke_profile_destroy(profile);
}

static void expect_note(const yoke_profile *p, yoke_report_fn *report) {
    report_text text = {NULL, 0};
    int status = report(p, &(yoke_report_options){.width = 400}, report_catch, &text);
    if (status != YOKE_EUNSUPPORTED) { /* a build without the page */
        CU_ASSERT_EQUAL_FATAL(status, 0);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(text.text, "regions: libyoke was compiled without them (YOKE_NO_REGIONS)"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text.text, "regions: none began, or they are in files"));
    }
    free(text.text);
}

TEST(reports_say_that_regions_were_compiled_out) {
    yoke_profile *p = NULL;
    REQUIRE(yoke_measure_start(NULL) == YOKE_OK);
    REQUIRE(yoke_measure_stop(&p) == YOKE_OK);
    expect_note(p, yoke_report_text);
    expect_note(p, yoke_report_json);
    expect_note(p, yoke_report_html);
    static const char *const counts[] = {YOKE_METRIC_TASKS, YOKE_METRIC_STEALS, YOKE_METRIC_BLOCKS,
                                         YOKE_METRIC_SLEEPS};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        CU_ASSERT(!yoke_is_measured(sum_metric(p, "", counts[i])));
    yoke_profile_destroy(p);
}

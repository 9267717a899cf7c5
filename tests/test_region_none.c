/* SPDX-License-Identifier: Apache-2.0
 *
 * A file that is compiled without regions: its calls are constants to the compiler, and leave
 * nothing in a profile that is made meanwhile.
 */
#define YOKE_NO_REGIONS
#include "yoke/region.h"

#include "tests/harness.h"
#include "tests/profile_use.h"

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

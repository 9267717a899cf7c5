/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring without memory: whichever allocation fails, the program goes on, starting or stopping
 * fails with a status or the profile is whole and says what it lacks, and nothing leaks.
 */
#include <errno.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "tests/profile_use.h"
#include "yoke/team.h"

static int enter_regions(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member, (void)ctx;
    for (int i = 0; i < 100; i++) {
        yoke_region_begin("a");
        yoke_region_begin("b");
        yoke_region_work(1, 1);
        yoke_region_end("b");
        yoke_region_end("a");
    }
    return YOKE_OK;
}

static int run_measured(void *ctx) {
    (void)ctx;
    yoke_profile *profile = NULL;
    YOKE_TRY(yoke_measure_start(&(yoke_measure_options){.program = "inject", .spans = 100}));
    int ran = yoke_team_run(2, enter_regions, NULL);
    int status = yoke_measure_stop(&profile);
    CU_ASSERT_EQUAL(ran, YOKE_OK);
    if (status < 0) return status;
    check_profile(profile);
    CU_ASSERT(sum_cells(profile, "").calls <= 2);
    yoke_profile_destroy(profile);
    return YOKE_OK;
}

TEST(memory_may_run_out) { CU_ASSERT(inject_each_allocation(run_measured, NULL, YOKE_ENOMEM) > 3); }

/* What cannot be opened or read is not measured. */
TEST(files_may_not_be_read) {
    CU_ASSERT_EQUAL(inject_each_io(run_measured, NULL, EIO, YOKE_EIO), 0);
}

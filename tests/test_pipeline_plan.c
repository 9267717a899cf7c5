/* SPDX-License-Identifier: Apache-2.0
 *
 * The batch: measured, given, bounded, and kept in a plan; and the text of a report.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/pipeline_use.h"

static yoke_pipeline_report report;

static int run_with(size_t items, const yoke_pipeline_options *options) {
    numbers source = {0, items};
    notes sink = {0};
    yoke_stage stages[] = {
        {.name = "numbers", .run = give_number, .state = &source},
        {.name = "twice", .run = twice},
        {.name = "note", .kind = YOKE_STAGE_IN_ORDER, .run = note, .state = &sink},
    };
    yoke_pipeline_options with = *options;
    with.report = &report;
    int status = yoke_pipeline_run(stages, 3, &with);
    if (status >= 0) CU_ASSERT_EQUAL(sink.count, items);
    notes_fini(&sink);
    return status;
}

TEST(a_batch_is_measured_and_explained) {
    CU_ASSERT_EQUAL(run_with(100000, &(yoke_pipeline_options){.workers = 2}), YOKE_OK);
    CU_ASSERT(report.batch >= 1);
    CU_ASSERT(strstr(report.batch_why, "an item takes ") != NULL);
    yoke_pipeline_report_fini(&report);
    CU_ASSERT_EQUAL(run_with(0, &(yoke_pipeline_options){0}), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "not settled: no batch has ended");
    yoke_pipeline_report_fini(&report);
}

TEST(a_batch_that_is_given_stands) {
    CU_ASSERT_EQUAL(run_with(1000, &(yoke_pipeline_options){.batch = 7}), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 7);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "given");
    yoke_pipeline_report_fini(&report);
    CU_ASSERT_EQUAL(run_with(1000, &(yoke_pipeline_options){.batch = 70, .items = 20}), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 20);
    yoke_pipeline_report_fini(&report);
}

static char *content(const char *path) {
    static char text[256];
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

TEST(a_plan_is_written_once_and_obeyed) {
    char path[512], expected[128];
    snprintf(path, sizeof path, "%s/plan", test_directory());
    yoke_pipeline_options options = {.workers = 2, .plan = path};
    CU_ASSERT_EQUAL(run_with(50000, &options), YOKE_OK);
    snprintf(expected, sizeof expected, "yoke plan 1: pipeline of 3 parts, batch %zu\n",
             report.batch);
    CU_ASSERT_STRING_EQUAL(content(path), expected);
    yoke_pipeline_report_fini(&report);
    const char *mine = "yoke plan 1: pipeline of 3 parts, batch 12\n";
    options.plan = test_file("mine", mine, strlen(mine));
    CU_ASSERT_EQUAL(run_with(50000, &options), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 12);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "from the plan");
    CU_ASSERT_STRING_EQUAL(content(options.plan), mine);
    yoke_pipeline_report_fini(&report);
    options.items = 8; /* a bound goes before the plan */
    CU_ASSERT_EQUAL(run_with(50000, &options), YOKE_OK);
    CU_ASSERT_EQUAL(report.batch, 2);
    CU_ASSERT_STRING_EQUAL(report.batch_why, "from the plan, lowered to the most allowed");
    yoke_pipeline_report_fini(&report);
}

TEST(a_plan_that_is_none_is_refused) {
    static const char *const wrong[] = {
        "",
        "batch 7\n",
        "yoke plan 2: pipeline of 3 parts, batch 7\n",
        "yoke plan 1: pipeline of 4 parts, batch 7\n",
        "yoke plan 1: batch of 3 parts, batch 7\n",
        "yoke plan 1: pipeline of 3 parts, batch 0\n",
        "yoke plan 1: pipeline of 3 parts, batch -7\n",
        "yoke plan 1: pipeline of 3 parts, batch 7",
        "yoke plan 1: pipeline of 3 parts, batch 7 \n",
        "yoke plan 1: pipeline of 3 parts, batch 7\n\n",
        "yoke plan 1: pipeline of 3 parts, batch 99999999999999999999999\n",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        const char *path = test_file("wrong", wrong[i], strlen(wrong[i]));
        CU_ASSERT_EQUAL(run_with(10, &(yoke_pipeline_options){.plan = path}), YOKE_EDATA);
        CU_ASSERT(strstr(yoke_error_detail(), "this is not a plan of a pipeline of 3 parts") !=
                  NULL);
    }
    CU_ASSERT_EQUAL(run_with(10, &(yoke_pipeline_options){.plan = test_directory()}), YOKE_EIO);
    CU_ASSERT_EQUAL(run_with(50000, &(yoke_pipeline_options){.plan = "/nowhere/plan"}), YOKE_EIO);
}

/* ---- the report */

TEST(a_report_has_a_line_for_each_stage) {
    char text[4096];
    CU_ASSERT_EQUAL(run_with(5000, &(yoke_pipeline_options){.workers = 2, .batch = 10}), YOKE_OK);
    size_t length = yoke_pipeline_report_write(&report, text, sizeof text);
    CU_ASSERT_EQUAL(length, strlen(text));
    CU_ASSERT(strstr(text, "s with 2 workers, ") != NULL);
    CU_ASSERT(strstr(text, "batches of 10: given\n") != NULL);
    CU_ASSERT(strstr(text, "  numbers          parallel  in 0, out 5000; ") != NULL);
    CU_ASSERT(strstr(text, "  twice            parallel  in 5000, out 5000; ") != NULL);
    CU_ASSERT(strstr(text, "  note             in order  in 5000, out 5000; ") != NULL);
    CU_ASSERT(strstr(text, " limits: twice as fast ") != NULL);
    char part[64];
    CU_ASSERT_EQUAL(yoke_pipeline_report_write(&report, part, sizeof part), length);
    CU_ASSERT_EQUAL(memcmp(part, text, sizeof part - 1), 0);
    CU_ASSERT_EQUAL(yoke_pipeline_report_write(&report, NULL, 0), length);
    CU_ASSERT(report.elapsed > 0 && report.reached > 0 && report.limiting < 3);
    yoke_pipeline_report_fini(&report);
    yoke_pipeline_report_fini(&report);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports for people: what a small run looks like, to the letter, and what no name and no number
 * may break.
 */
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>

#include "tests/profile_made.h"
#include "tests/report_text.h"

static made_profile made;

static report_text caught(const yoke_report_options *options) {
    report_text to = {0};
    REQUIRE(yoke_report_text(&made.profile, options, report_catch, &to) == YOKE_OK);
    REQUIRE(to.text != NULL);
    return to;
}

static void expect(const yoke_report_options *options, const char *expected) {
    report_text to = caught(options);
    CU_ASSERT_STRING_EQUAL(to.text, expected);
    free(to.text);
}

static const yoke_report_options in_utf8 = {.letters = YOKE_LETTERS_UTF8};

static bool has(const char *part) {
    report_text to = caught(&in_utf8);
    bool found = strstr(to.text, part) != NULL;
    free(to.text);
    return found;
}

/* ---- to the letter ---- */

/* clang-format off */
/* From the efficiencies on, both widths read alike. */
#define END_OF_REPORT \
    "\n" \
    "efficiencies of what ran on several threads\n" \
    "                   parallel     load\n" \
    "region  threads  efficiency  balance  serialisation  transfer\n" \
    "run           2      59.4 %   90.5 %         75.0 %    87.5 %\n" \
    "  loop        2      70.0 %   87.5 %         88.9 %    90.0 %\n" \
    "\n" \
    "waits by cause\n" \
    "waiting      in\n" \
    "for      region  times  threads      wall\n" \
    "                  yoke     yoke      yoke\n" \
    "mutex      loop      1        1  125.0 ms\n" \
    "\n" \
    "locks\n" \
    "               found                all   longest      mean   longest\n" \
    "lock   taken    held  threads     waits      wait      hold      hold\n" \
    "        yoke    yoke     yoke      yoke      yoke      yoke      yoke\n" \
    "table  1,000  25.0 %        2  125.0 ms  62.50 ms  312.5 us  15.62 ms\n" \
    "\n" \
    "figures of objects, over all their parts\n" \
    "object        figure      value\n" \
    "                           yoke\n" \
    "pool workers  steals          8\n" \
    "cache           hits  1,234,567\n" \
    "\n" \
    "note        hardware counters: not permitted\n" \
    "note        the timeline is without the shortest calls, 1 of them\n"

static const char wide[] =
    "run         made, 2 threads, 2.000 s\n"
    "machine     a machine; at most 2 processors: by hand\n"
    "efficiency   59.4 %  parallel efficiency, the product of\n"
    "             90.5 %  load balance\n"
    "             75.0 %  serialisation\n"
    "             87.5 %  transfer\n"
    "limit       Serialisation limits: it costs 21.9 % of the threads' time, most of it in region \"setup\", which\n"
    "            one thread ran alone, 0.500 s.\n"
    "\n"
    "timeline    22.73 ms a column\n"
    "core 0      |######################~~~~~+################.....+################################+     |\n"
    "core 1      |                           +################################+                           |\n"
    "            # work, + half, - little, ~ runtime, . waiting, blank outside of regions\n"
    "\n"
    "                                     outside            run-queue  voluntary\n"
    "core      work   runtime   waiting   regions  CPU time       wait   switches\n"
    "          yoke      yoke      yoke      yoke    kernel     kernel     kernel\n"
    "0      1.625 s  125.0 ms  125.0 ms  125.0 ms   1.750 s   125.0 ms          7\n"
    "1     750.0 ms       0 s       0 s  750.0 ms  750.0 ms        0 s          3\n"
    "\n"
    "regions, summed over their threads; the kernel's figures are of the calls read\n"
    "                               calls\n"
    "region        activity  calls   read  threads      wall      self    useful   waiting      CPU time\n"
    "                         yoke   yoke     yoke      yoke      yoke      yoke      yoke        kernel\n"
    "run               work      2      2        2   3.500 s  875.0 ms  125.0 ms  125.0 ms       2.500 s\n"
    "  setup           work      1      1        1  500.0 ms  500.0 ms  500.0 ms       0 s      500.0 ms\n"
    "  loop            work      3      3        2   2.000 s   1.875 s   1.750 s  125.0 ms       1.750 s\n"
    "    mutex         wait      1      0        1  125.0 ms  125.0 ms       0 s  125.0 ms  not measured\n"
    "  team start   runtime      1      0        1  125.0 ms  125.0 ms       0 s       0 s  not measured\n"
    "\n"
    "                 run-queue     voluntary\n"
    "region                wait      switches\n"
    "                    kernel        kernel\n"
    "run               125.0 ms            10\n"
    "  setup                0 s  not measured\n"
    "  loop            125.0 ms  not measured\n"
    "    mutex     not measured  not measured\n"
    "  team start  not measured  not measured\n"
    END_OF_REPORT;

static const char narrow[] =
    "run         made, 2 threads, 2.000 s\n"
    "machine     a machine; at most 2 processors: by hand\n"
    "efficiency   59.4 %  parallel efficiency, the product of\n"
    "             90.5 %  load balance\n"
    "             75.0 %  serialisation\n"
    "             87.5 %  transfer\n"
    "limit       Serialisation limits: it costs 21.9 % of the threads' time, most of\n"
    "            it in region \"setup\", which one thread ran alone, 0.500 s.\n"
    "\n"
    "timeline    34.48 ms a column; behind it, how much of the run was useful\n"
    "thread 0    |██████████████▄~~~▇██████████···▃█████████████████████▃   |  81.2 %\n"
    "thread 1    |                  ▇████████████████████▇                  |  37.5 %\n"
    "            ▁ to █ work, ~ runtime, · waiting, blank outside of regions\n"
    "\n"
    "                                     outside            run-queue  voluntary\n"
    "core      work   runtime   waiting   regions  CPU time       wait   switches\n"
    "          yoke      yoke      yoke      yoke    kernel     kernel     kernel\n"
    "0      1.625 s  125.0 ms  125.0 ms  125.0 ms   1.750 s   125.0 ms          7\n"
    "1     750.0 ms       0 s       0 s  750.0 ms  750.0 ms        0 s          3\n"
    "\n"
    "regions, summed over their threads; the kernel's figures are of the calls read\n"
    "                               calls\n"
    "region        activity  calls   read  threads      wall      self    useful\n"
    "                         yoke   yoke     yoke      yoke      yoke      yoke\n"
    "run               work      2      2        2   3.500 s  875.0 ms  125.0 ms\n"
    "  setup           work      1      1        1  500.0 ms  500.0 ms  500.0 ms\n"
    "  loop            work      3      3        2   2.000 s   1.875 s   1.750 s\n"
    "    mutex         wait      1      0        1  125.0 ms  125.0 ms       0 s\n"
    "  team start   runtime      1      0        1  125.0 ms  125.0 ms       0 s\n"
    "\n"
    "                                         run-queue     voluntary\n"
    "region         waiting      CPU time          wait      switches\n"
    "                  yoke        kernel        kernel        kernel\n"
    "run           125.0 ms       2.500 s      125.0 ms            10\n"
    "  setup            0 s      500.0 ms           0 s  not measured\n"
    "  loop        125.0 ms       1.750 s      125.0 ms  not measured\n"
    "    mutex     125.0 ms  not measured  not measured  not measured\n"
    "  team start       0 s  not measured  not measured  not measured\n"
    END_OF_REPORT;
/* clang-format on */

TEST(a_small_run) {
    made_example(&made);
    expect(&in_utf8, narrow);
}

TEST(a_wide_terminal_without_utf8) {
    made_example(&made);
    expect(&(yoke_report_options){.width = 110,
                                  .letters = YOKE_LETTERS_ASCII,
                                  .timeline_of_cores = true},
           wide);
}

TEST(letters_by_the_environment) {
    static const struct {
        const char *all, *ctype, *lang;
        bool utf8;
    } cases[] = {
        {NULL, NULL, NULL, false},         {NULL, NULL, "en_US.UTF-8", true},
        {"C", NULL, "en_US.UTF-8", false}, {"", "C.utf8", "C", true},
        {NULL, "C", "C.UTF-8", false},     {"C.UTF-8", "C", "C", true},
    };
    made_example(&made);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
        const char *const values[] = {cases[i].all, cases[i].ctype, cases[i].lang};
        for (int v = 0; v < 3; v++) {
            unsetenv(names[v]);
            if (values[v]) setenv(names[v], values[v], 1);
        }
        report_text to = caught(NULL);
        CU_ASSERT_EQUAL(strstr(to.text, "\xE2\x96\x88") != NULL, cases[i].utf8);
        free(to.text);
    }
}

/* ---- what no report may break on ---- */

static size_t columns_of(const char *line, size_t size) {
    size_t columns = 0;
    for (size_t i = 0; i < size; i++) columns += ((unsigned char)line[i] & 0xC0) != 0x80;
    return columns;
}

/* Figures stand in lines of the width, whatever the names; captions may be longer. */
static void expect_clean(const yoke_report_options *options) {
    report_text to = caught(options);
    for (const char *line = to.text; *line;) {
        size_t size = strcspn(line, "\n");
        CU_ASSERT(columns_of(line, size) <= 96);
        CU_ASSERT(!size || line[size - 1] != ' ');
        for (size_t i = 0; i < size; i++) {
            unsigned char byte = (unsigned char)line[i];
            CU_ASSERT(byte >= 0x20 && byte != 0x7F);
            if (options->letters == YOKE_LETTERS_ASCII) CU_ASSERT(byte < 0x80);
        }
        line += size + 1;
    }
    free(to.text);
}

TEST(adversarial_names) {
    static const char name[] =
        "\"q\"\n\x1B[31m\r\t\xFF\xC0\x80\xC2\x9B\xE2\x82 a rather long name for a region";
    for (int ascii = 0; ascii < 2; ascii++) {
        made_example(&made);
        for (size_t i = 0; i < made.profile.region_count; i++) made.regions[i].name = name;
        for (size_t i = 0; i < made.profile.metric_count; i++) made.metrics[i].name = name;
        made.metrics[0].unit = "\n";
        made.profile.program = made.profile.machine = made.profile.cpu_limit_source = name;
        made.profile.notes = name;
        expect_clean(&(yoke_report_options){
            .letters = ascii ? YOKE_LETTERS_ASCII : YOKE_LETTERS_UTF8, .width = 96});
    }
}

TEST(no_names_at_all) {
    made_example(&made);
    for (size_t i = 0; i < made.profile.region_count; i++) made.regions[i].name = NULL;
    for (size_t i = 0; i < made.profile.metric_count; i++)
        made.metrics[i].name = made.metrics[i].unit = NULL;
    made.profile.program = made.profile.machine = made.profile.cpu_limit_source = NULL;
    made.profile.notes = NULL;
    yoke_profile_figure figure = {.value = 1};
    made.profile.figures = &figure;
    made.profile.figure_count = 1;
    yoke_profile_lock lock = {.kind = NULL};
    made.profile.locks = &lock;
    made.profile.lock_count = 1;
    CU_ASSERT(has("in region \"\""));
}

TEST(nothing_measured) {
    made_begin(&made, 0, 0);
    CU_ASSERT(has("Nothing was measured."));
    CU_ASSERT(has("efficiency  not measured  parallel"));
    CU_ASSERT(has("not measured: CPU time (kernel)"));
}

TEST(what_is_not_measured_is_not_0) {
    made_example(&made);
    for (size_t i = 0; i < made.profile.cell_count; i++) {
        for (int m = 0; m < MADE_METRICS; m++) made.values[i][m] = NAN;
    }
    made.profile.seconds = NAN;
    CU_ASSERT(has("run         made, 2 threads, not measured"));
    CU_ASSERT(has("note        not measured: CPU time (kernel)"));
    CU_ASSERT(!has("run-queue  voluntary"));
}

TEST(infinite_figures) {
    made_example(&made);
    for (size_t i = 0; i < made.profile.cell_count; i++) made.values[i][MADE_SWITCHES] = INFINITY;
    made.metrics[MADE_SWITCHES].unit = "s";
    CU_ASSERT(has("  inf s\n"));
}

TEST(a_thousand_threads) {
    made_begin(&made, 1000, 1);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    for (int i = 0; i < 1000; i++) made_cell(&made, loop, i, 1, 1);
    for (int i = 0; i < 1000; i++) made_span(&made, loop, i, 0, 1000000000);
    CU_ASSERT(has("thread 63 "));
    CU_ASSERT(!has("thread 64 "));
    CU_ASSERT(has("936 more are not shown"));
    CU_ASSERT(has("made, 1000 threads"));
}

TEST(many_regions) {
    char names[MADE_REGIONS][32];
    made_begin(&made, 1, 100);
    for (int r = 1; r < MADE_REGIONS; r++) {
        snprintf(names[r], sizeof names[r], "region %d;", r);
        made_region(&made, names[r], r % 2 ? 0 : r - 1, YOKE_ACTIVITY_WORK);
        made_cell(&made, r, 0, r, r);
    }
    report_text to = caught(&(yoke_report_options){.regions = 10});
    CU_ASSERT(strstr(to.text, "  region 63;") && strstr(to.text, "    region 62;"));
    CU_ASSERT(!strstr(to.text, "region 20;"));
    CU_ASSERT(strstr(to.text, " more regions with ") != NULL);
    free(to.text);
}

TEST(narrow_and_wide) {
    static const int widths[] = {-5, 1, 40, 41, 79, 200, 1000};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        made_example(&made);
        report_text to = caught(&(yoke_report_options){.width = widths[i]});
        CU_ASSERT(to.size > 1000);
        free(to.text);
    }
}

/* ---- the timeline ---- */

/* Time inside an inner span is not the outer's; what is outside of the run's end is cut. */
TEST(spans_inside_spans) {
    made_begin(&made, 1, 1);
    made.profile.threads[0].end_s = 1;
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    int wait = made_region(&made, "mutex", loop, YOKE_ACTIVITY_WAIT);
    int work = made_region(&made, "callback", wait, YOKE_ACTIVITY_WORK);
    made_span(&made, loop, 0, 0, 1000000000);
    made_span(&made, wait, 0, 250000000, 750000000);
    made_span(&made, work, 0, 500000000, 750000000);
    made_span(&made, work, 0, 800000000, 700000000); /* ends before it begins */
    report_text to = caught(&(yoke_report_options){.width = 62, .letters = YOKE_LETTERS_ASCII});
    CU_ASSERT(strstr(to.text, "|##########..........####################|") != NULL);
    free(to.text);
}

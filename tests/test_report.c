/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports for programs, read by an independent reader (jansson), and what is refused.
 */
#include "tests/harness.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/profile_made.h"
#include "tests/report_text.h"
#include "yoke/yoke.h"

static made_profile made;

static report_text caught(yoke_report_fn *report, const yoke_report_options *options) {
    report_text to = {0};
    REQUIRE(report(&made.profile, options, report_catch, &to) == YOKE_OK);
    REQUIRE(to.text != NULL);
    return to;
}

static json_t *parsed(yoke_report_fn *report, const yoke_report_options *options) {
    report_text to = caught(report, options);
    json_error_t error;
    json_t *root = json_loads(to.text, JSON_REJECT_DUPLICATES, &error);
    if (!root) CU_ASSERT_STRING_EQUAL(error.text, "");
    REQUIRE(root != NULL);
    free(to.text);
    return root;
}

static json_t *at(json_t *root, const char *array, size_t index) {
    json_t *found = json_array_get(json_object_get(root, array), index);
    REQUIRE(found != NULL);
    return found;
}

static const char *text(json_t *object, const char *key) {
    const char *found = json_string_value(json_object_get(object, key));
    REQUIRE(found != NULL);
    return found;
}

static double number(json_t *object, const char *key) {
    json_t *found = json_object_get(object, key);
    REQUIRE(json_is_number(found));
    return json_number_value(found);
}

static bool is_null(json_t *object, const char *key) {
    return json_is_null(json_object_get(object, key));
}

/* ---- JSON ---- */

TEST(json_says_all) {
    made_example(&made);
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT_STRING_EQUAL(text(root, "yoke"), YOKE_VERSION);
    CU_ASSERT_STRING_EQUAL(text(root, "program"), "made");
    CU_ASSERT_STRING_EQUAL(text(root, "machine"), "a machine");
    CU_ASSERT_EQUAL(number(json_object_get(root, "cpu_limit"), "cpus"), 2);
    CU_ASSERT_STRING_EQUAL(text(json_object_get(root, "cpu_limit"), "source"), "by hand");
    CU_ASSERT_EQUAL(number(root, "seconds"), 2);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "notes")), 1);
    CU_ASSERT(is_null(json_object_get(root, "roof"), "flops"));
    CU_ASSERT_STRING_EQUAL(text(at(root, "metrics", 1), "name"), "run-queue wait");
    CU_ASSERT_STRING_EQUAL(text(at(root, "metrics", 1), "unit"), "s");
    CU_ASSERT_STRING_EQUAL(text(at(root, "metrics", 1), "source"), "kernel");
    CU_ASSERT(json_is_true(json_object_get(at(root, "metrics", 1), "adds_up")));
    CU_ASSERT_STRING_EQUAL(text(at(root, "regions", 3), "name"), "mutex");
    CU_ASSERT_STRING_EQUAL(text(at(root, "regions", 3), "activity"), "wait");
    CU_ASSERT_EQUAL(number(at(root, "regions", 3), "parent"), 2);
    CU_ASSERT_EQUAL(number(at(root, "threads", 1), "tid"), 1001);
    CU_ASSERT_EQUAL(number(root, "spans_lost"), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_array_get(at(root, "spans", 3), 4)), 1125000000);
    CU_ASSERT_EQUAL(number(at(root, "figures", 2), "value"), 1234567);
    CU_ASSERT_EQUAL(number(at(root, "locks", 0), "contended"), 250);
    CU_ASSERT_EQUAL(number(at(root, "locks", 0), "wait_s"), 0.125);
    json_decref(root);
}

TEST(json_of_cells) {
    made_example(&made);
    json_t *root = parsed(yoke_report_json, NULL), *loop = at(root, "cells", 3);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "cells")), made.profile.cell_count);
    CU_ASSERT_EQUAL(number(loop, "region"), 2);
    CU_ASSERT_EQUAL(number(loop, "calls"), 2);
    CU_ASSERT_EQUAL(number(loop, "read"), 2);
    CU_ASSERT_EQUAL(number(loop, "wall_s"), 1.25);
    CU_ASSERT_EQUAL(number(loop, "self_s"), 1.125);
    json_t *values = json_object_get(loop, "values");
    CU_ASSERT_EQUAL(json_array_size(values), 3);
    CU_ASSERT_EQUAL(json_number_value(json_array_get(values, 0)), 1);
    CU_ASSERT(json_is_null(json_array_get(values, 2)));
    json_decref(root);
}

TEST(json_of_efficiencies) {
    made_example(&made);
    json_t *root = parsed(yoke_report_json, NULL), *all = json_object_get(root, "efficiency");
    for (size_t i = 0; i < made.profile.region_count; i++) {
        yoke_efficiency e;
        REQUIRE(yoke_efficiency_read(&made.profile, (int)i, &e) == YOKE_OK);
        json_t *one = i ? at(all, "regions", i) : all;
        CU_ASSERT_EQUAL(number(one, "parallel"), e.parallel);
        CU_ASSERT_EQUAL(number(one, "load_balance"), e.load_balance);
        CU_ASSERT_EQUAL(number(one, "serialisation"), e.serialisation);
        CU_ASSERT_EQUAL(number(one, "transfer"), e.transfer);
        CU_ASSERT_EQUAL(number(one, "limit_region"), e.limit_region);
        CU_ASSERT_STRING_EQUAL(text(one, "limit"), e.sentence);
    }
    json_decref(root);
}

TEST(json_of_nothing) {
    made_begin(&made, 0, 0);
    made.profile.metric_count = 0;
    made.profile.program = made.profile.machine = made.profile.notes = NULL;
    made.profile.cpu_limit_source = NULL;
    made.regions[0].name = NULL;
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT_STRING_EQUAL(text(root, "program"), "");
    CU_ASSERT(is_null(json_object_get(root, "efficiency"), "parallel"));
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "cells")), 0);
    json_decref(root);
}

TEST(json_where_nothing_is_a_number) {
    made_example(&made);
    for (size_t i = 0; i < made.profile.cell_count; i++) {
        made.cells[i].wall_s = made.cells[i].self_s = NAN;
        for (int m = 0; m < MADE_METRICS; m++) made.values[i][m] = i % 2 ? NAN : -INFINITY;
    }
    made.profile.seconds = NAN;
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT(is_null(root, "seconds") && is_null(at(root, "cells", 0), "wall_s"));
    CU_ASSERT(json_is_null(json_array_get(json_object_get(at(root, "cells", 0), "values"), 0)));
    json_decref(root);
}

static const char adversarial[] =
    "\"quote\" \\ back, semi;\r\nline\ttab\x01\x7F<b>&\xFF\xC0\x80"
    "\xED\xA0\x80\xF4\x90\x80\x80\xE2\x82";

TEST(json_of_adversarial_names) {
    made_example(&made);
    made.regions[2].name = adversarial;
    made.profile.program = adversarial;
    made.profile.notes = "one\n\n\"two\"\xFF";
    json_t *root = parsed(yoke_report_json, NULL);
    const char *name = text(at(root, "regions", 2), "name");
    CU_ASSERT_EQUAL(
        strncmp(name, adversarial, strlen("\"quote\" \\ back, semi;\r\nline\ttab\x01\x7F<b>&")), 0);
    /* one replacement for each byte that is part of no character */
    size_t replaced = 0;
    for (const char *p = name; (p = strstr(p, "\xEF\xBF\xBD")); p += 3) replaced++;
    CU_ASSERT_EQUAL(replaced, 12);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "notes")), 2);
    json_decref(root);
}

TEST(json_keeps_numbers_to_the_bit) {
    static const double numbers[] = {0.1,     1.0 / 3,  5e-324, 1.7976931348623157e308,
                                     1e15,    123456.7, -0.0,   9007199254740993.0,
                                     2.5e-10, 1e21};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        made_example(&made);
        made.values[0][2] = numbers[i];
        json_t *root = parsed(yoke_report_json, NULL);
        json_t *value = json_array_get(json_object_get(at(root, "cells", 0), "values"), 2);
        double read = json_number_value(value);
        CU_ASSERT_EQUAL(read, numbers[i]);
        json_decref(root);
    }
}

TEST(counts_beyond_what_readers_take) {
    static yoke_profile_figure figure = {"k", "o", "n", -1, -1, UINT64_MAX};
    made_begin(&made, 1, 1);
    made.profile.figures = &figure;
    made.profile.figure_count = 1;
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT_EQUAL(number(at(root, "figures", 0), "value"), 18446744073709551616.0);
    json_decref(root);
}

TEST(no_locale_changes_numbers) {
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) return;
    made_example(&made);
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT_EQUAL(number(at(root, "cells", 3), "wall_s"), 1.25);
    json_decref(root);
}

/* ---- CSV ---- */

static size_t lines_of(const char *text) {
    size_t lines = 0;
    for (; *text; text++) lines += *text == '\n';
    return lines;
}

TEST(csv_has_a_row_for_each_figure) {
    made_example(&made);
    report_text to = caught(yoke_report_csv, NULL);
    CU_ASSERT_EQUAL(lines_of(to.text),
                    1 + made.profile.cell_count * (4 + made.profile.metric_count));
    CU_ASSERT(strstr(to.text,
                     "region,name,parent,activity,thread,tid,cpu,metric,unit,source,value\n"
                     "0,run,-1,work,0,1000,0,calls,,yoke,1\n") == to.text);
    CU_ASSERT(strstr(to.text, "\n2,loop,0,work,0,1000,0,wall,s,yoke,1.25\n") != NULL);
    CU_ASSERT(strstr(to.text, "\n0,run,-1,work,1,1001,1,voluntary switches,,kernel,3\n") != NULL);
    CU_ASSERT(strstr(to.text, "\n3,mutex,2,wait,0,1000,0,CPU time,s,kernel,\n") != NULL);
    free(to.text);
}

TEST(csv_quotes) {
    made_example(&made);
    made.regions[1].name = "a,\"b\"\n\xFF";
    made.values[0][MADE_SWITCHES] = -INFINITY;
    report_text to = caught(yoke_report_csv, NULL);
    CU_ASSERT(strstr(to.text, ",kernel,-inf\n") != NULL);
    CU_ASSERT(strstr(to.text, "\n1,\"a,\"\"b\"\"\n\xEF\xBF\xBD\",0,work,") != NULL);
    free(to.text);
}

/* ---- traces ---- */

static size_t count_events(json_t *root, const char *phase) {
    size_t found = 0, i;
    json_t *event;
    json_array_foreach(json_object_get(root, "traceEvents"), i, event) {
        found += strcmp(text(event, "ph"), phase) == 0;
    }
    return found;
}

static json_t *find_event(json_t *root, const char *phase, const char *name, size_t skip) {
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(root, "traceEvents"), i, event) {
        if (strcmp(text(event, "ph"), phase) == 0 && strcmp(text(event, "name"), name) == 0 &&
            !skip--)
            return event;
    }
    REQUIRE(0);
    return NULL;
}

TEST(traces_have_all_spans) {
    made_example(&made);
    json_t *root = parsed(yoke_report_trace, NULL);
    CU_ASSERT_EQUAL(count_events(root, "X"), made.profile.span_count);
    json_t *loop = find_event(root, "X", "loop", 2);
    CU_ASSERT_EQUAL(number(loop, "ts"), 625000);
    CU_ASSERT_EQUAL(number(loop, "dur"), 750000);
    CU_ASSERT_EQUAL(number(loop, "pid"), 1000);
    CU_ASSERT_EQUAL(number(loop, "tid"), 2);
    CU_ASSERT_STRING_EQUAL(text(loop, "cat"), "work");
    CU_ASSERT_EQUAL(number(json_object_get(loop, "args"), "cpu"), 1);
    json_t *name = find_event(root, "M", "thread_name", 1);
    CU_ASSERT_STRING_EQUAL(text(json_object_get(name, "args"), "name"), "thread 1 (1001)");
    json_t *other = json_object_get(root, "otherData");
    CU_ASSERT_EQUAL(number(other, "spans_lost"), 1);
    CU_ASSERT_EQUAL(number(other, "spans_left_out"), 0);
    json_decref(root);
}

/* 0.5 s in setup alone, then both threads in loop. */
TEST(traces_count_threads_at_work) {
    made_example(&made);
    json_t *root = parsed(yoke_report_trace, NULL);
    static const struct {
        size_t sample; /* of 500, 4 ms each */
        double threads;
    } expected[] = {{0, 1}, {124, 1}, {130, 0}, {200, 2}, {260, 1}, {400, 1}, {499, 0}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        json_t *event = find_event(root, "C", "threads at work", expected[i].sample);
        CU_ASSERT_EQUAL(number(event, "ts"), 4000.0 * (double)expected[i].sample);
        CU_ASSERT_EQUAL(number(json_object_get(event, "args"), "threads"), expected[i].threads);
    }
    json_decref(root);
}

static const char *make_many_spans(void) {
    made_begin(&made, 2, 1);
    int loop = made_region(&made, adversarial, 0, YOKE_ACTIVITY_WORK);
    for (int i = 0; i < MADE_SPANS; i++) {
        uint64_t begin = 200000 * (uint64_t)i;
        made_span(&made, loop, i * 2 / MADE_SPANS, begin, begin + 1000 + test_random_below(100000));
    }
    return made.regions[loop].name;
}

TEST(traces_under_a_cap_keep_the_longest) {
    make_many_spans();
    for (size_t cap = 100000; cap < 1300000; cap += 170000) {
        report_text to = caught(yoke_report_trace, &(yoke_report_options){.trace_bytes = cap});
        CU_ASSERT(to.size <= cap);
        json_t *root = json_loads(to.text, 0, NULL), *event;
        REQUIRE(root != NULL);
        free(to.text);
        double shortest = INFINITY;
        size_t kept = count_events(root, "X"), longer = 0, i;
        json_array_foreach(json_object_get(root, "traceEvents"), i, event) {
            if (strcmp(text(event, "ph"), "X") == 0)
                shortest = fmin(shortest, number(event, "dur"));
        }
        for (i = 0; i < MADE_SPANS; i++) {
            uint64_t length = made.spans[i].end_ns - made.spans[i].begin_ns;
            longer += (double)length > shortest * 1000 + 0.5;
        }
        CU_ASSERT(longer < kept); /* all that are longer than the shortest kept one are there */
        CU_ASSERT_EQUAL(number(json_object_get(root, "otherData"), "spans_left_out"),
                        MADE_SPANS - kept);
        json_decref(root);
    }
}

TEST(traces_without_room_have_no_span) {
    make_many_spans();
    json_t *root = parsed(yoke_report_trace, &(yoke_report_options){.trace_bytes = 1});
    CU_ASSERT_EQUAL(count_events(root, "X"), 0);
    CU_ASSERT_EQUAL(count_events(root, "M"), 3);
    json_decref(root);
}

TEST(traces_of_nothing) {
    made_begin(&made, 0, 0);
    json_t *root = parsed(yoke_report_trace, NULL);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "traceEvents")), 1);
    json_decref(root);
}

/* ---- 1000 threads ---- */

static void make_many_threads(void) {
    made_begin(&made, 1000, 1);
    int loop = made_region(&made, "loop", 0, YOKE_ACTIVITY_WORK);
    for (int i = 0; i < 1000; i++) made_cell(&made, loop, i, 1, 1);
    for (int i = 0; i < 1000; i++) made_span(&made, loop, i, 0, 1000000000);
}

TEST(json_of_many_threads) {
    make_many_threads();
    json_t *root = parsed(yoke_report_json, NULL);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "cells")), 1000);
    CU_ASSERT_EQUAL(number(json_object_get(root, "efficiency"), "threads"), 1000);
    json_decref(root);
}

/* ---- writing ---- */

static int refuse_third(void *ctx, const char *bytes, size_t size) {
    (void)bytes;
    (void)size;
    return ++*(int *)ctx == 3 ? yoke_fail(YOKE_EIO, "full") : 0;
}

static yoke_report_fn *const reports[] = {yoke_report_json, yoke_report_text, yoke_report_csv,
                                          yoke_report_trace};
enum { REPORTS = sizeof reports / sizeof *reports };

TEST(a_failed_write_ends_the_report) {
    make_many_threads();
    for (int i = 0; i < REPORTS; i++) {
        int calls = 0;
        CU_ASSERT_EQUAL(reports[i](&made.profile, NULL, refuse_third, &calls), YOKE_EIO);
        CU_ASSERT_EQUAL(calls, 3);
    }
}

TEST(profiles_that_are_not_valid) {
    for (int i = 0; i < REPORTS; i++) {
        report_text to = {0};
        CU_ASSERT_EQUAL(reports[i](NULL, NULL, report_catch, &to), YOKE_EINVAL);
        made_example(&made);
        made.spans[0].region = 99;
        CU_ASSERT_EQUAL(reports[i](&made.profile, NULL, report_catch, &to), YOKE_EINVAL);
        made_example(&made);
        made.cells[0].values = NULL;
        CU_ASSERT_EQUAL(reports[i](&made.profile, NULL, report_catch, &to), YOKE_EINVAL);
        CU_ASSERT_EQUAL(to.size, 0);
    }
}

TEST(to_a_descriptor) {
    int ends[2];
    char read_back[4];
    REQUIRE(pipe(ends) == 0);
    CU_ASSERT_EQUAL(yoke_report_to_descriptor(&ends[1], "abcd", 4), 0);
    CU_ASSERT_EQUAL(read(ends[0], read_back, 4), 4);
    int closed = -1;
    CU_ASSERT_EQUAL(yoke_report_to_descriptor(&closed, "abcd", 4), YOKE_EIO);
}

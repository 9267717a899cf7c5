/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke agg: opens the input, makes the plan, runs it, writes the table, and says what went by.
 *
 * The output file is opened before the run, so that a place that cannot be written is known before
 * the work, and made final after the last byte. Everything is released on every way out.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cli/agg.h"
#include "cli/agg_report.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/report.h"

typedef struct agg {
    agg_options options;
    agg_names names;
    yoke_dataset *dataset;
    agg_plan plan;
    yoke_progress *progress;
    yoke_table *table;
    sink sink;
    double begin;
    agg_report times;
    command_report report;
} agg;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- input ---- */

static int make_inputs(const agg_options *options, yoke_input *inputs, size_t count) {
    bool standard_input = false;
    for (size_t i = 0; i < count; i++) {
        const char *file = options->file_count ? options->files[i] : "-";
        if (strcmp(file, "-") != 0) {
            inputs[i] = (yoke_input){.kind = YOKE_INPUT_PATH, .name = file};
            continue;
        }
        if (standard_input) return yoke_fail(YOKE_EINVAL, "standard input can be read only once");
        standard_input = true;
        inputs[i] = (yoke_input){
            .kind = YOKE_INPUT_DESCRIPTOR, .name = "standard input", .descriptor = STDIN_FILENO};
    }
    return 0;
}

static int open_dataset(agg *a) {
    yoke_format format = a->options.format;
    size_t count = a->options.file_count ? a->options.file_count : 1;
    format.names = (const char *const *)a->names.columns.names;
    format.name_count = a->names.columns.count;
    yoke_input *inputs = calloc(count, sizeof *inputs);
    int status = inputs ? make_inputs(&a->options, inputs, count) : yoke_fail(YOKE_ENOMEM, NULL);
    if (!status) status = yoke_dataset_open(inputs, count, &format, &a->dataset);
    free(inputs);
    return status;
}

/* ---- the run ---- */

static int group(agg *a) {
    const agg_options *o = &a->options;
    yoke_groupby groupby = {
        .dataset = a->dataset,
        .keys = a->plan.keys,
        .key_count = a->plan.key_count,
        .aggregates = a->plan.aggregates,
        .aggregate_count = a->plan.aggregate_count,
        .filter = a->plan.filter,
        .null = o->null,
        .on_error = o->on_error,
        .order = o->order,
        .threads = o->threads,
        .block_size = o->block_size,
        .progress = a->progress,
    };
    interrupt_watch(a->progress);
    int status = yoke_groupby_run(&groupby, &a->table);
    interrupt_watch(NULL);
    yoke_progress_destroy(a->progress);
    a->progress = NULL;
    if (!status && interrupt_signal()) status = yoke_fail(YOKE_ECANCELED, NULL);
    return status;
}

static int run(agg *a) {
    yoke_progress_options shown = {
        .descriptor = STDERR_FILENO,
        .when = a->options.progress,
        .label = "agg",
        .total = yoke_dataset_bytes(a->dataset),
    };
    YOKE_TRY(yoke_progress_create(&shown, &a->progress));
    YOKE_TRY(group(a));
    double begin = now();
    if (a->plan.sort_count) {
        YOKE_TRY(yoke_table_sort(a->table, a->plan.sort, a->plan.sort_count));
    }
    a->times.sort_seconds = now() - begin;
    return 0;
}

static int write_table(agg *a) {
    const agg_options *o = &a->options;
    double begin = now();
    size_t rows = yoke_table_rows(a->table);
    output out = {
        .table = a->table,
        .columns = a->plan.columns,
        .column_count = a->plan.key_count + a->plan.aggregate_count,
        .rows = rows < o->limit ? rows : o->limit,
        .threads = o->threads,
    };
    output_kind kind = o->output;
    if (!o->has_output) kind = isatty(a->sink.descriptor) ? OUTPUT_TABLE : OUTPUT_CSV;
    YOKE_TRY(output_write(&out, kind, &a->sink));
    YOKE_TRY(sink_commit(&a->sink));
    a->times.write_seconds = now() - begin;
    return 0;
}

/* ---- what went by ---- */

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

static void tell_bad_fields(const agg_options *o, const yoke_groupby_counts *counts) {
    const yoke_location *first = &counts->first_bad;
    unsigned long long bad = counts->bad_fields;
    bool skipped = o->on_error == YOKE_ON_ERROR_SKIP;
    if (!bad) return;
    message("%s %llu %s%s%s: the first is '%s' in %s: line %llu, column %llu",
            skipped ? "left out" : "took", bad, skipped ? "row" : "field", plural(bad),
            skipped ? " for a field that is not a number" : " not a number as missing",
            counts->first_bad_text, first->name ? first->name : "an input",
            (unsigned long long)first->line, (unsigned long long)first->column);
}

static void tell_ragged(const agg_options *o, const yoke_groupby_counts *counts) {
    const yoke_location *first = &counts->first_ragged;
    unsigned long long ragged = counts->ragged;
    if (!ragged) return;
    message("%s %llu row%s with a wrong number of fields: the first is in %s: line %llu",
            o->format.on_ragged == YOKE_RAGGED_SKIP ? "left out" : "filled", ragged, plural(ragged),
            first->name ? first->name : "an input", (unsigned long long)first->line);
}

static int tell_report(agg *a) {
    agg_report *r = &a->times;
    r->stats = yoke_table_stats(a->table);
    r->groups = yoke_table_rows(a->table);
    r->asked_threads = a->options.threads;
    r->seconds = now() - a->begin;
    buffer job = {0};
    if (a->options.report.kind == REPORT_TEXT) agg_report_text(r, &job);
    if (a->options.report.kind == REPORT_JSON) agg_report_json(r, &job);
    int status = report_end(&a->report, &job);
    buffer_free(&job);
    return status;
}

/* ---- the whole ---- */

static int work(agg *a) {
    YOKE_TRY(report_begin(&a->report, &a->options.report, "yoke agg"));
    YOKE_TRY(agg_names_parse(&a->options, &a->names));
    YOKE_TRY(open_dataset(a));
    YOKE_TRY(agg_plan_make(&a->options, &a->names, a->dataset, &a->plan));
    YOKE_TRY(sink_open(&a->sink, a->options.output_path));
    a->times.open_seconds = now() - a->begin;
    YOKE_TRY(run(a));
    YOKE_TRY(write_table(a));
    tell_ragged(&a->options, yoke_table_counts(a->table));
    tell_bad_fields(&a->options, yoke_table_counts(a->table));
    return tell_report(a);
}

static int exit_status(const agg *a, int status) {
    if (status >= 0) return 0;
    if (interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    if (a->sink.closed_pipe) return EXIT_CLOSED_PIPE;
    message("%s", yoke_error_detail());
    return status == YOKE_EINVAL || status == YOKE_ESYNTAX ? EXIT_USAGE : EXIT_FAULT;
}

int agg_main(int argc, char **argv) {
    agg a = {.begin = now(), .sink.descriptor = -1};
    if (agg_options_parse(argc, argv, &a.options) < 0) {
        return message_usage("%s", yoke_error_detail());
    }
    if (a.options.help) return print_text(agg_help);
    int status = exit_status(&a, work(&a));
    sink_abandon(&a.sink);
    report_abandon(&a.report);
    yoke_table_destroy(a.table);
    yoke_progress_destroy(a.progress);
    agg_plan_free(&a.plan);
    agg_names_free(&a.names);
    yoke_dataset_close(a.dataset);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke sort: opens the output, has the lines sorted, merged or checked, and says what went wrong.
 *
 * The exit status is that of POSIX sort: 0, 1 only when -c or -C finds lines out of order, and 2
 * for every failure.
 */
#include "cli/sort.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/sink.h"

enum { EXIT_DISORDER = 1, EXIT_TROUBLE = 2 };

typedef struct sorting {
    sort_options options;
    yoke_input *inputs;
    yoke_cancel *cancel;
    sink sink;
    command_report report;
    bool disorder;
} sorting;

static int make_inputs(sorting *s) {
    const sort_options *o = &s->options;
    s->inputs = calloc(o->file_count, sizeof *s->inputs);
    if (!s->inputs) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < o->file_count; i++) {
        bool standard = strcmp(o->files[i], "-") == 0;
        s->inputs[i] = (yoke_input){.kind = YOKE_INPUT_PATH, .name = o->files[i]};
        if (standard)
            s->inputs[i] = (yoke_input){.kind = YOKE_INPUT_DESCRIPTOR,
                                        .name = "standard input",
                                        .descriptor = STDIN_FILENO};
    }
    return YOKE_OK;
}

static int write_binary(sorting *s, const yoke_run *run) {
    const sort_options *o = &s->options;
    yoke_numbers_sort sort = sort_binary_make(o);
    int (*order)(const yoke_numbers_sort *, const yoke_input *, size_t, int, const yoke_run *) =
        o->mode == SORT_MERGE ? yoke_merge_numbers : yoke_sort_numbers;
    return order(&sort, s->inputs, o->file_count, s->sink.descriptor, run);
}

static int write_lines(sorting *s, const yoke_run *run) {
    const sort_options *o = &s->options;
    int (*order)(const yoke_line_sort *, const yoke_input *, size_t, int, const yoke_run *) =
        o->mode == SORT_MERGE ? yoke_merge_lines : yoke_sort_lines;
    return order(&o->sort, s->inputs, o->file_count, s->sink.descriptor, run);
}

static int write_sorted(sorting *s, const yoke_run *run) {
    YOKE_TRY(sink_open(&s->sink, s->options.output_path));
    YOKE_TRY(s->options.binary ? write_binary(s, run) : write_lines(s, run));
    return sink_commit(&s->sink);
}

/* FILE:NUMBER: disorder: LINE */
static void tell_disorder(const char *file, const yoke_disorder *found) {
    buffer text = {0};
    buffer_print(&text, "yoke sort: %s:%llu: disorder: ", file, (unsigned long long)found->number);
    buffer_add(&text, found->line, found->size);
    buffer_add_byte(&text, '\n');
    if (!text.failed) write_all(STDERR_FILENO, text.data, text.size);
    buffer_free(&text);
}

static int check_binary(sorting *s, const yoke_run *run) {
    uint64_t number = 0;
    yoke_numbers_sort sort = sort_binary_make(&s->options);
    int sorted = yoke_check_numbers(&sort, s->inputs, &number, run);
    if (sorted < 0) return sorted;
    s->disorder = !sorted;
    if (!sorted && s->options.mode == SORT_CHECK)
        message("%s:%llu: disorder", s->options.files[0], (unsigned long long)number);
    return YOKE_OK;
}

static int check(sorting *s, const yoke_run *run) {
    const sort_options *o = &s->options;
    if (o->binary) return check_binary(s, run);
    yoke_disorder found = {0};
    int sorted = yoke_check_lines(&o->sort, s->inputs, &found, run);
    if (sorted < 0) return sorted;
    s->disorder = !sorted;
    if (!sorted && o->mode == SORT_CHECK) tell_disorder(o->files[0], &found);
    free(found.line);
    return YOKE_OK;
}

static int run_mode(sorting *s, const yoke_run *run) {
    bool checks = s->options.mode == SORT_CHECK || s->options.mode == SORT_CHECK_QUIETLY;
    return checks ? check(s, run) : write_sorted(s, run);
}

static int work(sorting *s) {
    YOKE_TRY(report_begin(&s->report, &s->options.report, "yoke sort"));
    YOKE_TRY(make_inputs(s));
    YOKE_TRY(yoke_cancel_create(&s->cancel));
    yoke_run run = {.threads = s->options.threads, .cancel = s->cancel};
    interrupt_watch_token(s->cancel);
    int status = run_mode(s, &run);
    interrupt_watch_token(NULL);
    if (status >= 0 && interrupt_signal()) status = yoke_fail(YOKE_ECANCELED, NULL);
    return status < 0 ? status : report_end(&s->report, NULL);
}

static int exit_status(const sorting *s, int status) {
    if (status >= 0) return s->disorder ? EXIT_DISORDER : 0;
    if (interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    if (status == YOKE_ECLOSED || s->sink.closed_pipe) return EXIT_CLOSED_PIPE;
    message("%s", yoke_error_detail());
    return EXIT_TROUBLE;
}

int sort_main(int argc, char **argv) {
    sorting s = {.sink.descriptor = -1};
    int status = sort_options_parse(argc, argv, &s.options);
    if (status == YOKE_EINVAL)
        status = message_usage("%s", yoke_error_detail());
    else if (!status && s.options.help)
        status = print_text(sort_help);
    else
        status = exit_status(&s, status < 0 ? status : work(&s));
    sink_abandon(&s.sink);
    report_abandon(&s.report);
    yoke_cancel_release(s.cancel);
    free(s.inputs);
    sort_options_free(&s.options);
    return status;
}

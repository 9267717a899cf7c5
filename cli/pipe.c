/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke pipe: input in blocks through as many copies of a command as there are processors.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/pipe.h"
#include "cli/report.h"

enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, SHELL_SIGNAL = 128 };

static void tell(void *ctx, const yoke_pipe_failure *failure) {
    const yoke_pipe_options *run = ctx;
    char what[96], how[64];
    const char *kind = run->mode == YOKE_PIPE_EACH ? "block" : "command";
    unsigned long long number = failure->number + 1, at = failure->at;
    if (run->mode == YOKE_PIPE_EACH)
        snprintf(what, sizeof what, "%s %llu (bytes %llu to %llu)", kind, number, at,
                 at + failure->size);
    else
        snprintf(what, sizeof what, "%s %llu", kind, number);
    if (failure->timed_out)
        snprintf(how, sizeof how, "was ended after %g s", run->timeout);
    else if (failure->status > SHELL_SIGNAL)
        snprintf(how, sizeof how, "was killed by signal %d", failure->status - SHELL_SIGNAL);
    else
        snprintf(how, sizeof how, "ended with status %d", failure->status);
    message("%s: '%s' %s%s", what, run->command[0], how,
            failure->will_retry ? "; it is run again" : "");
}

int pipe_fault(int status) {
    if (status == YOKE_ECLOSED) return EXIT_CLOSED_PIPE;
    if (status == YOKE_ECANCELED && interrupt_signal()) return EXIT_SIGNAL + interrupt_signal();
    message("%s", yoke_error_detail());
    return EXIT_FAULT;
}

static int fault_status(int status, const yoke_pipe_report *report) {
    if (status == YOKE_EINVAL) return message_usage("%s", yoke_error_detail());
    int exit_status = pipe_fault(status);
    if (!report->not_run) return exit_status;
    return status == YOKE_ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static int run(pipe_options *options) {
    yoke_pipe_report report;
    yoke_progress_options shown = {
        .descriptor = STDERR_FILENO, .label = "yoke pipe", .when = options->progress};
    int status = yoke_progress_create(&shown, &options->run.progress);
    if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    options->run.failed = tell;
    options->run.ctx = &options->run;
    interrupt_once();
    interrupt_watch(options->run.progress);
    status = yoke_pipe_run(&options->run, &report);
    interrupt_watch(NULL);
    yoke_progress_destroy(options->run.progress);
    return status < 0 ? fault_status(status, &report) : report.status;
}

static int work(pipe_options *options) {
    command_report report = {0};
    if (report_begin(&report, &options->report, "yoke pipe") < 0) {
        message("%s", yoke_error_detail());
        return EXIT_FAULT;
    }
    return report_after(&report, options->codec ? pipe_compress(options) : run(options));
}

int pipe_main(int argc, char **argv) {
    pipe_options options;
    int status = pipe_options_parse(argc, argv, &options);
    if (status == YOKE_EINVAL)
        status = message_usage("%s", yoke_error_detail());
    else if (status < 0) /* a list of inputs that cannot be read */
        status = pipe_fault(status);
    else if (options.help)
        status = print_text(pipe_help);
    else
        status = work(&options);
    pipe_options_free(&options);
    return status;
}

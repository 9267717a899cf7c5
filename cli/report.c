/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring a command, and its report.
 *
 * The report is put together in memory: it goes to standard error in one piece, and its file is
 * made when the command's own output is final.
 */
#include "cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/sink.h"
#include "yoke/measure.h"
#include "yoke/report.h"

/* ---- before the work ---- */

/* Whether a file can be made there, or what is there can be written. */
static int check_place(const char *file) {
    const char *slash = strrchr(file, '/');
    struct stat there;
    char *folder = slash ? strndup(file, (size_t)(slash - file) + 1) : strdup(".");
    if (!folder) return yoke_fail(YOKE_ENOMEM, NULL);
    bool special = stat(file, &there) == 0 && !S_ISREG(there.st_mode);
    int refused = access(special ? file : folder, W_OK);
    free(folder);
    if (special && S_ISDIR(there.st_mode))
        return yoke_fail(YOKE_EIO, "--report: '%s' is a folder", file);
    return refused ? yoke_fail(YOKE_EIO, "--report: cannot write %s: %m", file) : 0;
}

static bool is_output(const report_option *option) {
    return option->file && strcmp(option->file, "-") == 0;
}

static int no_output(void) {
    return yoke_fail(YOKE_EIO, "--report: cannot write standard output: %m");
}

int report_ready(const report_option *option) {
    if (option->kind == REPORT_HTML) YOKE_TRY(yoke_report_html_probe());
    return option->file && !is_output(option) ? check_place(option->file) : 0;
}

int report_open(const report_option *option, int *output) {
    YOKE_TRY(report_ready(option));
    *output = is_output(option) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : -1;
    return is_output(option) && *output < 0 ? no_output() : 0;
}

int report_begin(command_report *r, const report_option *option, const char *program) {
    r->option = *option;
    if (option->kind == REPORT_NONE) return 0;
    YOKE_TRY(report_open(option, &r->output));
    /* NOLINTBEGIN(concurrency-mt-unsafe): no other thread has been started */
    yoke_measure_options options = {.program = program, .likwid = getenv("YOKE_MEASURE_LIKWID")};
    int status = yoke_measure_start(&options);
    if (status == YOKE_EINVAL && getenv("YOKE_MEASURE"))
        status = yoke_fail(YOKE_EINVAL, "--report: this run is measured already, by YOKE_MEASURE");
    /* NOLINTEND(concurrency-mt-unsafe) */
    if (status < 0) (void)report_close(&r->output);
    r->measuring = !status;
    return status;
}

/* ---- the text ---- */

int report_add(void *to, const char *bytes, size_t size) {
    buffer_add(to, bytes, size);
    return ((buffer *)to)->failed ? yoke_fail(YOKE_ENOMEM, NULL) : 0;
}

/* 0: not a terminal. */
static int columns_of(int descriptor) {
    struct winsize size;
    if (!isatty(descriptor) || ioctl(descriptor, TIOCGWINSZ, &size) < 0) return 0;
    return size.ws_col;
}

static void add_job(report_kind kind, const buffer *job, buffer *text) {
    if (kind == REPORT_TEXT && job) {
        buffer_add(text, job->data, job->size);
        buffer_add_byte(text, '\n');
    } else if (kind == REPORT_JSON) {
        size_t size = job ? job->size : 0;
        if (size) size -= 2; /* "}" and the line end */
        if (size) buffer_add(text, job->data, size);
        buffer_add_string(text, size ? ",\"profile\":" : "{\"profile\":");
    }
}

static int make(const command_report *r, const yoke_profile *profile, const buffer *job,
                buffer *text) {
    static yoke_report_fn *const reports[] = {
        [REPORT_TEXT] = yoke_report_text,   [REPORT_JSON] = yoke_report_json,
        [REPORT_CSV] = yoke_report_csv,     [REPORT_HTML] = yoke_report_html,
        [REPORT_TRACE] = yoke_report_trace,
    };
    yoke_report_options options = {0};
    if (!r->option.file || r->output >= 0)
        options.width = columns_of(r->output < 0 ? STDERR_FILENO : r->output);
    add_job(r->option.kind, job, text);
    YOKE_TRY(reports[r->option.kind](profile, &options, report_add, text));
    if (r->option.kind == REPORT_JSON) {
        text->size--; /* the line end */
        buffer_add_string(text, "}\n");
    }
    return text->failed || (job && job->failed) ? yoke_fail(YOKE_ENOMEM, NULL) : 0;
}

/* ---- the end ---- */

static int write_file(const char *file, const buffer *text) {
    sink out;
    YOKE_TRY(sink_open(&out, file));
    out.unsynced = true; /* waiting for the disk would take longer than a short run */
    int status = sink_write(&out, text->data, text->size);
    if (!status) return sink_commit(&out);
    sink_abandon(&out);
    return status;
}

int report_write(const report_option *option, int output, const buffer *text) {
    if (option->file && !is_output(option)) return write_file(option->file, text);
    int done = write_all(option->file ? output : STDERR_FILENO, text->data, text->size);
    return done < 0 && option->file ? no_output() : 0;
}

int report_close(int *output) {
    int closing = *output;
    *output = -1;
    return closing >= 0 && close(closing) < 0 && errno != EINTR ? no_output() : 0;
}

int report_end(command_report *r, const buffer *job) {
    yoke_profile *profile = NULL;
    buffer text = {0};
    if (!r->measuring) return 0;
    r->measuring = false;
    int status = yoke_measure_stop(&profile);
    if (!status) status = make(r, profile, job, &text);
    if (!status) status = report_write(&r->option, r->output, &text);
    int closed = report_close(&r->output);
    buffer_free(&text);
    yoke_profile_destroy(profile);
    return status ? status : closed;
}

int report_after(command_report *r, int exit_status) {
    if (interrupt_signal()) {
        report_abandon(r);
        return exit_status;
    }
    if (report_end(r, NULL) == 0) return exit_status;
    message("%s", yoke_error_detail());
    return exit_status ? exit_status : EXIT_FAULT;
}

void report_abandon(command_report *r) {
    if (!r->measuring) return;
    yoke_measure_stop(NULL);
    (void)report_close(&r->output);
    r->measuring = false;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What commands write: to the output at once when it is their turn, otherwise into their result.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/output.h"
#include "pipeline/pipe.h"

static int target(const pipe_run *run, bool error) {
    const yoke_pipe_options *o = run->options;
    if (error) return o->error ? o->error : STDERR_FILENO;
    return o->output ? o->output : STDOUT_FILENO;
}

/* Whether what the result holds may be written although its command runs: it is its turn, and it
 * will not be dropped for another attempt. */
static bool may_stream(const pipe_run *run, const result *r) {
    const yoke_pipe_options *o = run->options;
    return r->number == run->turn && !o->unordered && !o->retries && !run->stopping;
}

static int flush(pipe_run *run, result *r) {
    yoke_progress *progress = run->options->progress;
    uint64_t errors = 0;
    YOKE_TRY(yoke__spool_flush(&r->output, target(run, false), progress, &run->report->written));
    return yoke__spool_flush(&r->errors, target(run, true), progress, &errors);
}

static int put(pipe_run *run, result *r, const char *data, size_t size, bool error) {
    if (!may_stream(run, r)) return yoke__spool_add(error ? &r->errors : &r->output, data, size);
    YOKE_TRY(flush(run, r));
    if (!error) run->report->written += size;
    return yoke__output_write(target(run, error), data, size, run->options->progress);
}

int yoke__pipe_take(pipe_run *run, job *j, int *fd, bool error) {
    for (int i = 0; *fd >= 0 && i < 8; i++) { /* others want to be heard, too */
        ssize_t got = read(*fd, run->copy, COPY);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return YOKE_OK;
        if (got < 0) return yoke_fail(YOKE_EIO, "cannot read what a command wrote: %m");
        if (got == 0) {
            close(*fd);
            *fd = -1;
            return YOKE_OK;
        }
        YOKE_TRY(put(run, j->result, run->copy, (size_t)got, error));
    }
    return YOKE_OK;
}

static result *result_of(pipe_run *run, uint64_t number) {
    return &run->results[number % (uint64_t)run->window];
}

/* Outputs that are whole, in whatever order. */
static int emit_any(pipe_run *run) {
    for (uint64_t n = run->turn; n < run->begun; n++) {
        result *r = result_of(run, n);
        if (r->done) YOKE_TRY(flush(run, r));
    }
    return YOKE_OK;
}

int yoke__pipe_emit(pipe_run *run) {
    if (run->options->unordered && !run->stopping) YOKE_TRY(emit_any(run));
    while (run->turn < run->begun) {
        result *r = result_of(run, run->turn);
        if (r->done && run->stopping && r->status && r->number != run->failed) return YOKE_OK;
        if (r->done || may_stream(run, r)) YOKE_TRY(flush(run, r));
        if (!r->done) return YOKE_OK;
        run->turn++;
    }
    return YOKE_OK;
}

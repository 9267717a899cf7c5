/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop of yoke_pipe_run: begin what can begin, wait, hear, write. The parts stand in
 * pipeline/pipe.h.
 */
#include "pipeline/pipe.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/team.h"

enum { PER_JOB = 4, LOOK_MS = 200 }; /* descriptors to poll; how often a request to stop is seen */
enum { MOST_AHEAD = 32 };            /* each has four descriptors */
#define GRACE 0.3                    /* seconds that commands have to end when the run has failed */
#define BRIEF 10000000               /* ns that commands take with which the next start ahead */

/* ---- options ---- */

static int check(const yoke_pipe_options *o) {
    bool each = o->mode == YOKE_PIPE_EACH;
    if (!o->command || !o->command[0]) return yoke_fail(YOKE_EINVAL, "pipe: no command");
    if (o->jobs < 0) return yoke_fail(YOKE_EINVAL, "pipe: %d commands at a time", o->jobs);
    if ((unsigned)o->mode > YOKE_PIPE_TEE || (unsigned)o->records > YOKE_PIPE_PATTERN)
        return yoke_fail(YOKE_EINVAL, "pipe: there is no such mode or kind of record");
    if (o->lines && o->records != YOKE_PIPE_LINES)
        return yoke_fail(YOKE_EINVAL, "pipe: a number of lines, and records that are not lines");
    if (o->retries && !each)
        return yoke_fail(YOKE_EINVAL, "pipe: a command that reads many blocks is not retried");
    if (!(o->timeout >= 0)) return yoke_fail(YOKE_EINVAL, "pipe: a timeout below zero");
    return YOKE_OK;
}

static int open_run(pipe_run *run, const yoke_pipe_options *options, yoke_pipe_report *report) {
    *run = (pipe_run){.options = options, .report = report, .failed = UINT64_MAX};
    bool each = options->mode == YOKE_PIPE_EACH;
    run->limit = options->jobs ? options->jobs : yoke_team_default_size();
    run->ahead = !each ? 0 : run->limit < MOST_AHEAD / 2 ? 2 * run->limit : MOST_AHEAD;
    run->jobs_count = run->limit + run->ahead;
    run->window = each ? run->limit * WINDOW : run->limit;
    run->took = BRIEF;
    run->jobs = calloc((size_t)run->jobs_count, sizeof *run->jobs);
    run->results = calloc((size_t)run->window, sizeof *run->results);
    run->polls = calloc((size_t)run->jobs_count * PER_JOB + 1, sizeof *run->polls);
    run->copy = malloc(COPY);
    for (int i = 0; run->jobs && i < run->jobs_count; i++) yoke__job_init(&run->jobs[i]);
    for (int i = 0; run->results && i < run->window; i++) {
        yoke__spool_init(&run->results[i].output);
        yoke__spool_init(&run->results[i].errors);
    }
    if (!run->jobs || !run->results || !run->polls || !run->copy)
        return yoke_fail(YOKE_ENOMEM, "no memory for %d commands", run->limit);
    return yoke__pipe_source_open(&run->source, options);
}

static void close_run(pipe_run *run) {
    for (int i = 0; run->jobs && i < run->jobs_count; i++) {
        yoke__block_release(run->jobs[i].block);
        yoke__job_close(&run->jobs[i]);
    }
    for (int i = 0; run->results && i < run->window; i++) {
        yoke__spool_free(&run->results[i].output);
        yoke__spool_free(&run->results[i].errors);
    }
    yoke__block_release(run->next);
    yoke__pipe_source_close(&run->source);
    free(run->jobs);
    free(run->results);
    free(run->polls);
    free(run->copy);
}

/* ---- beginning ---- */

/* Nothing at all to read is one empty block, with the header if that is all there is. */
static int make_empty(pipe_run *run) {
    run->next = calloc(1, sizeof *run->next);
    if (!run->next) return yoke_fail(YOKE_ENOMEM, "no memory for a block");
    *run->next = (block){.fd = -1, .refs = 1, .header = run->source.alone};
    if (run->next->header) run->next->header->refs++;
    run->source.number++;
    return YOKE_OK;
}

/* Sees to it that run->next is there, if it can be: 1; 0. */
static int look_for_block(pipe_run *run) {
    if (run->next) return 1;
    if (run->ended || run->stopping) return 0;
    int got = yoke__pipe_source_next(&run->source, &run->next);
    if (got == 2) {
        run->ended = true;
        got = 0;
        if (run->source.number == 0) {
            YOKE_TRY(make_empty(run));
            return 1;
        }
    }
    if (got == 1) {
        run->report->blocks++;
        run->report->bytes = run->source.at;
        if (run->options->progress) yoke_progress_add(run->options->progress, run->next->size);
    }
    return got;
}

/* It may read now. */
static int admit(pipe_run *run, job *j) {
    double timeout = run->options->timeout;
    j->waiting = false;
    j->admitted = yoke_deadline_in(0);
    if (timeout > 0) j->deadline = yoke_deadline_in(timeout);
    return yoke__job_feed(j, run->copy, COPY);
}

static int start(pipe_run *run, job *j, bool ahead) {
    int status = yoke__job_start(j, run->options);
    run->report->not_run = status < 0;
    if (status < 0) return status;
    j->waiting = ahead;
    return ahead ? YOKE_OK : admit(run, j);
}

static int begin_result(pipe_run *run, job *j, bool ahead) {
    result *r = &run->results[run->begun % (uint64_t)run->window];
    r->number = run->begun++;
    r->begun = true;
    r->done = false;
    r->status = 0;
    j->result = r;
    j->attempt = 0;
    return start(run, j, ahead);
}

static void give(job *j, block *b, bool last) {
    b->refs++;
    j->block = b;
    j->joint = !last && j->open;
    j->open = b->open;
    j->fed = 0;
    j->last = last;
}

static int count(const pipe_run *run, bool waiting) {
    int found = 0;
    for (int i = 0; i < run->jobs_count; i++)
        found += run->jobs[i].running && run->jobs[i].waiting == waiting;
    return found;
}

/* That of the lowest number; NULL: none. */
static job *first_waiting(const pipe_run *run) {
    job *first = NULL;
    for (int i = 0; i < run->jobs_count; i++) {
        job *j = &run->jobs[i];
        if (j->running && j->waiting && (!first || j->result->number < first->result->number))
            first = j;
    }
    return first;
}

/* Lets commands that were started ahead read, as others have ended. */
static int admit_waiting(pipe_run *run) {
    job *j;
    while (count(run, false) < run->limit && (j = first_waiting(run))) YOKE_TRY(admit(run, j));
    return YOKE_OK;
}

static job *free_job(const pipe_run *run) {
    for (int i = 0; i < run->jobs_count; i++)
        if (!run->jobs[i].running) return &run->jobs[i];
    return NULL;
}

static int begin_each(pipe_run *run) {
    job *j;
    while ((j = free_job(run)) && run->begun - run->turn < (uint64_t)run->window) {
        bool ahead = count(run, false) == run->limit;
        if (ahead && (run->took >= BRIEF || count(run, true) == run->ahead)) return YOKE_OK;
        int got = look_for_block(run);
        if (got <= 0) return got;
        give(j, run->next, true);
        yoke__block_release(run->next);
        run->next = NULL;
        YOKE_TRY(begin_result(run, j, ahead));
    }
    return YOKE_OK;
}

static void take_away(job *j) {
    yoke__block_release(j->block);
    j->block = NULL;
}

/* No block comes any more: they may end. */
static int close_inputs(pipe_run *run) {
    for (int i = 0; i < run->jobs_count; i++) {
        job *j = &run->jobs[i];
        j->last = true;
        if (j->running && yoke__job_is_fed(j)) YOKE_TRY(yoke__job_feed(j, run->copy, COPY));
    }
    return YOKE_OK;
}

/* Strictly in turns, so that each command reads the same blocks in each run. */
static int begin_round_robin(pipe_run *run) {
    for (;;) {
        int got = look_for_block(run);
        if (got < 0) return got;
        if (!got) return run->ended ? close_inputs(run) : YOKE_OK;
        job *j = &run->jobs[run->next->number % (uint64_t)run->jobs_count];
        if (run->next->number < (uint64_t)run->jobs_count) YOKE_TRY(begin_result(run, j, false));
        if (!yoke__job_is_fed(j)) return YOKE_OK;
        take_away(j);
        give(j, run->next, false);
        yoke__block_release(run->next);
        run->next = NULL;
    }
}

static int begin_tee(pipe_run *run) {
    while (run->begun < (uint64_t)run->jobs_count)
        YOKE_TRY(begin_result(run, &run->jobs[run->begun], false));
    for (int i = 0; i < run->jobs_count; i++)
        if (!yoke__job_is_fed(&run->jobs[i])) return YOKE_OK;
    int got = look_for_block(run);
    if (got < 0) return got;
    if (!got) return run->ended ? close_inputs(run) : YOKE_OK;
    for (int i = 0; i < run->jobs_count; i++) {
        take_away(&run->jobs[i]);
        give(&run->jobs[i], run->next, false);
    }
    yoke__block_release(run->next);
    run->next = NULL;
    return YOKE_OK;
}

static int begin(pipe_run *run) {
    YOKE_TRY(admit_waiting(run)); /* also when it stops: the failed one may be a later one */
    if (run->stopping) return YOKE_OK;
    switch (run->options->mode) {
    case YOKE_PIPE_ROUND_ROBIN: return begin_round_robin(run);
    case YOKE_PIPE_TEE: return begin_tee(run);
    default: return begin_each(run);
    }
}

/* ---- waiting ---- */

static bool wants_source(const pipe_run *run) {
    return !run->next && !run->ended && !run->stopping && !run->source.regular &&
           run->source.fd >= 0;
}

static int wait_ms(const pipe_run *run) {
    yoke_deadline now = yoke_deadline_in(0), first = YOKE_FOREVER;
    for (int i = 0; i < run->jobs_count; i++)
        if (run->jobs[i].running && run->jobs[i].deadline < first) first = run->jobs[i].deadline;
    int most = run->options->progress ? LOOK_MS : -1;
    if (first == YOKE_FOREVER) return most;
    int64_t ms = first <= now ? 0 : (first - now) / 1000000 + 1;
    if (ms > INT_MAX) ms = INT_MAX;
    return most >= 0 && most < ms ? most : (int)ms;
}

/* Of a job; behind the last, of the source. */
static struct pollfd *polls_of(const pipe_run *run, int index) {
    return run->polls + (ptrdiff_t)index * PER_JOB;
}

static void prepare(pipe_run *run) {
    bool any = false;
    for (int i = 0; i < run->jobs_count; i++) {
        const job *j = &run->jobs[i];
        struct pollfd *p = polls_of(run, i);
        bool hungry = j->running && !j->waiting && j->in >= 0 && !yoke__job_is_fed(j);
        p[0] = (struct pollfd){.fd = hungry ? j->in : -1, .events = POLLOUT};
        p[1] = (struct pollfd){.fd = j->running ? j->out : -1, .events = POLLIN};
        p[2] = (struct pollfd){.fd = j->running ? j->err : -1, .events = POLLIN};
        p[3] = (struct pollfd){.fd = j->running && !j->exited ? j->pidfd : -1, .events = POLLIN};
        any = any || (!j->running && run->options->mode == YOKE_PIPE_EACH) || !hungry;
    }
    /* the source is read when somebody can have the block */
    *polls_of(run, run->jobs_count) =
        (struct pollfd){.fd = any && wants_source(run) ? run->source.fd : -1, .events = POLLIN};
}

static int hear_job(pipe_run *run, job *j, const struct pollfd *p) {
    if (p[0].revents) YOKE_TRY(yoke__job_feed(j, run->copy, COPY));
    if (p[1].revents) YOKE_TRY(yoke__pipe_take(run, j, &j->out, false));
    if (p[2].revents) YOKE_TRY(yoke__pipe_take(run, j, &j->err, true));
    if (p[3].revents) yoke__job_reap(j);
    return YOKE_OK;
}

/* ---- ends of commands ---- */

static void tell(const pipe_run *run, const job *j, int status, bool will_retry) {
    const block *b = run->options->mode == YOKE_PIPE_EACH ? j->block : NULL;
    yoke_pipe_failure failure = {.number = j->result->number,
                                 .at = b ? b->at : 0,
                                 .size = b ? b->size : 0,
                                 .status = status,
                                 .timed_out = j->timed_out,
                                 .will_retry = will_retry};
    if (run->options->failed) run->options->failed(run->options->ctx, &failure);
}

static int try_again(pipe_run *run, job *j) {
    yoke__spool_clear(&j->result->output);
    yoke__spool_clear(&j->result->errors);
    j->attempt++;
    return start(run, j, j->waiting);
}

/* The later ones are of no use any more. */
static void stop_later(pipe_run *run) {
    run->stopping = true;
    for (int i = 0; i < run->jobs_count; i++)
        if (run->jobs[i].running && run->jobs[i].result->number > run->failed)
            yoke__job_stop(&run->jobs[i]);
}

/* The first in the order of numbers gives the status. */
static void note_failure(pipe_run *run, const result *r) {
    run->report->failures++;
    if (r->number > run->failed) return;
    run->failed = r->number;
    run->report->status = r->status;
}

/* A moving mean: how long commands take, from when they may read. */
static void note_time(pipe_run *run, const job *j) {
    yoke_deadline took = j->waiting ? 0 : yoke_deadline_in(0) - j->admitted;
    run->took += (took - run->took) / 4;
}

static int end_job(pipe_run *run, job *j) {
    int status = yoke__job_status(j);
    note_time(run, j);
    bool killed = run->stopping && j->result->number > run->failed;
    yoke__job_close(j);
    if (status && !killed) {
        bool again = j->attempt < run->options->retries;
        tell(run, j, status, again);
        if (again) return try_again(run, j);
    }
    j->result->status = status;
    j->result->done = true;
    take_away(j);
    if (!status || killed) return YOKE_OK;
    note_failure(run, j->result);
    if (run->options->fail_fast) stop_later(run);
    return YOKE_OK;
}

static void heed_deadline(job *j) {
    if (!j->running || !yoke_deadline_passed(j->deadline)) return;
    if (!j->told_to_end) j->timed_out = true;
    yoke__job_stop(j);
}

/* ---- the loop ---- */

static bool is_over(const pipe_run *run) {
    for (int i = 0; i < run->jobs_count; i++)
        if (run->jobs[i].running) return false;
    return run->stopping || (run->ended && !run->next && run->turn == run->begun);
}

static int hear(pipe_run *run) {
    for (int i = 0; i < run->jobs_count; i++) {
        job *j = &run->jobs[i];
        if (!j->running) continue;
        YOKE_TRY(hear_job(run, j, polls_of(run, i)));
        heed_deadline(j);
        if (yoke__job_over(j)) YOKE_TRY(end_job(run, j));
    }
    return YOKE_OK;
}

static int look(pipe_run *run) {
    prepare(run);
    int got = poll(run->polls, (nfds_t)run->jobs_count * PER_JOB + 1, wait_ms(run));
    if (got < 0 && errno != EINTR) return yoke_fail(YOKE_EIO, "cannot wait for commands: %m");
    if (yoke_progress_cancelled(run->options->progress)) return yoke_fail(YOKE_ECANCELED, NULL);
    if (got <= 0)
        memset(run->polls, 0, ((size_t)run->jobs_count * PER_JOB + 1) * sizeof *run->polls);
    return hear(run);
}

static int run_all(pipe_run *run) {
    for (;;) {
        YOKE_TRY(begin(run));
        YOKE_TRY(yoke__pipe_emit(run));
        if (is_over(run)) return YOKE_OK;
        YOKE_TRY(look(run));
    }
}

/* After a failure: nothing is left running. What they write is lost. */
static void end_all(pipe_run *run) {
    yoke_deadline deadline = yoke_deadline_in(GRACE);
    for (int i = 0; run->jobs && i < run->jobs_count; i++) yoke__job_stop(&run->jobs[i]);
    for (int i = 0; run->jobs && i < run->jobs_count; i++) yoke__job_end(&run->jobs[i], deadline);
}

int yoke_pipe_run(const yoke_pipe_options *options, yoke_pipe_report *report) {
    pipe_run run;
    *report = (yoke_pipe_report){0};
    YOKE_TRY(check(options));
    int status = open_run(&run, options, report);
    if (status >= 0) status = run_all(&run);
    if (status < 0) end_all(&run);
    close_run(&run);
    return status;
}

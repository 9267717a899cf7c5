/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke_verify_program: the plan of runs, and what is done with each. The first run is what all
 * others are compared with; runs get a group by the digest of all that came of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "perf/verify.h"
#include "runtime/clock.h"
#include "runtime/verify.h"
#include "yoke/hash.h"

enum { DEFAULT_RUNS = 3, MOST_THREADS = 4096, MOST_RUNS = 1000 };
static const int default_threads[] = {1, 2, 3, 8};

typedef struct verification {
    yoke_verify_options options; /* with defaults filled in */
    yoke_verify_report *report;
    verify_output *outputs;
    size_t output_count;
    int input, nowhere;
    int channel, first_channel;
    uint64_t random;
    double begin;      /* of the first run */
    uint64_t *digests; /* of each run */
    verify_counts counts;
    bool regions_differ;
    bool *differ; /* each output, and last the status */
} verification;

/* ---- options ---- */

static int check(const yoke_verify_options *o) {
    if (!o->command || !o->command[0]) return yoke_fail(YOKE_EINVAL, "verify: there is no command");
    if (o->runs < 0 || o->runs > MOST_RUNS || (o->thread_count && !o->threads))
        return yoke_fail(YOKE_EINVAL, "verify: %d runs, or no numbers of threads", o->runs);
    if ((o->schedule_count && !o->schedules) || (o->file_count && !o->files))
        return yoke_fail(YOKE_EINVAL, "verify: a list that is not there");
    for (size_t i = 0; i < o->thread_count; i++)
        if (o->threads[i] < 1 || o->threads[i] > MOST_THREADS)
            return yoke_fail(YOKE_EINVAL, "verify: %d threads", o->threads[i]);
    return YOKE_OK;
}

static void fill_in(yoke_verify_options *o) {
    if (!o->thread_count) {
        o->threads = default_threads;
        o->thread_count = sizeof default_threads / sizeof *default_threads;
    }
    if (!o->runs) o->runs = DEFAULT_RUNS;
    if (!o->seed) o->seed = 1;
}

/* ---- life ---- */

static int open_input(verification *v) {
    struct stat about;
    const char *path = v->options.input ? v->options.input : "/dev/null";
    v->input = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (v->input < 0) return yoke_fail(YOKE_EIO, "cannot read '%s': %m", path);
    if (!v->options.input || (fstat(v->input, &about) == 0 && S_ISREG(about.st_mode)))
        return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "'%s' is no regular file: each run has to read it anew", path);
}

static int open_outputs(verification *v) {
    const yoke_verify_options *o = &v->options;
    size_t room = o->file_count + 2;
    v->outputs = calloc(room, sizeof *v->outputs);
    v->differ = calloc(room + 1, sizeof *v->differ);
    if (!v->outputs || !v->differ) return yoke_fail(YOKE_ENOMEM, NULL);
    YOKE_TRY(yoke__verify_output_open(&v->outputs[v->output_count++], YOKE_VERIFY_OUTPUT, NULL));
    if (o->with_error)
        YOKE_TRY(yoke__verify_output_open(&v->outputs[v->output_count++], YOKE_VERIFY_ERROR, NULL));
    for (size_t i = 0; i < o->file_count; i++)
        YOKE_TRY(yoke__verify_output_open(&v->outputs[v->output_count++], YOKE_VERIFY_FILE,
                                          o->files[i]));
    return YOKE_OK;
}

static int open_all(verification *v) {
    size_t runs = 1 + (size_t)v->options.runs * v->options.thread_count;
    YOKE_TRY(open_input(v));
    v->nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (v->nowhere < 0) return yoke_fail(YOKE_EIO, "cannot open /dev/null: %m");
    YOKE_TRY(open_outputs(v));
    v->report->runs = calloc(runs, sizeof *v->report->runs);
    v->report->outputs = calloc(v->output_count, sizeof *v->report->outputs);
    v->report->differences = calloc(v->output_count + 2, sizeof *v->report->differences);
    v->digests = calloc(runs, sizeof *v->digests);
    if (v->report->runs && v->report->outputs && v->report->differences && v->digests)
        return YOKE_OK;
    return yoke_fail(YOKE_ENOMEM, NULL);
}

static int close_all(verification *v, int status) {
    const int descriptors[] = {v->input, v->nowhere, v->channel, v->first_channel};
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
    for (size_t i = 0; i < v->output_count; i++) {
        int closed = yoke__verify_output_close(&v->outputs[i]);
        if (status >= 0) status = closed;
    }
    free(v->outputs);
    free(v->differ);
    free(v->digests);
    return status;
}

/* ---- one run ---- */

/* What it came to, besides its outputs. */
typedef struct outcome {
    int status;
    bool timed_out;
    double seconds;
} outcome;

static int prepare(verification *v) {
    if (v->channel >= 0) close(v->channel);
    v->channel = yoke__verify_temporary();
    if (v->channel < 0) return v->channel;
    for (size_t i = 0; i < v->output_count; i++)
        YOKE_TRY(yoke__verify_output_prepare(&v->outputs[i]));
    if (lseek(v->input, 0, SEEK_SET) < 0) return yoke_fail(YOKE_EIO, "cannot rewind the input: %m");
    return YOKE_OK;
}

static int execute(verification *v, const verify_setting *setting, int error, outcome *came) {
    char channel[64];
    snprintf(channel, sizeof channel, "/proc/%ld/fd/%d", (long)getpid(), v->channel);
    char **environment =
        yoke__verify_environment(setting, v->options.without_regions ? NULL : channel);
    if (!environment) return yoke_fail(YOKE_ENOMEM, NULL);
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    if (v->options.with_error) error = v->outputs[1].now;
    int status =
        yoke__verify_process_run(&(verify_process){.command = v->options.command,
                                                   .environment = environment,
                                                   .input = v->input,
                                                   .output = v->outputs[0].now,
                                                   .error = error,
                                                   .fixed_addresses = setting->fixed_addresses,
                                                   .timeout = v->options.timeout,
                                                   .cancel = v->options.cancel},
                                 &came->status, &came->timed_out);
    came->seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    yoke__verify_environment_free(environment);
    return status;
}

/* Of all that came of a run. */
static uint64_t digest_of(const verification *v, const outcome *came) {
    const uint64_t seed[2] = {3, 4};
    uint64_t digest = yoke_hash_u64(seed, (uint64_t)came->status * 2 + came->timed_out);
    for (size_t i = 0; i < v->output_count; i++) {
        const verify_output *o = &v->outputs[i];
        digest = yoke_hash_words(seed, digest ^ o->digest, o->size, o->missing);
    }
    return yoke_hash_words(seed, digest, v->counts.digest, 1);
}

static int take_outputs(verification *v, bool is_first, size_t run) {
    for (size_t i = 0; i < v->output_count; i++) {
        yoke_verify_difference unused = {.run = run}, *d = &unused;
        yoke_verify_report *r = v->report;
        bool found;
        if (!v->differ[i]) d = &r->differences[r->difference_count];
        *d = unused;
        int status = yoke__verify_output_take(&v->outputs[i], is_first, &found, d);
        bool keeps = status >= 0 && found && d != &unused;
        if (keeps) {
            v->differ[i] = true;
            r->difference_count++;
        } else {
            free(d->name), free(d->first), free(d->other);
            *d = (yoke_verify_difference){.what = YOKE_VERIFY_STATUS};
        }
        if (status < 0) return status;
    }
    return YOKE_OK;
}

static int compare_regions(verification *v, size_t run) {
    yoke_verify_report *r = v->report;
    yoke_verify_difference found = {.run = run};
    int status = 0;
    if (!v->regions_differ)
        status = yoke__verify_records_compare(v->first_channel, v->channel, &found);
    if (status <= 0) {
        free(found.name), free(found.first), free(found.other);
        return status;
    }
    /* Calls come before outputs. */
    memmove(r->differences + 1, r->differences, r->difference_count * sizeof *r->differences);
    r->differences[0] = found;
    r->difference_count++;
    v->regions_differ = true;
    return YOKE_OK;
}

static char *say_status(const outcome *came) {
    char *text = NULL;
    int length = came->timed_out      ? asprintf(&text, "ended by the time limit")
                 : came->status > 128 ? asprintf(&text, "signal %d", came->status - 128)
                                      : asprintf(&text, "exit status %d", came->status);
    return length < 0 ? NULL : text;
}

static int compare_status(verification *v, const outcome *came, size_t run) {
    const yoke_verify_run *first = &v->report->runs[0];
    bool *differs = &v->differ[v->output_count];
    if (*differs || (came->status == first->status && came->timed_out == first->timed_out))
        return YOKE_OK;
    yoke_verify_difference *d = &v->report->differences[v->report->difference_count];
    *d = (yoke_verify_difference){.what = YOKE_VERIFY_STATUS, .run = run, .name = strdup("")};
    d->first = say_status(&(outcome){first->status, first->timed_out, 0});
    d->other = say_status(came);
    *differs = true;
    v->report->difference_count++;
    return d->name && d->first && d->other ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

/* ---- the first run, and the others ---- */

static int note_run(verification *v, const verify_setting *setting, const outcome *came) {
    yoke_verify_report *r = v->report;
    size_t index = r->run_count, like = 0;
    uint64_t digest = digest_of(v, came);
    int groups = 0;
    v->digests[index] = digest;
    while (v->digests[like] != digest) like++;
    for (size_t i = 0; i < index; i++)
        if (r->runs[i].group >= groups) groups = r->runs[i].group + 1;
    yoke_verify_run *run = &r->runs[r->run_count++];
    *run = (yoke_verify_run){.threads = setting->threads,
                             .settings = yoke__verify_setting_text(setting),
                             .status = came->status,
                             .timed_out = came->timed_out,
                             .seconds = came->seconds,
                             .group = like < index ? r->runs[like].group : groups};
    if (!run->settings) return yoke_fail(YOKE_ENOMEM, NULL);
    if (v->options.ran) v->options.ran(run, index, v->options.ctx);
    return YOKE_OK;
}

static int take_first(verification *v) {
    verify_setting setting = {.threads = v->options.threads[0]};
    outcome came;
    YOKE_TRY(prepare(v));
    v->begin = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(execute(v, &setting, -1, &came));
    if (came.timed_out)
        return yoke_fail(YOKE_ETIMEDOUT, "the first run took longer than %g s", v->options.timeout);
    YOKE_TRY(take_outputs(v, true, 0));
    YOKE_TRY(yoke__verify_records_count(v->channel, &v->counts));
    v->first_channel = v->channel;
    v->channel = -1;
    v->report->regions = v->counts.regions;
    v->report->announced = v->counts.announced;
    for (size_t i = 0; i < v->output_count; i++) {
        const verify_output *o = &v->outputs[i];
        v->report->outputs[v->report->output_count++] =
            (yoke_verify_output){o->what, o->path ? o->path : "", o->missing, o->size, o->digest};
    }
    return note_run(v, &setting, &came);
}

static int take_other(verification *v, const verify_setting *setting) {
    size_t index = v->report->run_count;
    outcome came;
    YOKE_TRY(prepare(v));
    YOKE_TRY(execute(v, setting, v->nowhere, &came));
    YOKE_TRY(take_outputs(v, false, index));
    YOKE_TRY(yoke__verify_records_count(v->channel, &v->counts));
    YOKE_TRY(compare_regions(v, index));
    YOKE_TRY(compare_status(v, &came, index));
    return note_run(v, setting, &came);
}

/* Times are often written in seconds. */
static void wait_for_another_second(const verification *v) {
    double left = v->begin + 1.05 - yoke__seconds(CLOCK_MONOTONIC);
    struct timespec pause = {.tv_nsec = 1};
    if (left <= 0) return;
    pause.tv_sec = left >= 1;
    pause.tv_nsec = (long)((left - (left >= 1)) * 1e9);
    nanosleep(&pause, NULL);
}

/* With each number of threads: first nothing else set, then all drawn. Of the first number that is
 * the repetition, which comes last. */
static int run_all(verification *v) {
    const yoke_verify_options *o = &v->options;
    verify_schedules schedules = {o->schedules, o->schedule_count};
    YOKE_TRY(take_first(v));
    for (int run = 0; run < o->runs; run++) {
        for (size_t i = 0; i < o->thread_count; i++) {
            verify_setting setting = {.threads = o->threads[i]};
            if (run == 0 && i == 0) continue;
            if (run > 0) yoke__verify_setting_draw(&setting, schedules, &v->random);
            YOKE_TRY(take_other(v, &setting));
        }
    }
    wait_for_another_second(v);
    return take_other(v, &(verify_setting){.threads = o->threads[0]});
}

/* ---- the cause ---- */

static int probe(void *ctx, const verify_setting *setting, uint64_t *digest) {
    verification *v = ctx;
    outcome came;
    YOKE_TRY(prepare(v));
    YOKE_TRY(execute(v, setting, v->nowhere, &came));
    for (size_t i = 0; i < v->output_count; i++) v->differ[i] = true; /* all are told already */
    YOKE_TRY(take_outputs(v, false, 0));
    YOKE_TRY(yoke__verify_records_count(v->channel, &v->counts));
    *digest = digest_of(v, &came);
    v->report->cause_runs++;
    return YOKE_OK;
}

static int find_cause(verification *v) {
    const yoke_verify_options *o = &v->options;
    if (!v->report->difference_count || o->without_cause) return YOKE_OK;
    verify_search search = {.threads = o->threads,
                            .thread_count = o->thread_count,
                            .schedules = {o->schedules, o->schedule_count},
                            .random = v->random,
                            .first = v->digests[0],
                            .probe = probe,
                            .ctx = v};
    return yoke__verify_cause(&search, &v->report->cause);
}

int yoke_verify_program(const yoke_verify_options *options, yoke_verify_report *report) {
    if (!options || !report) return yoke_fail(YOKE_EINVAL, "verify: no options or no report");
    YOKE_TRY(check(options));
    yoke_verify_report made = {.runs = NULL};
    verification v = {.options = *options,
                      .report = &made,
                      .input = -1,
                      .nowhere = -1,
                      .channel = -1,
                      .first_channel = -1};
    fill_in(&v.options);
    v.random = v.options.seed;
    int status = open_all(&v);
    if (status >= 0) status = run_all(&v);
    if (status >= 0) status = find_cause(&v);
    status = close_all(&v, status);
    if (status < 0)
        yoke_verify_report_fini(&made);
    else
        *report = made;
    return status < 0 ? status : YOKE_OK;
}

void yoke_verify_report_fini(yoke_verify_report *report) {
    for (size_t i = 0; i < report->run_count; i++) free(report->runs[i].settings);
    for (size_t i = 0; i < report->difference_count; i++) {
        yoke_verify_difference *d = &report->differences[i];
        free(d->name), free(d->first), free(d->other);
    }
    free(report->runs);
    free(report->outputs);
    free(report->differences);
    *report = (yoke_verify_report){.runs = NULL};
}

void yoke_verify_digest(const char *name, const void *data, size_t size) {
    if (yoke__verify_on()) yoke__verify_tell('D', name, "", data, size);
}

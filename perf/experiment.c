/* SPDX-License-Identifier: Apache-2.0
 *
 * Which configurations there are, and the order in which they are visited.
 *
 * Loads stay prepared between visits as long as all of them fit the memory that is allowed; how
 * much one takes is known from the first time. Before a load is prepared those that were not
 * visited for longest make room.
 */
#include "perf/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "perf/statistics.h"
#include "runtime/clock.h"
#include "yoke/random.h"
#include "yoke/team.h"

typedef struct experiment {
    yoke_experiment result; /* the first member: what the caller has */
    yoke_experiment_options options;
    yoke__program *programs;
    size_t program_count;
    yoke__point *points;
    size_t count, capacity;
    size_t *order; /* of visits in a round */
    size_t *age;   /* of points: the visit when it was last seen */
    size_t visits;
    yoke_scratch scratch;
    yoke__draws draws;
    yoke__counting counting;
} experiment;

/* ---- configurations ---- */

static const size_t own_size[] = {0};
static const double own_grain[] = {0};
static const yoke_affinity any_processor[] = {YOKE_AFFINITY_NONE};
static const int not_told[] = {0};

static int add_point(experiment *e, const yoke__point *point) {
    if (e->count == e->capacity) {
        size_t capacity = e->capacity ? 2 * e->capacity : 16;
        yoke__point *more = realloc(e->points, capacity * sizeof *more);
        if (!more) return yoke_fail(YOKE_ENOMEM, NULL);
        e->points = more;
        e->capacity = capacity;
    }
    e->points[e->count++] = *point;
    return 0;
}

static bool is_alike(const yoke_experiment_row *a, const yoke_experiment_row *b) {
    return a->subject == b->subject && a->threads == b->threads && a->size == b->size &&
           a->affinity == b->affinity && a->grain == b->grain;
}

/* Whether there is such a point: numbers of threads above the most that is allowed become that. */
static bool is_repeated(const experiment *e, const yoke__point *p) {
    for (size_t i = 0; i < e->count; i++)
        if (is_alike(&e->points[i].row, &p->row)) return true;
    return false;
}

static int add_threads(experiment *e, yoke__point p, const int *threads, size_t count) {
    size_t size = p.row.size;
    for (size_t i = 0; i < count; i++) {
        p.row.threads = threads[i];
        if (p.load->most_threads && threads[i] > p.load->most_threads)
            p.row.threads = p.load->most_threads;
        if (e->options.weak && p.row.threads) p.row.size = size * (size_t)p.row.threads;
        p.command.threads = p.row.threads;
        p.run = (yoke_run){.threads = p.row.threads,
                           .repro = e->options.repro,
                           .cancel = e->options.cancel,
                           .scratch = &e->scratch};
        if (!is_repeated(e, &p)) YOKE_TRY(add_point(e, &p));
    }
    return 0;
}

static int add_affinities(experiment *e, yoke__point p, bool program) {
    const yoke_experiment_options *o = &e->options;
    int usual[] = {1, yoke_team_default_size()};
    const int *threads = o->thread_count ? o->threads : program ? not_told : usual;
    size_t count = o->thread_count ? o->thread_count : program || usual[1] == 1 ? 1 : 2;
    for (size_t i = 0; i < o->affinity_count; i++) {
        p.row.affinity = o->affinities[i];
        YOKE_TRY(add_threads(e, p, threads, count));
    }
    return 0;
}

static int set_size(const yoke_load *load, size_t size, yoke__point *p) {
    size_t least = load->least ? load->least : load->size ? 1 : 0;
    p->row.size = size ? size : load->size;
    if (p->row.size >= least) return 0;
    return yoke_fail(YOKE_EINVAL, "%s: the size is at least %zu", load->name, least);
}

static size_t tasks_of(const yoke_experiment_options *o, const yoke__point *p) {
    double tasks = o->work / p->row.grain;
    return tasks < 1 ? 1 : tasks > 1e12 ? (size_t)1e12 : (size_t)tasks;
}

static int add_subject(experiment *e, size_t subject, const yoke_load *load,
                       yoke__program *program) {
    const yoke_experiment_options *o = &e->options;
    yoke__point p = {.load = load,
                     .command = {.program = program},
                     .state = {.seed = o->seed},
                     .counting = &e->counting};
    p.row.subject = subject;
    p.row.load = program ? program->name : load->name;
    p.row.group = load->group;
    p.row.unit = load->item;
    for (size_t i = 0; i < o->size_count; i++) {
        YOKE_TRY(set_size(load, o->sizes[i], &p));
        for (size_t k = 0; k < (load->grain > 0 ? o->grain_count : 1); k++) {
            p.row.grain = load->grain > 0 && o->grains[k] > 0 ? o->grains[k] : load->grain;
            if (p.row.grain > 0 && o->work > 0) YOKE_TRY(set_size(load, tasks_of(o, &p), &p));
            YOKE_TRY(add_affinities(e, p, program != NULL));
        }
    }
    return 0;
}

static int add_subjects(experiment *e) {
    const yoke_experiment_options *o = &e->options;
    e->programs = calloc(o->subject_count, sizeof *e->programs);
    if (!e->programs) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < o->subject_count; i++) {
        const yoke_subject *s = &o->subjects[i];
        const yoke_load *load = s->command ? &yoke__command_load : s->load;
        yoke__program *program = NULL;
        if (!load || (s->command && s->load)) {
            return yoke_fail(YOKE_EINVAL, "a subject is a load or a command");
        }
        if (s->command) {
            program = &e->programs[e->program_count++];
            YOKE_TRY(yoke__program_open(program, s->command));
        }
        YOKE_TRY(add_subject(e, i, load, program));
    }
    return 0;
}

/* ---- options ---- */

static bool is_share(double x) { return x > 0 && x < 1; }

static void set_defaults(yoke_experiment_options *o) {
    if (!(o->seconds > 0)) o->seconds = 10;
    if (o->precision == 0) o->precision = 0.02;
    if (o->confidence == 0) o->confidence = 0.95;
    if (!o->memory) o->memory = yoke__available() / 4;
    if (!o->memory) o->memory = (size_t)1 << 30;
    if (!o->size_count) o->sizes = own_size, o->size_count = 1;
    if (!o->grain_count) o->grains = own_grain, o->grain_count = 1;
    if (!o->affinity_count) o->affinities = any_processor, o->affinity_count = 1;
}

static int check_options(const yoke_experiment_options *o) {
    if (!o->subjects || !o->subject_count) return yoke_fail(YOKE_EINVAL, "nothing to measure");
    if (!is_share(o->precision) || !is_share(o->confidence)) {
        return yoke_fail(YOKE_EINVAL, "precision and confidence lie between 0 and 1");
    }
    for (size_t i = 0; i < o->thread_count; i++) {
        if (o->threads[i] < 1) return yoke_fail(YOKE_EINVAL, "%d threads", o->threads[i]);
    }
    for (size_t i = 0; i < o->affinity_count; i++) {
        if (o->affinities[i] < 0 || (int)o->affinities[i] >= YOKE_AFFINITIES)
            return yoke_fail(YOKE_EINVAL, "no such affinity");
    }
    return 0;
}

/* ---- visits ---- */

static size_t memory_held(const experiment *e) {
    size_t sum = 0;
    for (size_t i = 0; i < e->count; i++) sum += e->points[i].prepared ? e->points[i].memory : 0;
    return sum;
}

static void make_room(experiment *e, const yoke__point *next) {
    size_t needed = next->prepared ? 0 : next->memory;
    while (memory_held(e) + needed > e->options.memory) {
        size_t oldest = SIZE_MAX;
        for (size_t i = 0; i < e->count; i++) {
            if (&e->points[i] == next || !e->points[i].prepared || !e->points[i].memory) continue;
            if (oldest == SIZE_MAX || e->age[i] < e->age[oldest]) oldest = i;
        }
        if (oldest == SIZE_MAX) return;
        yoke__point_finish(&e->points[oldest]);
    }
}

static int visit(experiment *e, size_t index, size_t done) {
    yoke__point *p = &e->points[index];
    const yoke_experiment_options *o = &e->options;
    if (yoke_cancel_requested(o->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
    make_room(e, p);
    YOKE_TRY(yoke__point_visit(p, o));
    e->age[index] = ++e->visits;
    if (p->done) yoke__point_finish(p);
    make_room(e, p);
    if (o->tell) o->tell(o->ctx, done + p->done, e->count, p->row.load);
    return 0;
}

/* Fisher and Yates. */
static void shuffle(experiment *e, size_t count) {
    for (size_t i = count; i > 1; i--) {
        size_t k = yoke_random_below(e->draws.random, e->draws.next++, i), kept = e->order[i - 1];
        e->order[i - 1] = e->order[k];
        e->order[k] = kept;
    }
}

static int run_rounds(experiment *e) {
    for (;;) {
        size_t left = 0;
        for (size_t i = 0; i < e->count; i++) {
            if (!e->points[i].done) e->order[left++] = i;
        }
        if (!left) return 0;
        shuffle(e, left);
        for (size_t i = 0, done = e->count - left; i < left; i++) {
            YOKE_TRY(visit(e, e->order[i], done));
            done += e->points[e->order[i]].done;
        }
    }
}

/* ---- the whole ---- */

static int fill_rows(experiment *e) {
    e->result.rows = calloc(e->count + 1, sizeof *e->result.rows);
    if (!e->result.rows) return yoke_fail(YOKE_ENOMEM, NULL);
    e->result.row_count = e->count;
    for (size_t i = 0; i < e->count; i++) {
        yoke__point_settle(&e->points[i], &e->options);
        e->result.rows[i] = e->points[i].row;
    }
    return 0;
}

static int run(experiment *e) {
    const yoke_experiment_options *o = &e->options;
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(check_options(o));
    YOKE_TRY(add_subjects(e));
    YOKE_TRY(yoke__counting_start(&e->counting, o->likwid));
    e->order = calloc(e->count + 1, sizeof *e->order);
    e->age = calloc(e->count + 1, sizeof *e->age);
    if (!e->order || !e->age) return yoke_fail(YOKE_ENOMEM, NULL);
    e->draws.random = (yoke_random){.seed = o->seed, .stream = 1};
    int status = run_rounds(e);
    if (status < 0 && !(status == YOKE_ECANCELED && o->partial)) return status;
    YOKE_TRY(fill_rows(e));
    e->result.seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    e->result.precision = o->precision;
    e->result.confidence = o->confidence;
    e->result.seed = o->seed;
    e->result.weak = o->weak;
    e->result.metrics = e->counting.metrics;
    e->result.metric_count = e->counting.count;
    e->result.notes = e->counting.notes;
    return 0;
}

/* What is not part of the result. */
static void end_work(experiment *e) {
    for (size_t i = 0; i < e->count; i++) yoke__point_finish(&e->points[i]);
    yoke__counting_end(&e->counting);
    yoke_scratch_fini(&e->scratch);
    free(e->order);
    free(e->age);
    e->order = e->age = NULL;
}

int yoke_experiment_run(const yoke_experiment_options *options, yoke_experiment **result) {
    if (!options || !result)
        return yoke_fail(YOKE_EINVAL, "no options, or no place for the result");
    experiment *e = calloc(1, sizeof *e);
    if (!e) return yoke_fail(YOKE_ENOMEM, NULL);
    e->options = *options;
    set_defaults(&e->options);
    int status = run(e);
    end_work(e);
    if (status < 0) {
        yoke_experiment_destroy(&e->result);
        return status;
    }
    *result = &e->result;
    return 0;
}

void yoke_experiment_destroy(yoke_experiment *result) {
    experiment *e = (experiment *)result;
    if (!e) return;
    for (size_t i = 0; i < e->count; i++) {
        free(e->points[i].samples);
        free(e->points[i].counted);
        free(e->points[i].metrics);
    }
    yoke__counting_free(&e->counting);
    for (size_t i = 0; i < e->program_count; i++) yoke__program_close(&e->programs[i]);
    free(e->points);
    free(e->programs);
    free(e->result.rows);
    free(e);
}

int yoke_experiment_compare(const yoke_experiment_row *row, const yoke_experiment_row *other,
                            double threshold, double confidence, uint64_t seed,
                            yoke_comparison *comparison) {
    if (!row || !other || row->status || other->status) {
        return yoke_fail(YOKE_EINVAL, "a row without figures");
    }
    yoke_samples a = {row->samples, row->runs}, b = {other->samples, other->runs};
    return yoke_stat_compare(&a, 1, &b, 1, threshold, confidence, seed, comparison);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring a run: starting the recorders, and making a profile of what they hold.
 */
#include "perf/measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "perf/counters.h"
#include "perf/figures.h"
#include "perf/locks.h"
#include "perf/origin.h"
#include "perf/profile.h"
#include "yoke/machine.h"

enum { SPANS = 4096, NOTES = 4096 };

/* What goes from start to stop. */
typedef struct plan {
    char *program; /* NULL: this program's name */
    yoke__counters counters;
    yoke__figures figures;
    yoke__locks locks;
    char notes[NOTES]; /* on what is not counted */
} plan;

/* The columns before those of the sampler, in the order of yoke__event. */
static const yoke_metric own[YOKE__EVENTS] = {
    [YOKE__EVENT_TASKS] = {YOKE_METRIC_TASKS, "", YOKE_SOURCE_OWN, true},
    [YOKE__EVENT_STEALS] = {YOKE_METRIC_STEALS, "", YOKE_SOURCE_OWN, true},
    [YOKE__EVENT_BLOCKS] = {YOKE_METRIC_BLOCKS, "", YOKE_SOURCE_OWN, true},
    [YOKE__EVENT_SLEEPS] = {YOKE_METRIC_SLEEPS, "", YOKE_SOURCE_OWN, true},
    [YOKE__EVENT_FLOPS] = {YOKE_METRIC_FLOPS, "flops", YOKE_SOURCE_OWN, true},
    [YOKE__EVENT_BYTES] = {YOKE_METRIC_BYTES, "bytes", YOKE_SOURCE_OWN, true},
};

static void plan_free(plan *of) {
    if (!of) return;
    free(of->program);
    yoke__figures_free(&of->figures);
    yoke__locks_free(&of->locks);
    free(of);
}

static plan *plan_make(const yoke_measure_options *options) {
    plan *made = calloc(1, sizeof *made);
    if (made && options->program) made->program = strdup(options->program);
    if (made && (made->program || !options->program)) return made;
    plan_free(made);
    return NULL;
}

static int start(plan *of, const yoke_measure_options *options) {
    yoke__text notes = {of->notes, sizeof of->notes, 0};
    yoke__counters_choose(&of->counters, options->without, options->likwid, &notes);
    yoke__sampler *sampler = &of->counters.sampler;
    bool needed = sampler->columns > 0 || sampler->enter;
    size_t spans = options->spans ? options->spans : SPANS;
    int status = yoke__session_start(needed ? sampler : NULL, spans, of);
    if (status < 0) yoke__likwid_end(&of->counters);
    return status;
}

int yoke_measure_start(const yoke_measure_options *options) {
    static const yoke_measure_options defaults;
    if (!options) options = &defaults;
    plan *made = plan_make(options);
    if (!made) return yoke_fail(YOKE_ENOMEM, "no memory for a plan of what to measure");
    int status = YOKE_EINVAL;
    if (yoke__figures_begin(&made->figures)) {
        status = start(made, options);
        if (status < 0) yoke__figures_end(&made->figures);
    } else {
        yoke_fail(status, "a measurement runs already");
    }
    if (status < 0) plan_free(made);
    return status;
}

/* ---- the head of a profile ---- */

static int fill_head(yoke_profile *p, const yoke__session *session) {
    char machine[256], command[4096];
    yoke_cpu_limit limit;
    p->seconds = (double)(session->end.ns - session->begin.ns) * 1e-9;
    const plan *of = session->data;
    const char *program = of->program ? of->program : program_invocation_name;
    p->program = yoke__perf_profile_text(p, program);
    yoke__command_line(command, sizeof command);
    p->command = yoke__perf_profile_text(p, command);
    yoke__machine_name(machine, sizeof machine);
    p->machine = yoke__perf_profile_text(p, machine);
    if (yoke_cpu_limit_read(NULL, &limit) == YOKE_OK) {
        p->cpu_limit = limit.threads;
        p->cpu_limit_source = yoke__perf_profile_text(p, limit.bounds[limit.binding].source);
    }
    bool whole = p->program && p->command && p->machine && p->cpu_limit_source;
    return whole ? YOKE_OK : YOKE_ENOMEM;
}

static int add_metric(yoke_profile *p, yoke_metric metric) {
    metric.name = yoke__perf_profile_text(p, metric.name);
    p->metrics[p->metric_count++] = metric;
    return metric.name ? YOKE_OK : YOKE_ENOMEM;
}

static int fill_metrics(yoke_profile *p, const yoke__counters *counters) {
    int shown = counters->sampler.columns - counters->hidden;
    size_t count = YOKE__EVENTS + (size_t)shown + (size_t)counters->derived_count;
    p->metrics = yoke__perf_profile_array(p, count, sizeof *p->metrics);
    if (!p->metrics) return YOKE_ENOMEM;
    for (int i = 0; i < YOKE__EVENTS; i++) YOKE_TRY(add_metric(p, own[i]));
    for (int i = 0; i < counters->sampler.columns; i++)
        if (counters->column[i].metric.name) YOKE_TRY(add_metric(p, counters->column[i].metric));
    for (int i = 0; i < counters->derived_count; i++)
        YOKE_TRY(add_metric(p, counters->derived[i].metric));
    return YOKE_OK;
}

/* Reports of nothing but the whole run say why. */
static void add_missing(const yoke_profile *p, yoke__text *notes) {
    if (YOKE__NO_REGIONS)
        yoke__text_add(notes,
                       "regions: libyoke was compiled without them (YOKE_NO_REGIONS), so "
                       "what it does, its tasks and its waits are not measured\n");
    if (p->region_count == 1)
        yoke__text_add(notes,
                       "regions: none began, or they are in files compiled with YOKE_NO_REGIONS\n");
}

static int fill_notes(yoke_profile *p, const yoke__session *session) {
    char data[2 * NOTES];
    yoke__text notes = {data, sizeof data, 0};
    plan *of = session->data;
    add_missing(p, &notes);
    yoke__text_add(&notes, "%s", of->notes);
    yoke__counters_notes(&notes, &of->counters);
    if (of->locks.lost) yoke__text_add(&notes, "locks: no memory for all of them\n");
    if (of->figures.lost) yoke__text_add(&notes, "figures of objects: no memory for all of them\n");
    yoke__gather_notes(&notes, session);
    p->notes = yoke__perf_profile_text(p, data);
    return p->notes ? YOKE_OK : YOKE_ENOMEM;
}

static int fill(yoke_profile *p, const yoke__session *session) {
    const plan *of = session->data;
    const yoke__counters *counters = &of->counters;
    YOKE_TRY(fill_head(p, session));
    YOKE_TRY(fill_metrics(p, counters));
    YOKE_TRY(yoke__gather(p, session, counters));
    YOKE_TRY(yoke__figures_fill(p, &of->figures));
    YOKE_TRY(yoke__locks_fill(p, &of->locks));
    return fill_notes(p, session);
}

static int make(yoke_profile **profile, const yoke__session *session) {
    yoke_profile *made = yoke__perf_profile_create();
    if (!made || fill(made, session) < 0) {
        yoke_profile_destroy(made);
        return yoke_fail(YOKE_ENOMEM, "no memory for a profile");
    }
    *profile = made;
    return YOKE_OK;
}

int yoke_measure_stop(yoke_profile **profile) {
    yoke__session session;
    YOKE_TRY(yoke__session_stop(&session));
    plan *of = session.data;
    yoke__figures_read(&of->figures);
    yoke__locks_read(&of->locks, session.number);
    int status = profile ? make(profile, &session) : YOKE_OK;
    yoke__likwid_end(&of->counters);
    yoke__figures_end(&of->figures); /* last: likwid can be used by one measurement at a time */
    plan_free(of);
    yoke__session_free(&session);
    return status;
}

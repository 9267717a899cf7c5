/* SPDX-License-Identifier: Apache-2.0
 *
 * The sampler that threads call: all layers, one after the other.
 */
#include "perf/counters.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* perf_event before the kernel's own, which does without a clock when it has one already. */
static const yoke__layer *const layers[YOKE__LAYERS] = {&yoke__layer_software, &yoke__layer_kernel,
                                                        &yoke__layer_hardware, &yoke__layer_likwid};

typedef struct thread_counters {
    yoke__counters *of;
    void *handle[YOKE__LAYERS];
} thread_counters;

static void *open_all(yoke__sampler *sampler) {
    yoke__counters *counters = (yoke__counters *)sampler;
    bool may = atomic_fetch_add(&counters->threads, 1) < counters->threads_most;
    thread_counters *made = may ? calloc(1, sizeof *made) : NULL;
    if (!made) {
        atomic_fetch_sub(&counters->threads, 1);
        atomic_fetch_add(&counters->refused, 1);
        return NULL;
    }
    made->of = counters;
    for (int i = 0; i < YOKE__LAYERS; i++) {
        if (counters->begin[i + 1] > counters->begin[i])
            made->handle[i] = layers[i]->open(counters);
    }
    return made;
}

static bool read_all(void *state, pid_t tid, bool own, double *values) {
    thread_counters *thread = state;
    const int *begin = thread->of->begin;
    for (int i = 0; i < YOKE__LAYERS; i++) {
        for (int j = begin[i]; j < begin[i + 1]; j++) values[j] = YOKE_NOT_MEASURED;
        if (thread->handle[i]) layers[i]->read(thread->handle[i], tid, own, values + begin[i]);
    }
    return true;
}

static void settle_all(const yoke__sampler *sampler, double *change) {
    const int *begin = ((const yoke__counters *)sampler)->begin;
    for (int i = 0; i < YOKE__LAYERS; i++) {
        if (layers[i]->settle && begin[i + 1] > begin[i])
            layers[i]->settle(change + begin[i], begin[i + 1] - begin[i]);
    }
}

static void close_all(void *state) {
    thread_counters *thread = state;
    for (int i = 0; i < YOKE__LAYERS; i++) {
        if (thread->handle[i]) layers[i]->close(thread->handle[i]);
    }
    atomic_fetch_sub(&thread->of->threads, 1);
    free(thread);
}

void yoke__counters_add(yoke__counters *counters, yoke_metric metric, double scale) {
    int at = counters->sampler.columns;
    if (at == YOKE__COLUMNS) return;
    counters->column[at] = (yoke__column){metric, scale, NULL};
    counters->sampler.columns++;
}

void yoke__counters_add_variable(yoke__counters *counters, yoke_metric metric,
                                 const char *variable) {
    yoke__counters_add(counters, metric, 1);
    counters->column[counters->sampler.columns - 1].variable = variable;
}

void yoke__counters_add_hidden(yoke__counters *counters) {
    int before = counters->sampler.columns;
    yoke__counters_add(counters, (yoke_metric){.name = NULL}, 1);
    counters->hidden += counters->sampler.columns - before;
}

void yoke__counters_derive(yoke__counters *counters, yoke_metric metric, const char *formula) {
    if (counters->derived_count == YOKE__DERIVED) return;
    counters->derived[counters->derived_count++] = (yoke__derived){metric, formula};
}

void yoke__counters_notes(yoke__text *notes, yoke__counters *counters) {
    int without = atomic_load(&counters->refused);
    if (without > 0)
        yoke__text_add(notes,
                       "%d threads have no figures of the kernel: no memory, or no files left\n",
                       without);
}

/* ---- figures ---- */

/* What a formula is evaluated for. */
typedef struct derivation {
    const yoke__counters *counters;
    const double *columns;
} derivation;

static bool is_text(const char *text, const char *name, size_t length) {
    return text && strlen(text) == length && memcmp(text, name, length) == 0;
}

static bool find_variable(const void *ctx, const char *name, size_t length, double *value) {
    const derivation *of = ctx;
    const yoke__counters *counters = of->counters;
    for (int i = 0; i < counters->sampler.columns; i++) {
        if (!is_text(counters->column[i].variable, name, length)) continue;
        *value = of->columns[i];
        return true;
    }
    *value = counters->clock > 0 ? 1 / counters->clock : YOKE_NOT_MEASURED;
    return is_text("inverseClock", name, length);
}

void yoke__counters_values(const yoke__counters *counters, const double *columns, double *values) {
    derivation of = {counters, columns};
    for (int i = 0; i < counters->sampler.columns; i++) {
        const yoke__column *column = &counters->column[i];
        if (!column->metric.name) continue;
        *values++ = columns ? columns[i] * column->scale : YOKE_NOT_MEASURED;
    }
    for (int i = 0; i < counters->derived_count; i++) {
        const char *formula = counters->derived[i].formula;
        *values++ = columns ? yoke__formula_value(formula, find_variable, &of) : YOKE_NOT_MEASURED;
    }
}

/* ---- choosing ---- */

/* An eighth of the files that may be open is ours, and a thread has up to eight. */
static int most_threads(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > 1 << 16) return 1 << 10;
    return (int)files.rlim_cur / 64 + 1;
}

void yoke__counters_choose(yoke__counters *counters, unsigned without, const char *likwid,
                           yoke__text *notes) {
    *counters =
        (yoke__counters){.sampler = {.open = open_all, .read = read_all, .close = close_all},
                         .without = without,
                         .likwid = likwid && *likwid ? likwid : NULL,
                         .threads_most = most_threads(),
                         .kernel_clock = true};
    for (int i = 0; i < YOKE__LAYERS; i++) {
        if (!(without & 1u << layers[i]->source)) layers[i]->choose(counters, notes);
        counters->begin[i + 1] = counters->sampler.columns;
        if (layers[i]->settle && counters->begin[i + 1] > counters->begin[i])
            counters->sampler.settle = settle_all;
    }
}

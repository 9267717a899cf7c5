/* SPDX-License-Identifier: Apache-2.0
 *
 * What --compare found, as a table or as JSON.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/bench.h"
#include "cli/json_text.h"

static double confidence_of(const bench_options *o) {
    return o->run.confidence > 0 ? o->run.confidence : 0.95;
}

static const char *verdict(const yoke_change *x, double confidence) {
    if (x->regression) return "REGRESSION";
    if (x->faster >= confidence) return "faster";
    return "";
}

static void add_place(const yoke_change *x, buffer *to) {
    char name[256];
    yoke_experiment_row row = {.load = x->load,
                               .size = x->size,
                               .threads = x->threads,
                               .affinity = x->affinity,
                               .grain = x->grain};
    buffer_print(to, "%-44s", bench_row_name(&row, name));
}

void bench_write_changes(const bench_options *o, const yoke_changes *changes, buffer *to) {
    double confidence = confidence_of(o), threshold = o->threshold > 0 ? o->threshold : 0.05;
    buffer_print(to, "%-44s  %11s  %18s  %10s  %10s\n", "configuration", "time ratio", "interval",
                 "P(slower)", "runs");
    for (size_t i = 0; i < changes->count; i++) {
        const yoke_change *x = &changes->all[i];
        const yoke_estimate *r = &x->comparison.ratio;
        add_place(x, to);
        buffer_print(to, "  %11.4f  %8.4f to %6.4f  %10.4f", r->value, r->low, r->high,
                     x->comparison.probability);
        buffer_print(to, "  %4zu %5zu  %s", x->before_runs, x->after_runs, verdict(x, confidence));
        while (to->size && to->data[to->size - 1] == ' ') to->size--;
        buffer_add_byte(to, '\n');
    }
    buffer_print(to,
                 "%zu of %zu slower by more than %g %%, with a probability of at least %g %%; P is "
                 "that of being slower by more than that\n",
                 changes->regressions, changes->count, 100 * threshold, 100 * confidence);
    if (changes->alone)
        buffer_print(to, "%zu configurations are kept of one side only\n", changes->alone);
}

static int add_change(const yoke_change *x, buffer *to) {
    const yoke_comparison *c = &x->comparison;
    json_t *row = json_pack(
        "{s:o, s:I, s:i, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:I, s:I, s:I, s:I}", "load",
        json_text(x->load), "size", (json_int_t)x->size, "threads", x->threads, "affinity",
        yoke_affinity_name(x->affinity), "grain_s", x->grain, "ratio", c->ratio.value, "low",
        c->ratio.low, "high", c->ratio.high, "probability_slower", c->probability,
        "probability_faster", x->faster, "p_slower", x->p_slower, "regression", x->regression,
        "before_runs", (json_int_t)x->before_runs, "after_runs", (json_int_t)x->after_runs,
        "before_sessions", (json_int_t)x->before_sessions, "after_sessions",
        (json_int_t)x->after_sessions);
    char *text = row ? json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(row);
    if (!text) return yoke_fail(YOKE_ENOMEM, NULL);
    buffer_add_string(to, text);
    free(text);
    return 0;
}

int bench_write_changes_lines(const yoke_changes *changes, buffer *to) {
    for (size_t i = 0; i < changes->count; i++) {
        YOKE_TRY(add_change(&changes->all[i], to));
        buffer_add_byte(to, '\n');
    }
    return 0;
}

int bench_write_changes_json(const yoke_changes *changes, buffer *to) {
    buffer_print(to, "\"regressions\":%zu,\"changes\":[", changes->regressions);
    for (size_t i = 0; i < changes->count; i++) {
        if (i) buffer_add_byte(to, ',');
        YOKE_TRY(add_change(&changes->all[i], to));
    }
    buffer_add_byte(to, ']');
    return 0;
}

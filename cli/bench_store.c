/* SPDX-License-Identifier: Apache-2.0
 *
 * Results that are kept, and the comparison of commits by them.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/sink.h"

/* The path of the options, or the usual one; to free. */
static int find_path(const bench_options *o, char **path) {
    if (!o->database) return yoke_results_path(path);
    *path = strdup(o->database);
    return *path ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

static int open_path(const bench_options *o, yoke_results **results) {
    char *path = NULL;
    int status = find_path(o, &path);
    if (!status) status = yoke_results_open(path, results);
    free(path);
    return status;
}

int bench_store_open(const bench_options *o, yoke_results **results) {
    if (o->no_database || (!o->database && !yoke_results_engine())) return 0;
    int status = open_path(o, results);
    if (status == 0 || o->database || status == YOKE_ENOMEM) return status;
    message("results are not kept: %s", yoke_error_detail());
    return 0;
}

int bench_store_add(yoke_results *results, const yoke_experiment *experiment) {
    yoke_origin origin;
    YOKE_TRY(yoke_origin_read(&origin));
    return yoke_results_add(results, &origin, experiment);
}

/* ---- comparing ---- */

typedef struct comparison {
    char before[80], after[80];
    bool has_after;
    yoke_origin origin;
    yoke_changes changes;
} comparison;

/* What git knows by that name, else the name itself: digits of a commit that it does not have. */
static int resolve(const char *name, size_t size, char commit[80]) {
    static const char mark[] = "-dirty";
    char word[256], found[72];
    size_t tail = sizeof mark - 1;
    if (!size || size >= sizeof word)
        return yoke_fail(YOKE_EINVAL, "--compare: expected a commit, or two as A..B");
    memcpy(word, name, size);
    word[size] = '\0';
    bool dirty = size > tail && strcmp(word + size - tail, mark) == 0;
    if (dirty) word[size - tail] = '\0';
    bool known = yoke_origin_commit(word, found) == 0;
    if (!known && strlen(word) > 64) return yoke_fail(YOKE_EINVAL, "--compare: no such commit");
    strcpy(commit, known ? found : word);
    if (dirty) strcat(commit, mark);
    return 0;
}

static int read_sides(const char *text, comparison *c) {
    const char *dots = strstr(text, "..");
    YOKE_TRY(resolve(text, dots ? (size_t)(dots - text) : strlen(text), c->before));
    c->has_after = dots != NULL;
    return dots ? resolve(dots + 2, strlen(dots + 2), c->after) : 0;
}

static int find_changes(const bench_options *o, comparison *c) {
    yoke_results *results = NULL;
    YOKE_TRY(open_path(o, &results));
    int status = yoke_origin_read(&c->origin);
    yoke_results_query query = {.before = c->before,
                                .after = c->has_after ? c->after : NULL,
                                .loads = o->names,
                                .load_count = o->name_count,
                                .origin = &c->origin,
                                .threshold = o->threshold,
                                .confidence = o->run.confidence,
                                .seed = o->run.seed};
    if (!status) status = yoke_results_compare(results, &query, &c->changes);
    yoke_results_close(results);
    return status;
}

/* ---- writing ---- */

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

static void write_table(const bench_options *o, const comparison *c, buffer *to) {
    double confidence = o->run.confidence > 0 ? o->run.confidence : 0.95;
    double threshold = o->threshold > 0 ? o->threshold : 0.05;
    buffer_print(to, "%-44s  %11s  %18s  %10s  %10s\n", "configuration", "time ratio", "interval",
                 "P(slower)", "runs");
    for (size_t i = 0; i < c->changes.count; i++) {
        const yoke_change *x = &c->changes.all[i];
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
                 c->changes.regressions, c->changes.count, 100 * threshold, 100 * confidence);
    if (c->changes.alone)
        buffer_print(to, "%zu configurations are kept of one side only\n", c->changes.alone);
}

static int add_change(const yoke_change *x, buffer *to) {
    const yoke_comparison *c = &x->comparison;
    json_t *row = json_pack(
        "{s:s, s:I, s:i, s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:I, s:I, s:I, s:I}", "load",
        x->load, "size", (json_int_t)x->size, "threads", x->threads, "affinity",
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

static int write_changes(const bench_options *o, const comparison *c, buffer *to) {
    bool lines = o->output == BENCH_JSONL;
    if (o->output == BENCH_TABLE) return write_table(o, c, to), 0;
    if (!lines) buffer_print(to, "{\"regressions\":%zu,\"changes\":[", c->changes.regressions);
    for (size_t i = 0; i < c->changes.count; i++) {
        if (i && !lines) buffer_add_byte(to, ',');
        YOKE_TRY(add_change(&c->changes.all[i], to));
        if (lines) buffer_add_byte(to, '\n');
    }
    if (!lines) buffer_add_string(to, "]}\n");
    return 0;
}

static int write_out(const bench_options *o, const comparison *c) {
    buffer text = {0};
    sink to;
    int status = write_changes(o, c, &text);
    if (!status && text.failed) status = yoke_fail(YOKE_ENOMEM, NULL);
    if (status < 0) {
        buffer_free(&text);
        return message("%s", yoke_error_detail()), EXIT_FAULT;
    }
    status = sink_open(&to, o->output_path);
    if (!status) status = sink_write(&to, text.data ? text.data : "", text.size);
    if (!status) status = sink_commit(&to);
    sink_abandon(&to);
    buffer_free(&text);
    if (status < 0) return sink_exit_status(&to, status);
    return c->changes.regressions ? BENCH_REGRESSION : 0;
}

int bench_compare(const bench_options *o) {
    comparison c = {.has_after = false};
    int status = read_sides(o->compare, &c);
    if (status == YOKE_EINVAL) return message_usage("%s", yoke_error_detail());
    if (!status) status = find_changes(o, &c);
    if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    status = write_out(o, &c);
    yoke_changes_free(&c.changes);
    return status;
}

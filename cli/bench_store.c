/* SPDX-License-Identifier: Apache-2.0
 *
 * Results that are kept, and the comparison of commits by them.
 */
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
    bool needed = o->database || o->compare;
    if (o->no_database || (!needed && !yoke_results_engine())) return 0;
    int status = open_path(o, results);
    if (status == 0 || needed || status == YOKE_ENOMEM) return status;
    message("results are not kept: %s", yoke_error_detail());
    return 0;
}

int bench_store_add(yoke_results *results, const yoke_experiment *experiment) {
    yoke_origin origin;
    YOKE_TRY(yoke_origin_read(&origin));
    return yoke_results_add(results, &origin, experiment);
}

/* ---- comparing ---- */

/* What git knows by that name, else the name itself: digits of a commit that it does not have. */
static int resolve(const char *name, size_t size, char commit[80]) {
    static const char mark[] = "-dirty";
    size_t tail = sizeof mark - 1;
    if (!size) return yoke_fail(YOKE_EINVAL, "--compare: expected a commit, or two as A..B");
    char found[72], *word = strndup(name, size);
    if (!word) return yoke_fail(YOKE_ENOMEM, NULL);
    bool dirty = size > tail && strcmp(word + size - tail, mark) == 0;
    if (dirty) word[size - tail] = '\0';
    bool known = yoke_origin_commit(word, found) == 0;
    bool fits = known || strlen(word) <= 64;
    if (fits) strcat(strcpy(commit, known ? found : word), dirty ? mark : "");
    free(word);
    return fits ? 0 : yoke_fail(YOKE_EINVAL, "--compare: no such commit");
}

int bench_sides_read(const char *text, bench_sides *sides) {
    const char *dots = strstr(text, "..");
    *sides = (bench_sides){.has_after = dots != NULL};
    YOKE_TRY(resolve(text, dots ? (size_t)(dots - text) : strlen(text), sides->before));
    if (!dots) return 0;
    YOKE_TRY(resolve(dots + 2, strlen(dots + 2), sides->after));
    if (strcmp(sides->before, sides->after) != 0) return 0;
    return yoke_fail(YOKE_EINVAL, "--compare: both sides are %s", sides->before);
}

int bench_changes_find(const bench_options *o, const bench_sides *sides, yoke_results *results,
                       const yoke_experiment *measured, yoke_changes *changes) {
    yoke_origin origin;
    YOKE_TRY(yoke_origin_read(&origin));
    yoke_results_query query = {.before = sides->before,
                                .after = sides->has_after ? sides->after : NULL,
                                .measured = measured,
                                .loads = o->names,
                                .load_count = measured ? 0 : o->name_count,
                                .origin = &origin,
                                .threshold = o->threshold,
                                .confidence = o->run.confidence,
                                .seed = o->run.seed};
    return yoke_results_compare(results, &query, changes);
}

/* ---- without measuring ---- */

static int write_changes(const bench_options *o, const yoke_changes *changes, buffer *to) {
    if (o->output == BENCH_TABLE) return bench_write_changes(o, changes, to), 0;
    if (o->output == BENCH_JSONL) return bench_write_changes_lines(changes, to);
    buffer_add_byte(to, '{');
    YOKE_TRY(bench_write_changes_json(changes, to));
    buffer_add_string(to, "}\n");
    return 0;
}

static int write_out(const bench_options *o, const yoke_changes *changes) {
    buffer text = {0};
    sink to;
    int status = write_changes(o, changes, &text);
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
    return changes->regressions ? BENCH_REGRESSION : 0;
}

int bench_compare(const bench_options *o, const bench_sides *sides) {
    yoke_results *results = NULL;
    yoke_changes changes = {.count = 0};
    int status = bench_store_open(o, &results);
    if (!status) status = bench_changes_find(o, sides, results, NULL, &changes);
    yoke_results_close(results);
    if (status < 0) return message("%s", yoke_error_detail()), EXIT_FAULT;
    status = write_out(o, &changes);
    yoke_changes_free(&changes);
    return status;
}

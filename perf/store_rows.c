/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in and out of the database.
 */
#include "perf/store.h"

#ifdef YOKE_HAVE_SQLITE

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "perf/emit.h"
#include "perf/names.h"

/* ---- in ---- */

static int bind_text(sqlite3_stmt *s, int place, const char *text) {
    return sqlite3_bind_text(s, place, text, -1, SQLITE_STATIC);
}

static int add_session(yoke_results *r, const yoke_origin *o, const yoke_experiment *e) {
    sqlite3_stmt *s;
    YOKE_TRY(yoke__store_prepare(
        r,
        "INSERT INTO session(time, machine, cpus, cpu_source, compiler, flags, yoke, revision,"
        " dirty, seed, weak) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?1, ?2, ?3, ?4, ?5, ?6,"
        " ?7, ?8, ?9, ?10)",
        &s));
    const char *const texts[] = {o->machine, o->cpu_source, o->compiler,
                                 o->flags,   o->version,    o->revision};
    const int places[] = {1, 3, 4, 5, 6, 7};
    int code = SQLITE_OK;
    for (int i = 0; i < 6; i++) code |= bind_text(s, places[i], texts[i]);
    code |= sqlite3_bind_int(s, 2, o->cpus) | sqlite3_bind_int(s, 8, o->dirty);
    code |= sqlite3_bind_int64(s, 9, (sqlite3_int64)e->seed) | sqlite3_bind_int(s, 10, e->weak);
    int status = code == SQLITE_OK ? yoke__store_do(r, s) : yoke__store_fail(r, SQLITE_NOMEM);
    sqlite3_finalize(s);
    return status;
}

/* A JSON array of numbers, of null where there is none. To free; NULL when memory ran out. */
static char *write_samples(const double *samples, size_t count) {
    char *text = malloc(count * YOKE__NUMBER + 3), *end = text, number[YOKE__NUMBER];
    if (!text) return NULL;
    for (size_t i = 0; i < count; i++) {
        *end++ = i ? ',' : '[';
        end = stpcpy(end, isfinite(samples[i]) ? yoke__number_text(samples[i], number) : "null");
    }
    strcpy(end, count ? "]" : "[]");
    return text;
}

static int bind_row(sqlite3_stmt *s, const yoke_experiment_row *row, const char *samples) {
    const char *const texts[] = {row->load, row->group, row->unit,
                                 yoke_affinity_name(row->affinity), samples};
    const sqlite3_int64 counts[] = {(sqlite3_int64)row->size,
                                    row->threads,
                                    (sqlite3_int64)row->items,
                                    (sqlite3_int64)row->runs,
                                    (sqlite3_int64)row->warmup,
                                    row->steady,
                                    row->noisy,
                                    row->cut};
    const double reals[] = {row->grain, row->seconds.value, row->seconds.low, row->seconds.high,
                            row->seconds.confidence};
    int code = SQLITE_OK;
    for (int i = 0; i < 5; i++) code |= bind_text(s, 1 + i, texts[i]);
    for (int i = 0; i < 8; i++) code |= sqlite3_bind_int64(s, 6 + i, counts[i]);
    for (int i = 0; i < 5; i++) code |= sqlite3_bind_double(s, 14 + i, reals[i]);
    return code;
}

/* Of the result that was added last. SQLite keeps a NaN as NULL. */
static int bind_metric(sqlite3_stmt *s, sqlite3_int64 result, const yoke_experiment_metric *m,
                       const char *samples) {
    const double reals[] = {m->value.value, m->value.low, m->value.high};
    int code = sqlite3_bind_int64(s, 1, result) | bind_text(s, 2, m->metric->name) |
               bind_text(s, 3, yoke__source_name(m->metric->source)) | bind_text(s, 7, samples);
    for (int i = 0; i < 3; i++) code |= sqlite3_bind_double(s, 4 + i, reals[i]);
    return code;
}

static int add_metrics(yoke_results *r, sqlite3_stmt *s, const yoke_experiment_row *row) {
    sqlite3_int64 result = sqlite3_last_insert_rowid(r->db);
    int status = 0;
    for (size_t i = 0; i < row->metric_count && !status; i++) {
        const yoke_experiment_metric *m = &row->metrics[i];
        char *samples = write_samples(m->samples, row->runs);
        if (!samples) return yoke_fail(YOKE_ENOMEM, NULL);
        status = bind_metric(s, result, m, samples) == SQLITE_OK
                     ? yoke__store_do(r, s)
                     : yoke__store_fail(r, SQLITE_NOMEM);
        free(samples);
    }
    return status;
}

static int add_row(yoke_results *r, sqlite3_stmt *s, const yoke_experiment_row *row) {
    char *samples = write_samples(row->samples, row->runs);
    if (!samples) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = bind_row(s, row, samples) == SQLITE_OK ? yoke__store_do(r, s)
                                                        : yoke__store_fail(r, SQLITE_NOMEM);
    free(samples);
    return status;
}

static int add_rows(yoke_results *r, sqlite3_stmt *s, const yoke_experiment *e) {
    sqlite3_stmt *metric;
    YOKE_TRY(
        yoke__store_prepare(r,
                            "INSERT INTO metric(result, name, source, median, low, high, samples)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                            &metric));
    int status = 0;
    for (size_t i = 0; i < e->row_count && !status; i++) {
        if (e->rows[i].status) continue;
        status = add_row(r, s, &e->rows[i]);
        if (!status) status = add_metrics(r, metric, &e->rows[i]);
    }
    sqlite3_finalize(metric);
    return status;
}

static int add_all(yoke_results *r, const yoke_origin *origin, const yoke_experiment *e) {
    sqlite3_stmt *s;
    YOKE_TRY(add_session(r, origin, e));
    YOKE_TRY(yoke__store_prepare(
        r,
        "INSERT INTO result(session, load, load_group, unit, affinity, samples, size, threads,"
        " items, runs, warmup, steady, noisy, cut, grain_s, median_s, low_s, high_s, confidence)"
        " VALUES ((SELECT max(id) FROM session), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
        " ?13, ?14, ?15, ?16, ?17, ?18)",
        &s));
    int status = add_rows(r, s, e);
    sqlite3_finalize(s);
    return status;
}

int yoke_results_add(yoke_results *r, const yoke_origin *origin, const yoke_experiment *e) {
    if (!r || !origin || !e) return yoke_fail(YOKE_EINVAL, "no database, origin or experiment");
    bool any = false;
    for (size_t i = 0; i < e->row_count; i++) any |= !e->rows[i].status;
    if (!any) return 0;
    YOKE_TRY(yoke__store_execute(r, "BEGIN IMMEDIATE"));
    return yoke__store_end(r, add_all(r, origin, e));
}

/* ---- out ---- */

static yoke_affinity affinity_of(const char *name) {
    for (int i = 0; i < YOKE_AFFINITIES; i++) {
        if (name && strcmp(name, yoke_affinity_name((yoke_affinity)i)) == 0)
            return (yoke_affinity)i;
    }
    return YOKE_AFFINITY_NONE;
}

static const char *column_text(sqlite3_stmt *s, int column) {
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* The samples of a result, from their JSON; `values` is a statement over it. */
static int read_samples(yoke_results *r, sqlite3_stmt *values, const char *json, yoke__stored *to,
                        size_t count) {
    to->samples = malloc((count + 1) * sizeof *to->samples);
    if (!to->samples) return yoke_fail(YOKE_ENOMEM, NULL);
    int code = bind_text(values, 1, json);
    if (code != SQLITE_OK) return yoke__store_fail(r, code);
    while ((code = sqlite3_step(values)) == SQLITE_ROW && to->count < count)
        to->samples[to->count++] = sqlite3_column_double(values, 0);
    int status = code == SQLITE_DONE && to->count == count ? 0 : YOKE_EDATA;
    sqlite3_reset(values);
    if (!status) return 0;
    if (code == SQLITE_DONE || code == SQLITE_ROW)
        return yoke_fail(status, "%s: a result has not as many samples as runs", r->path);
    return yoke__store_fail(r, code);
}

static int read_row(yoke_results *r, sqlite3_stmt *s, sqlite3_stmt *values,
                    yoke__stored_list *list) {
    yoke__stored *to = yoke__stored_add(list);
    if (!to) return yoke_fail(YOKE_ENOMEM, NULL);
    to->session = sqlite3_column_int64(s, 0);
    to->dirty = sqlite3_column_int(s, 2) != 0;
    strncat(to->revision, column_text(s, 1), sizeof to->revision - 1);
    to->load = strdup(column_text(s, 3));
    if (!to->load) return yoke_fail(YOKE_ENOMEM, NULL);
    to->size = (size_t)sqlite3_column_int64(s, 4);
    to->threads = sqlite3_column_int(s, 5);
    to->affinity = affinity_of(column_text(s, 6));
    to->grain = sqlite3_column_double(s, 7);
    sqlite3_int64 runs = sqlite3_column_int64(s, 8);
    if (runs < 1 || runs > 100000000)
        return yoke_fail(YOKE_EDATA, "%s: a result with %lld runs", r->path, (long long)runs);
    return read_samples(r, values, column_text(s, 9), to, (size_t)runs);
}

static bool is_measured(const yoke_experiment *e, const char *load) {
    for (size_t i = 0; i < e->row_count; i++) {
        if (strcmp(e->rows[i].load, load) == 0) return true;
    }
    return false;
}

static bool is_asked(const yoke_results_query *q, const char *load) {
    if (q->measured) return is_measured(q->measured, load);
    if (!q->load_count) return true;
    for (size_t i = 0; i < q->load_count; i++) {
        if (strcmp(q->loads[i], load) == 0) return true;
    }
    return false;
}

static int read_rows(yoke_results *r, const yoke_results_query *q, sqlite3_stmt *s,
                     sqlite3_stmt *values, yoke__stored_list *list) {
    int code;
    if (q->origin &&
        (bind_text(s, 1, q->origin->machine) | sqlite3_bind_int(s, 2, q->origin->cpus)))
        return yoke__store_fail(r, SQLITE_NOMEM);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        if (is_asked(q, column_text(s, 3))) YOKE_TRY(read_row(r, s, values, list));
    }
    return code == SQLITE_DONE ? 0 : yoke__store_fail(r, code);
}

int yoke__store_read(yoke_results *r, const yoke_results_query *q, yoke__stored_list *list) {
    sqlite3_stmt *s = NULL, *values = NULL;
    int status = yoke__store_prepare(
        r,
        "SELECT session.id, revision, dirty, load, size, threads, affinity, grain_s, runs, samples"
        " FROM result JOIN session ON session.id = session"
        " WHERE ?1 IS NULL OR (machine = ?1 AND cpus = ?2)"
        " ORDER BY load, size, grain_s, affinity, threads, session.id DESC",
        &s);
    if (!status) status = yoke__store_prepare(r, "SELECT value FROM json_each(?1)", &values);
    if (!status) status = read_rows(r, q, s, values, list);
    sqlite3_finalize(s);
    sqlite3_finalize(values);
    return status;
}

int yoke_results_compare(yoke_results *r, const yoke_results_query *query, yoke_changes *changes) {
    if (!r || !query || !query->before || !*query->before || !changes)
        return yoke_fail(YOKE_EINVAL, "no database, or no commit to compare with");
    if (query->measured && (query->after || query->load_count))
        return yoke_fail(YOKE_EINVAL, "an experiment is compared as a whole");
    yoke__stored_list list = {.count = 0};
    int status = yoke__store_read(r, query, &list);
    if (!status && query->measured) status = yoke__stored_add_experiment(&list, query->measured);
    if (!status) status = yoke__stored_compare(&list, query, changes);
    yoke__stored_free(&list);
    return status;
}

#endif

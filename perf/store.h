/* SPDX-License-Identifier: Apache-2.0
 *
 * The database of results: statements and their failures, and rows as they are read.
 */
#ifndef YOKE_PERF_STORE_H
#define YOKE_PERF_STORE_H

#include "yoke/results.h"

#ifdef YOKE_HAVE_SQLITE
#include <sqlite3.h>

struct yoke_results {
    sqlite3 *db;
    char *path;
};

/* The status of a code of SQLite that is no success, with path and message. */
int yoke__store_fail(const yoke_results *r, int code);
int yoke__store_prepare(yoke_results *r, const char *sql, sqlite3_stmt **statement);
/* One step of a statement that returns nothing; it is ready for the next. */
int yoke__store_do(yoke_results *r, sqlite3_stmt *statement);
int yoke__store_execute(yoke_results *r, const char *sql);
/* Ends a transaction as its steps went, and returns how they or the end failed. */
int yoke__store_end(yoke_results *r, int status);
#endif

/* What is kept of one configuration in one session. */
typedef struct yoke__stored {
    long long session;
    bool measured; /* just now: of the query's experiment */
    char *load;
    char revision[72];
    bool dirty;
    size_t size;
    int threads;
    yoke_affinity affinity;
    double grain;
    double *samples;
    size_t count;
} yoke__stored;

typedef struct yoke__stored_list {
    yoke__stored *all;
    size_t count, capacity;
} yoke__stored_list;

/* All results of the query's loads and machine, by load, size, grain, affinity, threads and
 * session, the newest first. Whatever it returns, the list is to be freed. */
int yoke__store_read(yoke_results *r, const yoke_results_query *query, yoke__stored_list *list);

/* ---- lists (store_list.c) ---- */

/* One more, zeroed; NULL when memory ran out. */
yoke__stored *yoke__stored_add(yoke__stored_list *list);
/* Adds the rows with figures of an experiment, and puts all in order. YOKE_ENOMEM. */
int yoke__stored_add_experiment(yoke__stored_list *list, const yoke_experiment *experiment);
void yoke__stored_free(yoke__stored_list *list);

/* Compares the sides of such a list (store_compare.c). */
int yoke__stored_compare(yoke__stored_list *list, const yoke_results_query *query,
                         yoke_changes *changes);

#endif

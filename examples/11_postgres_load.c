/* SPDX-License-Identifier: Apache-2.0
 *
 * A bulk load into PostgreSQL: the threads of an OpenMP team make batches of rows and COPY them
 * through a pool of fewer connections. Prints how many rows the server has at the end.
 *     11_postgres_load "host=/run/postgresql dbname=test"
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "yoke/resource_postgres.h"

enum { ROWS = 200000, BATCH = 5000 };

/* Ends the line at libpq's line feed. */
static int fail(const PGconn *conn) {
    const char *text = PQerrorMessage(conn);
    return yoke_fail(YOKE_EIO, "%.*s", (int)strcspn(text, "\n"), text);
}

static int check(const PGconn *conn, PGresult *result, ExecStatusType expected) {
    int good = PQresultStatus(result) == expected;
    PQclear(result);
    return good ? YOKE_OK : fail(conn);
}

/* A batch of rows from `first` on: lines "n <tab> its square". */
static int copy_batch(PGconn *conn, long first) {
    YOKE_TRY(check(conn, PQexec(conn, "COPY squares FROM STDIN"), PGRES_COPY_IN));
    for (long n = first; n < first + BATCH; n++) {
        char line[64];
        int length = snprintf(line, sizeof line, "%ld\t%ld\n", n, n * n);
        if (PQputCopyData(conn, line, length) != 1) return fail(conn);
    }
    if (PQputCopyEnd(conn, NULL) != 1) return fail(conn);
    YOKE_TRY(check(conn, PQgetResult(conn), PGRES_COMMAND_OK));
    return PQgetResult(conn) ? fail(conn) : YOKE_OK; /* none: the COPY is over */
}

static int load_batch(yoke_resource_pool *pool, long first) {
    void *conn = NULL;
    YOKE_TRY(yoke_resource_acquire(pool, &conn, yoke_deadline_in(60)));
    int status = copy_batch(conn, first);
    status < 0 ? yoke_resource_discard(pool, conn) : yoke_resource_release(pool, conn);
    return status;
}

/* Runs a statement, and prints what it answers. */
static int run(yoke_resource_pool *pool, const char *sql) {
    void *conn = NULL;
    YOKE_TRY(yoke_resource_acquire(pool, &conn, yoke_deadline_in(60)));
    PGresult *result = PQexec(conn, sql);
    ExecStatusType kind = PQresultStatus(result);
    if (kind == PGRES_TUPLES_OK) printf("%s rows\n", PQgetvalue(result, 0, 0));
    int status = check(conn, result, kind == PGRES_TUPLES_OK ? kind : PGRES_COMMAND_OK);
    yoke_resource_release(pool, conn);
    return status;
}

static int told(int status) {
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    return status;
}

int main(int argc, char **argv) {
    yoke_resource_pool *pool = NULL;
    yoke_resource_options options = {.name = "postgres", .maximum = 4};
    if (argc < 2) return fprintf(stderr, "usage: %s CONNECTION\n", argv[0]), 2;
    int failed = told(yoke_resource_postgres_create(argv[1], &options, &pool));
    if (failed == YOKE_OK) failed = told(run(pool, "CREATE TABLE squares (n bigint, nn bigint)"));
    long rows = failed < 0 ? 0 : ROWS;

#pragma omp parallel for schedule(dynamic) default(none) shared(pool, rows) reduction(min : failed)
    for (long first = 0; first < rows; first += BATCH)
        if (failed >= 0) failed = told(load_batch(pool, first));
    if (failed == YOKE_OK) failed = told(run(pool, "SELECT count(*) FROM squares"));
    yoke_resource_destroy(pool);
    return failed < 0;
}

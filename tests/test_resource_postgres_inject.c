/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of PostgreSQL connections when memory is short, in our own calls and inside of libpq: the
 * caller is told, nothing stays behind, and the next try goes well.
 */
#include <libpq-events.h>
#include <libpq-fe.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "tests/server.h"
#include "yoke/resource_postgres.h"

/* ---- libpq, of which one call may fail ---- */

enum { NONE, PARSE, START, REGISTER, CANCEL, INSTANCE };
static int failing;

static int fails(int call) {
    if (failing != call) return 0;
    failing = NONE;
    return 1;
}

PQconninfoOption *__real_PQconninfoParse(const char *text, char **reason);
PQconninfoOption *__wrap_PQconninfoParse(const char *text, char **reason);
PQconninfoOption *__wrap_PQconninfoParse(const char *text, char **reason) {
    return fails(PARSE) ? NULL : __real_PQconninfoParse(text, reason);
}
PGconn *__real_PQconnectStart(const char *text);
PGconn *__wrap_PQconnectStart(const char *text);
PGconn *__wrap_PQconnectStart(const char *text) {
    return fails(START) ? NULL : __real_PQconnectStart(text);
}
int __real_PQregisterEventProc(PGconn *conn, PGEventProc proc, const char *name, void *ctx);
int __wrap_PQregisterEventProc(PGconn *conn, PGEventProc proc, const char *name, void *ctx);
int __wrap_PQregisterEventProc(PGconn *conn, PGEventProc proc, const char *name, void *ctx) {
    return fails(REGISTER) ? 0 : __real_PQregisterEventProc(conn, proc, name, ctx);
}
PGcancel *__real_PQgetCancel(PGconn *conn);
PGcancel *__wrap_PQgetCancel(PGconn *conn);
PGcancel *__wrap_PQgetCancel(PGconn *conn) {
    return fails(CANCEL) ? NULL : __real_PQgetCancel(conn);
}
int __real_PQsetInstanceData(PGconn *conn, PGEventProc proc, void *data);
int __wrap_PQsetInstanceData(PGconn *conn, PGEventProc proc, void *data);
int __wrap_PQsetInstanceData(PGconn *conn, PGEventProc proc, void *data) {
    return fails(INSTANCE) ? 0 : __real_PQsetInstanceData(conn, proc, data);
}

/* ---- tests ---- */

/* Before the next try is made, who asks gets the last failure. */
static int acquire_after(yoke_resource_pool *pool, void **handle) {
    int status;
    do {
        status = yoke_resource_acquire(pool, handle, yoke_deadline_in(600));
    } while (status == YOKE_ENOMEM);
    return status;
}

static int make(void *ctx) {
    (void)ctx;
    yoke_resource_pool *pool;
    YOKE_TRY(yoke_resource_postgres_create("host=/nowhere", NULL, &pool));
    return yoke_resource_destroy(pool);
}

TEST(pools_without_memory) {
    CU_ASSERT(inject_each_allocation(make, NULL, YOKE_ENOMEM) >= 4);
    yoke_fail(YOKE_EIO, "another failure");
    failing = PARSE;
    CU_ASSERT_EQUAL(make(NULL), YOKE_ENOMEM);
    CU_ASSERT(strstr(yoke_error_detail(), "PostgreSQL") != NULL);
    CU_ASSERT_EQUAL(failing, NONE);
}

TEST(connections_without_memory) {
    server s;
    server_make_postgres(&s);
    server_start(&s);
    yoke_resource_pool *pool = NULL;
    yoke_resource_options options = {.maximum = 1, .backoff_seconds = 1e-3, .backoff_most = 1e-3};
    REQUIRE(yoke_resource_postgres_create(server_connection(&s, "postgres"), &options, &pool) ==
            YOKE_OK);
    void *handle = NULL;
    for (int call = START; call <= INSTANCE; call++) {
        failing = call;
        CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, yoke_deadline_in(600)), YOKE_ENOMEM);
        CU_ASSERT(strstr(yoke_error_detail(), "no memory for a connection") != NULL);
        CU_ASSERT_EQUAL(failing, NONE);
        CU_ASSERT_EQUAL(acquire_after(pool, &handle), YOKE_OK);
        CU_ASSERT_EQUAL(PQstatus(handle), CONNECTION_OK);
        CU_ASSERT_EQUAL(yoke_resource_discard(pool, handle), YOKE_OK);
    }
    yoke_resource_stats stats;
    yoke_resource_stats_read(pool, &stats);
    CU_ASSERT_EQUAL(stats.created, 4);
    CU_ASSERT_EQUAL(stats.destroyed, 4);
    CU_ASSERT_EQUAL(yoke_resource_destroy(pool), YOKE_OK);
    server_stop(&s);
}

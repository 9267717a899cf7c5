/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool's callbacks for libpq. Everything that talks to the server is non-blocking
 * libpq and poll(2), so that each deadline holds. What PQcancel needs is made with the connection
 * and kept as its instance data, since another thread may not read a connection that is in use.
 */
#include "yoke/resource_postgres.h"

#include <errno.h>
#include <libpq-events.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct server {
    char *connection;
    yoke_resource_calls user; /* overdue and clock, with the user's ctx */
} server;

/* libpq's messages end with a line feed, which yoke_fail would show. */
static int fail(int status, const char *what, const char *message) {
    size_t length = strcspn(message, "\n");
    return yoke_fail(status, "PostgreSQL: %s: %.*s", what, (int)length, message);
}

/* ---- waiting for the socket ---- */

/* Milliseconds to the deadline, rounded up, for poll. */
static int until(yoke_deadline deadline) {
    if (deadline == YOKE_FOREVER) return -1;
    int64_t left = deadline - yoke_deadline_in(0);
    if (left <= 0) return 0;
    return left / 1000000 < 1000000 ? (int)(left / 1000000) + 1 : 1000000;
}

static int wait_for(const PGconn *conn, short events, yoke_deadline deadline, const char *what) {
    for (;;) {
        struct pollfd socket = {PQsocket(conn), events, 0};
        int ready = poll(&socket, 1, until(deadline));
        if (ready > 0) return YOKE_OK;
        if (ready < 0 && errno != EINTR) return yoke_fail(YOKE_EIO, "PostgreSQL: %s: poll", what);
        if (yoke_deadline_passed(deadline))
            return yoke_fail(YOKE_ETIMEDOUT, "PostgreSQL: %s: the server did not answer in time",
                             what);
    }
}

/* ---- create, destroy ---- */

/* Frees the instance data with its connection. */
static int on_event(PGEventId id, void *info, void *ctx) {
    (void)ctx;
    if (id == PGEVT_CONNDESTROY) {
        const PGEventConnDestroy *event = info;
        PQfreeCancel(PQinstanceData(event->conn, on_event));
    }
    return 1;
}

/* False: there is no memory. */
static bool keep_cancel(PGconn *conn) {
    if (!PQregisterEventProc(conn, on_event, "yoke", NULL)) return false;
    PGcancel *cancel = PQgetCancel(conn);
    if (cancel && PQsetInstanceData(conn, on_event, cancel)) return true;
    PQfreeCancel(cancel);
    return false;
}

static int connect_until(PGconn *conn, yoke_deadline deadline) {
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    if (PQstatus(conn) == CONNECTION_BAD) return fail(YOKE_EIO, "connect", PQerrorMessage(conn));
    while (next != PGRES_POLLING_OK) {
        YOKE_TRY(
            wait_for(conn, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline, "connect"));
        next = PQconnectPoll(conn);
        if (next == PGRES_POLLING_FAILED) return fail(YOKE_EIO, "connect", PQerrorMessage(conn));
    }
    return YOKE_OK;
}

static void ignore_notice(void *ctx, const PGresult *result) {
    (void)ctx;
    (void)result;
}

static int create(void *ctx, yoke_deadline deadline, void **handle) {
    const server *s = ctx;
    PGconn *conn = PQconnectStart(s->connection);
    if (!conn) return yoke_fail(YOKE_ENOMEM, "no memory for a connection to PostgreSQL");
    PQsetNoticeReceiver(conn, ignore_notice, NULL); /* libpq would print them */
    int status = connect_until(conn, deadline);
    if (status == YOKE_OK && !keep_cancel(conn))
        status = yoke_fail(YOKE_ENOMEM, "no memory for a connection to PostgreSQL");
    if (status < 0)
        PQfinish(conn);
    else
        *handle = conn;
    return status;
}

static void destroy(void *ctx, void *handle) {
    (void)ctx;
    PQfinish(handle);
}

/* ---- validate, reset ---- */

static int finish_query(PGconn *conn, yoke_deadline deadline, const char *what) {
    int failed = 0;
    for (;;) {
        while (PQisBusy(conn)) {
            YOKE_TRY(wait_for(conn, POLLIN, deadline, what));
            if (!PQconsumeInput(conn)) return fail(YOKE_EIO, what, PQerrorMessage(conn));
        }
        PGresult *result = PQgetResult(conn);
        if (!result) break;
        ExecStatusType kind = PQresultStatus(result);
        failed |= kind != PGRES_COMMAND_OK && kind != PGRES_EMPTY_QUERY;
        PQclear(result);
    }
    return failed ? fail(YOKE_EIO, what, PQerrorMessage(conn)) : YOKE_OK;
}

static int query(PGconn *conn, const char *sql, yoke_deadline deadline, const char *what) {
    if (!PQsendQuery(conn, sql)) return fail(YOKE_EIO, what, PQerrorMessage(conn));
    return finish_query(conn, deadline, what);
}

/* Whether the server has closed the connection. Before the end of the stream its last words may
 * come, and in between notifications that the session asked for. */
static int check_socket(PGconn *conn) {
    struct pollfd socket = {PQsocket(conn), POLLIN, 0};
    for (int i = 0; i < 16 && PQstatus(conn) == CONNECTION_OK && poll(&socket, 1, 0) > 0; i++)
        PQconsumeInput(conn);
    if (PQstatus(conn) == CONNECTION_OK) return YOKE_OK;
    return fail(YOKE_EIO, "connection lost", PQerrorMessage(conn));
}

static int validate(void *ctx, void *handle, double idle, yoke_deadline deadline) {
    (void)ctx;
    YOKE_TRY(check_socket(handle));
    if (idle < 1 || yoke_deadline_passed(deadline)) return YOKE_OK;
    return query(handle, "", deadline, "ping");
}

static int reset(void *ctx, void *handle, yoke_deadline deadline) {
    (void)ctx;
    YOKE_TRY(check_socket(handle));
    switch (PQtransactionStatus(handle)) {
    case PQTRANS_IDLE: return YOKE_OK;
    case PQTRANS_INTRANS:
    case PQTRANS_INERROR: return query(handle, "ROLLBACK", deadline, "rollback");
    default: return yoke_fail(YOKE_EIO, "PostgreSQL: released in the middle of a query");
    }
}

/* ---- interrupt ---- */

static void interrupt(void *ctx, void *handle) {
    char reason[256]; /* the work goes on when it fails, and its owner is told of already */
    (void)ctx;
    PQcancel(PQinstanceData(handle, on_event), reason, sizeof reason);
}

static void overdue(void *ctx, const yoke_resource_lease *lease) {
    const server *s = ctx;
    if (s->user.overdue) s->user.overdue(s->user.ctx, lease);
}

static int64_t tell_time(void *ctx) {
    const server *s = ctx;
    return s->user.clock(s->user.ctx);
}

/* ---- the pool ---- */

#define NO_MEMORY "no memory for a pool of PostgreSQL connections"

static void fini(void *ctx) {
    server *s = ctx;
    if (s) free(s->connection);
    free(s);
}

static int check(const char *connection, const yoke_resource_calls *calls) {
    if (calls->create || calls->validate || calls->reset || calls->destroy || calls->interrupt ||
        calls->fini)
        return yoke_fail(YOKE_EINVAL, "PostgreSQL: callbacks other than overdue and clock are set");
    char *reason = NULL;
    PQconninfoOption *parsed = PQconninfoParse(connection, &reason);
    int status = YOKE_OK;
    if (!parsed && reason) status = fail(YOKE_EINVAL, "connection", reason);
    if (!parsed && !reason) status = yoke_fail(YOKE_ENOMEM, NO_MEMORY);
    PQconninfoFree(parsed);
    PQfreemem(reason);
    return status;
}

int yoke_resource_postgres_create(const char *connection, const yoke_resource_options *options,
                                  yoke_resource_pool **pool) {
    yoke_resource_options mine = options ? *options : (yoke_resource_options){0};
    YOKE_TRY(check(connection, &mine.calls));
    server *s = calloc(1, sizeof *s);
    if (s) s->connection = strdup(connection);
    if (!s || !s->connection) {
        fini(s);
        return yoke_fail(YOKE_ENOMEM, NO_MEMORY);
    }
    s->user = mine.calls;
    mine.calls = (yoke_resource_calls){create,  validate,  reset, destroy,
                                       overdue, interrupt, fini,  s->user.clock ? tell_time : NULL,
                                       s};
    int status = yoke_resource_create(&mine, pool);
    if (status < 0) fini(s);
    return status;
}

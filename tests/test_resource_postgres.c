/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of PostgreSQL connections against a real server that the test starts: load, a server that
 * is restarted under it, killed backends, overdue queries, transactions left open, refused
 * passwords, and a server that accepts and never answers.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/server.h"
#include "yoke/resource_postgres.h"

enum { CLIENTS = 64, CONNECTIONS = 8 };

static yoke_resource_pool *open_pool(const server *s, const char *user, unsigned maximum) {
    yoke_resource_pool *pool = NULL;
    yoke_resource_options options = {.name = "db",
                                     .maximum = maximum,
                                     .backoff_seconds = 0.01,
                                     .backoff_most = 0.05,
                                     .connect_seconds = 300};
    REQUIRE(yoke_resource_postgres_create(server_connection(s, user), &options, &pool) == YOKE_OK);
    return pool;
}

static void close_pool(yoke_resource_pool *pool) {
    yoke_resource_stats stats;
    CU_ASSERT_EQUAL(yoke_resource_close(pool, YOKE_FOREVER), YOKE_OK);
    yoke_resource_stats_read(pool, &stats);
    CU_ASSERT_EQUAL(stats.created, stats.destroyed);
    CU_ASSERT_EQUAL(yoke_resource_destroy(pool), YOKE_OK);
}

/* The number that the query answers; -1 on failure. */
static long ask(PGconn *conn, const char *sql) {
    PGresult *result = PQexec(conn, sql);
    long number = -1;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
        number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

static int run(PGconn *conn, const char *sql) {
    PGresult *result = PQexec(conn, sql);
    int done = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return done;
}

static PGconn *acquire(yoke_resource_pool *pool) {
    void *handle = NULL;
    REQUIRE(yoke_resource_acquire(pool, &handle, yoke_deadline_in(600)) == YOKE_OK);
    return handle;
}

static yoke_resource_stats stats_of(yoke_resource_pool *pool) {
    yoke_resource_stats stats;
    yoke_resource_stats_read(pool, &stats);
    return stats;
}

/* ---- load ---- */

typedef struct load {
    yoke_resource_pool *pool;
    atomic_int done, lost, refused, wrong, stop, most, inside;
    int rounds;
} load;

static void insert(load *l, PGconn *conn) {
    int inside = atomic_fetch_add(&l->inside, 1) + 1, most = atomic_load(&l->most);
    while (inside > most && !atomic_compare_exchange_weak(&l->most, &most, inside)) continue;
    int done = run(conn, "INSERT INTO hits VALUES (pg_backend_pid())");
    atomic_fetch_sub(&l->inside, 1);
    atomic_fetch_add(done ? &l->done : &l->lost, 1);
    int status = done ? yoke_resource_release(l->pool, conn) : yoke_resource_discard(l->pool, conn);
    if (status != YOKE_OK) atomic_fetch_add(&l->wrong, 1);
}

static void *client(void *ctx) {
    load *l = ctx;
    for (int i = 0; l->rounds ? i < l->rounds : !atomic_load(&l->stop); i++) {
        void *handle = NULL;
        int status = yoke_resource_acquire(l->pool, &handle, yoke_deadline_in(600));
        if (status == YOKE_OK)
            insert(l, handle);
        else if (status == YOKE_EIO || status == YOKE_ETIMEDOUT) /* what connecting ended with */
            atomic_fetch_add(&l->refused, 1), usleep(1000);
        else
            atomic_fetch_add(&l->wrong, 1);
    }
    return NULL;
}

static void start_clients(load *l, pthread_t *id) {
    PGconn *conn = acquire(l->pool);
    REQUIRE(run(conn, "CREATE TABLE hits (pid int)"));
    REQUIRE(yoke_resource_release(l->pool, conn) == YOKE_OK);
    for (int i = 0; i < CLIENTS; i++) REQUIRE(!pthread_create(&id[i], NULL, client, l));
}

TEST_WITH_LIMIT(many_clients_share_few_connections, 60) {
    server s;
    pthread_t id[CLIENTS];
    server_make_postgres(&s);
    server_start(&s);
    load l = {.pool = open_pool(&s, "postgres", CONNECTIONS), .rounds = (int)test_size(50, 10)};
    start_clients(&l, id);
    for (int i = 0; i < CLIENTS; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&l.done), CLIENTS * l.rounds);
    CU_ASSERT_EQUAL(atomic_load(&l.lost) + atomic_load(&l.refused) + atomic_load(&l.wrong), 0);
    CU_ASSERT(atomic_load(&l.most) <= CONNECTIONS);
    CU_ASSERT(stats_of(l.pool).created <= CONNECTIONS);
    CU_ASSERT_EQUAL(stats_of(l.pool).acquired, CLIENTS * l.rounds + 1);
    PGconn *conn = acquire(l.pool);
    CU_ASSERT_EQUAL(ask(conn, "SELECT count(*) FROM hits"), CLIENTS * l.rounds);
    CU_ASSERT(ask(conn, "SELECT count(DISTINCT pid) FROM hits") <= CONNECTIONS);
    CU_ASSERT_EQUAL(yoke_resource_release(l.pool, conn), YOKE_OK);
    close_pool(l.pool);
    server_stop(&s);
}

TEST_WITH_LIMIT(a_server_that_is_restarted_under_load, 90) {
    server s;
    pthread_t id[CLIENTS];
    server_make_postgres(&s);
    server_start(&s);
    load l = {.pool = open_pool(&s, "postgres", CONNECTIONS)};
    start_clients(&l, id);
    for (int round = 0; round < 2; round++) {
        int before = atomic_load(&l.done), refused = atomic_load(&l.refused);
        while (atomic_load(&l.done) < before + 200) usleep(1000);
        server_stop(&s);
        while (atomic_load(&l.refused) < refused + CLIENTS) usleep(1000); /* told, not hung */
        /* A connection that the server let in just before its end may count as well made later. */
        while (stats_of(l.pool).failures == 0) usleep(1000);
        server_start(&s);
    }
    int before = atomic_load(&l.done);
    while (atomic_load(&l.done) < before + 200) usleep(1000);
    atomic_store(&l.stop, 1);
    for (int i = 0; i < CLIENTS; i++) pthread_join(id[i], NULL);
    yoke_resource_stats stats = stats_of(l.pool);
    CU_ASSERT_EQUAL(atomic_load(&l.wrong), 0);
    CU_ASSERT(stats.failed < (uint64_t)atomic_load(&l.refused)); /* no try for each refusal */
    CU_ASSERT_EQUAL(stats.in_use, 0);
    CU_ASSERT(stats.idle <= CONNECTIONS);
    PGconn *conn = acquire(l.pool);
    CU_ASSERT(ask(conn, "SELECT count(*) FROM hits") >= atomic_load(&l.done));
    CU_ASSERT_EQUAL(yoke_resource_release(l.pool, conn), YOKE_OK);
    close_pool(l.pool);
    server_stop(&s);
}

/* The example, beside this program's folder, loads all its rows; the second time the table is
 * there. */
static int load_by_example(const server *s, char *line, int size) {
    char command[1024], own[400];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    REQUIRE(length > 0);
    own[length] = '\0';
    *strrchr(own, '/') = '\0';
    snprintf(command, sizeof command, "'%s/../examples/11_postgres_load' '%s' 2>&1", own,
             server_connection(s, "postgres"));
    FILE *out = popen(command, "r");
    REQUIRE(out != NULL);
    if (!fgets(line, size, out)) *line = '\0';
    return pclose(out);
}

TEST_WITH_LIMIT(the_example_loads_its_rows, 60) {
    server s;
    char line[512];
    server_make_postgres(&s);
    server_start(&s);
    CU_ASSERT_EQUAL(load_by_example(&s, line, sizeof line), 0);
    CU_ASSERT_STRING_EQUAL(line, "200000 rows\n");
    yoke_resource_pool *pool = open_pool(&s, "postgres", 1);
    PGconn *conn = acquire(pool);
    CU_ASSERT_EQUAL(ask(conn, "SELECT count(*) FROM squares WHERE nn = n * n"), 200000);
    CU_ASSERT_EQUAL(ask(conn, "SELECT count(DISTINCT n) FROM squares"), 200000);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, conn), YOKE_OK);
    close_pool(pool);
    CU_ASSERT(load_by_example(&s, line, sizeof line) != 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "relation \"squares\" already exists"));
    server_stop(&s);
}

/* ---- connections that are lost, or misused ---- */

TEST_WITH_LIMIT(a_killed_backend_is_replaced, 60) {
    server s;
    server_make_postgres(&s);
    server_start(&s);
    yoke_resource_pool *pool = open_pool(&s, "postgres", 2);
    PGconn *killer = acquire(pool), *victim = acquire(pool);
    char sql[256];
    int pid = PQbackendPID(victim);
    /* Idle in the pool. */
    CU_ASSERT_EQUAL(yoke_resource_release(pool, victim), YOKE_OK);
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)::int", pid);
    CU_ASSERT_EQUAL(ask(killer, sql), 1);
    victim = acquire(pool);
    CU_ASSERT(PQbackendPID(victim) != pid);
    CU_ASSERT_EQUAL(ask(victim, "SELECT 7"), 7);
    CU_ASSERT_EQUAL(stats_of(pool).invalid, 1);
    /* In use: its owner may even release it. */
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)::int", PQbackendPID(victim));
    CU_ASSERT_EQUAL(ask(killer, sql), 1);
    CU_ASSERT_EQUAL(ask(victim, "SELECT 7"), -1);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, victim), YOKE_OK);
    CU_ASSERT_EQUAL(stats_of(pool).invalid, 2);
    CU_ASSERT_EQUAL(stats_of(pool).idle, 0);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, killer), YOKE_OK);
    close_pool(pool);
    server_stop(&s);
}

TEST_WITH_LIMIT(what_a_user_leaves_open_is_ended, 60) {
    server s;
    server_make_postgres(&s);
    server_start(&s);
    yoke_resource_pool *pool = open_pool(&s, "postgres", 1);
    PGconn *conn = acquire(pool), *again = NULL;
    CU_ASSERT(run(conn, "CREATE TABLE t (x int)"));
    CU_ASSERT(run(conn, "BEGIN") && run(conn, "INSERT INTO t VALUES (1)"));
    CU_ASSERT_EQUAL(yoke_resource_release(pool, conn), YOKE_OK);
    again = acquire(pool);
    CU_ASSERT(again == conn); /* the same, without the transaction */
    CU_ASSERT_EQUAL(PQtransactionStatus(again), PQTRANS_IDLE);
    CU_ASSERT_EQUAL(ask(again, "SELECT count(*) FROM t"), 0);
    CU_ASSERT(!run(again, "no SQL"));
    CU_ASSERT(run(again, "BEGIN") && !run(again, "no SQL")); /* a failed transaction */
    CU_ASSERT_EQUAL(yoke_resource_release(pool, again), YOKE_OK);
    again = acquire(pool);
    CU_ASSERT_EQUAL(ask(again, "SELECT 3"), 3);
    CU_ASSERT(PQsendQuery(again, "SELECT pg_sleep(1000)") == 1);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, again), YOKE_OK); /* in the middle of a query */
    CU_ASSERT_EQUAL(stats_of(pool).invalid, 1);
    again = acquire(pool);
    CU_ASSERT_EQUAL(ask(again, "SELECT 4"), 4);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, again), YOKE_OK);
    close_pool(pool);
    server_stop(&s);
}

/* ---- overdue work ---- */

static void *sleep_in_server(void *ctx) {
    load *l = ctx;
    void *handle = NULL;
    if (yoke_resource_acquire(l->pool, &handle, YOKE_FOREVER) != YOKE_OK) return NULL;
    atomic_store(&l->inside, 1);
    PGresult *result = PQexec(handle, "SELECT pg_sleep(1000)");
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state && strcmp(state, "57014") == 0) atomic_store(&l->done, 1); /* query_canceled */
    PQclear(result);
    yoke_resource_release(l->pool, handle);
    return NULL;
}

static void count_overdue(void *ctx, const yoke_resource_lease *lease) {
    if (lease->handle && lease->age > 0) atomic_fetch_add(&((load *)ctx)->most, 1);
}

static int64_t load_clock(void *ctx) { /* jumps once the query runs and the test says so */
    return atomic_load(&((load *)ctx)->stop) ? 1000000000000 : 1;
}

TEST_WITH_LIMIT(an_overdue_query_is_cancelled, 60) {
    server s;
    pthread_t id;
    server_make_postgres(&s);
    server_start(&s);
    load l = {.pool = NULL};
    yoke_resource_options options = {
        .work_seconds = 60, .calls = {.overdue = count_overdue, .clock = load_clock, .ctx = &l}};
    REQUIRE(yoke_resource_postgres_create(server_connection(&s, "postgres"), &options, &l.pool) ==
            YOKE_OK);
    PGconn *conn = acquire(l.pool);
    REQUIRE(!pthread_create(&id, NULL, sleep_in_server, &l));
    while (ask(conn, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") != 1)
        usleep(1000);
    CU_ASSERT_EQUAL(yoke_resource_release(l.pool, conn), YOKE_OK);
    atomic_store(&l.stop, 1);
    CU_ASSERT_EQUAL(yoke_resource_maintain(l.pool, YOKE_FOREVER), YOKE_OK);
    pthread_join(id, NULL);
    CU_ASSERT_EQUAL(atomic_load(&l.done), 1);
    CU_ASSERT_EQUAL(atomic_load(&l.most), 1);
    CU_ASSERT_EQUAL(stats_of(l.pool).idle, 1); /* what was interrupted is not used again */
    close_pool(l.pool);
    server_stop(&s);
}

/* ---- servers that do not want ---- */

TEST_WITH_LIMIT(a_refused_password_is_told, 60) {
    server s;
    server_make_postgres(&s);
    server_start(&s);
    yoke_resource_pool *pool = open_pool(&s, "postgres", 1), *locked = NULL;
    PGconn *conn = acquire(pool);
    REQUIRE(run(conn, "SET password_encryption = 'scram-sha-256'"));
    REQUIRE(run(conn, "CREATE USER locked PASSWORD 'right'"));
    CU_ASSERT_EQUAL(yoke_resource_release(pool, conn), YOKE_OK);
    void *handle = NULL;
    locked = open_pool(&s, "locked password=wrong", 1);
    CU_ASSERT_EQUAL(yoke_resource_acquire(locked, &handle, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(yoke_error_detail(), "password authentication failed for user \"locked\""));
    CU_ASSERT_PTR_NULL(strstr(yoke_error_detail(), "wrong"));
    close_pool(locked);
    locked = open_pool(&s, "locked password=right", 1);
    conn = acquire(locked);
    CU_ASSERT_EQUAL(ask(conn, "SELECT 5"), 5);
    CU_ASSERT_EQUAL(yoke_resource_release(locked, conn), YOKE_OK);
    close_pool(locked);
    close_pool(pool);
    server_stop(&s);
}

TEST(a_server_that_never_answers) {
    server s = {.pid = 0};
    snprintf(s.directory, sizeof s.directory, "%s", test_directory());
    int fd = server_mute_socket(s.directory);
    yoke_resource_pool *pool = open_pool(&s, "postgres", 2);
    void *handle = NULL;
    yoke_deadline deadline = yoke_deadline_in(0.05);
    CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    CU_ASSERT_EQUAL(stats_of(pool).failures, 0);
    close_pool(pool);
    close(fd);
    unlink(s.directory);
    pool = open_pool(&s, "postgres", 2); /* and one that is not there at all */
    CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "PostgreSQL: connect: "));
    close_pool(pool);
}

TEST(arguments_are_checked) {
    yoke_resource_pool *pool = NULL;
    yoke_resource_options options = {.minimum = 9};
    CU_ASSERT_EQUAL(yoke_resource_postgres_create("colour=blue", NULL, &pool), YOKE_EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "invalid connection option \"colour\""));
    CU_ASSERT_EQUAL(yoke_resource_postgres_create("", &options, &pool), YOKE_EINVAL);
    options = (yoke_resource_options){.calls = {.fini = free}};
    CU_ASSERT_EQUAL(yoke_resource_postgres_create("", &options, &pool), YOKE_EINVAL);
    CU_ASSERT_PTR_NULL(pool);
    CU_ASSERT_EQUAL(yoke_resource_postgres_create("", NULL, &pool), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_resource_destroy(pool), YOKE_OK);
}

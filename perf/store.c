/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the database lies, opening it, and its schema. Version n of the schema is what the first n
 * steps make; opening an older one takes the steps that are missing, in one transaction.
 */
#include "perf/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int yoke_results_path(char **path) {
    if (!path) return yoke_fail(YOKE_EINVAL, "no place for the path");
    /* NOLINTBEGIN(concurrency-mt-unsafe): nobody changes the environment */
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    /* NOLINTEND(concurrency-mt-unsafe) */
    char *made = NULL;
    int length;
    if (data && *data == '/') {
        length = asprintf(&made, "%s/yoke/bench.db", data);
    } else if (home && *home) {
        length = asprintf(&made, "%s/.local/share/yoke/bench.db", home);
    } else {
        return yoke_fail(YOKE_ENOENT, "neither XDG_DATA_HOME nor HOME says where results are kept");
    }
    if (length < 0) return yoke_fail(YOKE_ENOMEM, NULL);
    *path = made;
    return 0;
}

#ifdef YOKE_HAVE_SQLITE

enum { BUSY_MS = 120000, APPLICATION = 0x796F6B65 }; /* "yoke" */

static const char *const steps[] = {
    "CREATE TABLE session ("
    "  id INTEGER PRIMARY KEY, time TEXT NOT NULL, machine TEXT NOT NULL, cpus INTEGER NOT NULL,"
    "  cpu_source TEXT NOT NULL, compiler TEXT NOT NULL, flags TEXT NOT NULL, yoke TEXT NOT NULL,"
    "  revision TEXT NOT NULL, dirty INTEGER NOT NULL, seed INTEGER NOT NULL,"
    "  weak INTEGER NOT NULL);"
    "CREATE TABLE result ("
    "  id INTEGER PRIMARY KEY, session INTEGER NOT NULL REFERENCES session(id),"
    "  load TEXT NOT NULL, load_group TEXT NOT NULL, size INTEGER NOT NULL,"
    "  threads INTEGER NOT NULL, affinity TEXT NOT NULL, grain_s REAL NOT NULL,"
    "  unit TEXT NOT NULL, items INTEGER NOT NULL, median_s REAL NOT NULL, low_s REAL NOT NULL,"
    "  high_s REAL NOT NULL, confidence REAL NOT NULL, runs INTEGER NOT NULL,"
    "  warmup INTEGER NOT NULL, steady INTEGER NOT NULL, noisy INTEGER NOT NULL,"
    "  samples TEXT NOT NULL);"
    "CREATE INDEX result_place ON result(load, size, threads);",
    "ALTER TABLE result ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;",
    "CREATE TABLE metric ("
    "  result INTEGER NOT NULL REFERENCES result(id), name TEXT NOT NULL, source TEXT NOT NULL,"
    "  median REAL, low REAL, high REAL, samples TEXT NOT NULL);"
    "CREATE INDEX metric_result ON metric(result);",
};
enum { VERSION = sizeof steps / sizeof *steps };

const char *yoke_results_engine(void) {
    static const char name[] = "SQLite " SQLITE_VERSION;
    return name;
}

/* ---- statements ---- */

int yoke__store_fail(const yoke_results *r, int code) {
    int status = YOKE_EIO;
    switch (code & 0xFF) {
    case SQLITE_NOMEM: status = YOKE_ENOMEM; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: status = YOKE_ETIMEDOUT; break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT: status = YOKE_EDATA; break;
    default: break;
    }
    return yoke_fail(status, "%s: %s", r->path,
                     r->db ? sqlite3_errmsg(r->db) : sqlite3_errstr(code));
}

int yoke__store_prepare(yoke_results *r, const char *sql, sqlite3_stmt **statement) {
    int code = sqlite3_prepare_v2(r->db, sql, -1, statement, NULL);
    return code == SQLITE_OK ? 0 : yoke__store_fail(r, code);
}

int yoke__store_do(yoke_results *r, sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    int status = code == SQLITE_DONE ? 0 : yoke__store_fail(r, code);
    sqlite3_reset(statement);
    return status;
}

int yoke__store_execute(yoke_results *r, const char *sql) {
    int code = sqlite3_exec(r->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : yoke__store_fail(r, code);
}

int yoke__store_end(yoke_results *r, int status) {
    if (!status) status = yoke__store_execute(r, "COMMIT");
    if (status < 0) sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* The number that a query gives. */
static int ask(yoke_results *r, const char *sql, long long *number) {
    sqlite3_stmt *statement;
    YOKE_TRY(yoke__store_prepare(r, sql, &statement));
    int code = sqlite3_step(statement);
    int status = code == SQLITE_ROW ? 0 : yoke__store_fail(r, code);
    if (!status) *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

/* ---- the schema ---- */

static int take_steps(yoke_results *r, long long from) {
    char pragma[96];
    for (long long i = from; i < VERSION; i++) YOKE_TRY(yoke__store_execute(r, steps[i]));
    snprintf(pragma, sizeof pragma, "PRAGMA application_id=%d; PRAGMA user_version=%d", APPLICATION,
             VERSION);
    return yoke__store_execute(r, pragma);
}

/* Whose the database is and which version; an empty one is new. */
static int check_version(yoke_results *r, long long *version) {
    long long application = 0, tables = 0;
    YOKE_TRY(ask(r, "PRAGMA application_id", &application));
    YOKE_TRY(ask(r, "PRAGMA user_version", version));
    YOKE_TRY(ask(r, "SELECT count(*) FROM sqlite_master", &tables));
    if (application != APPLICATION && (application || *version || tables))
        return yoke_fail(YOKE_EDATA, "%s: is no database of results", r->path);
    if (*version >= 0 && *version <= VERSION) return 0;
    return yoke_fail(YOKE_EDATA,
                     "%s: its schema has version %lld, and this yoke knows those up to %d", r->path,
                     *version, VERSION);
}

/* Whoever comes first makes it: the version is looked at again inside of the transaction. The first
 * look is one, too, or it would take half of what another process makes for a stranger's. */
static int bring_up_to_date(yoke_results *r) {
    long long version = 0;
    YOKE_TRY(yoke__store_execute(r, "BEGIN"));
    YOKE_TRY(yoke__store_end(r, check_version(r, &version)));
    if (version == VERSION) return 0;
    YOKE_TRY(yoke__store_execute(r, "BEGIN IMMEDIATE"));
    int status = check_version(r, &version);
    return yoke__store_end(r, status ? status : take_steps(r, version));
}

/* ---- opening ---- */

/* The folders of the path; that one cannot be made is seen when the file is opened. */
static void make_folders(const char *path) {
    char *folder = strdup(path);
    if (!folder) return;
    for (char *at = strchr(folder + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(folder, 0777);
        *at = '/';
    }
    free(folder);
}

static int open_file(yoke_results *r) {
    make_folders(r->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    int code = sqlite3_open_v2(r->path, &r->db, flags, NULL);
    if (code != SQLITE_OK) return yoke__store_fail(r, code);
    if (sqlite3_db_readonly(r->db, "main") == 1)
        return yoke_fail(YOKE_EIO, "%s: cannot be written", r->path);
    sqlite3_busy_timeout(r->db, BUSY_MS);
    return bring_up_to_date(r);
}

int yoke_results_open(const char *path, yoke_results **results) {
    if (!path || !*path || !results) return yoke_fail(YOKE_EINVAL, "no path, or no place");
    yoke_results *r = calloc(1, sizeof *r);
    if (!r) return yoke_fail(YOKE_ENOMEM, NULL);
    r->path = strdup(path);
    int status = r->path ? open_file(r) : yoke_fail(YOKE_ENOMEM, NULL);
    if (status < 0) {
        yoke_results_close(r);
        return status;
    }
    *results = r;
    return 0;
}

void yoke_results_close(yoke_results *r) {
    if (!r) return;
    sqlite3_close(r->db);
    free(r->path);
    free(r);
}

#endif

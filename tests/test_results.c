/* SPDX-License-Identifier: Apache-2.0
 *
 * The database of results, looked at with SQLite itself: schema, transactions, damage, and what is
 * found between revisions.
 */
#include "tests/harness.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "yoke/results.h"

enum { RUNS = 12 };

static const char *database(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    return path;
}

/* The first column of the first row; NULL: there is none. */
static const char *ask(const char *path, const char *sql) {
    static char answer[512];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    REQUIRE(sqlite3_open(path, &db) == SQLITE_OK);
    REQUIRE(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK);
    const char *text =
        sqlite3_step(s) == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
    snprintf(answer, sizeof answer, "%s", text ? text : "");
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text ? answer : NULL;
}

static void execute(const char *path, const char *sql) {
    sqlite3 *db = NULL;
    REQUIRE(sqlite3_open(path, &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static yoke_origin origin_of(const char *revision, bool dirty) {
    yoke_origin o = {
        .machine = "Machine", .cpus = 2, .compiler = "gcc", .flags = "-O3", .dirty = dirty};
    snprintf(o.revision, sizeof o.revision, "%s", revision);
    return o;
}

/* A row of that load, whose times are around `seconds`. */
static yoke_experiment_row row_of(const char *load, int threads, double seconds,
                                  double samples[RUNS]) {
    for (int i = 0; i < RUNS; i++)
        samples[i] = seconds * (1 + 0.001 * (double)test_random_below(10));
    return (yoke_experiment_row){.load = load,
                                 .group = "test",
                                 .unit = "item",
                                 .size = 100,
                                 .threads = threads,
                                 .affinity = YOKE_AFFINITY_COMPACT,
                                 .items = 100,
                                 .seconds = {seconds, seconds, seconds * 1.01, 0.95},
                                 .samples = samples,
                                 .runs = RUNS,
                                 .steady = true};
}

/* An experiment with one such row, and one that failed. */
static void keep(yoke_results *r, const yoke_origin *origin, const char *load, int threads,
                 double seconds) {
    double samples[RUNS];
    yoke_experiment_row rows[] = {row_of(load, threads, seconds, samples),
                                  {.load = "failed", .status = YOKE_EDATA}};
    yoke_experiment e = {.rows = rows, .row_count = 2, .seed = 7};
    REQUIRE(!yoke_results_add(r, origin, &e));
}

TEST(what_is_kept_is_what_was_measured) {
    const char *path = database("deep/er/results.db");
    yoke_results *r;
    yoke_origin o = origin_of("abc", true);
    REQUIRE(!yoke_results_open(path, &r));
    keep(r, &o, "triad", 2, 0.125);
    yoke_results_close(r);
    CU_ASSERT_STRING_EQUAL(ask(path,
                               "SELECT machine||cpus||compiler||flags||revision||dirty||seed "
                               "FROM session"),
                           "Machine2gcc-O3abc17");
    CU_ASSERT_STRING_EQUAL(ask(path,
                               "SELECT load||'|'||size||'|'||threads||'|'||affinity||'|'||"
                               "unit||'|'||median_s||'|'||runs FROM result"),
                           "triad|100|2|compact|item|0.125|12");
    CU_ASSERT_STRING_EQUAL(ask(path, "SELECT count(*) FROM result"), "1");
    CU_ASSERT_STRING_EQUAL(ask(path,
                               "SELECT count(value) FROM result, json_each(samples) "
                               "WHERE value BETWEEN 0.125 AND 0.127"),
                           "12");
    CU_ASSERT_STRING_EQUAL(ask(path, "PRAGMA user_version"), "3");
    CU_ASSERT_STRING_EQUAL(ask(path, "PRAGMA application_id"), "2037345125");
    CU_ASSERT(strlen(ask(path, "SELECT time FROM session")) == 24);
    CU_ASSERT(strncmp(yoke_results_engine(), "SQLite 3.", 9) == 0);
}

/* ---- databases that are not what they should be ---- */

static int open_status(const char *path) {
    yoke_results *r = NULL;
    int status = yoke_results_open(path, &r);
    CU_ASSERT((status == 0) == (r != NULL));
    yoke_results_close(r);
    return status;
}

TEST(an_empty_file_becomes_a_database) {
    CU_ASSERT_EQUAL(open_status(test_file("empty", "", 0)), 0);
    CU_ASSERT_EQUAL(open_status(database("new")), 0);
    CU_ASSERT_EQUAL(open_status(database("new")), 0);
}

TEST(what_is_not_ours_is_refused) {
    char text[8192];
    memset(text, 'x', sizeof text);
    CU_ASSERT_EQUAL(open_status(test_file("text", text, sizeof text)), YOKE_EDATA);
    execute(database("other"), "CREATE TABLE mine(a)");
    CU_ASSERT_EQUAL(open_status(database("other")), YOKE_EDATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "is no database of results"));
    execute(database("application"), "PRAGMA application_id = 5");
    CU_ASSERT_EQUAL(open_status(database("application")), YOKE_EDATA);
    REQUIRE(open_status(database("newer")) == 0);
    execute(database("newer"), "PRAGMA user_version = 4");
    CU_ASSERT_EQUAL(open_status(database("newer")), YOKE_EDATA);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(yoke_error_detail(), "its schema has version 4, and this yoke knows those up to 3"));
}

/* A database that was made but whose schema was never written, as by a process that was killed. */
TEST(an_older_schema_is_brought_up_to_date) {
    const char *path = database("old");
    yoke_results *r;
    yoke_origin o = origin_of("abc", false);
    execute(path, "PRAGMA application_id = 2037345125; PRAGMA user_version = 0");
    REQUIRE(!yoke_results_open(path, &r));
    keep(r, &o, "triad", 1, 1);
    yoke_results_close(r);
    CU_ASSERT_STRING_EQUAL(ask(path, "PRAGMA user_version"), "3");
}

/* Each page is overwritten in turn: no crash, and what is returned is said. */
TEST(damage_is_found_or_harmless) {
    const char *path = database("damaged");
    yoke_results *r;
    yoke_origin o = origin_of("abc", false), p = origin_of("def", false);
    REQUIRE(!yoke_results_open(path, &r));
    for (int i = 1; i < 20; i++) keep(r, i % 2 ? &o : &p, "triad", i / 2, 1);
    yoke_results_close(r);
    struct stat whole;
    REQUIRE(stat(path, &whole) == 0);
    char *bytes = malloc((size_t)whole.st_size);
    FILE *file = fopen(path, "r");
    REQUIRE(file && bytes && fread(bytes, 1, (size_t)whole.st_size, file) == (size_t)whole.st_size);
    fclose(file);
    int found = 0;
    for (off_t page = 0; page < whole.st_size; page += 4096) {
        file = fopen(path, "w");
        fwrite(bytes, 1, (size_t)whole.st_size, file);
        fseek(file, page, SEEK_SET);
        for (int i = 0; i < 4096; i++) fputc((int)test_random_below(256), file);
        fclose(file);
        yoke_changes changes = {.count = 0};
        yoke_results_query q = {.before = "abc", .after = "def"};
        int status = yoke_results_open(path, &r);
        if (!status) {
            status = yoke_results_compare(r, &q, &changes);
            yoke_changes_free(&changes);
            yoke_results_close(r);
        }
        CU_ASSERT(status == 0 || status == YOKE_EDATA || status == YOKE_EIO ||
                  status == YOKE_ENOENT);
        found += status != 0;
    }
    CU_ASSERT(found > 0);
    free(bytes);
    execute(database("json"), "SELECT 1");
    REQUIRE(!yoke_results_open(database("json"), &r));
    keep(r, &o, "triad", 1, 1);
    keep(r, &p, "triad", 1, 1);
    execute(database("json"), "UPDATE result SET samples = '[1, 2' WHERE id = 1");
    yoke_changes changes;
    yoke_results_query q = {.before = "abc", .after = "def"};
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &changes), YOKE_EDATA);
    execute(database("json"), "UPDATE result SET samples = '[1, 2]' WHERE id = 1");
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &changes), YOKE_EDATA);
    yoke_results_close(r);
}

TEST(where_nothing_can_be_written) {
    CU_ASSERT_EQUAL(open_status("/proc/none/results.db"), YOKE_EIO);
    CU_ASSERT_EQUAL(open_status(test_directory()), YOKE_EIO);
    CU_ASSERT_EQUAL(open_status(""), YOKE_EINVAL);
    CU_ASSERT_EQUAL(open_status(NULL), YOKE_EINVAL);
    char path[4096];
    snprintf(path, sizeof path, "%s/x.db", test_file("file", "", 0));
    CU_ASSERT_EQUAL(open_status(path), YOKE_EIO);
}

/* A disk that is full: nothing of the experiment is there, and the rest is whole. */
TEST(a_full_disk_keeps_what_was_there) {
    const char *path = database("full");
    yoke_results *r;
    yoke_origin o = origin_of("abc", false);
    static double samples[100000];
    REQUIRE(!yoke_results_open(path, &r));
    keep(r, &o, "triad", 1, 1);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, limit = {.rlim_cur = 100000, .rlim_max = RLIM_INFINITY};
    getrlimit(RLIMIT_FSIZE, &before);
    limit.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100000; i++) samples[i] = 1.0 / (i + 3);
    yoke_experiment_row row = {
        .load = "large", .group = "g", .unit = "u", .samples = samples, .runs = 100000};
    yoke_experiment e = {.rows = &row, .row_count = 1};
    CU_ASSERT_EQUAL(yoke_results_add(r, &o, &e), YOKE_EIO);
    setrlimit(RLIMIT_FSIZE, &before);
    keep(r, &o, "triad", 2, 1);
    yoke_results_close(r);
    CU_ASSERT_STRING_EQUAL(ask(path, "SELECT count(*) FROM session"), "2");
    CU_ASSERT_STRING_EQUAL(ask(path, "PRAGMA integrity_check"), "ok");
}

TEST(several_processes_keep_results_together) {
    enum { PROCESSES = 6, EACH = 10 };
    const char *path = database("shared");
    yoke_origin o = origin_of("abc", false);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() != 0) continue;
        yoke_results *r;
        if (yoke_results_open(path, &r) < 0) _exit(1);
        for (int k = 0; k < EACH; k++) keep(r, &o, "triad", i, 1);
        yoke_results_close(r);
        _exit(0);
    }
    int status, failed = 0;
    while (wait(&status) > 0) failed += status != 0;
    CU_ASSERT_EQUAL(failed, 0);
    CU_ASSERT_STRING_EQUAL(ask(path, "SELECT count(*) FROM session"), "60");
    CU_ASSERT_STRING_EQUAL(ask(path, "SELECT count(DISTINCT session) FROM result"), "60");
}

/* ---- comparing ---- */

static yoke_changes changes_of(yoke_results *r, yoke_results_query q) {
    yoke_changes c = {.count = 99};
    REQUIRE(!yoke_results_compare(r, &q, &c));
    return c;
}

TEST(regressions_are_found_and_nothing_else) {
    yoke_results *r;
    yoke_origin before = origin_of("aaa111", false), after = origin_of("bbb222", false);
    REQUIRE(!yoke_results_open(database("compare"), &r));
    const double factors[] = {1, 1.001, 1.03, 1.2, 0.7};
    for (int i = 0; i < 5; i++) {
        keep(r, &before, "load", i + 1, 1);
        keep(r, &after, "load", i + 1, factors[i]);
    }
    keep(r, &before, "old", 1, 1);
    keep(r, &after, "new", 1, 1);
    yoke_changes c = changes_of(r, (yoke_results_query){.before = "aaa", .after = "bbb222"});
    REQUIRE(c.count == 5);
    CU_ASSERT_EQUAL(c.regressions, 1);
    CU_ASSERT_EQUAL(c.alone, 2);
    for (int i = 0; i < 5; i++) {
        const yoke_change *x = &c.all[i];
        CU_ASSERT_STRING_EQUAL(x->load, "load");
        CU_ASSERT_EQUAL(x->threads, i + 1);
        CU_ASSERT_EQUAL(x->affinity, YOKE_AFFINITY_COMPACT);
        CU_ASSERT_EQUAL(x->regression, i == 3);
        CU_ASSERT(fabs(x->comparison.ratio.value - factors[i]) < 0.01);
        CU_ASSERT_EQUAL(x->before_sessions, 1);
        CU_ASSERT_EQUAL(x->after_runs, RUNS);
    }
    CU_ASSERT_EQUAL(c.all[3].comparison.probability, 1.0);
    CU_ASSERT(c.all[3].p_slower < 0.001 && c.all[3].p_slower > 0);
    CU_ASSERT_EQUAL(c.all[4].faster, 1.0);
    CU_ASSERT_EQUAL(c.all[2].comparison.probability, 0.0); /* 3 % is below the threshold */
    yoke_changes_free(&c);
    c = changes_of(r, (yoke_results_query){.before = "aaa", .after = "bbb", .threshold = 0.01});
    CU_ASSERT_EQUAL(c.regressions, 2);
    yoke_changes_free(&c);
    const char *const names[] = {"new", "old"};
    c = changes_of(
        r, (yoke_results_query){.before = "aaa", .after = "bbb", .loads = names, .load_count = 2});
    CU_ASSERT_EQUAL(c.count, 0);
    yoke_changes_free(&c);
    yoke_results_close(r);
}

TEST(the_newest_is_compared_when_no_other_is_named) {
    yoke_results *r;
    yoke_origin a = origin_of("aaa", false), b = origin_of("bbb", false);
    yoke_origin dirty = origin_of("aaa", true), nowhere = origin_of("", false);
    REQUIRE(!yoke_results_open(database("newest"), &r));
    keep(r, &a, "load", 1, 1);
    yoke_changes c;
    yoke_results_query q = {.before = "aaa"};
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &c), YOKE_ENOENT);
    keep(r, &b, "load", 1, 2);
    keep(r, &b, "load", 1, 2);
    keep(r, &a, "load", 1, 1);
    c = changes_of(r, q);
    REQUIRE(c.count == 1);
    CU_ASSERT_EQUAL(c.all[0].before_sessions, 2);
    CU_ASSERT_EQUAL(c.all[0].after_sessions, 2); /* of one clean commit */
    CU_ASSERT_EQUAL(c.regressions, 1);
    yoke_changes_free(&c);
    keep(r, &dirty, "load", 1, 1);
    keep(r, &dirty, "load", 1, 3); /* changed files: only the newest session counts */
    c = changes_of(r, q);
    CU_ASSERT(c.count == 1 && fabs(c.all[0].comparison.ratio.value - 3) < 0.05);
    CU_ASSERT_EQUAL(c.all[0].after_sessions, 1);
    yoke_changes_free(&c);
    q.before = "aaa-dirty";
    q.after = "aaa";
    c = changes_of(r, q);
    CU_ASSERT(c.count == 1 && c.all[0].before_sessions == 2 && c.all[0].comparison.ratio.value < 1);
    yoke_changes_free(&c);
    q = (yoke_results_query){.before = "aaa"};
    keep(r, &nowhere, "load", 1, 1.5); /* outside of any repository */
    c = changes_of(r, q);
    CU_ASSERT(c.count == 1 && fabs(c.all[0].comparison.ratio.value - 1.5) < 0.05);
    yoke_changes_free(&c);
    q.before = "ccc";
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &c), YOKE_ENOENT);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "no results of 'ccc' are kept");
    yoke_results_close(r);
}

/* What is measured now stands for the other side, as a whole and nothing else. */
TEST(an_experiment_is_compared_before_it_is_kept) {
    yoke_results *r;
    yoke_origin a = origin_of("aaa", false), b = origin_of("bbb", false);
    REQUIRE(!yoke_results_open(database("measured"), &r));
    for (int threads = 1; threads <= 3; threads++) keep(r, &a, "load", threads, 1);
    keep(r, &b, "load", 1, 5);
    keep(r, &a, "another", 1, 1);
    double samples[3][RUNS];
    yoke_experiment_row rows[] = {row_of("load", 2, 1.2, samples[0]),
                                  row_of("load", 1, 1, samples[1]),
                                  row_of("load", 8, 1, samples[2]),
                                  {.load = "load", .threads = 3, .status = YOKE_ECANCELED}};
    yoke_experiment e = {.rows = rows, .row_count = 4};
    yoke_results_query q = {.before = "aaa", .measured = &e};
    yoke_changes c = changes_of(r, q);
    REQUIRE(c.count == 2);
    CU_ASSERT(c.all[0].threads == 1 && !c.all[0].regression);
    CU_ASSERT(c.all[1].threads == 2 && c.all[1].regression);
    CU_ASSERT_EQUAL(c.alone, 1);
    CU_ASSERT(c.all[0].before_sessions == 1 && c.all[0].after_sessions == 1);
    yoke_changes_free(&c);
    q.before = "ccc";
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &c), YOKE_ENOENT);
    q.before = "aaa", e.row_count = 0;
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &c), YOKE_ENOENT);
    q.after = "bbb";
    CU_ASSERT_EQUAL(yoke_results_compare(r, &q, &c), YOKE_EINVAL);
    yoke_results_close(r);
}

/* As yoke made it before it knew of experiments that are cut. */
TEST(an_older_database_keeps_what_is_in_it) {
    const char *path = database("older");
    yoke_results *r;
    yoke_origin a = origin_of("aaa", false), b = origin_of("bbb", false);
    double samples[RUNS];
    REQUIRE(!yoke_results_open(path, &r));
    keep(r, &a, "load", 1, 1);
    yoke_results_close(r);
    execute(path, "DROP TABLE metric; ALTER TABLE result DROP COLUMN cut; PRAGMA user_version = 1");
    REQUIRE(!yoke_results_open(path, &r));
    yoke_experiment_row row = row_of("load", 1, 1, samples);
    row.cut = true;
    REQUIRE(!yoke_results_add(r, &b, &(yoke_experiment){.rows = &row, .row_count = 1}));
    yoke_changes c = changes_of(r, (yoke_results_query){.before = "aaa"});
    CU_ASSERT_EQUAL(c.count, 1);
    yoke_changes_free(&c);
    yoke_results_close(r);
    CU_ASSERT_STRING_EQUAL(ask(path, "SELECT group_concat(cut) FROM result"), "0,1");
}

TEST(other_machines_are_left_out) {
    yoke_results *r;
    yoke_origin a = origin_of("aaa", false), b = origin_of("bbb", false), other = b;
    snprintf(other.machine, sizeof other.machine, "Other");
    snprintf(other.revision, sizeof other.revision, "ccc");
    REQUIRE(!yoke_results_open(database("machines"), &r));
    keep(r, &a, "load", 1, 1);
    keep(r, &b, "load", 1, 1);
    keep(r, &other, "load", 1, 5);
    yoke_changes c = changes_of(r, (yoke_results_query){.before = "aaa", .origin = &a});
    CU_ASSERT(c.count == 1 && c.regressions == 0);
    yoke_changes_free(&c);
    c = changes_of(r, (yoke_results_query){.before = "aaa"});
    CU_ASSERT_EQUAL(c.regressions, 1);
    yoke_changes_free(&c);
    yoke_results_close(r);
}

/* Among many configurations of which none has changed there are few alarms. */
TEST(many_configurations_raise_few_alarms) {
    yoke_results *r;
    yoke_origin a = origin_of("aaa", false), b = origin_of("bbb", false);
    REQUIRE(!yoke_results_open(database("many"), &r));
    test_random_seed(77);
    for (int i = 1; i <= 60; i++) {
        for (int side = 0; side < 2; side++) {
            double samples[RUNS];
            for (int k = 0; k < RUNS; k++)
                samples[k] = 1 - 0.3 * log(((double)test_random_below(1000) + 1) / 1001);
            yoke_experiment_row row = {.load = "l",
                                       .group = "g",
                                       .unit = "u",
                                       .threads = i,
                                       .samples = samples,
                                       .runs = RUNS,
                                       .seconds = {1, 1, 1, 1}};
            yoke_experiment e = {.rows = &row, .row_count = 1};
            REQUIRE(!yoke_results_add(r, side ? &b : &a, &e));
        }
    }
    yoke_changes c = changes_of(r, (yoke_results_query){.before = "aaa", .threshold = 0.01});
    CU_ASSERT_EQUAL(c.count, 60);
    CU_ASSERT(c.regressions <= 1);
    yoke_changes_free(&c);
    yoke_results_close(r);
}

/* ---- where results come from ---- */

TEST(the_usual_place) {
    char *path = NULL;
    setenv("XDG_DATA_HOME", "/data", 1);
    REQUIRE(!yoke_results_path(&path));
    CU_ASSERT_STRING_EQUAL(path, "/data/yoke/bench.db");
    free(path);
    setenv("XDG_DATA_HOME", "relative", 1); /* by the standard that does not count */
    setenv("HOME", "/home/me", 1);
    REQUIRE(!yoke_results_path(&path));
    CU_ASSERT_STRING_EQUAL(path, "/home/me/.local/share/yoke/bench.db");
    free(path);
    unsetenv("HOME");
    CU_ASSERT_EQUAL(yoke_results_path(&path), YOKE_ENOENT);
}

TEST(commits_are_those_of_git) {
    yoke_origin o;
    char commit[72] = "unchanged", command[512], expected[72] = "";
    REQUIRE(chdir(test_directory()) == 0);
    setenv("GIT_CEILING_DIRECTORIES", "/", 1);
    REQUIRE(!yoke_origin_read(&o));
    CU_ASSERT(o.cpus >= 1 && *o.compiler && *o.version && *o.cpu_source);
    snprintf(
        command, sizeof command,
        "export GIT_CONFIG_GLOBAL=/dev/null; git init -q . && echo 1 >f && git add f && git -c "
        "user.name=n -c user.email=e commit -qm m && git tag v1 && git rev-parse HEAD >head");
    if (system("git --version >/dev/null 2>&1") != 0 || system(command) != 0) return;
    FILE *head = fopen("head", "r");
    REQUIRE(head && fscanf(head, "%71s", expected) == 1);
    fclose(head);
    CU_ASSERT_EQUAL(yoke_origin_commit("v1", commit), 0);
    CU_ASSERT_STRING_EQUAL(commit, expected);
    REQUIRE(!yoke_origin_read(&o));
    CU_ASSERT_STRING_EQUAL(o.revision, expected);
    CU_ASSERT(!o.dirty);
    test_file("f", "2", 1);
    REQUIRE(!yoke_origin_read(&o));
    CU_ASSERT(o.dirty);
    CU_ASSERT_EQUAL(yoke_origin_commit("nothing", commit), YOKE_ENOENT);
    char long_name[1000] = "";
    memset(long_name, 'x', sizeof long_name - 1);
    CU_ASSERT_EQUAL(yoke_origin_commit(long_name, commit), YOKE_ENOENT);
    CU_ASSERT_EQUAL(yoke_origin_commit("--version", commit), YOKE_ENOENT);
    CU_ASSERT_STRING_EQUAL(commit, expected);
    setenv("PATH", "/nowhere", 1);
    CU_ASSERT_EQUAL(yoke_origin_commit("v1", commit), YOKE_ENOENT);
    REQUIRE(!yoke_origin_read(&o));
    CU_ASSERT_STRING_EQUAL(o.revision, "");
}

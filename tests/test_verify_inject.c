/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification when memory is short, and when files fail.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/verify.h"

/* Runs that have to begin in another second would make this test slow: here nobody sleeps. */
int nanosleep(const struct timespec *wanted, struct timespec *left) {
    (void)wanted, (void)left;
    return 0;
}

static int verify(void *ctx) {
    static const int threads[] = {1, 2};
    const char *const command[] = {"sh", "-c", "echo $OMP_NUM_THREADS >$FILE", NULL};
    const char *const files[] = {ctx};
    yoke_verify_report report = {.runs = NULL};
    yoke_verify_options options = {.command = command,
                                   .threads = threads,
                                   .thread_count = 2,
                                   .files = files,
                                   .file_count = 1,
                                   .runs = 1,
                                   .without_cause = true};
    int status = yoke_verify_program(&options, &report);
    if (status == YOKE_OK) CU_ASSERT_EQUAL(report.difference_count, 1);
    yoke_verify_report_fini(&report);
    return status;
}

/* Few variables, as each is copied for each run. */
static char *prepare(void) {
    char *path = strdup(test_file("made", "old", 3));
    const char *search = getenv("PATH");
    char *kept = strdup(search ? search : "/bin:/usr/bin");
    REQUIRE(path && kept);
    clearenv();
    setenv("PATH", kept, 1);
    setenv("FILE", path, 1);
    free(kept);
    return path;
}

TEST_WITH_LIMIT(memory_runs_out, 60) {
    char *path = prepare();
    CU_ASSERT(inject_each_allocation(verify, path, YOKE_ENOMEM) > 30);
    free(path);
}

TEST_WITH_LIMIT(files_fail, 120) {
    char *path = prepare();
    CU_ASSERT(inject_each_io(verify, path, EIO, YOKE_EIO) > 30);
    free(path);
}

static void ignore(const yoke_verify_row *row, void *ctx) { (void)row, (void)ctx; }

static int verify_self(void *ctx) {
    const int one[] = {1};
    int *failed = ctx;
    *failed = yoke_verify_self(&(yoke_verify_self_options){.threads = one,
                                                           .thread_count = 1,
                                                           .only = "reducer of one's own, exact"},
                               ignore, NULL);
    return *failed > 0 ? YOKE_ENOMEM : *failed;
}

/* A row that fails is counted. */
TEST_WITH_LIMIT(rows_that_fail_are_counted, 60) {
    int failed = 0;
    CU_ASSERT(inject_each_allocation(verify_self, &failed, YOKE_ENOMEM) > 3);
    CU_ASSERT_EQUAL(failed, 0);
}

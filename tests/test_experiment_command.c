/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments over programs.
 */
#include "tests/harness.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "yoke/experiment.h"
#include "yoke/profile.h"

static yoke_experiment *run_command(const char *const *words, yoke_command how, size_t reps,
                                    const int *threads, size_t thread_count) {
    yoke_command command = how;
    command.words = words;
    yoke_subject subject = {.command = &command};
    yoke_experiment *e = NULL;
    yoke_experiment_options options = {.subjects = &subject,
                                       .subject_count = 1,
                                       .threads = threads,
                                       .thread_count = thread_count,
                                       .reps = reps};
    REQUIRE(!yoke_experiment_run(&options, &e));
    return e;
}

#define RUN(reps, how, ...)                                                                        \
    run_command((const char *const[]){__VA_ARGS__, NULL}, (yoke_command)how, reps, NULL, 0)
#define SHELL(reps, how, text) RUN(reps, how, "sh", "-c", text)

TEST(a_program_is_measured) {
    yoke_experiment *e = SHELL(3, {0}, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    REQUIRE(e->row_count == 1);
    const yoke_experiment_row *row = &e->rows[0];
    CU_ASSERT_EQUAL(row->status, 0);
    CU_ASSERT_STRING_EQUAL(row->group, "command");
    CU_ASSERT(strncmp(row->load, "sh -c i=0;", 10) == 0);
    CU_ASSERT_EQUAL(row->runs, 3);
    CU_ASSERT(row->usage.user_s > 0 && row->usage.max_rss > 100000 && row->usage.minor_faults > 0);
    CU_ASSERT(!yoke_is_measured(row->usage.queue_s));
    CU_ASSERT_EQUAL(row->threads, 0);
    yoke_experiment_destroy(e);
}

TEST(programs_that_fail_have_no_figures) {
    yoke_experiment *e = SHELL(3, {0}, "echo one >&2; echo two three >&2; exit 3");
    CU_ASSERT_EQUAL(e->rows[0].status, YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail, "exit status 3: two three");
    yoke_experiment_destroy(e);
    e = SHELL(3, {.any_status = true}, "exit 3");
    CU_ASSERT_EQUAL(e->rows[0].status, 0);
    yoke_experiment_destroy(e);
    e = SHELL(3, {.any_status = true}, "kill -9 $$");
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail, "was killed by signal 9");
    yoke_experiment_destroy(e);
    e = RUN(3, {.name = "none"}, "/nowhere/program");
    CU_ASSERT_EQUAL(e->rows[0].status, YOKE_ENOENT);
    CU_ASSERT_STRING_EQUAL(e->rows[0].load, "none");
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail,
                           "cannot run '/nowhere/program': No such file or directory");
    yoke_experiment_destroy(e);
}

TEST(outputs_are_compared) {
    yoke_experiment *e = SHELL(4, {.check_output = true}, "seq 100000");
    CU_ASSERT_EQUAL(e->rows[0].status, 0);
    yoke_experiment_destroy(e);
    e = SHELL(4, {.check_output = true}, "seq 10000; echo $$");
    CU_ASSERT_EQUAL(e->rows[0].status, YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail, "its output is not that of the first run");
    yoke_experiment_destroy(e);
    /* An output that grows shorter is not mixed with the rest of an earlier one. */
    char text[512];
    const char *file = test_file("count", "aaaa", 4);
    snprintf(text, sizeof text, "cat %s; printf aaaa >%s", file, file);
    e = SHELL(4, {.check_output = true}, text);
    CU_ASSERT_EQUAL(e->rows[0].status, 0);
    yoke_experiment_destroy(e);
}

TEST(threads_and_sizes_are_told) {
    const int threads[] = {3, 5};
    const size_t size = 77;
    const char *file = test_file("said", "", 0);
    char text[512];
    snprintf(text, sizeof text, "echo $OMP_NUM_THREADS $1 >>%s", file);
    const char *words[] = {"sh", "-c", text, "x", "{threads}-{size}-{threads}", NULL};
    yoke_command command = {.words = words};
    yoke_subject subject = {.command = &command};
    setenv("OMP_NUM_THREADS", "9", 1);
    yoke_experiment *e = NULL;
    yoke_experiment_options options = {.subjects = &subject,
                                       .subject_count = 1,
                                       .threads = threads,
                                       .thread_count = 2,
                                       .sizes = &size,
                                       .size_count = 1,
                                       .reps = 2};
    REQUIRE(!yoke_experiment_run(&options, &e));
    yoke_experiment_destroy(e);
    char line[64];
    int lines = 0;
    FILE *said = fopen(file, "r");
    REQUIRE(said != NULL);
    while (fgets(line, sizeof line, said)) {
        CU_ASSERT(!strcmp(line, "3 3-77-3\n") || !strcmp(line, "5 5-77-5\n"));
        lines++;
    }
    fclose(said);
    CU_ASSERT_EQUAL(lines, 6); /* one to warm up, and two, of each */
}

/* Whether a process is no more, or waits to be reaped. */
static int is_gone(long pid) {
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *stat = fopen(path, "r");
    if (!stat) return 1;
    int got = fgets(line, sizeof line, stat) != NULL;
    fclose(stat);
    return !got || strstr(line, ") Z ") != NULL;
}

/* Nobody can tell how it ended: no figures, and no wait for ever. */
TEST(ends_that_the_process_ignores) {
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    yoke_experiment *e = RUN(2, {0}, "false");
    signal(SIGCHLD, before);
    CU_ASSERT_EQUAL(e->rows[0].status, YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(e->rows[0].detail, "its end is not known: is SIGCHLD ignored?");
    yoke_experiment_destroy(e);
}

/* Reads the numbers of two processes, once they are there. */
static void await_pids(const char *path, long pids[2]) {
    for (int got = 0; got != 2;) {
        FILE *file = fopen(path, "r");
        if (!file) abort();
        got = fscanf(file, "%ld %ld\n", &pids[0], &pids[1]);
        fclose(file);
        usleep(1000);
    }
}

/* A program that starts others, and does not end when it is asked to. */
TEST(a_cancelled_program_leaves_nothing) {
    char text[512];
    const char *file = test_file("pids", "", 0);
    snprintf(text, sizeof text, "trap '' TERM; sleep 1061 & echo $! $$ >%s; wait; sleep 1062",
             file);
    const char *words[] = {"sh", "-c", text, NULL};
    yoke_command command = {.words = words};
    yoke_subject subject = {.command = &command};
    yoke_cancel *cancel;
    yoke_experiment *e;
    REQUIRE(!yoke_cancel_create(&cancel));
    pid_t helper = fork();
    REQUIRE(helper >= 0);
    if (helper == 0) {
        yoke_experiment_options o = {.subjects = &subject, .subject_count = 1, .cancel = cancel};
        long pids[2];
#pragma omp parallel num_threads(2)
#pragma omp sections
        {
#pragma omp section
            { await_pids(file, pids), yoke_cancel_request(cancel); }
#pragma omp section
            { _exit(yoke_experiment_run(&o, &e) == YOKE_ECANCELED ? 0 : 1); }
        }
    }
    int status = 1, got;
    while ((got = waitpid(helper, &status, 0)) < 0) {
    }
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    long pids[2];
    await_pids(file, pids);
    while (!is_gone(pids[0]) || !is_gone(pids[1]))
        usleep(1000); /* killed, but maybe not yet gone */
    yoke_cancel_release(cancel);
}

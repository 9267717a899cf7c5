/* SPDX-License-Identifier: Apache-2.0
 *
 * Batches that are killed at random points and go on: what was recorded is never run again.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/batch_use.h"

/* Each item leaves a byte in a file of its own process's writing, before it is done. */
typedef struct trace {
    int descriptor;
} trace;

static int run_traced(yoke_batch_work *work) {
    const trace *t = work->ctx;
    uint32_t index = (uint32_t)work->index;
    if (write(t->descriptor, &index, sizeof index) != sizeof index)
        return yoke_fail(YOKE_EIO, "no trace");
    make_result(work->index, work->local);
    work->result = work->local;
    work->size = result_size(work->index);
    return YOKE_OK;
}

enum { TRACED = 400 };

static yoke_batch traced_batch(trace *t) {
    return (yoke_batch){.items = TRACED,
                        .run = run_traced,
                        .ctx = t,
                        .local_size = 128,
                        .workers = 2,
                        .batch = 3,
                        .ledger = ledger_path(),
                        .job = "traced"};
}

/* In a child: the batch, ended by a signal when it comes. */
static pid_t start_child(const char *path) {
    pid_t child = fork();
    if (child != 0) return child;
    trace t = {open(path, O_WRONLY | O_APPEND | O_CREAT, 0666)};
    yoke_batch batch = traced_batch(&t);
    _exit(yoke_batch_run(&batch, NULL) == YOKE_OK ? 0 : 1);
}

static off_t file_size(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 ? s.st_size : 0;
}

/* Kills the child when it has left so many bytes; true when it ended by itself. */
static bool run_until(const char *path, off_t bytes) {
    pid_t child = start_child(path);
    REQUIRE(child > 0);
    int status = 0;
    pid_t ended = 0;
    while (file_size(path) < bytes && (ended = waitpid(child, &status, WNOHANG)) == 0) usleep(10);
    if (!ended) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
    CU_ASSERT(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFEXITED(status);
}

/* What the ledger says is done, by a batch that must not run those. */
typedef struct recorded {
    bool is[TRACED];
    size_t count, wrong;
} recorded;

static int not_again(yoke_batch_work *work) {
    (void)work;
    return yoke_fail(YOKE_ECANCELED, "not now");
}

static int note_recorded(const yoke_batch_done *done, void *ctx) {
    recorded *r = ctx;
    char bytes[128];
    make_result(done->index, bytes);
    if (!done->before) return YOKE_OK;
    r->count++;
    r->is[done->index] = true;
    r->wrong +=
        done->size != result_size(done->index) || memcmp(done->result, bytes, done->size) != 0;
    return YOKE_OK;
}

/* Reading ends what is torn, so it is done on a copy. */
static const char *copy_ledger(void) {
    size_t size = 0;
    char bytes[1 << 16];
    FILE *file = fopen(ledger_path(), "r");
    if (file) {
        size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
    }
    return test_file("copy", bytes, size);
}

/* In a child too, since a process that has had a team does not fork one that can have one. */
static void read_recorded(recorded *r) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        recorded found = {0};
        const char *path = copy_ledger();
        yoke_batch batch = {.items = TRACED,
                            .run = not_again,
                            .done = note_recorded,
                            .ctx = &found,
                            .ledger = path,
                            .job = "traced",
                            .workers = 1,
                            .on_error = YOKE_BATCH_SKIP};
        int status = yoke_batch_run(&batch, NULL);
        _exit(status == YOKE_OK && write(ends[1], &found, sizeof found) == sizeof found ? 0 : 1);
    }
    close(ends[1]);
    CU_ASSERT_EQUAL(read(ends[0], r, sizeof *r), sizeof *r);
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(r->wrong, 0);
}

/* Items that were recorded when the last child began must not be in its trace. */
static void check_trace(const char *path, off_t from, const recorded *before) {
    FILE *file = fopen(path, "r");
    uint32_t index;
    if (!file) return; /* it was killed before it had made one */
    fseek(file, from, SEEK_SET);
    while (fread(&index, sizeof index, 1, file) == 1)
        CU_ASSERT(index < TRACED && !before->is[index]);
    fclose(file);
}

TEST_WITH_LIMIT(killed_at_any_point_it_goes_on, 120) {
    char path[512];
    for (size_t round = 0; round < test_size(10, 3); round++) {
        snprintf(path, sizeof path, "%s/trace%zu", test_directory(), round);
        unlink(ledger_path());
        recorded before = {0};
        for (bool over = false; !over;) {
            off_t from = file_size(path);
            over = run_until(path, from + 4 * (off_t)test_random_below(200));
            check_trace(path, from, &before);
            recorded after = {0};
            read_recorded(&after);
            for (size_t i = 0; i < TRACED; i++) CU_ASSERT(after.is[i] || !before.is[i]);
            before = after;
        }
        CU_ASSERT_EQUAL(before.count, TRACED);
    }
}

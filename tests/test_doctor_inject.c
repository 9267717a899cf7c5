/* SPDX-License-Identifier: Apache-2.0
 *
 * The doctor when memory is short, and when files cannot be read.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/doctor.h"

static pid_t start_child(void) {
    pid_t pid = fork();
    if (pid == 0) {
        pid_t own = fork(); /* which has one too */
        for (;;) pause();
        (void)own;
    }
    REQUIRE(pid > 0);
    return pid;
}

static void end_child(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

static int watch_and_judge(void *ctx) {
    yoke_watch *watch = NULL;
    yoke_diagnosis *diagnosis = NULL;
    double pause;
    YOKE_TRY(yoke_watch_create(*(pid_t *)ctx, NULL, &watch));
    int status = YOKE_OK;
    for (int i = 0; i < 4 && !status; i++) {
        status = yoke_watch_sample(watch, &pause);
        if (status == YOKE_ECLOSED) status = YOKE_OK; /* what cannot be read has ended */
        usleep(10000);
    }
    if (!status) status = yoke_watch_judge(watch, &diagnosis);
    if (!status) CU_ASSERT_EQUAL(diagnosis->finding_count, 0);
    yoke_diagnosis_destroy(diagnosis);
    yoke_watch_destroy(watch);
    return status;
}

TEST_WITH_LIMIT(a_watch_when_memory_is_short, 120) {
    pid_t pid = start_child();
    CU_ASSERT(inject_each_allocation(watch_and_judge, &pid, YOKE_ENOMEM) > 5);
    end_child(pid);
}

TEST_WITH_LIMIT(a_watch_when_files_cannot_be_read, 120) {
    pid_t pid = start_child();
    CU_ASSERT(inject_each_io(watch_and_judge, &pid, EIO, YOKE_ENOENT) >= 1);
    end_child(pid);
}

static int read_node(void *ctx) {
    yoke_node *node = NULL;
    (void)ctx;
    YOKE_TRY(yoke_node_read(NULL, 0, &node));
    CU_ASSERT(node->fact_count > 0);
    yoke_node_destroy(node);
    return YOKE_OK;
}

TEST_WITH_LIMIT(a_node_when_memory_is_short, 120) {
    CU_ASSERT(inject_each_allocation(read_node, NULL, YOKE_ENOMEM) > 10);
}

TEST_WITH_LIMIT(a_node_when_files_cannot_be_read, 120) {
    CU_ASSERT_EQUAL(inject_each_io(read_node, NULL, EIO, YOKE_EIO), 0);
}

TEST(bad_calls) {
    yoke_watch *watch = NULL;
    yoke_watch_options bad = {.interval = -1};
    CU_ASSERT_EQUAL(yoke_watch_create(0, NULL, &watch), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_watch_create(getpid(), NULL, NULL), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_watch_create(getpid(), &bad, &watch), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_watch_create(999999999, NULL, &watch), YOKE_ENOENT);
    CU_ASSERT_PTR_NULL(watch);
    yoke_watch_destroy(NULL);
    yoke_diagnosis_destroy(NULL);
}

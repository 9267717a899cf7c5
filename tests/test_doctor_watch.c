/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a watch takes for whom: programs whose files have gone, and processes that have the id of
 * another.
 */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/doctor.h"

static void end_child(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

/* Looks once more, when names are read again. */
static int look_later(yoke_watch *watch) {
    double pause;
    usleep(70000);
    return yoke_watch_sample(watch, &pause);
}

TEST(a_program_whose_file_has_gone_is_the_same_program) {
    char copy[512], command[1200];
    yoke_watch *watch = NULL;
    yoke_diagnosis *diagnosis = NULL;
    snprintf(copy, sizeof copy, "%s/sleeper", test_directory());
    snprintf(command, sizeof command, "cp \"$(command -v sleep)\" '%s'", copy);
    REQUIRE(system(command) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        execl(copy, "sleeper", "60", NULL);
        _exit(127);
    }
    REQUIRE(pid > 0);
    usleep(100000); /* until it is that program */
    CU_ASSERT_EQUAL(yoke_watch_create(pid, NULL, &watch), YOKE_OK);
    CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    CU_ASSERT_EQUAL(unlink(copy), 0);
    CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_watch_judge(watch, &diagnosis), YOKE_OK);
    CU_ASSERT_EQUAL(diagnosis->processes, 1);
    yoke_diagnosis_destroy(diagnosis);
    yoke_watch_destroy(watch);
    end_child(pid);
}

static _Noreturn void sleep_for_ever(void) {
    for (;;) pause();
}

/* A child that sleeps, with the id that is asked for unless it is 0. */
static pid_t start_child(pid_t wanted) {
    struct clone_args args = {.exit_signal = SIGCHLD};
    if (wanted) {
        args.set_tid = (uintptr_t)&wanted;
        args.set_tid_size = 1;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) sleep_for_ever();
    return pid;
}

TEST(a_process_with_the_id_of_one_that_ended_is_another) {
    yoke_watch *watch = NULL;
    double pause;
    pid_t pid = start_child(0);
    REQUIRE(pid > 0);
    CU_ASSERT_EQUAL(yoke_watch_create(pid, NULL, &watch), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_watch_sample(watch, &pause), YOKE_OK);
    end_child(pid);
    usleep(20000); /* the kernel's clock tick */
    if (start_child(pid) == pid) {
        CU_ASSERT_EQUAL(look_later(watch), YOKE_ECLOSED);
        end_child(pid);
    } else {
        printf("    left out: processes cannot be given an id here: %s\n", strerrordesc_np(errno));
    }
    yoke_watch_destroy(watch);
}

TEST(a_child_that_nobody_waits_for_is_one_process) {
    yoke_watch *watch = NULL;
    yoke_diagnosis *diagnosis = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) _exit(usleep(150000));
        sleep_for_ever();
    }
    REQUIRE(pid > 0);
    CU_ASSERT_EQUAL(yoke_watch_create(pid, NULL, &watch), YOKE_OK);
    for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_watch_judge(watch, &diagnosis), YOKE_OK);
    CU_ASSERT_EQUAL(diagnosis->processes, 2);
    yoke_diagnosis_destroy(diagnosis);
    yoke_watch_destroy(watch);
    end_child(pid);
}

/* A child that has ended for each of them, and one that lives, last in the list. */
static _Noreturn void have_children(int count, int report) {
    siginfo_t end;
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(0);
        if (pid < 0 || waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT) < 0) _exit(1);
    }
    if (fork() == 0) sleep_for_ever();
    if (write(report, "", 1) != 1) _exit(1);
    sleep_for_ever();
}

TEST_WITH_LIMIT(a_child_behind_hundreds_that_nobody_waits_for, 120) {
    enum { MANY = 1400 }; /* more than fill a page, with ids of three digits */
    yoke_watch *watch = NULL;
    yoke_diagnosis *diagnosis = NULL;
    int ready[2];
    char byte;
    REQUIRE(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        close(ready[0]);
        have_children(MANY, ready[1]);
    }
    REQUIRE(pid > 0);
    close(ready[1]);
    if (read(ready[0], &byte, 1) == 1) {
        CU_ASSERT_EQUAL(yoke_watch_create(pid, NULL, &watch), YOKE_OK);
        for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_watch_judge(watch, &diagnosis), YOKE_OK);
        CU_ASSERT_EQUAL(diagnosis->processes, 2);
    } else {
        printf("    left out: no %d processes can be had here\n", MANY);
    }
    close(ready[0]);
    yoke_diagnosis_destroy(diagnosis);
    yoke_watch_destroy(watch);
    kill(-pid, SIGKILL);
    end_child(pid);
}

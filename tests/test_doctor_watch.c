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

static bool runs(pid_t pid, const char *program) {
    char link[64], target[512];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)pid);
    ssize_t length = readlink(link, target, sizeof target - 1);
    target[length > 0 ? length : 0] = 0;
    return strcmp(target, program) == 0;
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
    while (!runs(pid, copy)) usleep(1000);
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

/* Has a child that ends when `gate` is closed at its other end; tells its id. */
static _Noreturn void have_child(int gate, int report) {
    char byte;
    pid_t pid = fork();
    if (pid == 0) _exit(read(gate, &byte, 1) != 0);
    if (write(report, &pid, sizeof pid) != sizeof pid) _exit(1);
    sleep_for_ever();
}

static bool has_ended(pid_t pid) {
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "re");
    REQUIRE(file != NULL);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    const char *behind = length ? strrchr(text, ')') : NULL;
    return behind && strncmp(behind, ") Z", 3) == 0;
}

TEST(a_child_that_nobody_waits_for_is_one_process) {
    yoke_watch *watch = NULL;
    yoke_diagnosis *diagnosis = NULL;
    int gate[2], report[2];
    pid_t grandchild;
    REQUIRE(pipe(gate) == 0 && pipe(report) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]);
        have_child(gate[0], report[1]);
    }
    REQUIRE(pid > 0);
    REQUIRE(read(report[0], &grandchild, sizeof grandchild) == sizeof grandchild);
    CU_ASSERT_EQUAL(yoke_watch_create(pid, NULL, &watch), YOKE_OK);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    close(gate[1]);
    while (!has_ended(grandchild)) usleep(1000);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(look_later(watch), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_watch_judge(watch, &diagnosis), YOKE_OK);
    CU_ASSERT_EQUAL(diagnosis->processes, 2);
    yoke_diagnosis_destroy(diagnosis);
    yoke_watch_destroy(watch);
    end_child(pid);
    close(gate[0]);
    close(report[0]);
    close(report[1]);
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

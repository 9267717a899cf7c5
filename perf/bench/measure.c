/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs one command and prints what it cost.
 *
 *     measure OUTPUT COMMAND [ARGUMENT...]
 *
 * The command reads /dev/null, its standard output goes to OUTPUT. One line of JSON follows on
 * standard output: exit status (128 + signal for a killed one), seconds from before the start to
 * after the end, seconds of user and system time, and the largest resident set in KiB. A program of
 * its own, because a child's largest resident set counts that of the process which started it: here
 * that is 1.5 MB.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

/* Returns 0 or an error number. */
static int start(const char *output, char **command, pid_t *child) {
    posix_spawn_file_actions_t files;
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0) return error;
    error = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error =
            posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (error == 0) error = posix_spawnp(child, command[0], &files, NULL, command, environ);
    posix_spawn_file_actions_destroy(&files);
    return error;
}

static int wait_for(pid_t child, int *status, struct rusage *usage) {
    while (wait4(child, status, 0, usage) < 0)
        if (errno != EINTR) return errno;
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: measure OUTPUT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    pid_t child;
    int status;
    struct rusage usage;
    double begin = now();
    int error = start(argv[1], argv + 2, &child);
    if (error == 0) error = wait_for(child, &status, &usage);
    double end = now();
    if (error != 0) {
        fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(error));
        return 1;
    }
    printf(
        "{\"status\": %d, \"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, \"peak_kib\": %ld}\n",
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), end - begin,
        seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss);
    return 0;
}

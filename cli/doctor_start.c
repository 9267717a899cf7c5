/* SPDX-License-Identifier: Apache-2.0
 *
 * Starting a program. Its standard streams and its terminal are its own; a pipe that closes when it
 * has become the program tells when that was, or why it was not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"

enum { NOT_RUN = 126, NOT_FOUND = 127 };

_Noreturn static void become(char **command, int report, void (*prepare)(void *ctx), void *ctx) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    if (prepare) prepare(ctx);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    int code = errno;
    ssize_t told = write(report, &code, sizeof code);
    _exit(told == sizeof code ? NOT_RUN : NOT_FOUND);
}

static long failed(const char *name, int code) {
    message("cannot run '%s': %s", name, strerrordesc_np(code));
    return code == ENOENT ? -NOT_FOUND : -NOT_RUN;
}

long doctor_start(char **command, void (*prepare)(void *ctx), void *ctx) {
    int report[2], code = 0;
    if (pipe2(report, O_CLOEXEC) < 0) return failed(command[0], errno);
    pid_t pid = fork();
    if (pid == 0) become(command, report[1], prepare, ctx);
    int fork_code = errno;
    close(report[1]);
    ssize_t size = 0;
    while (pid > 0 && (size = read(report[0], &code, sizeof code)) < 0 && errno == EINTR) continue;
    close(report[0]);
    if (pid < 0) return failed(command[0], fork_code);
    if (size == 0) return pid;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    return failed(command[0], code);
}

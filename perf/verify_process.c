/* SPDX-License-Identifier: Apache-2.0
 *
 * One process in a group of its own, with a time limit. The group is ended when the process has:
 * what it left behind could otherwise write to its outputs while they are compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/verify.h"
#include "runtime/spawn.h"

enum { LOOK = 50 /* ms between looks at the token */, GRACE = 500 /* ms after SIGTERM */ };
enum { SHELL_SIGNAL = 128 };

/* Copies of what becomes standard input, output and error; -1: that of the caller. Their numbers
 * are above those: where the caller has none of these, its descriptors may have the numbers, and
 * one would be overwritten before it is used. */
enum { STREAMS = 3 };

static void drop_streams(const int *streams) {
    for (int i = 0; i < STREAMS; i++)
        if (streams[i] >= 0) close(streams[i]);
}

/* 0 or an error number. */
static int copy_streams(const verify_process *p, int *streams) {
    const int from[STREAMS] = {p->input, p->output, p->error};
    int code = 0;
    for (int i = 0; i < STREAMS; i++) {
        streams[i] = from[i] >= 0 && !code ? fcntl(from[i], F_DUPFD_CLOEXEC, STREAMS) : -1;
        if (from[i] >= 0 && !code && streams[i] < 0) code = errno;
    }
    if (code) drop_streams(streams);
    return code;
}

/* 0 or an error number. */
static int set_up(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions,
                  const int *streams) {
    int code = 0;
    yoke__spawn_own_group(attributes);
    for (int i = 0; i < STREAMS && !code; i++)
        if (streams[i] >= 0) code = posix_spawn_file_actions_adddup2(actions, streams[i], i);
    return code;
}

static int spawn_with(const verify_process *p, const int *streams, pid_t *pid) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int code = posix_spawnattr_init(&attributes);
    if (code) return code;
    code = posix_spawn_file_actions_init(&actions);
    if (!code) {
        code = set_up(&attributes, &actions, streams);
        if (!code)
            code = posix_spawnp(pid, p->command[0], &actions, &attributes,
                                (char *const *)p->command, p->environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return code;
}

static int spawn(const verify_process *p, pid_t *pid) {
    int streams[STREAMS];
    int code = copy_streams(p, streams);
    if (code) return code;
    code = spawn_with(p, streams, pid);
    drop_streams(streams);
    return code;
}

/* A process inherits the personality of the thread that starts it. */
static int start(const verify_process *p, pid_t *pid) {
    int before = p->fixed_addresses ? personality(0xFFFFFFFF) : -1;
    if (before >= 0) personality((unsigned long)(unsigned)before | ADDR_NO_RANDOMIZE);
    int code = spawn(p, pid);
    if (before >= 0) personality((unsigned long)(unsigned)before);
    if (!code) return YOKE_OK;
    errno = code;
    return yoke_fail(code == ENOENT   ? YOKE_ENOENT
                     : code == ENOMEM ? YOKE_ENOMEM
                                      : YOKE_EIO,
                     "cannot run '%s': %m", p->command[0]);
}

/* Whether it has ended within so many milliseconds. */
static bool has_ended(int pidfd, int ms) {
    struct pollfd look = {.fd = pidfd, .events = POLLIN};
    return poll(&look, 1, ms) > 0;
}

static void end_group(pid_t pid, int pidfd) {
    kill(-pid, SIGTERM);
    if (!has_ended(pidfd, GRACE)) kill(-pid, SIGKILL);
    while (!has_ended(pidfd, -1)) {
    }
}

/* 0 when it ended by itself. */
static int watch(const verify_process *p, pid_t pid, int pidfd) {
    yoke_deadline deadline = p->timeout > 0 ? yoke_deadline_in(p->timeout) : YOKE_FOREVER;
    while (!has_ended(pidfd, LOOK)) {
        int status = yoke_cancel_requested(p->cancel) ? YOKE_ECANCELED
                     : yoke_deadline_passed(deadline) ? YOKE_ETIMEDOUT
                                                      : YOKE_OK;
        if (!status) continue;
        end_group(pid, pidfd);
        return status;
    }
    return YOKE_OK;
}

/* The process is a zombie until it is waited for, so its number is still its group's. */
static int reap(pid_t pid, int *came) {
    int status = 0, waited;
    kill(-pid, SIGKILL);
    while ((waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR) {
    }
    if (waited < 0) return yoke_fail(YOKE_EIO, "cannot wait for a process: %m");
    *came = WIFSIGNALED(status) ? SHELL_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    return YOKE_OK;
}

int yoke__verify_process_run(const verify_process *process, int *status, bool *timed_out) {
    pid_t pid = 0;
    YOKE_TRY(start(process, &pid));
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), code = errno, result = YOKE_OK;
    if (pidfd >= 0) result = watch(process, pid, pidfd);
    int reaped = reap(pid, status);
    if (pidfd < 0) {
        errno = code;
        return yoke_fail(YOKE_EUNSUPPORTED, "cannot watch a process: %m");
    }
    close(pidfd);
    if (reaped < 0) return reaped;
    *timed_out = result == YOKE_ETIMEDOUT;
    return result == YOKE_ECANCELED ? yoke_fail(YOKE_ECANCELED, NULL) : YOKE_OK;
}

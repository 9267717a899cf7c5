/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands: started with posix_spawn in a process group of their own, fed through a pipe that never
 * blocks us, and ended as a group.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/pipe.h"
#include "runtime/spawn.h"

enum { PIPE_SIZE = 1 << 20, SHELL_TIMED_OUT = 124, SHELL_SIGNAL = 128 };

void yoke__job_init(job *j) { *j = (job){.pidfd = -1, .in = -1, .out = -1, .err = -1}; }

static void close_one(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* ---- its words ---- */

static void free_words(char **words) {
    for (size_t i = 0; words && words[i]; i++) free(words[i]);
    free(words);
}

/* A word with the number in place of each "{#}". */
static char *fill_word(const char *word, uint64_t number) {
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *filled = malloc(strlen(word) * (length > 3 ? length : 3) + 1), *to = filled;
    if (!filled) return NULL;
    while (*word) {
        bool place = strncmp(word, "{#}", 3) == 0;
        memcpy(to, place ? digits : word, place ? length : 1);
        to += place ? length : 1;
        word += place ? 3 : 1;
    }
    *to = 0;
    return filled;
}

static char **fill_words(const char *const *command, uint64_t number) {
    size_t count = 0;
    while (command[count]) count++;
    char **words = calloc(count + 1, sizeof *words);
    if (!words) return NULL;
    for (size_t i = 0; i < count; i++) {
        words[i] = fill_word(command[i], number);
        if (words[i]) continue;
        free_words(words);
        return NULL;
    }
    return words;
}

/* ---- starting ---- */

/* The ends of its pipes: ours and those that it gets. */
typedef struct ends {
    int ours[3], its[3];
} ends;

static void close_ends(ends *e) {
    for (int i = 0; i < 3; i++) close_one(&e->ours[i]), close_one(&e->its[i]);
}

static int open_ends(ends *e) {
    *e = (ends){{-1, -1, -1}, {-1, -1, -1}};
    for (int i = 0; i < 3; i++) {
        int pair[2];
        if (pipe2(pair, O_CLOEXEC) < 0) {
            int code = errno;
            close_ends(e);
            errno = code;
            return yoke_fail(YOKE_EIO, "cannot make a pipe: %m");
        }
        e->ours[i] = pair[i == 0];
        e->its[i] = pair[i != 0];
        fcntl(e->ours[i], F_SETFL, O_NONBLOCK);
        fcntl(e->ours[i], F_SETPIPE_SZ, PIPE_SIZE); /* a larger one is only faster */
    }
    return YOKE_OK;
}

/* 0 or an error number. */
static int spawn(pid_t *pid, char **words, const ends *e) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = words[0] ? posix_spawn_file_actions_init(&actions) : EINVAL;
    if (code) return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        for (int i = 0; i < 3 && !code; i++)
            code = posix_spawn_file_actions_adddup2(&actions, e->its[i], i);
        yoke__spawn_own_group(&attributes);
        if (!code) code = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int adopt(job *j, pid_t pid, ends *e) {
    j->pid = pid;
    j->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (j->pidfd < 0) {
        int code = errno;
        kill(-pid, SIGKILL);
        waitpid(pid, NULL, 0);
        errno = code;
        return yoke_fail(YOKE_EUNSUPPORTED, "cannot watch a command: %m");
    }
    j->in = e->ours[0];
    j->out = e->ours[1];
    j->err = e->ours[2];
    for (int i = 0; i < 3; i++) e->ours[i] = -1;
    j->running = true;
    j->exited = j->timed_out = j->told_to_end = false;
    j->fed = 0;
    return YOKE_OK;
}

/* With errno. */
static int refuse(const char *command) {
    if (errno == ENOMEM) return yoke_fail(YOKE_ENOMEM, "no memory to run '%s'", command);
    return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO, "cannot run '%s': %m", command);
}

int yoke__job_start(job *j, const yoke_pipe_options *options) {
    ends e;
    pid_t pid = 0;
    YOKE_TRY(open_ends(&e));
    char **words = fill_words(options->command, j->result->number + 1);
    errno = words ? spawn(&pid, words, &e) : ENOMEM;
    int status = errno ? refuse(options->command[0]) : adopt(j, pid, &e);
    free_words(words);
    close_ends(&e);
    j->deadline = YOKE_FOREVER;
    return status;
}

/* ---- feeding ---- */

/* What of a file's range goes into the pipe: more than 0; 0: nothing now; or a failure. */
static ssize_t move_range(const job *j, size_t at, size_t size, char *room, size_t room_size) {
    off_t offset = j->block->offset + (off_t)at;
    ssize_t moved = splice(j->block->fd, &offset, j->in, NULL, size, SPLICE_F_NONBLOCK);
    if (moved >= 0 || errno != EINVAL) return moved;
    ssize_t got = pread(j->block->fd, room, size < room_size ? size : room_size, offset);
    return got > 0 ? write(j->in, room, (size_t)got) : got;
}

static size_t head_of(const block *b) { return b->header ? b->header->size : 0; }

static ssize_t move_some(const job *j, char *room, size_t room_size, bool *from_file) {
    const block *b = j->block;
    size_t head = head_of(b), at = j->fed - j->joint;
    *from_file = false;
    if (j->fed < j->joint) return write(j->in, "\n", 1);
    if (at < head) return write(j->in, b->header->data + at, head - at);
    at -= head;
    if (b->fd < 0) return write(j->in, b->data + at, b->size - at);
    *from_file = true;
    return move_range(j, at, b->size - at, room, room_size);
}

/* Who has read enough is not fed any more. */
static int feed_some(job *j, char *room, size_t size) {
    bool from_file;
    ssize_t moved = move_some(j, room, size, &from_file);
    if (moved > 0) {
        j->fed += (size_t)moved;
        return 1;
    }
    if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (moved < 0 && errno == EPIPE) {
        close_one(&j->in);
        return 0;
    }
    if (from_file && moved == 0) return yoke_fail(YOKE_EIO, "an input has become shorter");
    return yoke_fail(YOKE_EIO, "cannot give a command its input: %m");
}

bool yoke__job_is_fed(const job *j) {
    return !j->block || j->in < 0 || j->fed >= j->joint + head_of(j->block) + j->block->size;
}

int yoke__job_feed(job *j, char *room, size_t size) {
    while (!yoke__job_is_fed(j)) {
        int got = feed_some(j, room, size);
        if (got < 0) return got;
        if (got == 0 && j->in >= 0) return YOKE_OK;
    }
    if (j->last) close_one(&j->in);
    return YOKE_OK;
}

/* ---- ends ---- */

void yoke__job_stop(job *j) {
    if (!j->running) return;
    kill(-j->pid, j->told_to_end ? SIGKILL : SIGTERM);
    if (j->told_to_end && j->exited) {
        /* what has left the group may hold the pipes for ever */
        close_one(&j->out);
        close_one(&j->err);
    }
    j->told_to_end = true;
    j->deadline = yoke_deadline_in(0.5);
}

void yoke__job_reap(job *j) {
    if (!j->running || j->exited) return;
    pid_t got = waitpid(j->pid, &j->wait_status, WNOHANG);
    if (got == 0) return;
    j->exited = true;
    close_one(&j->in);
    close_one(&j->pidfd);
}

bool yoke__job_over(const job *j) { return j->exited && j->out < 0 && j->err < 0; }

void yoke__job_close(job *j) {
    close_one(&j->in);
    close_one(&j->out);
    close_one(&j->err);
    close_one(&j->pidfd);
    j->running = false;
}

void yoke__job_end(job *j, yoke_deadline deadline) {
    if (!j->running) return;
    int64_t left = (deadline - yoke_deadline_in(0)) / 1000000;
    struct pollfd look = {.fd = j->pidfd, .events = POLLIN};
    if (!j->exited) poll(&look, 1, left > 0 ? (int)left : 0);
    kill(-j->pid, SIGKILL); /* it, or the rest of its group */
    while (!j->exited && waitpid(j->pid, &j->wait_status, 0) < 0 && errno == EINTR) {
    }
    yoke__job_close(j);
}

int yoke__job_status(const job *j) {
    if (j->timed_out) return SHELL_TIMED_OUT;
    if (WIFSIGNALED(j->wait_status)) return SHELL_SIGNAL + WTERMSIG(j->wait_status);
    return WEXITSTATUS(j->wait_status);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A program as a load: a repeat starts it and waits for its end.
 *
 * It is the leader of a process group, and when the experiment is cancelled the group is asked to
 * end, and ended when it has not within a third of a second. The group is signalled before its
 * leader is reaped, so that its number cannot have been given to others. Output goes to files
 * without names, which cost less than a reader at the other end of a pipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf/experiment.h"
#include "runtime/clock.h"
#include "runtime/file.h"
#include "runtime/spawn.h"
#include "yoke/hash.h"

enum { LOOK_MS = 50, PATIENCE_MS = 300 };

/* ---- the program ---- */

static char *join(const char *const *words) {
    size_t size = 1;
    for (size_t i = 0; words[i]; i++) size += strlen(words[i]) + 1;
    char *text = calloc(1, size), *end = text;
    for (size_t i = 0; text && words[i]; i++) {
        if (i) *end++ = ' ';
        end = stpcpy(end, words[i]);
    }
    return text;
}

int yoke__program_open(yoke__program *p, const yoke_command *command) {
    *p = (yoke__program){.command = command, .out = -1, .err = -1};
    if (!command->words || !command->words[0]) return yoke_fail(YOKE_EINVAL, "an empty command");
    p->name = command->name ? strdup(command->name) : join(command->words);
    if (!p->name) return yoke_fail(YOKE_ENOMEM, NULL);
    p->err = yoke__open_unnamed(P_tmpdir);
    if (p->err >= 0 && command->check_output) p->out = yoke__open_unnamed(P_tmpdir);
    if (p->err >= 0 && (p->out >= 0 || !command->check_output)) return 0;
    return yoke_fail(YOKE_EIO, "cannot make a file in %s: %m", P_tmpdir);
}

void yoke__program_close(yoke__program *p) {
    if (p->out >= 0) close(p->out);
    if (p->err >= 0) close(p->err);
    free(p->name);
}

/* ---- words and environment ---- */

static void free_words(char **words) {
    for (size_t i = 0; words && words[i]; i++) free(words[i]);
    free((void *)words);
}

/* With each `mark` replaced. NULL when memory ran out. */
static char *replace(char *word, const char *mark, size_t number) {
    char text[32], *at = word ? strstr(word, mark) : NULL, *filled = NULL;
    if (!at) return word;
    snprintf(text, sizeof text, "%zu", number);
    if (asprintf(&filled, "%.*s%s%s", (int)(at - word), word, text, at + strlen(mark)) < 0)
        filled = NULL;
    free(word);
    return replace(filled, mark, number);
}

static char **fill_words(const char *const *words, int threads, size_t size) {
    size_t count = 0;
    while (words[count]) count++;
    char **filled = calloc(count + 1, sizeof *filled);
    for (size_t i = 0; filled && i < count; i++) {
        filled[i] = strdup(words[i]);
        if (threads) filled[i] = replace(filled[i], "{threads}", (size_t)threads);
        if (size) filled[i] = replace(filled[i], "{size}", size);
        if (filled[i]) continue;
        free_words(filled);
        return NULL;
    }
    return filled;
}

/* The environment with OMP_NUM_THREADS; only the first text is our own. */
static char **make_environment(int threads) {
    size_t count = 0, to = 0;
    while (environ[count]) count++;
    char **all = calloc(count + 2, sizeof *all);
    if (!all) return NULL;
    if (threads && asprintf(&all[to++], "OMP_NUM_THREADS=%d", threads) < 0) {
        free((void *)all);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!threads || strncmp(environ[i], "OMP_NUM_THREADS=", 16) != 0) all[to++] = environ[i];
    }
    return all;
}

static int prepare(yoke_load_run *run) {
    yoke__command_run *r = run->state;
    run->items = 1;
    r->words = fill_words(r->program->command->words, r->threads, run->size);
    r->environment = make_environment(r->threads);
    return r->words && r->environment ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

static void finish(yoke_load_run *run) {
    yoke__command_run *r = run->state;
    free_words(r->words);
    if (r->environment && r->threads) free(r->environment[0]);
    free((void *)r->environment);
    r->words = r->environment = NULL;
}

/* ---- starting ---- */

static int rewind_file(int file) {
    if (file < 0) return 0;
    return lseek(file, 0, SEEK_SET) < 0 || ftruncate(file, 0) ? errno : 0;
}

static int set_files(const yoke__program *p, posix_spawn_file_actions_t *files) {
    int code = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    if (!code && p->out >= 0) code = posix_spawn_file_actions_adddup2(files, p->out, 1);
    if (!code && p->out < 0) {
        code = posix_spawn_file_actions_addopen(files, 1, "/dev/null", O_WRONLY, 0);
    }
    return code ? code : posix_spawn_file_actions_adddup2(files, p->err, 2);
}

/* 0 or an error number. */
static int spawn(const yoke__command_run *r, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&files);
    if (code) return code;
    code = posix_spawnattr_init(&attributes);
    if (!code) {
        yoke__spawn_own_group(&attributes);
        code = set_files(r->program, &files);
        if (!code) {
            code = posix_spawnp(pid, r->words[0], &files, &attributes, r->words, r->environment);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return code;
}

/* ---- waiting ---- */

/* Until it has ended or the time has passed; without a descriptor, until it has ended. A child that
 * cannot be waited for has ended, too: the process ignores SIGCHLD. */
static bool has_ended(pid_t pid, int pidfd, int milliseconds) {
    struct pollfd look = {.fd = pidfd, .events = POLLIN};
    siginfo_t info = {.si_pid = 0};
    if (pidfd >= 0) poll(&look, 1, milliseconds);
    int how = WEXITED | WNOWAIT | (pidfd >= 0 ? WNOHANG : 0);
    int code = waitid(P_PID, (id_t)pid, &info, how);
    return code < 0 ? errno == ECHILD : info.si_pid == pid;
}

static void end_group(pid_t pid, int pidfd) {
    kill(-pid, SIGTERM);
    for (int waited = 0; waited < PATIENCE_MS && pidfd >= 0; waited += LOOK_MS) {
        if (has_ended(pid, pidfd, LOOK_MS)) break;
    }
    kill(-pid, SIGKILL);
}

/* Its wait status; false: nobody knows it. */
static bool wait_for(pid_t pid, const yoke_cancel *cancel, int *status, struct rusage *usage) {
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    pid_t ended;
    while (!has_ended(pid, pidfd, LOOK_MS)) {
        if (!yoke_cancel_requested(cancel)) continue;
        end_group(pid, pidfd);
        break;
    }
    while ((ended = wait4(pid, status, 0, usage)) < 0 && errno == EINTR) {
    }
    if (pidfd >= 0) close(pidfd);
    return ended == pid;
}

/* ---- its end ---- */

/* The last line that it wrote to its standard error, after ": ". */
static void last_line(int file, char *text, size_t size) {
    char end[400];
    *text = 0;
    off_t length = file < 0 ? 0 : lseek(file, 0, SEEK_END), from = length - (off_t)sizeof end + 1;
    ssize_t got = length > 0 ? pread(file, end, sizeof end - 1, from > 0 ? from : 0) : 0;
    while (got > 0 && (end[got - 1] == '\n' || end[got - 1] == '\r')) got--;
    if (got <= 0) return;
    end[got] = 0;
    const char *line = strrchr(end, '\n');
    line = line ? line + 1 : end;
    snprintf(text, size, ": %.*s", (int)size - 3, line);
}

static int judge_end(const yoke__command_run *r, int status) {
    char said[256];
    const yoke__program *p = r->program;
    bool fine = WIFEXITED(status) && (!WEXITSTATUS(status) || p->command->any_status);
    if (fine) return 0;
    last_line(p->err, said, sizeof said);
    if (WIFSIGNALED(status)) {
        return yoke_fail(YOKE_EDATA, "was killed by signal %d%s", WTERMSIG(status), said);
    }
    return yoke_fail(YOKE_EDATA, "exit status %d%s", WEXITSTATUS(status), said);
}

/* ---- its output ---- */

static ssize_t read_block(int file, char *block, size_t size, off_t at) {
    size_t filled = 0;
    while (filled < size) {
        ssize_t got = pread(file, block + filled, size - filled, at + (off_t)filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        filled += (size_t)got;
    }
    return (ssize_t)filled;
}

static int digest_file(int file, uint64_t *digest) {
    static const size_t room = 1 << 16;
    uint64_t seed[2] = {YOKE_HASH_MULTIPLIER_, 0};
    char *block = malloc(room);
    if (!block) return yoke_fail(YOKE_ENOMEM, NULL);
    ssize_t got;
    off_t at = 0;
    while ((got = read_block(file, block, room, at)) > 0) {
        seed[1] = yoke_hash_bytes(seed, block, (size_t)got);
        at += got;
    }
    free(block);
    *digest = seed[1];
    return got < 0 ? yoke_fail(YOKE_EIO, "cannot read back an output: %m") : 0;
}

static int check_output(yoke__program *p) {
    uint64_t digest = 0;
    if (p->out < 0) return 0;
    YOKE_TRY(digest_file(p->out, &digest));
    if (!p->has_digest) p->digest = digest;
    p->has_digest = true;
    if (digest == p->digest) return 0;
    return yoke_fail(YOKE_EDATA, "its output is not that of the first run");
}

/* ---- a run ---- */

static int start(const yoke__command_run *r, pid_t *pid) {
    int code = rewind_file(r->program->out);
    if (!code) code = rewind_file(r->program->err);
    if (code) return yoke_fail(YOKE_EIO, "cannot write a file in %s", P_tmpdir);
    code = spawn(r, pid);
    if (!code) return 0;
    errno = code;
    int status = code == ENOENT ? YOKE_ENOENT : code == ENOMEM ? YOKE_ENOMEM : YOKE_EIO;
    return yoke_fail(status, "cannot run '%s': %m", r->words[0]);
}

static int repeat(yoke_load_run *run) {
    yoke__command_run *r = run->state;
    struct rusage usage = {.ru_maxrss = 0};
    pid_t pid = 0;
    int status = 0;
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    YOKE_TRY(start(r, &pid));
    bool known = wait_for(pid, run->run->cancel, &status, &usage);
    run->seconds = yoke__seconds(CLOCK_MONOTONIC) - begin;
    r->usage = yoke__usage_of(&usage);
    if (yoke_cancel_requested(run->run->cancel)) return yoke_fail(YOKE_ECANCELED, NULL);
    if (!known) return yoke_fail(YOKE_EIO, "its end is not known: is SIGCHLD ignored?");
    YOKE_TRY(judge_end(r, status));
    return check_output(r->program);
}

/* Each run has been checked. */
static int check(yoke_load_run *run) {
    (void)run;
    return 0;
}

const yoke_load yoke__command_load = {.name = "command",
                                      .group = "command",
                                      .about = "a program",
                                      .item = "run",
                                      .prepare = prepare,
                                      .repeat = repeat,
                                      .check = check,
                                      .finish = finish};

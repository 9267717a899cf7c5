/* SPDX-License-Identifier: Apache-2.0
 *
 * Where results come from: the machine, this build, and the commit, as git tells it.
 */
#include "perf/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/text.h"
#include "yoke/machine.h"
#include "yoke/results.h"
#include "yoke/yoke.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

#ifndef YOKE_FLAGS /* by the Makefile */
#define YOKE_FLAGS ""
#endif

void yoke__machine_name(char *name, size_t size) {
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];
    *name = '\0';
    if (!file) return;
    while (!*name && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", strlen("model name")) != 0) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(name, size, "%s", colon + 1 + strspn(colon + 1, " "));
    }
    fclose(file);
}

/* ---- the command line ---- */

static bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("_@%+=:,./-", c)) ||
           (c >= '0' && c <= '9');
}

static bool is_plain_word(const char *word) {
    if (!*word) return false;
    while (is_plain(*word)) word++;
    return !*word;
}

static void add_word(yoke__text *to, const char *word) {
    if (is_plain_word(word)) {
        yoke__text_add(to, "%s", word);
        return;
    }
    yoke__text_add(to, "'");
    for (; *word; word++) {
        if (*word == '\'')
            yoke__text_add(to, "'\\''");
        else
            yoke__text_add(to, "%c", *word);
    }
    yoke__text_add(to, "'");
}

void yoke__command_line(char *line, size_t size) {
    char words[4096];
    FILE *file = fopen("/proc/self/cmdline", "re");
    size_t got = file ? fread(words, 1, sizeof words - 1, file) : 0;
    yoke__text to = {line, size, 0};
    *line = words[got] = '\0';
    if (file) fclose(file);
    for (size_t at = 0; at < got; at += strlen(words + at) + 1) {
        if (at) yoke__text_add(&to, " ");
        add_word(&to, words + at);
    }
}

/* ---- git ---- */

/* git with these words; its output goes to `to`. 0 or an error number. */
static int spawn_git(char *const *words, int to, pid_t *pid) {
    posix_spawn_file_actions_t files;
    int code = posix_spawn_file_actions_init(&files);
    if (code) return code;
    code = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!code) code = posix_spawn_file_actions_adddup2(&files, to, 1);
    if (!code) code = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    if (!code) code = posix_spawnp(pid, words[0], &files, NULL, words, environ);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

/* What can be read, of which the beginning is kept. */
static void read_all(int from, char *text, size_t size) {
    size_t used = 0;
    char rest[512];
    for (;;) {
        bool full = used + 1 >= size;
        ssize_t got = read(from, full ? rest : text + used, full ? sizeof rest : size - 1 - used);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        if (!full) used += (size_t)got;
    }
    text[used] = '\0';
}

/* The first bytes that git prints, without the last line end; false when it failed. */
static bool ask_git(char *const *words, char *text, size_t size) {
    int ends[2], status = -1;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0) return false;
    int code = spawn_git(words, ends[1], &pid);
    close(ends[1]);
    if (!code) {
        read_all(ends[0], text, size);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    close(ends[0]);
    text[strcspn(text, "\n")] = '\0';
    return !code && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int yoke_origin_commit(const char *name, char commit[72]) {
    char *word, text[72] = "";
    if (!name || !commit) return yoke_fail(YOKE_EINVAL, "no name, or no place");
    if (asprintf(&word, "%s^{commit}", name) < 0) return yoke_fail(YOKE_ENOMEM, NULL);
    char *const words[] = {(char[]){"git"},
                           (char[]){"rev-parse"},
                           (char[]){"--quiet"},
                           (char[]){"--verify"},
                           (char[]){"--end-of-options"},
                           word,
                           NULL};
    bool known = ask_git(words, text, sizeof text) && *text;
    free(word);
    if (!known) return yoke_fail(YOKE_ENOENT, "git knows no commit '%s' here", name);
    memcpy(commit, text, sizeof text);
    return 0;
}

static bool is_dirty(void) {
    char text[8] = "";
    char *const words[] = {(char[]){"git"},
                           (char[]){"--no-optional-locks"}, /* others may be at work there */
                           (char[]){"status"},
                           (char[]){"--porcelain"},
                           (char[]){"--untracked-files=no"},
                           NULL};
    return ask_git(words, text, sizeof text) && *text;
}

int yoke_origin_read(yoke_origin *origin) {
    if (!origin) return yoke_fail(YOKE_EINVAL, "no place for the origin");
    yoke_origin o = {.compiler = COMPILER, .flags = "", .version = YOKE_VERSION};
    yoke_cpu_limit limit;
    snprintf(o.flags, sizeof o.flags, "%s", YOKE_FLAGS);
    yoke__machine_name(o.machine, sizeof o.machine);
    YOKE_TRY(yoke_cpu_limit_read(NULL, &limit));
    o.cpus = limit.threads;
    memcpy(o.cpu_source, limit.bounds[limit.binding].source, sizeof o.cpu_source);
    if (yoke_origin_commit("HEAD", o.revision) == 0) o.dirty = is_dirty();
    *origin = o;
    return 0;
}

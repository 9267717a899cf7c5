/* SPDX-License-Identifier: Apache-2.0
 *
 * gnuplot reads its commands, with the figures in them, from a file in memory and writes to a file
 * that takes its name when it is complete.
 */
#include "cli/gnuplot.h"

#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/sink.h"
#include "yoke/status.h"

/* Whether a program is on the PATH. */
static bool on_path(const char *name) {
    const char *path = getenv("PATH"); /* NOLINT(concurrency-mt-unsafe): nobody changes it */
    while (path && *path) {
        char file[4096];
        size_t size = strcspn(path, ":");
        int length = snprintf(file, sizeof file, "%.*s/%s", (int)size, path, name);
        if (length < (int)sizeof file && access(file, X_OK) == 0) return true;
        path += size + (path[size] == ':');
    }
    return false;
}

int gnuplot_ready(const char *path) {
    if (on_path("gnuplot")) return 0;
    return yoke_fail(YOKE_ENOENT, "%s: gnuplot draws plots, and it is not installed", path);
}

static bool ends_in(const char *path, const char *end) {
    size_t size = strlen(path), part = strlen(end);
    return size > part && strcmp(path + size - part, end) == 0;
}

bool gnuplot_is_svg(const char *path) { return ends_in(path, ".svg"); }

int gnuplot_option(const char *text, const char **path) {
    *path = text;
    if (gnuplot_is_svg(text) || ends_in(text, ".png")) return 0;
    return yoke_fail(YOKE_EINVAL, "--plot: '%s' does not end in .svg or .png", text);
}

/* gnuplot with these two descriptors as its standard input and output. Returns its status. */
static int spawn(int script, int picture) {
    posix_spawn_file_actions_t files;
    pid_t child;
    int status = -1;
    char *line[] = {(char[]){"gnuplot"}, NULL};
    if (posix_spawn_file_actions_init(&files) != 0) return -1;
    if (posix_spawn_file_actions_adddup2(&files, script, STDIN_FILENO) == 0 &&
        posix_spawn_file_actions_adddup2(&files, picture, STDOUT_FILENO) == 0 &&
        posix_spawnp(&child, line[0], &files, NULL, line, environ) == 0) {
        if (waitpid(child, &status, 0) != child) status = -1;
    }
    posix_spawn_file_actions_destroy(&files);
    return status;
}

static int draw(const buffer *text, sink *to) {
    int script = memfd_create("plot", MFD_CLOEXEC);
    bool written = script >= 0 && write_all(script, text->data, text->size) == 0 &&
                   lseek(script, 0, SEEK_SET) == 0;
    bool drawn = written && spawn(script, to->descriptor) == 0;
    if (script >= 0) close(script);
    return drawn ? 0 : yoke_fail(YOKE_EIO, "%s: gnuplot could not draw it", to->name);
}

int gnuplot_draw(const buffer *script, const char *path) {
    sink to;
    if (script->failed) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = sink_open(&to, path);
    if (!status) status = draw(script, &to);
    if (!status) status = sink_commit(&to);
    sink_abandon(&to);
    return status;
}

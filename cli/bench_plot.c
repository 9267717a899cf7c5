/* SPDX-License-Identifier: Apache-2.0
 *
 * Throughput over threads as a picture, drawn by gnuplot. It reads its commands, with the figures
 * in them, from a file in memory and writes to a file that takes its name when it is complete.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/sink.h"

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

int bench_plot_ready(const char *path) {
    if (on_path("gnuplot")) return 0;
    return yoke_fail(YOKE_ENOENT, "%s: gnuplot draws plots, and it is not installed", path);
}

static bool begins(const bench_figures *rows, size_t i) {
    return !i || rows[i].structure != rows[i - 1].structure;
}

static void add_series(const bench_figures *rows, size_t count, buffer *to) {
    for (size_t i = 0; i < count; i++) {
        if (!begins(rows, i)) continue;
        buffer_print(to, "%s'-' using 1:2:3:4 with yerrorlines title '%s'", i ? ", " : "plot ",
                     rows[i].structure);
    }
    buffer_add_string(to, "\n");
    for (size_t i = 0; i < count; i++) {
        buffer_print(to, "%d %.6f %.6f %.6f\n", rows[i].threads, rows[i].median / 1e6,
                     rows[i].least / 1e6, rows[i].most / 1e6);
        if (i + 1 == count || begins(rows, i + 1)) buffer_add_string(to, "e\n");
    }
}

static int most_threads(const bench_figures *rows, size_t count) {
    int most = 1;
    for (size_t i = 0; i < count; i++) most = rows[i].threads > most ? rows[i].threads : most;
    return most;
}

static void write_script(const bench_options *o, const bench_figures *rows, size_t count,
                         buffer *to) {
    bool svg = strcmp(o->plot + strlen(o->plot) - 4, ".svg") == 0;
    buffer_print(to, "set terminal %s size 900,600\n", svg ? "svg" : "png");
    buffer_print(to, "set title '%.0f %% reads, Zipf %g, %ju keys'\n", o->read_share * 100, o->skew,
                 (uintmax_t)o->keys);
    buffer_add_string(to,
                      "set xlabel 'threads'\nset ylabel 'million operations per second'\n"
                      "set logscale y\nset grid\nset key outside right\n");
    buffer_print(to, "set xrange [0.5:%d.5]\n", most_threads(rows, count));
    add_series(rows, count, to);
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

int bench_plot(const bench_options *options, const bench_figures *rows, size_t count) {
    buffer text = {0};
    sink to;
    write_script(options, rows, count, &text);
    int status = text.failed ? yoke_fail(YOKE_ENOMEM, NULL) : sink_open(&to, options->plot);
    if (!status) status = draw(&text, &to);
    if (!status) status = sink_commit(&to);
    if (!text.failed) sink_abandon(&to);
    buffer_free(&text);
    return status;
}

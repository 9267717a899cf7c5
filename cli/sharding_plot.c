/* SPDX-License-Identifier: Apache-2.0
 *
 * Throughput over threads as a picture.
 */

#include "cli/gnuplot.h"
#include "cli/sharding.h"

static bool begins(const sharding_figures *rows, size_t i) {
    return !i || rows[i].structure != rows[i - 1].structure;
}

static void add_series(const sharding_figures *rows, size_t count, buffer *to) {
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

static int most_threads(const sharding_figures *rows, size_t count) {
    int most = 1;
    for (size_t i = 0; i < count; i++) most = rows[i].threads > most ? rows[i].threads : most;
    return most;
}

static void write_script(const sharding_options *o, const sharding_figures *rows, size_t count,
                         buffer *to) {
    gnuplot_begin(o->plot, to);
    buffer_print(to, "set title '%.0f %% reads, Zipf %g, %ju keys'\n", o->read_share * 100, o->skew,
                 (uintmax_t)o->keys);
    buffer_add_string(to,
                      "set xlabel 'threads'\nset ylabel 'million operations per second'\n"
                      "set logscale y\nset grid\nset key outside right\n");
    buffer_print(to, "set xrange [0.5:%d.5]\n", most_threads(rows, count));
    add_series(rows, count, to);
}

int sharding_plot(const sharding_options *options, const sharding_figures *rows, size_t count) {
    buffer text = {0};
    write_script(options, rows, count, &text);
    int status = gnuplot_draw(&text, options->plot);
    buffer_free(&text);
    return status;
}

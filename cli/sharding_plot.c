/* SPDX-License-Identifier: Apache-2.0
 *
 * Throughput over threads as a picture.
 */
#include <stdlib.h>

#include "cli/plot.h"
#include "cli/sharding.h"

static bool begins(const sharding_figures *rows, size_t i) {
    return !i || rows[i].structure != rows[i - 1].structure;
}

/* A run may have done nothing, which a logarithmic axis has no place for. */
static void add_curves(const sharding_figures *rows, size_t count, plot *p) {
    for (size_t i = 0; i < count; i++) {
        const sharding_figures *r = &rows[i];
        if (begins(rows, i)) plot_curve(p, r->structure);
        if (!(r->median > 0)) continue;
        plot_point(p, r->threads, r->median, r->least > 0 ? r->least : r->median, r->most);
    }
}

static void add_rates(const sharding_figures *rows, size_t count, plot *p) {
    double least = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        double low = rows[i].least > 0 ? rows[i].least : rows[i].median;
        if (low > 0 && (!(least > 0) || low < least)) least = low;
        if (rows[i].most > most) most = rows[i].most;
    }
    plot_set(p, "set ylabel 'operations a second'");
    if (least > 0) plot_decades(p, 'y', least, most, "op/s");
}

static int add_threads(const sharding_figures *rows, size_t count, plot *p) {
    int *threads = malloc(count * sizeof *threads);
    if (!threads) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) threads[i] = rows[i].threads;
    plot_threads(p, threads, count);
    free(threads);
    return 0;
}

int sharding_plot(const sharding_options *o, const sharding_figures *rows, size_t count) {
    plot p = {.curve_count = 0};
    plot_set(&p, "set title '%.0f %% reads, Zipf %g, %ju keys'", o->read_share * 100, o->skew,
             (uintmax_t)o->keys);
    add_rates(rows, count, &p);
    int status = add_threads(rows, count, &p);
    add_curves(rows, count, &p);
    if (!status) status = plot_draw(&p, o->plot);
    plot_free(&p);
    return status;
}

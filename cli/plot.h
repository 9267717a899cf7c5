/* SPDX-License-Identifier: Apache-2.0
 *
 * A picture of curves with intervals, as a script for gnuplot. All zero: empty.
 */
#ifndef YOKE_CLI_PLOT_H
#define YOKE_CLI_PLOT_H

#include "cli/buffer.h"

typedef struct plot {
    buffer axes, points, curves;
    size_t curve_count;    /* that have colours of their own */
    size_t block_count;    /* of points */
    size_t legend, widest; /* its lines; bytes of the longest */
} plot;

/* A line of the script: a setting. */
void plot_set(plot *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A curve with points, and one in the colour of the last without them, such as a fitted law. The
 * points that follow are its own, in the order in which a line is to join them. */
void plot_curve(plot *p, const char *title);
void plot_law(plot *p, const char *title);
/* A bound that is not finite is not drawn. */
void plot_point(plot *p, double x, double y, double low, double high);
/* A place on the last curve, with its interval along x. */
void plot_mark(plot *p, double x, double low, double high, double y);
/* A horizontal line. */
void plot_level(plot *p, double y, const char *title);

/* Thousands that suit a figure: 1e9 and "G"; 1e-3 and "m". */
double plot_prefix(double figure, const char **prefix);
/* The x axis for numbers of threads: whole numbers; from 1 to many it is logarithmic. */
void plot_threads(plot *p, const int *threads, size_t count);
/* A logarithmic axis ('x', 'y') from a power of ten to another, marked with thousands of `unit`. */
void plot_decades(plot *p, char axis, double least, double most, const char *unit);

/* Draws it: gnuplot_draw. */
int plot_draw(const plot *p, const char *path);
void plot_free(plot *p);

#endif

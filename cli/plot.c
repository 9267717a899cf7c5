/* SPDX-License-Identifier: Apache-2.0
 *
 * Curves, axes and legends of pictures.
 *
 * The colours are told apart with any kind of colour vision: those that Paul Tol calls muted
 * ("Colour schemes", SRON technical note SRON/EPS/TN/09-002), and black. Where there are more
 * curves than colours, they come again with dashes.
 */
#include "cli/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "cli/gnuplot.h"

static const char *const colours[] = {"#332288", "#cc6677", "#117733", "#88ccee", "#882255",
                                      "#999933", "#44aa99", "#aa4499", "#000000", "#ddcc77"};
enum { COLOURS = sizeof colours / sizeof *colours, MARKS = 13, DASHES = 4 };

/* ---- curves ---- */

void plot_set(plot *p, const char *format, ...) {
    char line[256];
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    buffer_add_string(&p->axes, line);
    buffer_add_byte(&p->axes, '\n');
}

/* In quotes of gnuplot, where only a quote is special. */
static void add_quoted(const char *text, buffer *to) {
    buffer_add_byte(to, '\'');
    for (; *text; text++) {
        if (*text == '\'') buffer_add_byte(to, '\'');
        buffer_add_byte(to, (char)(*text == '\n' ? ' ' : *text));
    }
    buffer_add_byte(to, '\'');
}

static void add_title(plot *p, const char *title) {
    size_t size = strlen(title);
    p->legend++;
    p->widest = size > p->widest ? size : p->widest;
    buffer_add_string(&p->curves, " title ");
    add_quoted(title, &p->curves);
}

static void close_block(const plot *p, buffer *to) {
    if (p->block_count) buffer_add_string(to, "end\n");
}

static void open_block(plot *p) {
    close_block(p, &p->points);
    buffer_print(&p->points, "$points%zu << end\n", ++p->block_count);
}

static void next_curve(plot *p) {
    buffer_add_string(&p->curves, p->curves.size ? ", \\\n     " : "plot ");
}

/* Intervals are curves of their own, so that legends have none. */
void plot_curve(plot *p, const char *title) {
    size_t style = p->curve_count++, number = style % COLOURS;
    open_block(p);
    next_curve(p);
    buffer_print(&p->curves, "$points%zu using 1:2:3:4 with yerrorbars lc rgb '%s' pt 0 notitle",
                 p->block_count, colours[number]);
    next_curve(p);
    buffer_print(&p->curves,
                 "$points%zu using 1:2 with linespoints lc rgb '%s' dt %zu pt %zu lw 1.5",
                 p->block_count, colours[number], 1 + style / COLOURS % DASHES, 4 + style % MARKS);
    add_title(p, title);
}

static const char *last_colour(const plot *p) { return colours[(p->curve_count - 1) % COLOURS]; }

void plot_law(plot *p, const char *title) {
    open_block(p);
    next_curve(p);
    buffer_print(&p->curves, "$points%zu using 1:2 with lines lc rgb '%s' dt 4", p->block_count,
                 last_colour(p));
    add_title(p, title);
}

void plot_point(plot *p, double x, double y, double low, double high) {
    buffer_print(&p->points, "%.9g %.9g %.9g %.9g\n", x, y, isfinite(low) ? low : y,
                 isfinite(high) ? high : y);
}

void plot_mark(plot *p, double x, double low, double high, double y) {
    open_block(p);
    next_curve(p);
    buffer_print(&p->curves,
                 "$points%zu using 1:2:3:4 with xerrorbars lc rgb '%s' pt 6 ps 2 lw 2 notitle",
                 p->block_count, last_colour(p));
    buffer_print(&p->points, "%.9g %.9g %.9g %.9g\n", x, y, low, high);
}

void plot_level(plot *p, double y, const char *title) {
    next_curve(p);
    buffer_print(&p->curves, "%.9g with lines lc rgb '#777777' dt 2", y);
    add_title(p, title);
}

/* ---- axes ---- */

static const struct {
    double factor;
    const char *name;
} prefixes[] = {{1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},
                {1, ""},     {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"}};
enum { PREFIXES = sizeof prefixes / sizeof *prefixes, PLAIN = 4 };

double plot_prefix(double figure, const char **prefix) {
    size_t i = 0;
    while (i + 1 < PREFIXES && !(fabs(figure) >= prefixes[i].factor)) i++;
    if (!(fabs(figure) > 0)) i = PLAIN;
    *prefix = prefixes[i].name;
    return prefixes[i].factor;
}

static void add_tick(plot *p, const char *label, double at, bool first) {
    buffer_print(&p->axes, "%s'%s' %.9g", first ? "" : ", ", label, at);
}

/* Every number where they have room, else those that were measured and have it. */
void plot_threads(plot *p, const int *threads, size_t count) {
    enum { ROOM = 20 };
    int least = threads[0], most = threads[0], last = 0;
    for (size_t i = 1; i < count; i++) {
        least = threads[i] < least ? threads[i] : least;
        most = threads[i] > most ? threads[i] : most;
    }
    plot_set(p, "set xlabel 'threads'");
    if (most - least < ROOM || least < 1) {
        plot_set(p, "set xrange [%g:%g]\nset xtics %d, 1", least - 0.5, most + 0.5, least);
        return;
    }
    plot_set(p, "set logscale x 2\nset xrange [%g:%g]", least / 1.1, most * 1.1);
    buffer_add_string(&p->axes, "set xtics (");
    for (int at = least; at <= most; at++) {
        bool measured = false;
        for (size_t i = 0; i < count; i++) measured |= threads[i] == at;
        if (!measured || at < last * 1.15) continue;
        char label[16];
        snprintf(label, sizeof label, "%d", at);
        add_tick(p, label, at, !last);
        last = at;
    }
    buffer_add_string(&p->axes, ")\n");
}

/* Between neighbouring powers of ten stand 2 and 5, where there are few of these. The range is a
 * little wider, so that no tick is lost at its ends by rounding. */
void plot_decades(plot *p, char axis, double least, double most, const char *unit) {
    static const int parts[] = {1, 2, 5};
    int low = (int)floor(log10(least)), high = (int)ceil(log10(most));
    high += high == low;
    plot_set(p, "set logscale %c\nset %crange [0.99e%d:1.01e%d]", axis, axis, low, high);
    buffer_print(&p->axes, "set %ctics (", axis);
    for (int i = 0; i <= 3 * (high - low); i++) {
        if (i % 3 && high - low > 2) continue;
        char label[64];
        const char *prefix;
        /* The nearest number to a power of ten may lie below it. */
        int decade = low + i / 3;
        double at = parts[i % 3] * pow(10, decade), factor = plot_prefix(at * 1.001, &prefix);
        snprintf(label, sizeof label, "%.3g %s%s", at / factor, prefix, unit);
        add_tick(p, label, at, !i);
    }
    buffer_add_string(&p->axes, ")\n");
}

/* ---- the whole ---- */

enum { WIDTH = 900, HEIGHT = 600, LINE = 18, LETTER = 8, FEW = 4 };

/* Below a plot there is room for a few titles; more make it wider, and as high as they need. */
static void begin(const plot *p, const char *path, buffer *to) {
    bool many = p->legend > FEW || p->legend * p->widest > WIDTH / LETTER;
    size_t width = WIDTH + (many ? LETTER * p->widest + 60 : 0), height = LINE * (p->legend + 4);
    char size[64];
    snprintf(size, sizeof size, "noenhanced size %zu,%zu", width,
             many && height > HEIGHT ? height : (size_t)HEIGHT);
    if (gnuplot_is_svg(path)) {
        buffer_print(to, "set terminal svg %s background rgb 'white'\n", size);
    } else {
        buffer_print(to,
                     "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) { set terminal pngcairo %s } "
                     "else { set terminal png %s }\n",
                     size, size);
    }
    buffer_print(to, "set grid\nset key %s Left reverse\n", many ? "outside right top" : "below");
}

int plot_draw(const plot *p, const char *path) {
    buffer script = {.failed = p->axes.failed || p->points.failed || p->curves.failed};
    begin(p, path, &script);
    buffer_add(&script, p->axes.data, p->axes.size);
    buffer_add(&script, p->points.data, p->points.size);
    close_block(p, &script);
    buffer_add(&script, p->curves.data, p->curves.size);
    buffer_add_byte(&script, '\n');
    int status = gnuplot_draw(&script, path);
    buffer_free(&script);
    return status;
}

void plot_free(plot *p) {
    buffer_free(&p->axes);
    buffer_free(&p->points);
    buffer_free(&p->curves);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress: a shared count, and a line that at most one thread at a time redraws.
 *
 * Workers add to one atomic per block. Whoever finds that the next drawing is due tries a flag and
 * draws; the others go on. All that the drawing needs, from the last rate to the spinner, belongs
 * to the holder of that flag. The rate is that of the last interval, smoothed so that an interval
 * of SMOOTHING seconds counts for half; the time left follows from it.
 *
 * A line is begun with a carriage return, filled with spaces to LINE bytes and written in one
 * write(2). It fits a terminal of 80 columns, since a character never has more columns than bytes;
 * where room is short the bar goes first, then the end of the label. A descriptor that fails for
 * good is left alone from then on.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "yoke/progress.h"

#define LINE      79
#define FIGURES   128 /* bytes for what stands right of the bar */
#define USUAL     48  /* of them that are hardly ever exceeded */
#define SHORTEST  8   /* bar, in columns */
#define INTERVAL  0.1
#define PATIENCE  1.0 /* seconds before YOKE_PROGRESS_AUTO shows itself */
#define SMOOTHING 2.0

struct yoke_progress {
    atomic_uint_fast64_t done;
    atomic_bool cancelled;
    atomic_flag drawing; /* held by the thread that draws */
    _Atomic double next; /* when the next drawing is due */

    bool shown; /* whether anything is to be written; constant like the next six */
    bool bytes;
    int descriptor;
    uint64_t total;
    double begin;
    char label[32], unit[12]; /* unit: empty for bytes, else with a space before it */

    bool begun, broken; /* from here on: the drawing thread's */
    unsigned turns;     /* of the spinner */
    double last, rate;  /* time of the last drawing, units per second */
    uint64_t last_done;
};

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "yoke_progress_cancel is called from signal handlers");

/* ---- text ---- */

/* The longest beginning of a text that has at most `most` bytes and whole UTF-8 characters. */
static size_t fitting(const char *text, size_t most) {
    size_t length = strlen(text);
    if (length <= most) return length;
    while (most && ((unsigned char)text[most] & 0xC0) == 0x80) most--;
    return most;
}

/* Copies what fits, with control bytes made harmless. */
static void copy_text(char *to, size_t size, const char *from) {
    size_t length = fitting(from, size - 1);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)from[i];
        to[i] = from[i];
        if (byte < 0x20 || byte == 0x7f) to[i] = '?';
    }
    to[length] = '\0';
}

/* "512 B" and "1.5 GiB" for bytes, "512" and "1.5G" for other units. */
static void format_number(char text[16], double number, bool bytes) {
    static const char prefixes[][2] = {"", "k", "M", "G", "T", "P", "E"};
    double step = bytes ? 1024 : 1000;
    int power = 0;
    for (; number >= step && power < 6; power++) number /= step;
    unsigned tenths = (unsigned)(number < 9999 ? number * 10 + (power ? 0.5 : 0) : 99990);
    const char *space = bytes ? " " : "", *prefix = bytes && power == 1 ? "K" : prefixes[power];
    if (!power)
        snprintf(text, 16, "%u%s%s", tenths / 10, space, bytes ? "B" : "");
    else
        snprintf(text, 16, "%u.%u%s%s%s", tenths / 10, tenths % 10, space, prefix,
                 bytes ? "iB" : "");
}

static void format_time(char text[16], double seconds) {
    bool known = seconds < 100 * 3600;
    int whole = known ? (int)seconds : 0, hours = whole / 3600, minutes = whole / 60 % 60;
    if (!known)
        snprintf(text, 16, "-:--");
    else if (hours)
        snprintf(text, 16, "%d:%02d:%02d", hours, minutes, whole % 60);
    else
        snprintf(text, 16, "%d:%02d", minutes, whole % 60);
}

static double part_done(const yoke_progress *p, uint64_t done) {
    return done < p->total ? (double)done / (double)p->total : 1;
}

/* The figures, right of the bar or spinner; `word` stands before the time. */
static void format_figures(const yoke_progress *p, uint64_t done, double rate, const char *word,
                           double seconds, char text[FIGURES]) {
    char count[16], total[16], speed[16], clock[16];
    format_number(count, (double)done, p->bytes);
    format_number(speed, rate, p->bytes);
    format_time(clock, seconds);
    if (!p->total) {
        snprintf(text, FIGURES, "%s%s  %s/s  %s%s", count, p->unit, speed, word, clock);
        return;
    }
    format_number(total, (double)p->total, p->bytes);
    snprintf(text, FIGURES, "%3d%%  %s / %s%s  %s/s  %s%s", (int)(100 * part_done(p, done)), count,
             total, p->unit, speed, word, clock);
}

/* Writes a bar that is `width` bytes wide with its brackets, or the spinner. */
static size_t format_bar(const yoke_progress *p, uint64_t done, size_t width, char *text) {
    if (!p->total) {
        text[0] = "|/-\\"[p->turns % 4];
        return 1;
    }
    if (width < SHORTEST) return 0;
    size_t inner = width - 2, filled = (size_t)(part_done(p, done) * (double)inner);
    text[0] = '[';
    memset(text + 1, '#', filled);
    memset(text + 1 + filled, '.', inner - filled);
    text[width - 1] = ']';
    return width;
}

/* Puts the line together: label, bar or spinner, figures, spaces. */
static void compose(const yoke_progress *p, uint64_t done, const char *figures, char line[LINE]) {
    memset(line, ' ', LINE);
    size_t length = fitting(figures, LINE - 2), room = LINE - 2 - length;
    size_t used = fitting(p->label, room);
    memcpy(line, p->label, used);
    used += used > 0;
    size_t reserved = length > USUAL ? length : USUAL; /* lest the bar shrinks and grows */
    size_t width = used + reserved < LINE - 1 ? LINE - 1 - used - reserved : 0;
    size_t bar = format_bar(p, done, width, line + used);
    if (bar) used += bar + 1;
    memcpy(line + used, figures, length);
}

/* ---- drawing: only by the holder of `drawing` ---- */

/* Writes without the SIGPIPE that a closed pipe would send; returns whether it is worth trying
 * again. */
static bool write_quietly(int descriptor, const char *text, size_t size) {
    sigset_t pipe, old, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &old);
    bool failed = write(descriptor, text, size) < 0;
    bool lasting = failed && errno != EAGAIN && errno != EINTR;
    if (failed && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
        sigtimedwait(&pipe, NULL, &(struct timespec){0});
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return !lasting;
}

/* Writes a line, ended by a line feed if it is the last. */
static void write_line(yoke_progress *p, uint64_t done, const char *figures, bool last) {
    char text[LINE + 2] = "\r";
    compose(p, done, figures, text + 1);
    text[LINE + 1] = '\n';
    p->broken = !write_quietly(p->descriptor, text, LINE + 1 + last);
    p->begun = true;
    p->turns++;
}

static void measure_rate(yoke_progress *p, double now, uint64_t done) {
    double passed = now - p->last;
    if (!(passed > 0)) return;
    double recent = (double)(done - p->last_done) / passed;
    double weight = p->rate > 0 ? passed / (passed + SMOOTHING) : 1;
    p->rate += weight * (recent - p->rate);
    p->last = now;
    p->last_done = done;
}

static void draw(yoke_progress *p, double now) {
    uint64_t done = atomic_load(&p->done);
    measure_rate(p, now, done);
    char figures[FIGURES];
    double left = done < p->total ? (double)(p->total - done) / p->rate : 0;
    format_figures(p, done, p->rate, p->total ? "eta " : "", p->total ? left : now - p->begin,
                   figures);
    write_line(p, done, figures, false);
}

/* The last line: the rate of the whole run and the time it took. */
static void draw_end(yoke_progress *p) {
    uint64_t done = atomic_load(&p->done);
    double seconds = yoke__seconds(CLOCK_MONOTONIC) - p->begin;
    char figures[FIGURES];
    format_figures(p, done, seconds > 0 ? (double)done / seconds : 0, "in ", seconds, figures);
    write_line(p, done, figures, true);
}

static void draw_if_due(yoke_progress *p) {
    double now = yoke__seconds(CLOCK_MONOTONIC);
    if (now < atomic_load(&p->next) || atomic_flag_test_and_set(&p->drawing)) return;
    /* Another thread may have drawn between the look at the time and the flag. */
    if (now >= atomic_load(&p->next) && !p->broken) {
        atomic_store(&p->next, now + INTERVAL);
        draw(p, now);
    }
    atomic_flag_clear(&p->drawing);
}

/* ---- interface ---- */

static bool is_shown(const yoke_progress_options *options) {
    if (options->descriptor < 0 || options->when == YOKE_PROGRESS_NEVER) return false;
    return options->when == YOKE_PROGRESS_ALWAYS || isatty(options->descriptor);
}

int yoke_progress_create(const yoke_progress_options *options, yoke_progress **progress) {
    static const yoke_progress_options silent = {.descriptor = -1};
    if (!options) options = &silent;
    if (!progress || options->descriptor < -1 || (unsigned)options->when > YOKE_PROGRESS_NEVER) {
        return yoke_fail(YOKE_EINVAL, "progress: no such descriptor or mode");
    }
    yoke_progress *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    atomic_flag_clear(&made->drawing);
    made->shown = is_shown(options);
    made->descriptor = options->descriptor;
    made->total = options->total;
    copy_text(made->label, sizeof made->label, options->label ? options->label : "");
    made->bytes = !options->unit || !strcmp(options->unit, "B");
    if (!made->bytes) {
        made->unit[0] = ' ';
        copy_text(made->unit + 1, sizeof made->unit - 1, options->unit);
    }
    made->begin = made->last = yoke__seconds(CLOCK_MONOTONIC);
    bool at_once = options->when == YOKE_PROGRESS_ALWAYS;
    atomic_store(&made->next, made->begin + (at_once ? 0 : PATIENCE));
    if (made->shown) draw_if_due(made);
    *progress = made;
    return YOKE_OK;
}

void yoke_progress_destroy(yoke_progress *progress) {
    if (!progress) return;
    if (progress->begun && !progress->broken) draw_end(progress);
    free(progress);
}

void yoke_progress_add(yoke_progress *progress, uint64_t units) {
    if (!progress) return;
    atomic_fetch_add(&progress->done, units);
    if (progress->shown) draw_if_due(progress);
}

uint64_t yoke_progress_done(const yoke_progress *progress) {
    return progress ? atomic_load(&progress->done) : 0;
}

void yoke_progress_cancel(yoke_progress *progress) {
    if (progress) atomic_store(&progress->cancelled, true);
}

bool yoke_progress_cancelled(const yoke_progress *progress) {
    return progress && atomic_load(&progress->cancelled);
}

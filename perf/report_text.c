/* SPDX-License-Identifier: Apache-2.0
 *
 * A report for a terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/figure.h"
#include "perf/report_text.h"

/* ---- letters ---- */

static bool environment_is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): read only */
        const char *value = getenv(names[i]);
        if (value && *value) return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

static bool is_ascii(yoke_report_letters letters) {
    if (letters == YOKE_LETTERS_AUTO) return !environment_is_utf8();
    return letters == YOKE_LETTERS_ASCII;
}

/* ---- the head ---- */

enum { LABEL = 12 };

/* Writes words, broken at `width` and indented after the first line. */
static void add_wrapped(yoke__text_report *r, const char *label, const char *text) {
    yoke__emit_text(&r->emit, label);
    yoke__emit_repeated(&r->emit, " ", LABEL - strlen(label));
    size_t column = LABEL;
    while (*text) {
        size_t length = strcspn(text, " ");
        size_t more = (column > LABEL) + length;
        if (column > LABEL && column + more > r->width) {
            yoke__emit_text(&r->emit, "\n");
            yoke__emit_repeated(&r->emit, " ", LABEL);
            column = LABEL;
        }
        if (column > LABEL) yoke__emit_text(&r->emit, " ");
        yoke__emit_bytes(&r->emit, text, length);
        column += more;
        text += length + (text[length] == ' ');
    }
    yoke__emit_text(&r->emit, "\n");
}

static void add_head(yoke__text_report *r) {
    const yoke_profile *p = r->profile;
    char name[256], line[640], figure[YOKE__NUMBER], source[256];
    yoke__clean_name(p->program, r->ascii, name, sizeof name);
    snprintf(line, sizeof line, "%s, %zu thread%s, %s", name, p->thread_count,
             p->thread_count == 1 ? "" : "s", yoke__figure_text(p->seconds, "s", figure));
    add_wrapped(r, "run", line);
    yoke__clean_name(p->machine, r->ascii, name, sizeof name);
    yoke__clean_name(p->cpu_limit_source, r->ascii, source, sizeof source);
    snprintf(line, sizeof line, "%s; at most %d processor%s: %s", name, p->cpu_limit,
             p->cpu_limit == 1 ? "" : "s", source);
    add_wrapped(r, "machine", line);
}

static void add_share(yoke__text_report *r, const char *label, double share, const char *name) {
    char figure[YOKE__NUMBER];
    yoke__emit_print(&r->emit, "%-*s%7s  %s\n", LABEL, label, yoke__figure_text(share, "%", figure),
                     name);
}

static void add_efficiency(yoke__text_report *r) {
    yoke_efficiency e;
    yoke__scope_read(&r->scope, 0, &e);
    add_share(r, "efficiency", e.parallel, "parallel efficiency, the product of");
    add_share(r, "", e.load_balance, "load balance");
    add_share(r, "", e.serialisation, "serialisation");
    add_share(r, "", e.transfer, "transfer");
    char sentence[YOKE_LIMIT_TEXT];
    yoke__clean_name(e.sentence, r->ascii, sentence, sizeof sentence);
    add_wrapped(r, "limit", sentence);
}

/* ---- the foot ---- */

static void add_metrics(yoke__text_report *r, const char *what, yoke__said said) {
    char names[600], line[640], clean[640];
    yoke__list_metrics(r, said, names, sizeof names);
    snprintf(line, sizeof line, "%s: %s", what, names);
    yoke__clean_name(line, r->ascii, clean, sizeof clean); /* it may be cut inside a character */
    if (*names) add_wrapped(r, "note", clean);
}

static void add_notes(yoke__text_report *r) {
    const yoke_profile *p = r->profile;
    char line[512], text[512];
    yoke__emit_text(&r->emit, "\n");
    add_metrics(r, "0 everywhere", YOKE__SAID_ZERO);
    add_metrics(r, "not measured", YOKE__SAID_NOTHING);
    for (const char *note = p->notes ? p->notes : ""; *note;) {
        size_t length = strcspn(note, "\n");
        snprintf(text, sizeof text, "%.*s", (int)length, note);
        yoke__clean_name(text, r->ascii, line, sizeof line);
        if (length) add_wrapped(r, "note", line);
        note += length + (note[length] == '\n');
    }
    if (!p->spans_lost) return;
    char count[YOKE__NUMBER];
    snprintf(line, sizeof line, "the timeline is without the shortest calls, %s of them",
             yoke__count_text(p->spans_lost, count));
    add_wrapped(r, "note", line);
}

/* ---- the whole ---- */

static int write_parts(yoke__text_report *r) {
    yoke__find_metrics(r);
    add_head(r);
    add_efficiency(r);
    YOKE_TRY(yoke__text_timeline(r));
    YOKE_TRY(yoke__text_cores(r));
    YOKE_TRY(yoke__text_regions(r));
    YOKE_TRY(yoke__text_locks(r));
    YOKE_TRY(yoke__text_figures(r));
    add_notes(r);
    return yoke__emit_end(&r->emit);
}

int yoke_report_text(const yoke_profile *profile, const yoke_report_options *options,
                     yoke_report_write *write, void *ctx) {
    enum { WIDTH = 80, LEAST = 40, REGIONS = 40 };
    yoke_report_options o = options ? *options : (yoke_report_options){0};
    yoke__text_report r = {
        .profile = profile,
        .width = o.width >= LEAST ? (size_t)o.width
                 : o.width > 0    ? LEAST
                                  : WIDTH,
        .regions = o.regions ? o.regions : REGIONS,
        .ascii = is_ascii(o.letters),
        .by_core = o.timeline_of_cores,
    };
    yoke__emit_begin(&r.emit, write, ctx);
    int status = yoke__sums_make(profile, &r.sums);
    if (!status) status = yoke__scope_make(&r.sums, &r.scope);
    if (!status) status = write_parts(&r);
    yoke__scope_free(&r.scope);
    yoke__sums_free(&r.sums);
    return status;
}

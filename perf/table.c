/* SPDX-License-Identifier: Apache-2.0
 *
 * Laying out tables.
 */
#include <stdlib.h>
#include <string.h>

#include "perf/figure.h"
#include "perf/table.h"

enum { GAP = 2 };

static size_t greater(size_t a, size_t b) { return a > b ? a : b; }

/* ---- filling ---- */

static size_t longest_word(const char *text) {
    size_t longest = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        longest = greater(longest, length);
        text += length + (text[length] == ' ');
    }
    return longest;
}

void yoke__table_column(yoke__table *table, const char *name, const char *source) {
    struct yoke__heading *column = &table->columns[table->column_count++];
    yoke__clean_name(name, table->ascii, column->name, sizeof column->name);
    column->source = source;
    column->width = greater(longest_word(column->name), longest_word(source));
}

static bool make_room(yoke__table *table, size_t more) {
    if (table->room - table->used >= more) return true;
    size_t room = 2 * table->room + more + 256;
    char *text = realloc(table->text, room);
    if (!text) {
        table->failed = true;
        return false;
    }
    table->text = text;
    table->room = room;
    return true;
}

void yoke__table_cell(yoke__table *table, const char *text) {
    size_t size = strlen(text) + 1;
    struct yoke__heading *column = &table->columns[table->cell_count % table->column_count];
    if (table->failed || !make_room(table, size)) return;
    memcpy(table->text + table->used, text, size);
    table->used += size;
    table->cell_count++;
    column->width = greater(column->width, yoke__columns_of(text, size - 1));
}

void yoke__table_figure(yoke__table *table, double value, const char *unit) {
    char text[YOKE__NUMBER];
    yoke__table_cell(table, yoke__figure_text(value, unit, text));
}

/* ---- headings ---- */

/* The bytes of the line that starts at `text`: as many words as fit. */
static size_t line_of(const char *text, size_t width) {
    size_t used = strcspn(text, " ");
    while (text[used] == ' ') {
        size_t word = strcspn(text + used + 1, " ");
        if (used + 1 + word > width) break;
        used += 1 + word;
    }
    return used;
}

static size_t lines_of(const char *text, size_t width) {
    size_t lines = 0;
    while (*text) {
        text += line_of(text, width);
        text += *text == ' ';
        lines++;
    }
    return lines;
}

/* Line `line` of a text that is broken at `width`, with its length; "" beyond its end. */
static const char *find_line(const char *text, size_t width, size_t line, size_t *length) {
    for (*length = line_of(text, width); *text && line; line--) {
        text += *length;
        text += *text == ' ';
        *length = line_of(text, width);
    }
    return text;
}

/* ---- writing ---- */

/* The first column, and those from `begin` to `end`. */
typedef struct part {
    const yoke__table *table;
    size_t begin, end;
    yoke__emit *emit;
    size_t spaces; /* before the next text in the line */
} part;

static void add_padded(part *p, size_t c, const char *text, size_t length, size_t columns) {
    size_t width = p->table->columns[c].width, space = width > columns ? width - columns : 0;
    if (c) p->spaces += GAP + space;
    if (length) {
        yoke__emit_repeated(p->emit, " ", p->spaces);
        yoke__emit_bytes(p->emit, text, length);
        p->spaces = 0;
    }
    if (!c) p->spaces += space;
}

static void end_line(part *p) {
    yoke__emit_text(p->emit, "\n");
    p->spaces = 0;
}

static bool is_in(const part *p, size_t column) {
    return column == 0 || (column >= p->begin && column < p->end);
}

/* One line of all names, or of all sources; they stand at the bottom of `lines`. */
static void add_heading_line(part *p, bool sources, size_t line, size_t lines) {
    for (size_t c = 0; c < p->end; c++) {
        if (!is_in(p, c)) continue;
        const struct yoke__heading *column = &p->table->columns[c];
        const char *text = sources ? column->source : column->name;
        size_t above = lines - lines_of(text, column->width), length = 0;
        if (line >= above) text = find_line(text, column->width, line - above, &length);
        add_padded(p, c, text, length, yoke__columns_of(text, length));
    }
    end_line(p);
}

static void add_headings(part *p, bool sources) {
    size_t lines = 0;
    for (size_t c = 0; c < p->end; c++) {
        const struct yoke__heading *column = &p->table->columns[c];
        const char *text = sources ? column->source : column->name;
        if (is_in(p, c)) lines = greater(lines, lines_of(text, column->width));
    }
    for (size_t line = 0; line < lines; line++) add_heading_line(p, sources, line, lines);
}

static void add_rows(part *p) {
    const char *cell = p->table->text;
    for (size_t i = 0; i < p->table->cell_count; i++, cell += strlen(cell) + 1) {
        size_t c = i % p->table->column_count;
        if (is_in(p, c)) add_padded(p, c, cell, strlen(cell), yoke__columns_of(cell, strlen(cell)));
        if (c + 1 == p->table->column_count) end_line(p);
    }
}

/* As many columns as fit, one at least. */
static size_t end_of_part(const yoke__table *table, size_t begin, size_t width) {
    size_t used = table->columns[0].width, end = begin;
    do used += GAP + table->columns[end++].width;
    while (end < table->column_count && used + GAP + table->columns[end].width <= width);
    return end;
}

int yoke__table_write(yoke__table *table, size_t width, yoke__emit *emit) {
    size_t begin = 1;
    while (!table->failed && table->cell_count && begin < table->column_count) {
        part p = {table, begin, end_of_part(table, begin, width), emit, 0};
        if (begin > 1) yoke__emit_text(emit, "\n");
        add_headings(&p, false);
        add_headings(&p, true);
        add_rows(&p);
        begin = p.end;
    }
    free(table->text);
    int status = table->failed ? yoke_fail(YOKE_ENOMEM, NULL) : 0;
    *table = (yoke__table){0};
    return status;
}

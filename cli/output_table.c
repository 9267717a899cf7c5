/* SPDX-License-Identifier: Apache-2.0
 *
 * Aligned columns for people. Widths are those of a terminal (wcwidth), measured over all rows
 * first. Columns that hold nothing but numbers stand to the right. Bytes that could disturb a
 * terminal are shown as escapes (\n, \t, \x1b), and bytes that are not UTF-8 as U+FFFD.
 */
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include "cli/output.h"
#include "cli/utf8.h"

static const char GAP[] = "  ";

/* One piece of a cell as it will be shown: `size` bytes of `text`, `width` columns wide. */
typedef struct glyph {
    char text[8];
    size_t size, width;
} glyph;

static glyph escape(unsigned char c) {
    static const char hex[] = "0123456789abcdef";
    const char *letter = c == '\n' ? "n" : c == '\t' ? "t" : c == '\r' ? "r" : NULL;
    if (letter) return (glyph){{'\\', *letter}, 2, 2};
    return (glyph){{'\\', 'x', hex[c >> 4], hex[c & 15]}, 4, 4};
}

/* The piece that stands for the first character, whose length is returned. */
static size_t next_glyph(const char *text, size_t size, glyph *shown) {
    uint32_t point;
    size_t length = utf8_decode(text, size, &point);
    int width = length && point ? wcwidth((wchar_t)point) : -1;
    if (width >= 0) {
        *shown = (glyph){.size = length, .width = (size_t)width};
        memcpy(shown->text, text, length);
    } else if (length == 1) {
        *shown = escape((unsigned char)*text);
    } else {
        *shown = (glyph){UTF8_REPLACEMENT, 3, 1};
    }
    return length ? length : 1;
}

static bool is_plain(const char *text, size_t size) {
    bool special = false;
    for (size_t i = 0; i < size; i++) { /* no early exit: this vectorises */
        unsigned char c = (unsigned char)text[i];
        special |= (c < 0x20) | (c > 0x7E);
    }
    return !special;
}

static size_t text_width(const char *text, size_t size) {
    if (is_plain(text, size)) return size;
    size_t width = 0;
    glyph shown;
    for (size_t i = 0; i < size; width += shown.width) {
        i += next_glyph(text + i, size - i, &shown);
    }
    return width;
}

static void add_shown(buffer *to, const char *text, size_t size) {
    if (is_plain(text, size)) {
        buffer_add(to, text, size);
        return;
    }
    glyph shown;
    for (size_t i = 0; i < size; buffer_add(to, shown.text, shown.size)) {
        i += next_glyph(text + i, size - i, &shown);
    }
}

/* The text of a cell: a number's is written to `number`. */
static yoke_text cell_text(const output *out, size_t row, const output_column *column,
                           char number[YOKE_VALUE_TEXT]) {
    if (column->cell != OUTPUT_VALUE) return output_text(out, row, column);
    yoke_value value = yoke_table_value(out->table, row, column->index);
    return (yoke_text){number, yoke_value_format(&value, number)};
}

static bool is_number(yoke_text text) {
    yoke_number number;
    return yoke_number_parse(text.data, text.size, &number) != YOKE_NUMBER_BAD;
}

/* ---- measuring ---- */

/* What a range of rows says about a column. */
typedef struct measure {
    size_t width;
    bool text; /* something in it is no number */
} measure;

static void measure_cell(const output *out, size_t row, const output_column *column,
                         measure *into) {
    char number[YOKE_VALUE_TEXT];
    yoke_text text = cell_text(out, row, column, number);
    size_t width = text_width(text.data, text.size);
    if (width > into->width) into->width = width;
    if (column->cell != OUTPUT_VALUE && !into->text) into->text = text.size && !is_number(text);
}

typedef struct measuring {
    const output *out;
    measure *members; /* column_count for each member */
} measuring;

static int measure_stripe(yoke_team *team, int member, void *ctx) {
    const measuring *all = ctx;
    const output *out = all->out;
    size_t size = (size_t)yoke_team_size(team), at = (size_t)member;
    measure *columns = all->members + at * out->column_count;
    size_t row = out->rows / size * at, end = at + 1 == size ? out->rows : row + out->rows / size;
    for (; row < end; row++) {
        for (size_t i = 0; i < out->column_count; i++) {
            measure_cell(out, row, &out->columns[i], &columns[i]);
        }
    }
    return 0;
}

static void take_measure(output *out, size_t column, const measure *found) {
    if (found->width > out->widths[column]) out->widths[column] = found->width;
    if (found->text) out->right[column] = false;
}

static int measure_rows(output *out) {
    int threads = output_threads(out);
    measuring all = {out, calloc((size_t)threads * out->column_count, sizeof *all.members)};
    if (!all.members) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = yoke_team_run(threads, measure_stripe, &all);
    for (size_t i = 0; i < (size_t)threads * out->column_count; i++) {
        take_measure(out, i % out->column_count, &all.members[i]);
    }
    free(all.members);
    return status;
}

static int prepare(output *out) {
    /* wcwidth(3) must know UTF-8, whatever the user's language.
     * NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread is at work now */
    if (!setlocale(LC_CTYPE, "C.UTF-8")) setlocale(LC_CTYPE, "");
    out->widths = calloc(out->column_count, sizeof *out->widths);
    out->right = calloc(out->column_count, sizeof *out->right);
    if (!out->widths || !out->right) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < out->column_count; i++) {
        const output_column *column = &out->columns[i];
        out->widths[i] = text_width(column->name, strlen(column->name));
        out->right[i] = out->rows || column->cell == OUTPUT_VALUE;
    }
    return measure_rows(out);
}

/* ---- writing ---- */

static void add_cell(const output *out, buffer *to, size_t column, yoke_text text) {
    size_t blank = out->widths[column] - text_width(text.data, text.size);
    if (column) buffer_add_string(to, GAP);
    if (out->right[column]) buffer_add_repeated(to, ' ', blank);
    add_shown(to, text.data, text.size);
    if (!out->right[column] && column + 1 < out->column_count) buffer_add_repeated(to, ' ', blank);
}

static void add_rule(const output *out, buffer *to) {
    for (size_t i = 0; i < out->column_count; i++) {
        if (i) buffer_add_string(to, GAP);
        buffer_add_repeated(to, '-', out->widths[i]);
    }
    buffer_add_byte(to, '\n');
}

static void table_header(const output *out, buffer *to) {
    for (size_t i = 0; i < out->column_count; i++) {
        const char *name = out->columns[i].name;
        add_cell(out, to, i, (yoke_text){name, strlen(name)});
    }
    buffer_add_byte(to, '\n');
    add_rule(out, to);
}

static void table_row(const output *out, buffer *to, size_t row) {
    size_t begin = to->size;
    for (size_t i = 0; i < out->column_count; i++) {
        char number[YOKE_VALUE_TEXT];
        add_cell(out, to, i, cell_text(out, row, &out->columns[i], number));
    }
    while (to->size > begin && to->data[to->size - 1] == ' ') to->size--;
    buffer_add_byte(to, '\n');
}

const output_style output_table = {prepare, table_header, table_row, NULL};

/* SPDX-License-Identifier: Apache-2.0
 *
 * CSV after RFC 4180, and TSV by the same rules with a tab: a field that holds the delimiter, a
 * quote or a line end stands in quotes, and quotes in it are doubled. Lines end in LF. A missing
 * value is an empty field. What is written here is read back as it was.
 */
#include "cli/output.h"

static bool needs_quotes(const char *text, size_t size, char delimiter) {
    bool found = false;
    for (size_t i = 0; i < size; i++) { /* no early exit: this vectorises */
        char c = text[i];
        found |= (c == delimiter) | (c == '"') | (c == '\n') | (c == '\r');
    }
    return found;
}

static void add_quoted(buffer *to, const char *text, size_t size) {
    buffer_add_byte(to, '"');
    for (const char *quote; size && (quote = memchr(text, '"', size));) {
        size_t part = (size_t)(quote - text) + 1;
        buffer_add(to, text, part);
        buffer_add_byte(to, '"');
        text += part;
        size -= part;
    }
    buffer_add(to, text, size);
    buffer_add_byte(to, '"');
}

static void add_field(buffer *to, const char *text, size_t size, char delimiter) {
    if (needs_quotes(text, size, delimiter)) {
        add_quoted(to, text, size);
    } else {
        buffer_add(to, text, size);
    }
}

static void add_header(const output *out, buffer *to, char delimiter) {
    for (size_t i = 0; i < out->column_count; i++) {
        if (i) buffer_add_byte(to, delimiter);
        add_field(to, out->columns[i].name, strlen(out->columns[i].name), delimiter);
    }
    buffer_add_byte(to, '\n');
}

static void add_row(const output *out, buffer *to, size_t row, char delimiter) {
    size_t begin = to->size;
    for (size_t i = 0; i < out->column_count; i++) {
        const output_column *column = &out->columns[i];
        if (i) buffer_add_byte(to, delimiter);
        if (column->cell == OUTPUT_VALUE) {
            output_add_value(out, to, row, column);
        } else {
            yoke_text text = output_text(out, row, column);
            add_field(to, text.data, text.size, delimiter);
        }
    }
    if (to->size == begin) buffer_add(to, "\"\"", 2); /* or the row would be a blank line */
    buffer_add_byte(to, '\n');
}

static void csv_header(const output *out, buffer *to) { add_header(out, to, ','); }
static void csv_row(const output *out, buffer *to, size_t row) { add_row(out, to, row, ','); }
static void tsv_header(const output *out, buffer *to) { add_header(out, to, '\t'); }
static void tsv_row(const output *out, buffer *to, size_t row) { add_row(out, to, row, '\t'); }

const output_style output_csv = {NULL, csv_header, csv_row, NULL};
const output_style output_tsv = {NULL, tsv_header, tsv_row, NULL};

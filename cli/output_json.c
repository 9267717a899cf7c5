/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON (RFC 8259): an array of objects, or one object a line. Keys of groups, first and last are
 * strings; bytes in them that are not UTF-8 become U+FFFD. Numbers are written digit by digit as in
 * the other formats. A missing value is null, and so are inf and nan, for which JSON has no word.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/output.h"
#include "cli/utf8.h"

/* Whether a text is its own JSON: printable ASCII without quote and backslash. */
static bool is_plain(const char *text, size_t size) {
    bool special = false;
    for (size_t i = 0; i < size; i++) { /* no early exit: this vectorises */
        unsigned char c = (unsigned char)text[i];
        special |= (c < 0x20) | (c > 0x7E) | (c == '"') | (c == '\\');
    }
    return !special;
}

/* Copies a text with U+FFFD in place of each byte that is not UTF-8. */
static void add_valid(buffer *to, const char *text, size_t size) {
    while (size) {
        uint32_t point;
        size_t length = utf8_decode(text, size, &point);
        if (length) {
            buffer_add(to, text, length);
        } else {
            buffer_add_string(to, UTF8_REPLACEMENT);
            length = 1;
        }
        text += length;
        size -= length;
    }
}

static int add_dumped(const char *text, size_t size, void *to) {
    buffer_add(to, text, size);
    return 0;
}

static void add_encoded(buffer *to, const char *text, size_t size) {
    buffer valid = {0};
    add_valid(&valid, text, size);
    json_t *string = valid.failed ? NULL : json_stringn(valid.data, valid.size);
    if (!string || json_dump_callback(string, add_dumped, to, JSON_ENCODE_ANY) < 0) {
        to->failed = true;
    }
    json_decref(string);
    buffer_free(&valid);
}

static void add_string(buffer *to, const char *text, size_t size) {
    if (!is_plain(text, size)) {
        add_encoded(to, text, size);
        return;
    }
    buffer_add_byte(to, '"');
    buffer_add(to, text, size);
    buffer_add_byte(to, '"');
}

static void add_number(const output *out, buffer *to, size_t row, const output_column *column) {
    size_t begin = to->size;
    output_add_value(out, to, row, column);
    if (to->failed) return;
    if (to->size > begin && to->data[to->size - 1] >= '0' && to->data[to->size - 1] <= '9') return;
    to->size = begin;
    buffer_add_string(to, "null");
}

static void add_cell(const output *out, buffer *to, size_t row, const output_column *column) {
    if (column->cell == OUTPUT_VALUE) {
        add_number(out, to, row, column);
        return;
    }
    yoke_text text = output_text(out, row, column);
    if (column->cell == OUTPUT_TEXT && !text.data) {
        buffer_add_string(to, "null");
    } else {
        add_string(to, text.data, text.size);
    }
}

static void add_object(const output *out, buffer *to, size_t row) {
    for (size_t i = 0; i < out->column_count; i++) {
        buffer_add_string(to, i ? "," : "{");
        buffer_add(to, out->json_names[i].data, out->json_names[i].size);
        buffer_add_byte(to, ':');
        add_cell(out, to, row, &out->columns[i]);
    }
    buffer_add_byte(to, '}');
}

static int prepare(output *out) {
    out->json_names = calloc(out->column_count, sizeof *out->json_names);
    if (!out->json_names) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < out->column_count; i++) {
        buffer *name = &out->json_names[i];
        add_string(name, out->columns[i].name, strlen(out->columns[i].name));
        if (name->failed) return yoke_fail(YOKE_ENOMEM, NULL);
    }
    return 0;
}

static void json_header(const output *out, buffer *to) {
    (void)out;
    buffer_add_byte(to, '[');
}

static void json_row(const output *out, buffer *to, size_t row) {
    buffer_add_string(to, row ? ",\n" : "\n");
    add_object(out, to, row);
}

static void json_footer(const output *out, buffer *to) {
    buffer_add_string(to, out->rows ? "\n]\n" : "]\n");
}

static void jsonl_header(const output *out, buffer *to) {
    (void)out;
    (void)to;
}

static void jsonl_row(const output *out, buffer *to, size_t row) {
    add_object(out, to, row);
    buffer_add_byte(to, '\n');
}

const output_style output_json = {prepare, json_header, json_row, json_footer};
const output_style output_jsonl = {prepare, jsonl_header, jsonl_row, NULL};

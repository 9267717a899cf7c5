/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables as text: CSV, TSV, JSON, JSON Lines, or aligned columns to read.
 */
#ifndef YOKE_CLI_OUTPUT_H
#define YOKE_CLI_OUTPUT_H

#include "cli/buffer.h"
#include "cli/sink.h"
#include "yoke/yoke.h"

typedef enum output_kind {
    OUTPUT_TABLE,
    OUTPUT_CSV,
    OUTPUT_TSV,
    OUTPUT_JSON,
    OUTPUT_JSONL,
} output_kind;

/* A column of the output and where its cells come from. */
typedef struct output_column {
    char *name;
    enum { OUTPUT_KEY, OUTPUT_VALUE, OUTPUT_TEXT } cell;
    size_t index; /* of the key, or of the aggregate */
} output_column;

typedef struct output {
    const yoke_table *table;
    const output_column *columns;
    size_t column_count;
    size_t rows; /* the first so many of the table */
    int threads; /* 0: yoke_team_default_size() */
    /* For the writers, set by output_write: */
    buffer *json_names; /* OUTPUT_JSON, OUTPUT_JSONL: the names as JSON strings */
    size_t *widths;     /* OUTPUT_TABLE: of each column */
    bool *right;        /* OUTPUT_TABLE: it holds numbers */
} output;

/* Writes the table to the sink, not committed. Rows are formatted in parallel, a bounded number at
 * a time, and written in order. YOKE_ENOMEM or what sink_write returns. */
int output_write(output *out, output_kind kind, sink *to);

/* The size of the team that formats: 1 for few rows, which costs no team. */
int output_threads(const output *out);

/* ---- what a format consists of ---- */

typedef struct output_style {
    int (*prepare)(output *out); /* NULL: nothing */
    void (*header)(const output *out, buffer *to);
    void (*row)(const output *out, buffer *to, size_t row);
    void (*footer)(const output *out, buffer *to); /* NULL: nothing */
} output_style;

extern const output_style output_csv, output_tsv, output_json, output_jsonl, output_table;

/* The text of a key or text cell; data NULL: missing. */
static inline yoke_text output_text(const output *out, size_t row, const output_column *column) {
    return column->cell == OUTPUT_KEY ? yoke_table_key(out->table, row, column->index)
                                      : yoke_table_text(out->table, row, column->index);
}

/* Appends a number, nothing for a missing one. */
static inline void output_add_value(const output *out, buffer *to, size_t row,
                                    const output_column *column) {
    if (!buffer_reserve(to, YOKE_VALUE_TEXT)) return;
    yoke_value value = yoke_table_value(out->table, row, column->index);
    to->size += yoke_value_format(&value, to->data + to->size);
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Group by and aggregate: the map-reduce job that most people want, ready-made. Columns in, a table
 * of groups out, the same bits at any number of threads, block size and order of inputs.
 */
#ifndef YOKE_GROUPBY_H
#define YOKE_GROUPBY_H

#include "yoke/exact.h"
#include "yoke/mapreduce.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_aggregate_op {
    YOKE_AGGREGATE_COUNT, /* of records; with a column: of fields that are not missing */
    YOKE_AGGREGATE_SUM,
    YOKE_AGGREGATE_MEAN,
    YOKE_AGGREGATE_MIN,
    YOKE_AGGREGATE_MAX,
    YOKE_AGGREGATE_VAR, /* of a sample */
    YOKE_AGGREGATE_STDDEV,
    YOKE_AGGREGATE_FIRST, /* the text that stands first in the dataset, missing ones left out */
    YOKE_AGGREGATE_LAST,
} yoke_aggregate_op;

#define YOKE_NO_COLUMN ((size_t)-1)

typedef struct yoke_aggregate {
    yoke_aggregate_op op;
    size_t column; /* YOKE_NO_COLUMN: only for YOKE_AGGREGATE_COUNT */
} yoke_aggregate;

/* What happens to a field that is not a number where one is needed (a missing field is no error:
 * aggregates pass over it). */
typedef enum yoke_on_error {
    YOKE_ON_ERROR_FAIL, /* the run fails with YOKE_EDATA; file, line and column in the detail */
    YOKE_ON_ERROR_SKIP, /* the record is left out of all aggregates, and counted */
    YOKE_ON_ERROR_NULL, /* the field counts as missing, and is counted */
} yoke_on_error;

/* ---- filters ---- */

typedef struct yoke_filter yoke_filter;

/* Compiles a condition over the dataset's columns:
 *     condition  =  condition `or` condition | condition `and` condition | `not` condition
 *                |  ( condition ) | operand (= | == | != | <> | < | <= | > | >=) operand
 *                |  operand (~ | !~) 'regex'          (POSIX extended)
 *     operand    =  column | "column" | `column` | number | 'string'   ('' doubled for one quote)
 * A comparison with a number is by exact numeric value (by the nearest doubles where either has
 * more than 18 digits or another form than a decimal); a field that is no number makes it false.
 * Between two columns it is numeric when both fields are numbers, else by bytes. With a string it
 * is by bytes. Bare names consist of letters, digits, _ and . and do not begin with a digit. Words
 * are case-insensitive. Returns YOKE_ESYNTAX (the detail has the position and
 * what was expected), YOKE_ENOENT (unknown column, with the nearest), YOKE_ENOMEM. */
YOKE_API int yoke_filter_compile(const char *text, const yoke_dataset *dataset,
                                 yoke_filter **filter);
YOKE_API void yoke_filter_destroy(yoke_filter *filter); /* NULL is legal */

/* ---- running ---- */

typedef struct yoke_groupby {
    yoke_dataset *dataset;
    const size_t *keys; /* columns to group by; key_count 0: one group of all records */
    size_t key_count;
    const yoke_aggregate *aggregates;
    size_t aggregate_count;
    const yoke_filter *filter; /* NULL: all records */
    const char *null;          /* a text that counts as missing besides the empty one; NULL: none */
    yoke_on_error on_error;
    yoke_order order;
    int threads;       /* 0: yoke_team_default_size() */
    size_t block_size; /* see yoke_job */
    yoke_progress *progress;
} yoke_groupby;

typedef struct yoke_table yoke_table;

typedef struct yoke_groupby_counts {
    uint64_t records;           /* read */
    uint64_t ragged;            /* with a wrong number of fields, left out or filled */
    yoke_location first_ragged; /* of the first of them; name NULL: none */
    uint64_t filtered;          /* left out by the filter */
    uint64_t bad_fields;        /* not numbers; under SKIP: records left out for one */
    yoke_location first_bad;    /* of the first of them; name NULL: none */
    char first_bad_text[32];    /* its beginning, made printable */
} yoke_groupby_counts;

/* Runs it. Consumes the dataset, which must outlive the table. Errors as yoke_mapreduce. With
 * key_count 0 the table has exactly one row, also when there are no records. */
YOKE_API int yoke_groupby_run(const yoke_groupby *groupby, yoke_table **table);
YOKE_API void yoke_table_destroy(yoke_table *table); /* NULL is legal */

YOKE_API size_t yoke_table_rows(const yoke_table *table);
/* Text of key `key` (0 to key_count - 1) of a row; the table owns it. Any thread. */
YOKE_API yoke_text yoke_table_key(const yoke_table *table, size_t row, size_t key);
/* Aggregate `index` of a row. For FIRST and LAST use yoke_table_text. Any thread. */
YOKE_API yoke_value yoke_table_value(const yoke_table *table, size_t row, size_t index);
/* The text of a FIRST or LAST; data NULL: every field was missing. Any thread. */
YOKE_API yoke_text yoke_table_text(const yoke_table *table, size_t row, size_t index);

typedef struct yoke_sort_key {
    bool is_key; /* index counts keys; else aggregates */
    size_t index;
    bool descending;
} yoke_sort_key;
/* Reorders the rows, stably. Key and text columns: numbers first, by size, then text by bytes.
 * Missing values stand first, and last when descending. YOKE_ENOMEM, YOKE_EINVAL. */
YOKE_API int yoke_table_sort(yoke_table *table, const yoke_sort_key *keys, size_t count);

YOKE_API const yoke_job_stats *yoke_table_stats(const yoke_table *table);
YOKE_API const yoke_groupby_counts *yoke_table_counts(const yoke_table *table);

#ifdef __cplusplus
}
#endif
#endif

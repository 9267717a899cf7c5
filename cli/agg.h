/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke agg`: the command line, the expressions, and the plan that both become once
 * the columns of the input are known.
 */
#ifndef YOKE_CLI_AGG_H
#define YOKE_CLI_AGG_H

#include "cli/option_report.h"
#include "cli/output.h"
#include "yoke/yoke.h"

/* ---- the command line (agg_options.c) ---- */

typedef struct agg_options {
    const char *expressions;
    const char *const *files; /* none: standard input */
    size_t file_count;
    const char *by, *columns, *where, *sort; /* NULL: not given */
    const char *null;
    yoke_format format; /* without the names */
    bool has_delimiter;
    yoke_on_error on_error;
    yoke_order order;
    size_t block_size, limit;
    int threads;
    output_kind output;
    bool has_output;
    const char *output_path;
    yoke_progress_when progress;
    report_option report;
    bool help;
} agg_options;

/* Reads the command line. The texts stay argv's. YOKE_EINVAL. */
int agg_options_parse(int argc, char **argv, agg_options *options);

extern const char agg_help[];

/* ---- expressions and lists (agg_expr.c) ---- */

typedef struct agg_expression {
    yoke_aggregate_op op;
    char *column; /* as it was written, without quotes; NULL: none */
    char *alias;  /* NULL: none */
} agg_expression;

typedef struct agg_expressions {
    agg_expression *items;
    size_t count;
} agg_expressions;

/* Parses "count(), max(temp) as hottest". YOKE_ESYNTAX with position and expectation in the detail,
 * YOKE_ENOMEM. Release the list also after a failure. */
int agg_expressions_parse(const char *text, agg_expressions *list);
void agg_expressions_free(agg_expressions *list);
/* The canonical name of an aggregate: "mean" for avg too. */
const char *agg_op_name(yoke_aggregate_op op);

typedef struct name_list {
    char **names;
    size_t count;
} name_list;

/* One item of --sort: "col", "col:desc", "max(temp):asc". */
typedef struct sort_item {
    char *text; /* without the direction */
    char *name; /* text without quotes */
    bool descending;
} sort_item;

typedef struct sort_list {
    sort_item *items;
    size_t count;
} sort_list;

/* All names on the command line. */
typedef struct agg_names {
    agg_expressions expressions;
    name_list by, columns;
    sort_list sort;
} agg_names;

/* YOKE_ESYNTAX, YOKE_ENOMEM. Release the names also after a failure. */
int agg_names_parse(const agg_options *options, agg_names *names);
void agg_names_free(agg_names *names);

/* ---- the plan (agg_plan.c) ---- */

typedef struct agg_plan {
    size_t *keys;
    size_t key_count;
    yoke_aggregate *aggregates;
    size_t aggregate_count;
    output_column *columns; /* keys, then aggregates */
    yoke_sort_key *sort;
    size_t sort_count;
    yoke_filter *filter;
} agg_plan;

/* Looks up all names in the dataset's columns. YOKE_EINVAL (unknown columns too), YOKE_ESYNTAX,
 * YOKE_ENOMEM. Release the plan also after a failure. */
int agg_plan_make(const agg_options *options, const agg_names *names, const yoke_dataset *dataset,
                  agg_plan *plan);
void agg_plan_free(agg_plan *plan);

#endif

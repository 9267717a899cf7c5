/* SPDX-License-Identifier: Apache-2.0
 *
 * From names to columns: what to group by, what to aggregate, what to call the output, how to sort.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/agg.h"
#include "cli/cli.h"

/* Finds a column; `where` is what the user called the place of its name. */
static int find_column(const yoke_dataset *dataset, const char *where, const char *name,
                       size_t *index) {
    int status = yoke_dataset_find_column(dataset, name, index);
    if (status < 0) return yoke_fail(YOKE_EINVAL, "%s: %s", where, yoke_error_detail());
    return 0;
}

static int copy_name(output_column *column, const char *name) {
    column->name = strdup(name);
    return column->name ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

static int plan_keys(const name_list *by, const yoke_dataset *dataset, agg_plan *plan) {
    for (size_t i = 0; i < by->count; i++) {
        size_t *key = &plan->keys[i];
        YOKE_TRY(find_column(dataset, "--by", by->names[i], key));
        plan->columns[i].cell = OUTPUT_KEY;
        plan->columns[i].index = i;
        YOKE_TRY(copy_name(&plan->columns[i], yoke_dataset_column_name(dataset, *key)));
    }
    return 0;
}

static int find_aggregate(const agg_expression *expression, const yoke_dataset *dataset,
                          yoke_aggregate *aggregate) {
    size_t column = YOKE_NO_COLUMN;
    if (expression->column) {
        YOKE_TRY(find_column(dataset, "expressions", expression->column, &column));
    }
    *aggregate = (yoke_aggregate){expression->op, column};
    return 0;
}

/* "mean(temp)", with the column's own name also where a number was written. */
static int name_aggregate(const agg_expression *expression, const yoke_dataset *dataset,
                          const yoke_aggregate *aggregate, output_column *column) {
    if (expression->alias) return copy_name(column, expression->alias);
    bool has = aggregate->column != YOKE_NO_COLUMN;
    const char *of = has ? yoke_dataset_column_name(dataset, aggregate->column) : "";
    if (asprintf(&column->name, "%s(%s)", agg_op_name(aggregate->op), of) >= 0) return 0;
    column->name = NULL;
    return yoke_fail(YOKE_ENOMEM, NULL);
}

static int plan_aggregates(const agg_expressions *list, const yoke_dataset *dataset,
                           agg_plan *plan) {
    for (size_t i = 0; i < list->count; i++) {
        yoke_aggregate *aggregate = &plan->aggregates[i];
        output_column *column = &plan->columns[plan->key_count + i];
        YOKE_TRY(find_aggregate(&list->items[i], dataset, aggregate));
        bool text = aggregate->op == YOKE_AGGREGATE_FIRST || aggregate->op == YOKE_AGGREGATE_LAST;
        column->cell = text ? OUTPUT_TEXT : OUTPUT_VALUE;
        column->index = i;
        YOKE_TRY(name_aggregate(&list->items[i], dataset, aggregate, column));
    }
    return 0;
}

static size_t column_count(const agg_plan *plan) { return plan->key_count + plan->aggregate_count; }

static size_t find_output(const agg_plan *plan, const char *name) {
    for (size_t i = 0; i < column_count(plan); i++) {
        assert(plan->columns[i].name && name);
        if (strcmp(plan->columns[i].name, name) == 0) return i;
    }
    return column_count(plan);
}

static int check_names(const agg_plan *plan) {
    for (size_t i = 0; i < column_count(plan); i++) {
        if (find_output(plan, plan->columns[i].name) == i) continue;
        return yoke_fail(YOKE_EINVAL,
                         "two columns of the output are named '%s'; use 'as' for another",
                         plan->columns[i].name);
    }
    return 0;
}

/* ---- sorting ---- */

/* The column that an expression such as "MAX(temp)" means, whatever its name in the output. */
static size_t find_expression(const agg_plan *plan, const yoke_dataset *dataset, const char *text) {
    agg_expressions list = {0};
    yoke_aggregate wanted;
    size_t i = plan->aggregate_count;
    if (agg_expressions_parse(text, &list) == 0 && list.count == 1 &&
        find_aggregate(list.items, dataset, &wanted) == 0) {
        for (i = 0; i < plan->aggregate_count; i++) {
            const yoke_aggregate *have = &plan->aggregates[i];
            if (have->op == wanted.op && have->column == wanted.column) break;
        }
    }
    agg_expressions_free(&list);
    return plan->key_count + i;
}

static size_t find_number(const agg_plan *plan, const char *text) {
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    bool is_column = *text >= '1' && *text <= '9' && !*end && number <= column_count(plan);
    return is_column ? number - 1 : column_count(plan);
}

static int unknown_sort(const agg_plan *plan, const char *name) {
    const char **names = calloc(column_count(plan) + 1, sizeof *names);
    if (!names) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < column_count(plan); i++) names[i] = plan->columns[i].name;
    const char *near = nearest_name(name, names);
    free(names);
    return yoke_fail(YOKE_EINVAL, "--sort: the output has no column '%s'%s%s%s", name,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int plan_sort(const sort_list *list, const yoke_dataset *dataset, agg_plan *plan) {
    plan->sort = calloc(list->count + 1, sizeof *plan->sort);
    if (!plan->sort) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < list->count; i++) {
        const sort_item *item = &list->items[i];
        size_t found = find_output(plan, item->name);
        if (found == column_count(plan)) found = find_expression(plan, dataset, item->text);
        if (found == column_count(plan)) found = find_number(plan, item->name);
        if (found == column_count(plan)) return unknown_sort(plan, item->name);
        const output_column *column = &plan->columns[found];
        plan->sort[plan->sort_count++] =
            (yoke_sort_key){column->cell == OUTPUT_KEY, column->index, item->descending};
    }
    return 0;
}

/* ---- the whole ---- */

static int plan_columns(const name_list *by, const agg_expressions *expressions,
                        const yoke_dataset *dataset, agg_plan *plan) {
    plan->keys = calloc(by->count + 1, sizeof *plan->keys);
    plan->aggregates = calloc(expressions->count, sizeof *plan->aggregates);
    plan->columns = calloc(by->count + expressions->count, sizeof *plan->columns);
    if (!plan->keys || !plan->aggregates || !plan->columns) return yoke_fail(YOKE_ENOMEM, NULL);
    plan->key_count = by->count;
    plan->aggregate_count = expressions->count;
    YOKE_TRY(plan_keys(by, dataset, plan));
    YOKE_TRY(plan_aggregates(expressions, dataset, plan));
    return check_names(plan);
}

static int plan_filter(const char *condition, const yoke_dataset *dataset, agg_plan *plan) {
    int status = yoke_filter_compile(condition, dataset, &plan->filter);
    return status == YOKE_ENOENT ? YOKE_EINVAL : status; /* an unknown column, told in the detail */
}

int agg_plan_make(const agg_options *options, const agg_names *names, const yoke_dataset *dataset,
                  agg_plan *plan) {
    YOKE_TRY(plan_columns(&names->by, &names->expressions, dataset, plan));
    YOKE_TRY(plan_sort(&names->sort, dataset, plan));
    return options->where ? plan_filter(options->where, dataset, plan) : 0;
}

void agg_plan_free(agg_plan *plan) {
    for (size_t i = 0; plan->columns && i < column_count(plan); i++) free(plan->columns[i].name);
    free(plan->columns);
    free(plan->keys);
    free(plan->aggregates);
    free(plan->sort);
    yoke_filter_destroy(plan->filter);
    *plan = (agg_plan){0};
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * From what is asked to a plan: each column is read once and, if any aggregate needs numbers,
 * parsed once and accumulated once, with the union of the parts that its aggregates need.
 */
#include "mapreduce/groupby_plan.h"

static int parts_of(yoke_aggregate_op op) {
    switch (op) {
    case YOKE_AGGREGATE_SUM:
    case YOKE_AGGREGATE_MEAN: return YOKE_EXACT_SUM;
    case YOKE_AGGREGATE_MIN:
    case YOKE_AGGREGATE_MAX: return YOKE_EXACT_RANGE;
    case YOKE_AGGREGATE_VAR:
    case YOKE_AGGREGATE_STDDEV: return YOKE_EXACT_SUM | YOKE_EXACT_SQUARES;
    default: return 0;
    }
}

static int check_column(const yoke_groupby *groupby, size_t column) {
    size_t columns = yoke_dataset_columns(groupby->dataset);
    if (column < columns) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "group by: there is no column %zu; the dataset has %zu", column,
                     columns);
}

static int check(const yoke_groupby *groupby) {
    if (!groupby || !groupby->dataset || (groupby->key_count && !groupby->keys) ||
        (groupby->aggregate_count && !groupby->aggregates) || groupby->threads < 0) {
        return yoke_fail(YOKE_EINVAL, NULL);
    }
    if (groupby->on_error < YOKE_ON_ERROR_FAIL || groupby->on_error > YOKE_ON_ERROR_NULL) {
        return yoke_fail(YOKE_EINVAL, "group by: unknown policy on errors: %d", groupby->on_error);
    }
    for (size_t i = 0; i < groupby->key_count; i++)
        YOKE_TRY(check_column(groupby, groupby->keys[i]));
    for (size_t i = 0; i < groupby->aggregate_count; i++) {
        yoke_aggregate aggregate = groupby->aggregates[i];
        if (aggregate.op < YOKE_AGGREGATE_COUNT || aggregate.op > YOKE_AGGREGATE_LAST) {
            return yoke_fail(YOKE_EINVAL, "group by: unknown aggregate %d", aggregate.op);
        }
        if (aggregate.op == YOKE_AGGREGATE_COUNT && aggregate.column == YOKE_NO_COLUMN) continue;
        YOKE_TRY(check_column(groupby, aggregate.column));
    }
    return YOKE_OK;
}

static int allocate(groupby_plan *plan, const yoke_groupby *groupby) {
    size_t keys = groupby->key_count, outputs = groupby->aggregate_count, columns = keys + outputs;
    size_t null_size = groupby->null ? strlen(groupby->null) : 0;
    char *null = yoke_arena_alloc(&plan->arena, null_size + 1);
    plan->keys = yoke_arena_alloc(&plan->arena, keys * sizeof *plan->keys);
    plan->outputs = yoke_arena_alloc(&plan->arena, outputs * sizeof *plan->outputs);
    plan->columns = yoke_arena_alloc(&plan->arena, columns * sizeof *plan->columns);
    if (!plan->keys || !plan->outputs || !plan->columns || !null) {
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    if (null_size) plan->null = (yoke_text){memcpy(null, groupby->null, null_size), null_size};
    return YOKE_OK;
}

/* The place of a column of the dataset among those that are read. */
static size_t place_of(groupby_plan *plan, size_t column) {
    size_t place = 0;
    while (place < plan->column_count && plan->columns[place].column != column) place++;
    if (place == plan->column_count) {
        plan->columns[plan->column_count++] = (groupby_column){
            column, 0, false, false, false, NOT_KEPT, NOT_KEPT, NOT_KEPT, NOT_KEPT};
    }
    return place;
}

static void note_needs(groupby_plan *plan, yoke_aggregate aggregate) {
    if (aggregate.column == YOKE_NO_COLUMN) {
        plan->records = 0;
        return;
    }
    groupby_column *column = &plan->columns[place_of(plan, aggregate.column)];
    column->parts |= parts_of(aggregate.op);
    column->counted |= aggregate.op == YOKE_AGGREGATE_COUNT;
    column->takes_first |= aggregate.op == YOKE_AGGREGATE_FIRST;
    column->takes_last |= aggregate.op == YOKE_AGGREGATE_LAST;
}

static size_t reserve(groupby_plan *plan, bool wanted, size_t size) {
    if (!wanted) return NOT_KEPT;
    size_t offset = plan->value_size;
    plan->value_size += (size + 7) & ~(size_t)7;
    return offset;
}

static void lay_out(groupby_plan *plan) {
    plan->records = reserve(plan, plan->records != NOT_KEPT, sizeof(uint64_t));
    for (size_t i = 0; i < plan->column_count; i++) {
        groupby_column *column = &plan->columns[i];
        column->numbers = reserve(plan, column->parts, yoke_exact_size(column->parts));
        column->fields = reserve(plan, column->counted && !column->parts, sizeof(uint64_t));
        column->first = reserve(plan, column->takes_first, sizeof(groupby_cell));
        column->last = reserve(plan, column->takes_last, sizeof(groupby_cell));
        plan->keeps_cells |= column->takes_first | column->takes_last;
    }
}

static groupby_output output_of(groupby_plan *plan, yoke_aggregate aggregate) {
    groupby_output output = {.op = aggregate.op, .offset = plan->records};
    if (aggregate.column == YOKE_NO_COLUMN) return output;
    const groupby_column *column = &plan->columns[place_of(plan, aggregate.column)];
    switch (aggregate.op) {
    case YOKE_AGGREGATE_FIRST: output.offset = column->first; break;
    case YOKE_AGGREGATE_LAST: output.offset = column->last; break;
    default:
        output.offset = column->parts ? column->numbers : column->fields;
        output.parts = column->parts;
    }
    return output;
}

int yoke__groupby_plan(groupby_plan *plan, const yoke_groupby *groupby) {
    yoke_arena_init(&plan->arena);
    YOKE_TRY(check(groupby));
    YOKE_TRY(allocate(plan, groupby));
    plan->asked = *groupby;
    plan->key_count = groupby->key_count;
    plan->output_count = groupby->aggregate_count;
    plan->records = NOT_KEPT;
    for (size_t i = 0; i < plan->key_count; i++) plan->keys[i] = place_of(plan, groupby->keys[i]);
    for (size_t i = 0; i < plan->output_count; i++) note_needs(plan, groupby->aggregates[i]);
    lay_out(plan);
    for (size_t i = 0; i < plan->output_count; i++) {
        plan->outputs[i] = output_of(plan, groupby->aggregates[i]);
    }
    return YOKE_OK;
}

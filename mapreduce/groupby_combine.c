/* SPDX-License-Identifier: Apache-2.0
 *
 * Folds what two threads know of one group together. Sums are exact, counts are integers, and of
 * two texts the record's place in the dataset decides, so the order of folding does not matter.
 */
#include "mapreduce/groupby_plan.h"

int yoke__groupby_cell_set(groupby_cell *cell, yoke_text text, uint64_t ordinal,
                           yoke_arena *arena) {
    if (text.size > cell->capacity) {
        size_t capacity = text.size < 8 ? 8 : text.size;
        if (capacity < 2 * cell->capacity) capacity = 2 * cell->capacity;
        char *data = yoke_arena_alloc(arena, capacity);
        if (!data) return yoke_fail(YOKE_ENOMEM, NULL);
        cell->data = data;
        cell->capacity = capacity;
    }
    memcpy(cell->data, text.data, text.size);
    cell->size = text.size;
    cell->ordinal = ordinal;
    return YOKE_OK;
}

static void combine_count(void *into, const void *from, size_t offset) {
    *(uint64_t *)yoke__at(into, offset) += *(const uint64_t *)yoke__at(from, offset);
}

static void combine_cell(void *into, const void *from, size_t offset, bool last) {
    groupby_cell *own = yoke__at(into, offset);
    const groupby_cell *other = yoke__at(from, offset);
    if (!other->data) return;
    bool wins =
        !own->data || (last ? other->ordinal > own->ordinal : other->ordinal < own->ordinal);
    if (wins) *own = *other;
}

int yoke__groupby_combine(void *into, const void *from, yoke_arena *arena, void *ctx) {
    const groupby_plan *plan = ctx;
    if (plan->records != NOT_KEPT) combine_count(into, from, plan->records);
    for (size_t c = 0; c < plan->column_count; c++) {
        const groupby_column *column = &plan->columns[c];
        if (column->numbers != NOT_KEPT) {
            YOKE_TRY(yoke_exact_combine(yoke__at(into, column->numbers),
                                        yoke__at(from, column->numbers), column->parts, arena));
        }
        if (column->fields != NOT_KEPT) combine_count(into, from, column->fields);
        if (column->first != NOT_KEPT) combine_cell(into, from, column->first, false);
        if (column->last != NOT_KEPT) combine_cell(into, from, column->last, true);
    }
    return YOKE_OK;
}

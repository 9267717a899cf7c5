/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts the rows of a table: a bottom-up merge sort of row numbers, which is stable. What is
 * compared is extracted once into 16 bytes a row and key: the nearest double of a number decides
 * nearly always; only where two doubles are equal and a number was rounded to get there are the
 * exact values asked for again.
 */
#include <math.h>
#include <stdlib.h>

#include "mapreduce/groupby_table.h"

/* In the order of the sort. */
enum { RANK_MISSING, RANK_NUMBER, RANK_NAN, RANK_TEXT };

typedef struct sort_cell {
    union {
        double number;
        const char *text;
    };
    uint32_t size; /* of the text */
    uint16_t rank;
    uint16_t rounded; /* the number differs from what it stands for, or may */
} sort_cell;

typedef struct table_sorting {
    const yoke_table *table;
    const yoke_sort_key *keys;
    size_t key_count;
    sort_cell *cells; /* row r's key k at r * key_count + k */
    bool failed;      /* memory ran out */
} table_sorting;

/* ---- extraction ---- */

static bool is_text(const yoke_table *table, yoke_sort_key key) {
    if (key.is_key) return true;
    yoke_aggregate_op op = table->plan.outputs[key.index].op;
    return op == YOKE_AGGREGATE_FIRST || op == YOKE_AGGREGATE_LAST;
}

static yoke_text text_of(const yoke_table *table, size_t row, yoke_sort_key key) {
    return key.is_key ? yoke_table_key(table, row, key.index)
                      : yoke_table_text(table, row, key.index);
}

/* The number that a text is, if it is one. */
static bool number_of_text(table_sorting *sorting, yoke_text text, yoke_value *value) {
    yoke_number number;
    yoke_number_kind kind = yoke_number_parse(text.data, text.size, &number);
    *value = (yoke_value){.kind = YOKE_VALUE_NULL};
    if (kind == YOKE_NUMBER_BAD) return false;
    value->kind = YOKE_VALUE_DOUBLE;
    if (kind == YOKE_NUMBER_DECIMAL) {
        value->kind = YOKE_VALUE_DECIMAL;
        value->integer = number.mantissa;
        value->scale = number.scale;
    }
    if (yoke_number_double(text.data, text.size, &value->number) < 0) sorting->failed = true;
    return true;
}

static yoke_value number_of(table_sorting *sorting, size_t row, yoke_sort_key key) {
    const yoke_table *table = sorting->table;
    if (!is_text(table, key)) return yoke_table_value(table, row, key.index);
    yoke_value value;
    number_of_text(sorting, text_of(table, row, key), &value);
    return value;
}

/* Decimals of up to 15 digits are told apart by their nearest doubles. */
static bool may_be_rounded(const yoke_value *value) {
    const int64_t limit = 1000000000000000;
    return value->kind == YOKE_VALUE_DOUBLE || value->integer <= -limit || value->integer >= limit;
}

static sort_cell cell_of_number(const yoke_value *value) {
    if (value->kind == YOKE_VALUE_NULL) return (sort_cell){.rank = RANK_MISSING};
    if (isnan(value->number)) return (sort_cell){.rank = RANK_NAN};
    return (sort_cell){
        .number = value->number, .rank = RANK_NUMBER, .rounded = may_be_rounded(value)};
}

static sort_cell cell_of(table_sorting *sorting, size_t row, yoke_sort_key key) {
    const yoke_table *table = sorting->table;
    yoke_value value;
    if (!is_text(table, key)) {
        value = yoke_table_value(table, row, key.index);
        return cell_of_number(&value);
    }
    yoke_text text = text_of(table, row, key);
    if (yoke__groupby_missing(text, table->plan.null)) return (sort_cell){.rank = RANK_MISSING};
    if (number_of_text(sorting, text, &value)) return cell_of_number(&value);
    return (sort_cell){.text = text.data, .size = (uint32_t)text.size, .rank = RANK_TEXT};
}

/* ---- comparison ---- */

static int compare_texts(const sort_cell *a, const sort_cell *b) {
    int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_cells(table_sorting *sorting, size_t k, size_t row_a, size_t row_b) {
    const sort_cell *a = &sorting->cells[row_a * sorting->key_count + k];
    const sort_cell *b = &sorting->cells[row_b * sorting->key_count + k];
    if (a->rank != b->rank) return (int)a->rank - (int)b->rank;
    if (a->rank == RANK_TEXT) return compare_texts(a, b);
    if (a->rank != RANK_NUMBER) return 0;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (!a->rounded && !b->rounded) return 0;
    yoke_value exact_a = number_of(sorting, row_a, sorting->keys[k]);
    yoke_value exact_b = number_of(sorting, row_b, sorting->keys[k]);
    return yoke_value_compare(&exact_a, &exact_b);
}

/* Whether row a must stand after row b. */
static bool is_after(table_sorting *sorting, size_t row_a, size_t row_b) {
    for (size_t k = 0; k < sorting->key_count; k++) {
        int order = compare_cells(sorting, k, row_a, row_b);
        if (order) return sorting->keys[k].descending ? order < 0 : order > 0;
    }
    return false;
}

/* ---- merge sort ---- */

static void merge(table_sorting *sorting, const size_t *from, size_t middle, size_t end,
                  size_t *to) {
    size_t a = 0, b = middle;
    while (a < middle && b < end) {
        *to++ = is_after(sorting, from[a], from[b]) ? from[b++] : from[a++];
    }
    memcpy(to, from + a, (middle - a) * sizeof *to);
    memcpy(to + (middle - a), from + b, (end - b) * sizeof *to);
}

/* Sorts `rows`, using as much room again; returns which of the two holds the result. */
static size_t *sort_rows(table_sorting *sorting, size_t *rows, size_t *room, size_t n) {
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t left = n - begin;
            merge(sorting, rows + begin, width < left ? width : left,
                  2 * width < left ? 2 * width : left, room + begin);
        }
        size_t *sorted = room;
        room = rows;
        rows = sorted;
    }
    return rows;
}

static int check(const yoke_table *table, const yoke_sort_key *keys, size_t count) {
    if (!table || (count && !keys)) return yoke_fail(YOKE_EINVAL, NULL);
    for (size_t k = 0; k < count; k++) {
        size_t limit = keys[k].is_key ? table->plan.key_count : table->plan.output_count;
        if (keys[k].index >= limit) {
            return yoke_fail(YOKE_EINVAL, "sort: there is no %s %zu",
                             keys[k].is_key ? "key" : "aggregate", keys[k].index);
        }
    }
    return YOKE_OK;
}

static void extract(table_sorting *sorting, size_t *rows) {
    size_t n = sorting->table->rows, count = sorting->key_count;
    for (size_t row = 0; row < n; row++) {
        rows[row] = row;
        for (size_t k = 0; k < count; k++) {
            sorting->cells[row * count + k] = cell_of(sorting, row, sorting->keys[k]);
        }
    }
}

int yoke_table_sort(yoke_table *table, const yoke_sort_key *keys, size_t count) {
    YOKE_TRY(check(table, keys, count));
    size_t n = table->rows;
    if (!count || n < 2) return YOKE_OK;
    table_sorting sorting = {table, keys, count, calloc(n * count, sizeof(sort_cell)), false};
    size_t *rows = calloc(n, sizeof *rows), *room = calloc(n, sizeof *room);
    size_t *order = calloc(n, sizeof *order);
    bool failed = !sorting.cells || !rows || !room || !order;
    if (!failed) {
        extract(&sorting, rows);
        const size_t *sorted = sort_rows(&sorting, rows, room, n);
        for (size_t row = 0; row < n; row++) order[row] = yoke__table_entry(table, sorted[row]);
        failed = sorting.failed;
    }
    free(sorting.cells);
    free(rows);
    free(room);
    free(failed ? order : table->order);
    if (failed) return yoke_fail(YOKE_ENOMEM, NULL);
    table->order = order;
    return YOKE_OK;
}

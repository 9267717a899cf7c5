/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorts the rows of a table: insertion sort of short runs, then a bottom-up merge sort; both are
 * stable. An item carries 64 bits that order like the first sort key as far as they go, so most
 * comparisons look at nothing else. Behind them stand cells, extracted once, of 16 bytes a row and
 * key: there the nearest double of a number decides; only where two doubles are equal and may stand
 * for different numbers are the exact values asked for again.
 */
#include <math.h>
#include <stdlib.h>

#include "mapreduce/groupby_table.h"
#include "runtime/region.h"

enum { RUN = 12 }; /* rows sorted by insertion */

/* In the order of the sort. */
enum { RANK_MISSING, RANK_NUMBER, RANK_NAN, RANK_TEXT };

/* How a number relates to its nearest double. */
enum {
    FORM_SHORT, /* a decimal of up to 15 digits: two are different if and only if the doubles are */
    FORM_LONG,  /* a decimal of more digits */
    FORM_DOUBLE /* the double itself */
};

typedef struct sort_cell {
    union {
        double number;
        const char *text;
    };
    uint32_t size; /* of the text */
    uint16_t rank;
    uint16_t form; /* of the number */
} sort_cell;

typedef struct sort_item {
    uint64_t prefix;
    size_t row;
} sort_item;

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

static int form_of(const yoke_value *value) {
    const int64_t limit = 1000000000000000;
    if (value->kind == YOKE_VALUE_DOUBLE) return FORM_DOUBLE;
    return value->integer > -limit && value->integer < limit ? FORM_SHORT : FORM_LONG;
}

static sort_cell cell_of_number(const yoke_value *value) {
    if (value->kind == YOKE_VALUE_NULL) return (sort_cell){.rank = RANK_MISSING};
    if (isnan(value->number)) return (sort_cell){.rank = RANK_NAN};
    return (sort_cell){
        .number = value->number, .rank = RANK_NUMBER, .form = (uint16_t)form_of(value)};
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
    if (a->form == b->form && a->form != FORM_LONG) return 0;
    yoke_value exact_a = number_of(sorting, row_a, sorting->keys[k]);
    yoke_value exact_b = number_of(sorting, row_b, sorting->keys[k]);
    return yoke_value_compare(&exact_a, &exact_b);
}

/* Whether row a must stand after row b. */
static bool row_is_after(table_sorting *sorting, size_t row_a, size_t row_b) {
    for (size_t k = 0; k < sorting->key_count; k++) {
        int order = compare_cells(sorting, k, row_a, row_b);
        if (order) return sorting->keys[k].descending ? order < 0 : order > 0;
    }
    return false;
}

static inline bool is_after(table_sorting *sorting, const sort_item *a, const sort_item *b) {
    if (a->prefix != b->prefix) return a->prefix > b->prefix;
    return row_is_after(sorting, a->row, b->row);
}

/* 62 bits that order as the cells of one rank do, as far as they go, below two bits of rank. */
static uint64_t prefix_of(const sort_cell *cell, bool descending) {
    uint64_t bits = 0;
    if (cell->rank == RANK_NUMBER) {
        double number = cell->number + 0.0; /* no -0 */
        memcpy(&bits, &number, sizeof bits);
        bits ^= bits >> 63 ? ~(uint64_t)0 : (uint64_t)1 << 63;
    } else if (cell->rank == RANK_TEXT) {
        for (size_t i = 0; i < 8; i++) {
            bits = bits << 8 | (i < cell->size ? (unsigned char)cell->text[i] : 0);
        }
    }
    uint64_t prefix = (uint64_t)cell->rank << 62 | bits >> 2;
    return descending ? ~prefix : prefix;
}

/* ---- merge sort ---- */

static void sort_run(table_sorting *sorting, sort_item *items, size_t n) {
    for (size_t i = 1; i < n; i++) {
        sort_item moving = items[i];
        size_t j = i;
        for (; j && is_after(sorting, &items[j - 1], &moving); j--) items[j] = items[j - 1];
        items[j] = moving;
    }
}

static void merge(table_sorting *sorting, const sort_item *from, size_t middle, size_t end,
                  sort_item *to) {
    size_t a = 0, b = middle;
    while (a < middle && b < end) {
        *to++ = is_after(sorting, &from[a], &from[b]) ? from[b++] : from[a++];
    }
    memcpy(to, from + a, (middle - a) * sizeof *to);
    memcpy(to + (middle - a), from + b, (end - b) * sizeof *to);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Sorts `items`, using as much room again; returns which of the two holds the result. */
static sort_item *sort_items(table_sorting *sorting, sort_item *items, sort_item *room, size_t n) {
    for (size_t begin = 0; begin < n; begin += RUN) {
        sort_run(sorting, items + begin, least(RUN, n - begin));
    }
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t left = n - begin;
            merge(sorting, items + begin, least(width, left), least(2 * width, left), room + begin);
        }
        sort_item *sorted = room;
        room = items;
        items = sorted;
    }
    return items;
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

static void extract(table_sorting *sorting, sort_item *items) {
    size_t n = sorting->table->rows, count = sorting->key_count;
    for (size_t row = 0; row < n; row++) {
        sort_cell *cells = &sorting->cells[row * count];
        for (size_t k = 0; k < count; k++) cells[k] = cell_of(sorting, row, sorting->keys[k]);
        items[row] = (sort_item){prefix_of(cells, sorting->keys[0].descending), row};
    }
}

int yoke_table_sort(yoke_table *table, const yoke_sort_key *keys, size_t count) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    YOKE_TRY(check(table, keys, count));
    size_t n = table->rows;
    if (!count || n < 2) return YOKE_OK;
    table_sorting sorting = {table, keys, count, NULL, false};
    sorting.cells = yoke_aligned_alloc(n * count * sizeof *sorting.cells);
    sort_item *items = yoke_aligned_alloc(2 * n * sizeof *items);
    size_t *order = yoke_aligned_alloc(n * sizeof *order);
    bool failed = !sorting.cells || !items || !order;
    if (!failed) {
        extract(&sorting, items);
        const sort_item *sorted = sort_items(&sorting, items, items + n, n);
        for (size_t row = 0; row < n; row++) order[row] = yoke__table_entry(table, sorted[row].row);
        failed = sorting.failed;
    }
    yoke_aligned_free(sorting.cells);
    yoke_aligned_free(items);
    yoke_aligned_free(failed ? order : table->order);
    if (failed) return yoke_fail(YOKE_ENOMEM, NULL);
    table->order = order;
    return YOKE_OK;
}

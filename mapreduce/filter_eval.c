/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluates a filter over some records, by column: every comparison fills a mask of one byte
 * a record in one short loop, and `and`, `or`, `not` join masks. A node is told which records
 * still matter (`active`), so that a chain stops once nothing is open and a regex, the only dear
 * test, looks at no record in vain; what a mask says of the other records means nothing. A column
 * is split and parsed once, when its first comparison needs it.
 */
#include <regex.h>
#include <stdlib.h>

#include "mapreduce/column.h"
#include "mapreduce/filter.h"
#include "mapreduce/records.h"

typedef struct state_column {
    yoke_text *fields;
    yoke_column numbers;
    bool split, parsed; /* for the current records */
} state_column;

struct filter_state {
    const yoke_filter *filter;
    yoke_arena scratch; /* of the current records */
    yoke_arena arena;   /* of this state */
    state_column *columns;
    regex_t *regexes; /* glibc locks a regex while it runs, so each thread has its own */
    bool *compiled;
    const yoke_records *records; /* those being looked at */
};

/* ---- columns ---- */

static int get_fields(filter_state *state, size_t place, const yoke_text **fields) {
    state_column *column = &state->columns[place];
    if (!column->split) {
        YOKE_TRY(yoke__records_column(state->records, state->filter->columns[place],
                                      &state->scratch, column->fields));
        column->split = true;
    }
    *fields = column->fields;
    return YOKE_OK;
}

static int get_numbers(filter_state *state, size_t place, const state_column **numbers) {
    state_column *column = &state->columns[place];
    const yoke_text *fields;
    YOKE_TRY(get_fields(state, place, &fields));
    if (!column->parsed) {
        yoke__column_parse(&column->numbers, fields, state->records->count, (yoke_text){NULL, 0});
        column->parsed = true;
    }
    *numbers = column;
    return YOKE_OK;
}

static int cell_at(const state_column *column, size_t i, size_t n) {
    return column->numbers.plain == n ? YOKE_CELL_NUMBER : column->numbers.cell[i];
}

/* ---- column against number ---- */

/* The integers from low to high, or all the others. */
typedef struct interval {
    int64_t low, high;
    bool outside;
} interval;

/* The largest integer at `scale` that is not above the number. Beyond 64 bits: near their end. */
static int64_t floor_at_scale(yoke_number number, int scale, bool *exact) {
    int64_t power = 1, result;
    for (int s = number.scale; s > scale; s--) power *= 10;
    result = number.mantissa / power;
    *exact = number.mantissa % power == 0;
    if (!*exact && number.mantissa < 0) result--;
    for (int s = number.scale; s < scale; s++) {
        if (__builtin_mul_overflow(result, 10, &result)) {
            *exact = false;
            return number.mantissa < 0 ? INT64_MIN + 1 : INT64_MAX - 1;
        }
    }
    return result;
}

/* The mantissas at `scale` for which a comparison with `number` is true. */
static interval accepted(unsigned accept, yoke_number number, int scale) {
    bool exact;
    int64_t floor = floor_at_scale(number, scale, &exact);
    switch (accept) {
    case COMPARE_LT: return (interval){INT64_MIN, floor - exact, false};
    case COMPARE_LE: return (interval){INT64_MIN, floor, false};
    case COMPARE_GT: return (interval){floor + 1, INT64_MAX, false};
    case COMPARE_GE: return (interval){floor + !exact, INT64_MAX, false};
    default: return (interval){floor, floor - !exact, accept == COMPARE_NE};
    }
}

/* One field the slow way: 0, 1 or YOKE_ENOMEM. */
static int compare_field(yoke_text field, const filter_number *number, unsigned accept) {
    filter_number read;
    int status = yoke__filter_number_read(field, &read);
    if (status == YOKE_EDATA) return 0;
    if (status < 0) return yoke_fail(status, NULL);
    return yoke__filter_accepts(accept, yoke__filter_compare_numbers(&read, number));
}

static int test_number(filter_state *state, const filter_node *node, uint8_t *pass) {
    const state_column *column;
    YOKE_TRY(get_numbers(state, node->column, &column));
    size_t n = state->records->count;
    interval range = accepted(node->accept, node->number.decimal, column->numbers.scale);
    const int64_t *mantissa = column->numbers.mantissa;
    for (size_t i = 0; i < n; i++) {
        bool inside = (mantissa[i] >= range.low) & (mantissa[i] <= range.high);
        pass[i] = inside ^ range.outside;
    }
    if (column->numbers.plain == n && !node->number.wide) return YOKE_OK;
    for (size_t i = 0; i < n; i++) {
        int cell = cell_at(column, i, n), truth = 0;
        if (cell == YOKE_CELL_NUMBER && !node->number.wide) continue;
        if (cell == YOKE_CELL_NUMBER || cell == YOKE_CELL_WIDE) {
            truth = compare_field(column->fields[i], &node->number, node->accept);
        }
        if (truth < 0) return truth;
        pass[i] = (uint8_t)truth;
    }
    return YOKE_OK;
}

/* ---- column against string, column, regex ---- */

static int test_string(filter_state *state, const filter_node *node, uint8_t *pass) {
    const yoke_text *fields;
    YOKE_TRY(get_fields(state, node->column, &fields));
    yoke_text text = node->text;
    size_t n = state->records->count;
    if (node->accept == COMPARE_EQ || node->accept == COMPARE_NE) {
        for (size_t i = 0; i < n; i++) {
            bool same =
                fields[i].size == text.size && !memcmp(fields[i].data, text.data, text.size);
            pass[i] = same == (node->accept == COMPARE_EQ);
        }
        return YOKE_OK;
    }
    for (size_t i = 0; i < n; i++) {
        pass[i] = yoke__filter_accepts(node->accept, yoke__filter_compare_texts(fields[i], text));
    }
    return YOKE_OK;
}

/* Two fields as numbers when both are, else as texts: an OUTCOME_ or YOKE_ENOMEM. */
static int compare_fields(yoke_text a, yoke_text b) {
    filter_number x, y;
    int status = yoke__filter_number_read(a, &x);
    if (status == YOKE_OK) status = yoke__filter_number_read(b, &y);
    if (status == YOKE_EDATA) return yoke__filter_compare_texts(a, b);
    if (status < 0) return yoke_fail(status, NULL);
    return yoke__filter_compare_numbers(&x, &y);
}

static int test_columns(filter_state *state, const filter_node *node, uint8_t *pass) {
    const state_column *left, *right;
    YOKE_TRY(get_numbers(state, node->column, &left));
    YOKE_TRY(get_numbers(state, node->other, &right));
    size_t n = state->records->count;
    for (size_t i = 0; i < n; i++) {
        int outcome;
        if (cell_at(left, i, n) == YOKE_CELL_NUMBER && cell_at(right, i, n) == YOKE_CELL_NUMBER) {
            filter_number a = {.decimal = {left->numbers.mantissa[i], left->numbers.scale}};
            filter_number b = {.decimal = {right->numbers.mantissa[i], right->numbers.scale}};
            outcome = yoke__filter_compare_numbers(&a, &b);
        } else {
            outcome = compare_fields(left->fields[i], right->fields[i]);
            if (outcome < 0) return outcome;
        }
        pass[i] = yoke__filter_accepts(node->accept, outcome);
    }
    return YOKE_OK;
}

/* NULL: memory ran out. Its syntax was checked when it was parsed. */
static const regex_t *get_regex(filter_state *state, const filter_node *node) {
    regex_t *regex = &state->regexes[node->regex];
    if (state->compiled[node->regex]) return regex;
    if (regcomp(regex, node->text.data, REG_EXTENDED | REG_NOSUB)) return NULL;
    state->compiled[node->regex] = true;
    return regex;
}

static int test_match(filter_state *state, const filter_node *node, const uint8_t *active,
                      uint8_t *pass) {
    const yoke_text *fields;
    YOKE_TRY(get_fields(state, node->column, &fields));
    const regex_t *regex = get_regex(state, node);
    if (!regex) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < state->records->count; i++) {
        if (!active[i]) continue;
        regmatch_t span = {.rm_so = 0, .rm_eo = (regoff_t)fields[i].size};
        int result = regexec(regex, fields[i].data, 0, &span, REG_STARTEND);
        if (result != 0 && result != REG_NOMATCH) return yoke_fail(YOKE_ENOMEM, NULL);
        pass[i] = (result == 0) == node->accept;
    }
    return YOKE_OK;
}

/* ---- and, or, not ---- */

static int evaluate(filter_state *state, const filter_node *node, const uint8_t *active,
                    uint8_t *pass);

static bool any(const uint8_t *mask, size_t n) { return memchr(mask, 1, n) != NULL; }

static int new_mask(filter_state *state, uint8_t **mask) {
    *mask = yoke_arena_alloc(&state->scratch, state->records->count);
    return *mask ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static int test_and(filter_state *state, const filter_node *node, const uint8_t *active,
                    uint8_t *pass) {
    size_t n = state->records->count;
    uint8_t *mask;
    YOKE_TRY(new_mask(state, &mask));
    memcpy(pass, active, n);
    for (; node && any(pass, n); node = node->next) {
        YOKE_TRY(evaluate(state, node->child, pass, mask));
        for (size_t i = 0; i < n; i++) pass[i] &= mask[i];
    }
    return YOKE_OK;
}

static int test_or(filter_state *state, const filter_node *node, const uint8_t *active,
                   uint8_t *pass) {
    size_t n = state->records->count;
    uint8_t *mask, *open; /* open: active, and false so far */
    YOKE_TRY(new_mask(state, &mask));
    YOKE_TRY(new_mask(state, &open));
    memset(pass, 0, n);
    memcpy(open, active, n);
    for (; node && any(open, n); node = node->next) {
        YOKE_TRY(evaluate(state, node->child, open, mask));
        for (size_t i = 0; i < n; i++) {
            uint8_t found = mask[i] & open[i];
            pass[i] |= found;
            open[i] ^= found;
        }
    }
    return YOKE_OK;
}

static int test_not(filter_state *state, const filter_node *node, const uint8_t *active,
                    uint8_t *pass) {
    YOKE_TRY(evaluate(state, node->child, active, pass));
    for (size_t i = 0; i < state->records->count; i++) pass[i] ^= 1;
    return YOKE_OK;
}

static int evaluate(filter_state *state, const filter_node *node, const uint8_t *active,
                    uint8_t *pass) {
    switch (node->kind) {
    case FILTER_AND: return test_and(state, node, active, pass);
    case FILTER_OR: return test_or(state, node, active, pass);
    case FILTER_NOT: return test_not(state, node, active, pass);
    case FILTER_NUMBER: return test_number(state, node, pass);
    case FILTER_STRING: return test_string(state, node, pass);
    case FILTER_COLUMNS: return test_columns(state, node, pass);
    case FILTER_MATCH: return test_match(state, node, active, pass);
    default: memset(pass, (int)node->accept, state->records->count); return YOKE_OK;
    }
}

int yoke__filter_select(filter_state *state, const yoke_records *records, uint32_t *rows) {
    yoke_arena_reset(&state->scratch);
    state->records = records;
    for (size_t i = 0; i < state->filter->column_count; i++) {
        state->columns[i].split = state->columns[i].parsed = false;
    }
    uint8_t *active, *pass;
    YOKE_TRY(new_mask(state, &active));
    YOKE_TRY(new_mask(state, &pass));
    memset(active, 1, records->count);
    YOKE_TRY(evaluate(state, state->filter->root, active, pass));
    uint32_t count = 0;
    for (uint32_t i = 0; i < records->count; i++) {
        rows[count] = i;
        count += pass[i];
    }
    return (int)count;
}

/* ---- life ---- */

static void *take(yoke_arena *arena, size_t count, size_t size) {
    void *block = yoke_arena_alloc(arena, count * size + 1);
    if (block) memset(block, 0, count * size);
    return block;
}

static int allocate(filter_state *state) {
    yoke_arena *arena = &state->arena;
    size_t columns = state->filter->column_count, regexes = state->filter->regex_count;
    state->columns = take(arena, columns, sizeof *state->columns);
    state->regexes = take(arena, regexes, sizeof *state->regexes);
    state->compiled = take(arena, regexes, sizeof *state->compiled);
    if (!state->columns || !state->regexes || !state->compiled) return YOKE_ENOMEM;
    for (size_t i = 0; i < columns; i++) {
        state_column *column = &state->columns[i];
        column->fields = take(arena, YOKE_RECORDS_MOST, sizeof *column->fields);
        column->numbers.mantissa = take(arena, YOKE_RECORDS_MOST, sizeof *column->numbers.mantissa);
        column->numbers.cell = take(arena, YOKE_RECORDS_MOST, sizeof *column->numbers.cell);
        if (!column->fields || !column->numbers.mantissa || !column->numbers.cell) {
            return YOKE_ENOMEM;
        }
    }
    return YOKE_OK;
}

int yoke__filter_state_create(const yoke_filter *filter, filter_state **state) {
    filter_state *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_arena_init(&made->arena);
    yoke_arena_init(&made->scratch);
    made->filter = filter;
    if (allocate(made) < 0) {
        made->compiled = NULL;
        yoke__filter_state_destroy(made);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    *state = made;
    return YOKE_OK;
}

void yoke__filter_state_destroy(filter_state *state) {
    if (!state) return;
    for (size_t i = 0; state->compiled && i < state->filter->regex_count; i++) {
        if (state->compiled[i]) regfree(&state->regexes[i]);
    }
    yoke_arena_fini(&state->scratch);
    yoke_arena_fini(&state->arena);
    free(state);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The map function of a group by: some records at a time, column by column, so that each loop is
 * short and does one thing. In order: the filter picks rows; the columns are split; numbers are
 * parsed; fields that are no numbers are treated as the policy says; keys are joined and looked up;
 * every column goes into its groups. Nothing is accumulated before all of these records are known
 * to be good. What a thread needs for that is allocated once and used again.
 */
#include "mapreduce/groupby_plan.h"
#include "mapreduce/records.h"

typedef struct worker_column {
    yoke_text *fields;
    yoke_column numbers;
} worker_column;

/* The state of a thread. All zero: nothing allocated yet. */
typedef struct groupby_worker {
    yoke_arena arena;   /* of the arrays */
    yoke_arena scratch; /* of the records at hand */
    worker_column *columns;
    filter_state *filter;
    uint32_t *rows; /* of the records, those that are left; only when `picked` */
    bool picked;
    size_t n; /* rows that are left */
    const yoke_text **key_fields;
    yoke_text *keys;
    uint32_t *offsets; /* of the rows in the records' data */
    void **slots;
    uint64_t filtered, bad_fields;
    bool zero_in_keys;
    uint64_t first_bad; /* ordinal; valid when bad_fields */
    yoke_location first_bad_at;
    char first_bad_text[32];
} groupby_worker;

size_t yoke__groupby_state_size(void) { return sizeof(groupby_worker); }

/* ---- life ---- */

/* Room for `count` things; NULL when memory is short, and then `*failed` is set. */
static void *take(groupby_worker *worker, size_t count, size_t size, bool *failed) {
    void *block = yoke_arena_alloc(&worker->arena, count * size + 1);
    if (!block) *failed = true;
    return block;
}

static worker_column make_column(groupby_worker *worker, const groupby_column *column,
                                 bool *failed) {
    const size_t most = YOKE_RECORDS_MOST;
    worker_column made = {.fields = take(worker, most, sizeof *made.fields, failed)};
    if (!column->parts) return made;
    made.numbers.mantissa = take(worker, most, sizeof *made.numbers.mantissa, failed);
    made.numbers.cell = take(worker, most, sizeof *made.numbers.cell, failed);
    return made;
}

static int prepare(groupby_worker *worker, const groupby_plan *plan) {
    const size_t most = YOKE_RECORDS_MOST;
    bool failed = false;
    worker_column *columns = take(worker, plan->column_count, sizeof *columns, &failed);
    worker->key_fields =
        (const yoke_text **)take(worker, plan->key_count, sizeof *worker->key_fields, &failed);
    worker->rows = take(worker, most, sizeof *worker->rows, &failed);
    worker->keys = take(worker, most, sizeof *worker->keys, &failed);
    worker->offsets = take(worker, most, sizeof *worker->offsets, &failed);
    worker->slots = (void **)take(worker, most, sizeof *worker->slots, &failed);
    for (size_t c = 0; c < plan->column_count && !failed; c++) {
        columns[c] = make_column(worker, &plan->columns[c], &failed);
    }
    if (failed) return yoke_fail(YOKE_ENOMEM, NULL);
    if (plan->asked.filter) {
        YOKE_TRY(yoke__filter_state_create(plan->asked.filter, &worker->filter));
    }
    worker->columns = columns;
    return YOKE_OK;
}

int yoke__groupby_state_end(void *state, void *ctx) {
    groupby_worker *worker = state;
    groupby_plan *plan = ctx;
    yoke_groupby_counts *counts = &plan->counts;
    if (worker->bad_fields && (!counts->bad_fields || worker->first_bad < plan->first_bad)) {
        plan->first_bad = worker->first_bad;
        counts->first_bad = worker->first_bad_at;
        memcpy(counts->first_bad_text, worker->first_bad_text, sizeof counts->first_bad_text);
    }
    counts->bad_fields += worker->bad_fields;
    counts->filtered += worker->filtered;
    plan->zero_in_keys |= worker->zero_in_keys;
    yoke__filter_state_destroy(worker->filter);
    yoke_arena_fini(&worker->arena);
    yoke_arena_fini(&worker->scratch);
    return YOKE_OK;
}

/* ---- rows and columns ---- */

static size_t row_at(const groupby_worker *worker, size_t i) {
    return worker->picked ? worker->rows[i] : i;
}

static int pick_rows(groupby_worker *worker, const yoke_records *records) {
    worker->picked = worker->filter != NULL;
    worker->n = records->count;
    if (!worker->filter) return YOKE_OK;
    int n = yoke__filter_select(worker->filter, records, worker->rows);
    if (n < 0) return n;
    worker->filtered += records->count - (uint32_t)n;
    worker->n = (size_t)n;
    return YOKE_OK;
}

static int read_columns(const groupby_plan *plan, groupby_worker *worker,
                        const yoke_records *records) {
    for (size_t c = 0; c < plan->column_count; c++) {
        worker_column *column = &worker->columns[c];
        YOKE_TRY(yoke__records_column(records, plan->columns[c].column, &worker->scratch,
                                      column->fields));
        if (worker->picked) {
            for (size_t i = 0; i < worker->n; i++)
                column->fields[i] = column->fields[worker->rows[i]];
        }
        if (!plan->columns[c].parts) continue;
        yoke__column_parse(&column->numbers, column->fields, worker->n, plan->null);
    }
    return YOKE_OK;
}

/* Where the picked rows begin, counted from records->data. */
static void find_offsets(groupby_worker *worker, const yoke_records *records) {
    for (size_t i = 0; i < worker->n; i++) {
        worker->offsets[i] =
            (uint32_t)(yoke_records_raw(records, row_at(worker, i), 0).data - records->data);
    }
}

/* ---- fields that are no numbers ---- */

static bool is_bad(const worker_column *column, size_t i) {
    return column->numbers.cell[i] == YOKE_CELL_BAD;
}

/* Bad fields of a column. */
static size_t count_bad(const groupby_plan *plan, const groupby_worker *worker, size_t c) {
    const worker_column *column = &worker->columns[c];
    if (!plan->columns[c].parts || column->numbers.plain == worker->n) return 0;
    size_t bad = 0;
    for (size_t i = 0; i < worker->n; i++) bad += is_bad(column, i);
    return bad;
}

/* The column of the leftmost bad field of row i; plan->column_count when there is none. */
static size_t bad_column(const groupby_plan *plan, const groupby_worker *worker, size_t i) {
    size_t found = plan->column_count;
    for (size_t c = 0; c < plan->column_count; c++) {
        const worker_column *column = &worker->columns[c];
        if (!plan->columns[c].parts || column->numbers.plain == worker->n) continue;
        if (!is_bad(column, i)) continue;
        if (found == plan->column_count || plan->columns[c].column < plan->columns[found].column) {
            found = c;
        }
    }
    return found;
}

/* Copies the beginning of a text, whole UTF-8 sequences only, with control bytes as '?'. */
static void make_printable(yoke_text text, char to[32]) {
    size_t size = text.size < 31 ? text.size : 31;
    if (size < text.size) {
        while (size && ((unsigned char)text.data[size] & 0xC0) == 0x80) size--;
    }
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        to[i] = text.data[i];
        if (byte < 0x20 || byte == 0x7F) to[i] = '?';
    }
    to[size] = 0;
}

/* Keeps the place of the first bad field if it is the thread's first. */
static int note_first_bad(const groupby_plan *plan, groupby_worker *worker,
                          const yoke_records *records) {
    size_t i = 0, c;
    while ((c = bad_column(plan, worker, i)) == plan->column_count) i++;
    const char *data = yoke_records_raw(records, row_at(worker, i), plan->columns[c].column).data;
    uint64_t ordinal = records->ordinal + (uint64_t)(data - records->data);
    if (worker->bad_fields && worker->first_bad <= ordinal) return YOKE_OK;
    YOKE_TRY(yoke_records_locate(records, data, &worker->first_bad_at));
    worker->first_bad = ordinal;
    make_printable(worker->columns[c].fields[i], worker->first_bad_text);
    if (plan->asked.on_error != YOKE_ON_ERROR_FAIL) return YOKE_OK;
    const yoke_location *at = &worker->first_bad_at;
    return yoke_fail(YOKE_EDATA, "%s: line %llu, column %llu: '%s' is not a number (column %s)",
                     at->name, (unsigned long long)at->line, (unsigned long long)at->column,
                     worker->first_bad_text,
                     yoke_dataset_column_name(plan->asked.dataset, plan->columns[c].column));
}

/* Takes the rows with a bad field out and reads the columns again. */
static int drop_bad_rows(const groupby_plan *plan, groupby_worker *worker,
                         const yoke_records *records) {
    size_t kept = 0;
    for (size_t i = 0; i < worker->n; i++) {
        worker->rows[kept] = (uint32_t)row_at(worker, i);
        kept += bad_column(plan, worker, i) == plan->column_count;
    }
    worker->bad_fields += worker->n - kept;
    worker->n = kept;
    worker->picked = true;
    return read_columns(plan, worker, records);
}

static int treat_bad_fields(const groupby_plan *plan, groupby_worker *worker,
                            const yoke_records *records) {
    size_t bad = 0;
    for (size_t c = 0; c < plan->column_count; c++) bad += count_bad(plan, worker, c);
    if (!bad) return YOKE_OK;
    YOKE_TRY(note_first_bad(plan, worker, records));
    if (plan->asked.on_error == YOKE_ON_ERROR_SKIP) return drop_bad_rows(plan, worker, records);
    worker->bad_fields += bad;
    return YOKE_OK;
}

/* ---- groups ---- */

static int find_the_only_slot(groupby_worker *worker, yoke_emitter *out) {
    void *slot = yoke_emit_slot(out, "", 0);
    if (!slot) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < worker->n; i++) worker->slots[i] = slot;
    return YOKE_OK;
}

static int join_keys(const groupby_plan *plan, groupby_worker *worker,
                     const yoke_records *records) {
    const char *begin = records->data + records->begin;
    const char *end = records->data + records->ends[(size_t)records->count * records->columns - 1];
    bool zeros = memchr(begin, 0, (size_t)(end - begin)) != NULL;
    worker->zero_in_keys |= zeros;
    for (size_t k = 0; k < plan->key_count; k++) {
        worker->key_fields[k] = worker->columns[plan->keys[k]].fields;
    }
    return yoke__groupby_join_keys(worker->key_fields, plan->key_count, worker->n, zeros,
                                   &worker->scratch, worker->keys);
}

static int find_slots(const groupby_plan *plan, groupby_worker *worker, const yoke_records *records,
                      yoke_emitter *out) {
    if (!plan->key_count) return find_the_only_slot(worker, out);
    const yoke_text *keys = worker->columns[plan->keys[0]].fields;
    if (plan->key_count > 1) {
        YOKE_TRY(join_keys(plan, worker, records));
        keys = worker->keys;
    }
    return yoke_emit_slots(out, keys, worker->n, worker->slots);
}

static void count_records(const groupby_worker *worker, size_t offset) {
    for (size_t i = 0; i < worker->n; i++) ++*(uint64_t *)yoke__at(worker->slots[i], offset);
}

static void count_fields(const groupby_worker *worker, const yoke_text *fields, yoke_text null,
                         size_t offset) {
    for (size_t i = 0; i < worker->n; i++) {
        *(uint64_t *)yoke__at(worker->slots[i], offset) += !yoke__groupby_missing(fields[i], null);
    }
}

static int take_first(const groupby_worker *worker, const yoke_text *fields, yoke_text null,
                      size_t offset, uint64_t ordinal, yoke_arena *arena) {
    for (size_t i = 0; i < worker->n; i++) {
        groupby_cell *cell = yoke__at(worker->slots[i], offset);
        uint64_t own = ordinal + worker->offsets[i];
        if ((cell->data && cell->ordinal < own) || yoke__groupby_missing(fields[i], null)) continue;
        YOKE_TRY(yoke__groupby_cell_set(cell, fields[i], own, arena));
    }
    return YOKE_OK;
}

/* From the last row back, so that a group's text is copied once a call. */
static int take_last(const groupby_worker *worker, const yoke_text *fields, yoke_text null,
                     size_t offset, uint64_t ordinal, yoke_arena *arena) {
    for (size_t i = worker->n; i-- > 0;) {
        groupby_cell *cell = yoke__at(worker->slots[i], offset);
        uint64_t own = ordinal + worker->offsets[i];
        if ((cell->data && cell->ordinal > own) || yoke__groupby_missing(fields[i], null)) continue;
        YOKE_TRY(yoke__groupby_cell_set(cell, fields[i], own, arena));
    }
    return YOKE_OK;
}

static int accumulate(const groupby_plan *plan, const groupby_worker *worker, size_t c,
                      uint64_t ordinal, yoke_arena *arena) {
    const groupby_column *column = &plan->columns[c];
    const yoke_text *fields = worker->columns[c].fields;
    if (column->numbers != NOT_KEPT) {
        YOKE_TRY(yoke__column_accumulate(&worker->columns[c].numbers, fields, worker->n,
                                         worker->slots, column->numbers, column->parts, arena));
    }
    if (column->fields != NOT_KEPT) count_fields(worker, fields, plan->null, column->fields);
    if (column->first != NOT_KEPT) {
        YOKE_TRY(take_first(worker, fields, plan->null, column->first, ordinal, arena));
    }
    if (column->last != NOT_KEPT) {
        YOKE_TRY(take_last(worker, fields, plan->null, column->last, ordinal, arena));
    }
    return YOKE_OK;
}

/* ---- map ---- */

static int fill_groups(const groupby_plan *plan, groupby_worker *worker,
                       const yoke_records *records, yoke_emitter *out) {
    if (plan->keeps_cells) find_offsets(worker, records);
    YOKE_TRY(find_slots(plan, worker, records, out));
    if (plan->records != NOT_KEPT) count_records(worker, plan->records);
    for (size_t c = 0; c < plan->column_count; c++) {
        YOKE_TRY(accumulate(plan, worker, c, records->ordinal, out->arena));
    }
    return YOKE_OK;
}

int yoke__groupby_map(const yoke_records *records, yoke_emitter *out, void *ctx) {
    const groupby_plan *plan = ctx;
    groupby_worker *worker = out->state;
    if (!worker->columns) YOKE_TRY(prepare(worker, plan));
    yoke_arena_reset(&worker->scratch);
    YOKE_TRY(pick_rows(worker, records));
    if (worker->n) YOKE_TRY(read_columns(plan, worker, records));
    if (worker->n) YOKE_TRY(treat_bad_fields(plan, worker, records));
    return worker->n ? fill_groups(plan, worker, records, out) : YOKE_OK;
}

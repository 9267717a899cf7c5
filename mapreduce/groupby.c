/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a group by as a map-reduce job and wraps its result as a table. The table does not change
 * but by sorting, so that any thread may read it; keys with escapes are therefore decoded at once.
 */
#include <stdlib.h>

#include "mapreduce/groupby_table.h"
#include "runtime/region.h"
#include "runtime/verify.h"

static int run_job(yoke_table *table) {
    groupby_plan *plan = &table->plan;
    yoke_job job = {
        .dataset = plan->asked.dataset,
        .map = yoke__groupby_map,
        .combine = yoke__groupby_combine,
        .ctx = plan,
        .value_size = plan->value_size,
        .state_size = yoke__groupby_state_size(),
        .state_end = yoke__groupby_state_end,
        .order = plan->asked.order,
        .threads = plan->asked.threads,
        .block_size = plan->asked.block_size,
        .progress = plan->asked.progress,
    };
    YOKE_TRY(yoke_mapreduce(&job, &table->result));
    const yoke_job_stats *stats = yoke_result_stats(table->result);
    plan->counts.records = stats->records;
    plan->counts.ragged = stats->skipped;
    plan->counts.first_ragged = stats->first_skipped;
    table->rows = yoke_result_count(table->result);
    return YOKE_OK;
}

/* Without keys there is one group, even of nothing. */
static int ensure_the_only_row(yoke_table *table) {
    if (table->plan.key_count || table->rows) return YOKE_OK;
    table->empty = yoke_arena_alloc(&table->plan.arena, table->plan.value_size);
    if (!table->empty) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(table->empty, 0, table->plan.value_size);
    table->rows = 1;
    return YOKE_OK;
}

static int decode_key(yoke_table *table, const yoke_entry *entry, yoke_text *decoded) {
    size_t count = table->plan.key_count;
    yoke_text joined = {(const char *)entry->key, entry->key_size};
    for (size_t k = 0; k < count; k++) {
        decoded[k] = yoke__groupby_key_part(joined, count, k);
        if (k + 1 == count || !memchr(decoded[k].data, 0, decoded[k].size)) continue;
        char *text = yoke_arena_alloc(&table->plan.arena, decoded[k].size);
        if (!text) return yoke_fail(YOKE_ENOMEM, NULL);
        decoded[k] = (yoke_text){text, yoke__groupby_key_unescape(decoded[k], text)};
    }
    return YOKE_OK;
}

static int decode_keys(yoke_table *table) {
    if (!table->plan.zero_in_keys) return YOKE_OK;
    size_t count = table->plan.key_count;
    table->decoded = calloc(table->rows * count, sizeof *table->decoded);
    if (!table->decoded) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t e = 0; e < table->rows; e++) {
        YOKE_TRY(
            decode_key(table, yoke_result_entry(table->result, e), table->decoded + e * count));
    }
    return YOKE_OK;
}

/* ---- for a verification: rows as text; without an order only their set counts ---- */

static uint64_t digest_output(const yoke_table *table, size_t row, size_t index, uint64_t digest) {
    char text[YOKE_VALUE_TEXT];
    yoke_text shown = yoke_table_text(table, row, index);
    yoke_value value = yoke_table_value(table, row, index);
    if (!shown.data) shown = (yoke_text){text, yoke_value_format(&value, text)};
    return yoke__verify_digest(digest, shown.data, shown.size);
}

static uint64_t digest_row(const yoke_table *table, size_t row, uint64_t digest) {
    for (size_t k = 0; k < table->plan.key_count; k++) {
        yoke_text key = yoke_table_key(table, row, k);
        digest = yoke__verify_digest(digest, key.data, key.size);
    }
    for (size_t i = 0; i < table->plan.output_count; i++)
        digest = digest_output(table, row, i, digest);
    return digest;
}

static void tell_table(const yoke_table *table) {
    bool ordered = table->plan.asked.order != YOKE_ORDER_NONE;
    uint64_t digest = 0;
    for (size_t row = 0; row < table->rows; row++)
        digest = ordered ? digest_row(table, row, digest) : digest + digest_row(table, row, 0);
    yoke__verify_tell('R', "yoke_groupby_run", "", &digest, sizeof digest);
}

int yoke_groupby_run(const yoke_groupby *groupby, yoke_table **table) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    if (!table) return yoke_fail(YOKE_EINVAL, NULL);
    yoke_table *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    int status;
    YOKE_TRY_GOTO(status, yoke__groupby_plan(&made->plan, groupby), fail);
    YOKE_TRY_GOTO(status, run_job(made), fail);
    YOKE_TRY_GOTO(status, ensure_the_only_row(made), fail);
    YOKE_TRY_GOTO(status, decode_keys(made), fail);
    if (yoke__verify_on()) tell_table(made);
    *table = made;
    return YOKE_OK;
fail:
    yoke_table_destroy(made);
    return status;
}

void yoke_table_destroy(yoke_table *table) {
    if (!table) return;
    yoke_result_destroy(table->result);
    yoke_arena_fini(&table->plan.arena);
    free(table->decoded);
    yoke_aligned_free(table->order);
    free(table);
}

/* ---- reading ---- */

size_t yoke_table_rows(const yoke_table *table) { return table->rows; }

const yoke_job_stats *yoke_table_stats(const yoke_table *table) {
    return yoke_result_stats(table->result);
}

const yoke_groupby_counts *yoke_table_counts(const yoke_table *table) {
    return &table->plan.counts;
}

/* Rows are mostly read one after the other, and every one lies elsewhere in memory: asks for a
 * later one, once a row. */
static void prefetch_ahead(const yoke_table *table, size_t row) {
    enum { AHEAD = 8 };
    if (table->empty || row + AHEAD >= yoke_table_rows(table)) return;
    size_t later = yoke__table_entry(table, row + AHEAD);
    const char *entry = (const char *)yoke_result_entry(table->result, later);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
}

yoke_text yoke_table_key(const yoke_table *table, size_t row, size_t key) {
    if (key == 0) prefetch_ahead(table, row);
    size_t entry = yoke__table_entry(table, row), count = table->plan.key_count;
    if (table->decoded) return table->decoded[entry * count + key];
    const yoke_entry *found = yoke_result_entry(table->result, entry);
    return yoke__groupby_key_part((yoke_text){(const char *)found->key, found->key_size}, count,
                                  key);
}

/* What output `index` of a row is computed from. */
static const void *source_of(const yoke_table *table, size_t row, size_t index) {
    const void *value = table->empty;
    if (!value) {
        value = yoke_entry_value(yoke_result_entry(table->result, yoke__table_entry(table, row)));
    }
    return yoke__at(value, table->plan.outputs[index].offset);
}

static yoke_value count_value(uint64_t count) {
    return (yoke_value){.kind = YOKE_VALUE_DECIMAL, .integer = count, .number = (double)count};
}

yoke_value yoke_table_value(const yoke_table *table, size_t row, size_t index) {
    const void *source = source_of(table, row, index);
    int parts = table->plan.outputs[index].parts;
    switch (table->plan.outputs[index].op) {
    case YOKE_AGGREGATE_COUNT:
        return count_value(parts ? yoke_exact_count(source) : *(const uint64_t *)source);
    case YOKE_AGGREGATE_SUM: return yoke_exact_sum(source, parts);
    case YOKE_AGGREGATE_MEAN: return yoke_exact_mean(source, parts);
    case YOKE_AGGREGATE_MIN: return yoke_exact_min(source, parts);
    case YOKE_AGGREGATE_MAX: return yoke_exact_max(source, parts);
    case YOKE_AGGREGATE_VAR: return yoke_exact_variance(source, parts);
    case YOKE_AGGREGATE_STDDEV: return yoke_exact_stddev(source, parts);
    default: return (yoke_value){.kind = YOKE_VALUE_NULL};
    }
}

yoke_text yoke_table_text(const yoke_table *table, size_t row, size_t index) {
    yoke_aggregate_op op = table->plan.outputs[index].op;
    if (op != YOKE_AGGREGATE_FIRST && op != YOKE_AGGREGATE_LAST) return (yoke_text){NULL, 0};
    const groupby_cell *cell = source_of(table, row, index);
    return (yoke_text){cell->data, cell->size};
}

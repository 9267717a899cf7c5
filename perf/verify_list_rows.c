/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of text: group by, map-reduce, exact sums of decimals, sorted lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/verify.h"
#include "perf/verify_list.h"
#include "yoke/groupby.h"
#include "yoke/sort_lines.h"
#include "yoke/sort_numbers.h"

enum { N = 10000, LONGEST = 48 };

/* Lines "KEY,NUMBER,TEXT", with a header. */
static int make_table(verify_case *c, yoke_input *table) {
    char *text;
    YOKE_TRY(yoke__verify_room(c, &text, (c->n + 1) * LONGEST));
    size_t size = (size_t)snprintf(text, LONGEST, "key,number,text\n");
    for (size_t i = 0; i < c->n; i++) {
        uint64_t draw = yoke__verify_random(c);
        size +=
            (size_t)snprintf(text + size, LONGEST, "k%03u,%s%u.%03u,t%u\n", (unsigned)(draw % 97),
                             draw >> 8 & 1 ? "-" : "", (unsigned)(draw >> 9 & 0xFFFFF),
                             (unsigned)(draw >> 32) % 1000, (unsigned)(draw >> 42 & 0xFFF));
    }
    *table = (yoke_input){.kind = YOKE_INPUT_MEMORY, .name = "rows", .data = text, .size = size};
    return YOKE_OK;
}

static int open_table(verify_case *c, yoke_dataset **dataset) {
    yoke_input table;
    yoke_format csv = {.delimiter = ',', .quote = '"', .header = true};
    YOKE_TRY(make_table(c, &table));
    return yoke_dataset_open(&table, 1, &csv, dataset);
}

/* ---- group by ---- */

enum { OPS = 9 };
static const yoke_aggregate aggregates[OPS] = {{YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN},
                                               {YOKE_AGGREGATE_SUM, 1},
                                               {YOKE_AGGREGATE_MEAN, 1},
                                               {YOKE_AGGREGATE_MIN, 1},
                                               {YOKE_AGGREGATE_MAX, 1},
                                               {YOKE_AGGREGATE_VAR, 1},
                                               {YOKE_AGGREGATE_STDDEV, 1},
                                               {YOKE_AGGREGATE_FIRST, 2},
                                               {YOKE_AGGREGATE_LAST, 2}};

static void add_cell(verify_case *c, const yoke_table *table, size_t row, size_t index) {
    char text[YOKE_VALUE_TEXT];
    yoke_text shown = yoke_table_text(table, row, index);
    yoke_value value = yoke_table_value(table, row, index);
    if (!shown.data) shown = (yoke_text){text, yoke_value_format(&value, text)};
    yoke__verify_add(c, shown.data, shown.size);
}

static void add_table(verify_case *c, const yoke_table *table) {
    for (size_t row = 0; row < yoke_table_rows(table); row++) {
        yoke_text key = yoke_table_key(table, row, 0);
        yoke__verify_add(c, key.data, key.size);
        for (size_t i = 0; i < OPS; i++) add_cell(c, table, row, i);
    }
}

static int group(verify_case *c, yoke_order order) {
    const size_t key = 0;
    yoke_dataset *dataset;
    yoke_table *table = NULL;
    YOKE_TRY(open_table(c, &dataset));
    yoke_groupby groupby = {.dataset = dataset,
                            .keys = &key,
                            .key_count = 1,
                            .aggregates = aggregates,
                            .aggregate_count = OPS,
                            .order = order,
                            .threads = c->run->threads,
                            .block_size = 8192};
    int status = yoke_groupby_run(&groupby, &table);
    if (status >= 0) add_table(c, table);
    yoke_table_destroy(table);
    yoke_dataset_close(dataset);
    return status;
}

static int by_key(verify_case *c) { return group(c, YOKE_ORDER_KEY); }
static int by_appearance(verify_case *c) { return group(c, YOKE_ORDER_FIRST); }

/* ---- map-reduce: how many bytes the texts of a key have ---- */

static int add_sizes(const yoke_records *records, yoke_emitter *out, void *ctx) {
    (void)ctx;
    for (size_t r = 0; r < records->count; r++) {
        yoke_text key, text;
        YOKE_TRY(yoke_records_field(records, r, 0, out->arena, &key));
        YOKE_TRY(yoke_records_field(records, r, 2, out->arena, &text));
        uint64_t *sum = yoke_emit_slot(out, key.data, key.size);
        if (!sum) return yoke_fail(YOKE_ENOMEM, NULL);
        *sum += text.size;
    }
    return YOKE_OK;
}

static int combine(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    *(uint64_t *)into += *(const uint64_t *)from;
    return YOKE_OK;
}

static int reduce_rows(verify_case *c) {
    yoke_dataset *dataset;
    yoke_result *result = NULL;
    YOKE_TRY(open_table(c, &dataset));
    yoke_job job = {.dataset = dataset,
                    .map = add_sizes,
                    .combine = combine,
                    .value_size = sizeof(uint64_t),
                    .order = YOKE_ORDER_FIRST,
                    .threads = c->run->threads,
                    .block_size = 4096};
    int status = yoke_mapreduce(&job, &result);
    for (size_t i = 0; status >= 0 && i < yoke_result_count(result); i++) {
        yoke_entry *entry = yoke_result_entry(result, i);
        yoke__verify_add(c, entry->key, entry->key_size);
        yoke__verify_add(c, yoke_entry_value(entry), sizeof(uint64_t));
    }
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    return status;
}

/* ---- exact sums, dealt to as many accumulators as there are threads ---- */

enum { PARTS = YOKE_EXACT_SUM | YOKE_EXACT_RANGE | YOKE_EXACT_SQUARES };

static int fill_part(verify_case *c, yoke_exact *sum, size_t count, yoke_arena *arena) {
    for (size_t i = 0; i < count; i++) {
        char text[64];
        uint64_t draw = yoke__verify_random(c);
        int size = snprintf(text, sizeof text, "%s%llu.%03ue%d", draw & 1 ? "-" : "",
                            (unsigned long long)(draw >> 20), (unsigned)(draw >> 1) % 1000,
                            draw % 50 == 0 ? (int)(draw >> 8) % 60 - 30 : 0);
        YOKE_TRY(yoke_exact_add_text(sum, PARTS, text, (size_t)size, arena));
    }
    return YOKE_OK;
}

static int fill_parts(verify_case *c, yoke_exact *sum, yoke_arena *arena) {
    size_t parts = (size_t)c->run->threads;
    for (size_t i = 0; i < parts; i++) {
        yoke_exact *part;
        YOKE_TRY(yoke__verify_room(c, &part, yoke_exact_size(PARTS)));
        YOKE_TRY(fill_part(c, part, c->n * (i + 1) / parts - c->n * i / parts, arena));
        YOKE_TRY(yoke_exact_combine(sum, part, PARTS, arena));
    }
    return YOKE_OK;
}

static int exact_sums(verify_case *c) {
    yoke_exact *sum;
    yoke_arena arena = {0};
    YOKE_TRY(yoke__verify_room(c, &sum, yoke_exact_size(PARTS)));
    int status = fill_parts(c, sum, &arena);
    if (status >= 0) {
        const yoke_value values[] = {yoke_exact_sum(sum, PARTS), yoke_exact_mean(sum, PARTS),
                                     yoke_exact_min(sum, PARTS), yoke_exact_max(sum, PARTS),
                                     yoke_exact_variance(sum, PARTS)};
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char text[YOKE_VALUE_TEXT];
            yoke__verify_add(c, text, yoke_value_format(&values[i], text));
        }
    }
    yoke_arena_fini(&arena);
    return status;
}

/* ---- lines ---- */

static int add_file(verify_case *c, int file, yoke_input *as) {
    off_t size = lseek(file, 0, SEEK_END);
    char *text;
    YOKE_TRY(yoke__verify_room(c, &text, (size_t)size));
    if (pread(file, text, (size_t)size, 0) != size) return yoke_fail(YOKE_EIO, "cannot read: %m");
    *as = (yoke_input){.kind = YOKE_INPUT_MEMORY, .name = "lines", .data = text};
    as->size = (size_t)size;
    return yoke__verify_add(c, text, (size_t)size);
}

/* Adds what was written, with this status, to a file, and closes it. */
static int keep(verify_case *c, int file, int status, yoke_input *made) {
    if (status >= 0) status = add_file(c, file, made);
    if (file >= 0) close(file);
    return status;
}

typedef int lines_fn(const yoke_line_sort *sort, const yoke_input *inputs, size_t count, int output,
                     const yoke_run *run);

static int into_file(verify_case *c, lines_fn *fn, const yoke_line_sort *how,
                     const yoke_input *inputs, size_t count, yoke_input *made) {
    int file = yoke__verify_temporary();
    return keep(c, file, file < 0 ? file : fn(how, inputs, count, file, c->run), made);
}

static int lines(verify_case *c) {
    const yoke_line_key by_number = {.begin_field = 2, .end_field = 2, .order = YOKE_LINE_NUMERIC};
    const yoke_line_sort how = {.keys = &by_number,
                                .key_count = 1,
                                .has_separator = true,
                                .separator = ',',
                                .stable = true,
                                .memory = 1 << 20};
    yoke_input in[2], sorted[2], merged;
    yoke_disorder disorder = {0};
    YOKE_TRY(make_table(c, &in[0]));
    YOKE_TRY(make_table(c, &in[1]));
    YOKE_TRY(into_file(c, yoke_sort_lines, &how, in, 2, &sorted[0]));
    YOKE_TRY(into_file(c, yoke_sort_lines, &how, in, 1, &sorted[1]));
    YOKE_TRY(into_file(c, yoke_merge_lines, &how, sorted, 2, &merged));
    int found = yoke_check_lines(&how, &in[0], &disorder, c->run);
    if (found == 0) {
        yoke__verify_add(c, &disorder.number, sizeof disorder.number);
        free(disorder.line);
    }
    return found < 0 ? found : YOKE_OK;
}

/* Some of them twice, so that the first one that is out of order is told; merged with the same once
 * more. */
static int numbers(verify_case *c) {
    const yoke_numbers_sort how = {.type = YOKE_NUMBERS_F64, .unique = true, .memory = 1 << 20};
    yoke_input in = {.kind = YOKE_INPUT_MEMORY, .name = "numbers", .size = c->n * sizeof(double)};
    yoke_input sorted[2], merged;
    double *x;
    uint64_t number = 0;
    YOKE_TRY(yoke__verify_wholes(c, &x, c->n, c->n));
    in.data = x;
    int file = yoke__verify_temporary();
    YOKE_TRY(
        keep(c, file, file < 0 ? file : yoke_sort_numbers(&how, &in, 1, file, c->run), &sorted[0]));
    sorted[1] = sorted[0];
    file = yoke__verify_temporary();
    YOKE_TRY(keep(c, file, file < 0 ? file : yoke_merge_numbers(&how, sorted, 2, file, c->run),
                  &merged));
    int status = yoke_check_numbers(&how, &in, &number, c->run);
    if (status == 0) yoke__verify_add(c, &number, sizeof number);
    return status < 0 ? status : YOKE_OK;
}

const verify_entry yoke__verify_list_rows[] = {
    {.algorithm = "group by, by key",
     .input = "rows of 97 groups",
     .level = "exact",
     .headers = "groupby dataset",
     .n = N,
     .compute = by_key},
    {.algorithm = "group by, by first appearance",
     .input = "rows of 97 groups",
     .level = "exact",
     .headers = "groupby",
     .n = N,
     .compute = by_appearance},
    {.algorithm = "map-reduce with integers",
     .input = "rows of 97 keys",
     .level = "always",
     .headers = "mapreduce dataset",
     .n = N,
     .compute = reduce_rows},
    {.algorithm = "exact sums of decimals, dealt and combined",
     .input = "decimals",
     .level = "exact",
     .headers = "exact number",
     .n = N,
     .compute = exact_sums},
    {.algorithm = "sorted, merged and checked lines",
     .input = "lines, once and twice",
     .level = "always",
     .headers = "sort_lines",
     .n = N,
     .compute = lines},
    {.algorithm = "sorted, merged and checked numbers",
     .input = "doubles, some of them twice",
     .level = "always",
     .headers = "sort_numbers",
     .n = 200000,
     .compute = numbers},
    {.algorithm = NULL}};

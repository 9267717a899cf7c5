/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads on text that is made for them: rows "KEY,VALUE", 16 bytes each, keys from 0 to 999, which
 * are grouped, sorted as lines, and sorted as strings.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "perf/load.h"
#include "yoke/groupby.h"
#include "yoke/sort_lines.h"
#include "yoke/sort_strings.h"

enum { TEXT, STRINGS, INPUT };
enum { ROW = 16, KEYS = 1000, COMMA = 6, VALUE_DIGITS = 8 };

typedef struct rows {
    yoke__load_data data;
    yoke_table *table;
    int output;   /* descriptor + 1 */
    void *mapped; /* what is written there */
    size_t mapped_size;
    uint64_t group_rows[KEYS], group_sum[KEYS], last; /* of the first group */
} rows;

/* Digits of a number, with zeros in front, without printf, which is slow. */
static void put_number(char *to, int digits, uint64_t number) {
    while (digits--) {
        to[digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

static void make_rows(void *ctx, size_t begin, size_t end) {
    const yoke_load_run *run = ctx;
    yoke_random random = {.seed = run->seed, .stream = 0};
    for (size_t i = begin; i < end; i++) {
        uint64_t word = yoke_random_u64(random, i);
        char *row = (char *)yoke__load_of(run)->array[TEXT] + i * ROW;
        row[0] = 'k';
        put_number(row + 1, COMMA - 1, (word >> 32) % KEYS);
        row[COMMA] = ',';
        put_number(row + COMMA + 1, VALUE_DIGITS, (uint32_t)word % 100000000);
        row[ROW - 1] = '\n';
    }
}

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(rows)));
    YOKE_TRY(yoke__load_array(run, TEXT, run->size, ROW));
    YOKE_TRY(yoke__load_share(run, run->size, make_rows, run));
    yoke__load_of(run)->word = yoke__load_print(yoke__load_words(run, TEXT), 2 * run->size);
    return YOKE_OK;
}

static void finish(yoke_load_run *run) {
    rows *r = run->state;
    if (r) {
        yoke_table_destroy(r->table);
        if (r->mapped) munmap(r->mapped, r->mapped_size);
        if (r->output) close(r->output - 1);
    }
    yoke__load_close(run);
}

static yoke_input text_of(const yoke_load_run *run) {
    return (yoke_input){.kind = YOKE_INPUT_MEMORY,
                        .name = "rows",
                        .data = yoke__load_of(run)->array[TEXT],
                        .size = run->size * ROW};
}

/* ---- count and sum by key ---- */

static int prepare_groups(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    rows *r = run->state;
    return yoke__load_answer(run, &r->last, sizeof r->last);
}

static int group(yoke_load_run *run) {
    rows *r = run->state;
    static const char *const names[] = {"key", "value"};
    yoke_format format = {.delimiter = ',', .quote = '"', .names = names, .name_count = 2};
    yoke_input input = text_of(run);
    yoke_dataset *dataset;
    YOKE_TRY(yoke_dataset_open(&input, 1, &format, &dataset));
    static const size_t keys[] = {0};
    static const yoke_aggregate aggregates[] = {{YOKE_AGGREGATE_COUNT, YOKE_NO_COLUMN},
                                                {YOKE_AGGREGATE_SUM, 1}};
    yoke_groupby job = {.dataset = dataset,
                        .keys = keys,
                        .key_count = 1,
                        .aggregates = aggregates,
                        .aggregate_count = 2,
                        .threads = run->run->threads};
    yoke_table_destroy(r->table);
    r->table = NULL;
    int status = yoke_groupby_run(&job, &r->table);
    if (!status) r->last = (uint64_t)yoke_table_value(r->table, 0, 1).integer;
    yoke_dataset_close(dataset);
    return status;
}

static uint64_t number_at(const char *text, int digits) {
    uint64_t number = 0;
    while (digits--) number = number * 10 + (uint64_t)(*text++ - '0');
    return number;
}

static void group_by_hand(yoke_load_run *run) {
    rows *r = run->state;
    memset(r->group_rows, 0, sizeof r->group_rows);
    memset(r->group_sum, 0, sizeof r->group_sum);
    const char *row = r->data.array[TEXT];
    for (size_t i = 0; i < run->size; i++, row += ROW) {
        uint64_t key = number_at(row + 1, COMMA - 1);
        r->group_rows[key]++;
        r->group_sum[key] += number_at(row + COMMA + 1, VALUE_DIGITS);
    }
}

static int check_groups(yoke_load_run *run) {
    rows *r = run->state;
    group_by_hand(run);
    size_t at = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        if (!r->group_rows[key]) continue;
        if (at == 0) YOKE_TRY(yoke__load_equal(r->last, r->group_sum[key]));
        if (at == yoke_table_rows(r->table)) return yoke__load_wrong(at);
        if (number_at(yoke_table_key(r->table, at, 0).data + 1, COMMA - 1) != key ||
            (uint64_t)yoke_table_value(r->table, at, 0).integer != r->group_rows[key] ||
            (uint64_t)yoke_table_value(r->table, at, 1).integer != r->group_sum[key])
            return yoke__load_wrong(at);
        at++;
    }
    return yoke__load_equal(yoke_table_rows(r->table), at);
}

/* ---- lines, from memory to a file in memory ---- */

static int open_output(rows *r, size_t size) {
    int output = memfd_create("yoke", MFD_CLOEXEC);
    if (output < 0) return yoke_fail(YOKE_EIO, "a file in memory: %m");
    r->output = output + 1;
    if (ftruncate(output, (off_t)size) < 0)
        return yoke_fail(YOKE_ENOMEM, "a file in memory of %zu bytes", size);
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, output, 0);
    if (mapped == MAP_FAILED) return yoke_fail(YOKE_ENOMEM, "no room for %zu bytes", size);
    r->mapped = mapped;
    r->mapped_size = size;
    return YOKE_OK;
}

static int prepare_lines(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    rows *r = run->state;
    YOKE_TRY(open_output(r, run->size * ROW));
    return yoke__load_answer(run, r->mapped, r->mapped_size);
}

static int renew_lines(yoke_load_run *run) {
    int output = ((rows *)run->state)->output - 1;
    return lseek(output, 0, SEEK_SET) < 0 ? yoke_fail(YOKE_EIO, "lseek") : YOKE_OK;
}

static int sort_lines(yoke_load_run *run) {
    rows *r = run->state;
    yoke_input input = text_of(run);
    return yoke_sort_lines(&(yoke_line_sort){0}, &input, 1, r->output - 1, &r->data.run);
}

static int check_lines(yoke_load_run *run) {
    const rows *r = run->state;
    const char *row = r->mapped;
    for (size_t i = 1; i < run->size; i++, row += ROW)
        if (memcmp(row, row + ROW, ROW) > 0) return yoke__load_wrong(i);
    return yoke__load_equal(yoke__load_print(r->mapped, 2 * run->size), r->data.word);
}

/* ---- strings: the rows, by their places ---- */

static void point(void *ctx, size_t begin, size_t end) {
    const yoke_load_run *run = ctx;
    const yoke__load_data *d = yoke__load_of(run);
    for (size_t i = begin; i < end; i++)
        ((yoke_string *)d->array[INPUT])[i] =
            (yoke_string){(const char *)d->array[TEXT] + i * ROW, ROW - 1};
}

static int prepare_strings(yoke_load_run *run) {
    YOKE_TRY(prepare(run));
    YOKE_TRY(yoke__load_array(run, STRINGS, run->size, sizeof(yoke_string)));
    YOKE_TRY(yoke__load_array(run, INPUT, run->size, sizeof(yoke_string)));
    YOKE_TRY(yoke__load_share(run, run->size, point, run));
    yoke__load_data *d = yoke__load_of(run);
    d->word = yoke__load_print(d->array[INPUT], 2 * run->size);
    return yoke__load_answer(run, d->array[STRINGS], run->size * sizeof(yoke_string));
}

static int renew_strings(yoke_load_run *run) {
    return yoke__load_copy(run, STRINGS, INPUT, run->size * sizeof(yoke_string));
}

static int sort_strings(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_sort_strings(d->array[STRINGS], run->size, &d->run);
}

/* That the same strings are there is known before they are looked at. */
static int check_strings(yoke_load_run *run) {
    const yoke__load_data *d = yoke__load_of(run);
    const yoke_string *strings = d->array[STRINGS];
    YOKE_TRY(yoke__load_equal(yoke__load_print(d->array[STRINGS], 2 * run->size), d->word));
    for (size_t i = 1; i < run->size; i++)
        if (memcmp(strings[i - 1].data, strings[i].data, ROW - 1) > 0) return yoke__load_wrong(i);
    return YOKE_OK;
}

#define ROWS .finish = finish
const yoke_load yoke__loads_rows[] = {
    {ROWS, .name = "groupby", .group = "mapreduce", .about = "count and sum by 1000 keys",
     .bytes = ROW, .item = "row", .size = 4000000, .prepare = prepare_groups, .repeat = group,
     .check = check_groups},
    {ROWS, .name = "sort_lines", .group = "sort", .about = "lines of 16 bytes in memory",
     .bytes = 2 * ROW, .item = "line", .size = 2000000, .prepare = prepare_lines,
     .renew = renew_lines, .repeat = sort_lines, .check = check_lines},
    {ROWS, .name = "sort_strings", .group = "sort", .about = "strings of 15 bytes, by pointers",
     .item = "string", .size = 2000000, .prepare = prepare_strings, .renew = renew_strings,
     .repeat = sort_strings, .check = check_strings},
    {.name = NULL}};

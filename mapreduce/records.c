/* SPDX-License-Identifier: Apache-2.0
 *
 * Splitting. The scan gives one flat list of separators. Where each record has the same number of
 * fields, every columns-th separator is a line end and all others are delimiters; that is checked
 * with one look a record and one count a batch. Only where the check fails is the batch walked
 * record by record: the good ones before the irregular one go out as a batch, then the irregular
 * one is passed over (blank), refused, left out, or made whole in a buffer of its own.
 */
#include "mapreduce/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YOKE_OVERLONG "the record is longer than %zu bytes"

/* Field ends of a batch where records are wide. */
enum { MOST_ENDS = 8192 };

typedef struct yoke_split {
    yoke_splitter *splitter;
    const yoke_block *block;
    const yoke_format *format;
    size_t columns;
    yoke__batch_fn *batch;
    void *ctx;
    uint64_t *at;
} yoke_split;

static int reserve(yoke_splitter *splitter, size_t ends) {
    if (ends <= splitter->capacity) return 0;
    free(splitter->ends);
    splitter->ends = malloc((ends + YOKE_SCAN_ROOM) * sizeof *splitter->ends);
    splitter->capacity = splitter->ends ? ends : 0;
    return splitter->ends ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

void yoke__splitter_fini(yoke_splitter *splitter) {
    free(splitter->ends);
    free(splitter->repaired);
    *splitter = (yoke_splitter){0};
}

static int fail_at(const yoke_split *split, size_t offset, const char *message, size_t a,
                   size_t b) {
    const yoke_block *block = split->block;
    uint64_t text = block->offset + offset;
    *split->at = yoke__source_ordinal(block->source, text);
    char filled[160];
    snprintf(filled, sizeof filled, message, a, b);
    return yoke__block_fail(block, text, YOKE_EDATA, "%s", filled);
}

/* Hands `count` records out. */
static int give(yoke_split *split, const char *data, size_t begin, const uint32_t *ends,
                size_t count, uint64_t ordinal) {
    const yoke_block *block = split->block;
    yoke_records records = {
        .data = data,
        .ends = ends,
        .begin = (uint32_t)begin,
        .count = (uint32_t)count,
        .columns = (uint32_t)split->columns,
        .quoted = block->quoted,
        .quote = split->format->quote,
        .ordinal = ordinal,
        .block = block,
    };
    *split->at = ordinal + begin;
    split->splitter->records += count;
    return split->batch(&records, split->ctx);
}

static int give_from_block(yoke_split *split, size_t begin, const uint32_t *ends, size_t count) {
    const yoke_block *block = split->block;
    return give(split, block->data, begin, ends, count,
                yoke__source_ordinal(block->source, block->offset));
}

/* Copies a record that has too few fields, or drops the fields it has too many, so that it has as
 * many as the rest. `end` is its line end, `fields` what it has. */
static int give_repaired(yoke_split *split, size_t begin, size_t end, const uint32_t *ends,
                         size_t fields) {
    yoke_splitter *splitter = split->splitter;
    const yoke_block *block = split->block;
    if (block->data[end - 1] == '\r' && end > begin) end--;
    size_t kept = fields > split->columns ? ends[split->columns - 1] - begin : end - begin;
    size_t missing = fields < split->columns ? split->columns - fields : 0;
    size_t need =
        kept + missing + 1 + 2 * YOKE_RECORDS_SLACK + (split->columns + 1) * sizeof(uint32_t);
    if (need > splitter->repaired_capacity) {
        free(splitter->repaired);
        splitter->repaired = malloc(need);
        splitter->repaired_capacity = splitter->repaired ? need : 0;
        if (!splitter->repaired) return yoke_fail(YOKE_ENOMEM, NULL);
    }
    uint32_t *new_ends = (uint32_t *)(void *)splitter->repaired;
    char *text = (char *)(new_ends + split->columns + 1) + YOKE_RECORDS_SLACK;
    memcpy(text, block->data + begin, kept);
    memset(text + kept, split->format->delimiter, missing);
    text[kept + missing] = '\n';
    for (size_t i = 0; i < split->columns; i++) {
        new_ends[i] = (uint32_t)(i < fields ? ends[i] - begin : kept + i - fields + 1);
    }
    if (fields <= split->columns) new_ends[fields - 1] = (uint32_t)kept;
    uint64_t ordinal = yoke__source_ordinal(block->source, block->offset) + begin;
    return give(split, text, 0, new_ends, 1, ordinal);
}

/* A record with another number of fields, or a blank line. */
static int treat_irregular(yoke_split *split, size_t begin, size_t end, const uint32_t *ends,
                           size_t fields) {
    const char *data = split->block->data;
    bool blank = end == begin || (end == begin + 1 && data[begin] == '\r');
    if (blank && split->columns > 1) return 0;
    if (split->format->on_ragged == YOKE_RAGGED_FAIL) {
        return fail_at(split, begin, "the record has %zu fields, expected %zu", fields,
                       split->columns);
    }
    split->splitter->ragged++;
    if (split->format->on_ragged == YOKE_RAGGED_SKIP) return 0;
    return give_repaired(split, begin, end, ends, fields);
}

/* Number of separators of the record that begins with ends[0], its line end included; 0 when the
 * list ends before. */
static size_t record_fields(const char *data, const uint32_t *ends, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (data[ends[i]] == '\n') return i + 1;
    }
    return 0;
}

/* Whether `count` records all have their line end at the columns-th place. The scan has counted as
 * many line ends as there are records, so that then no other separator is one. */
static bool regular(const char *data, const uint32_t *ends, size_t columns, size_t count) {
    unsigned char wrong = 0;
    for (size_t r = 0; r < count; r++) {
        wrong |= (unsigned char)(data[ends[r * columns + columns - 1]] ^ '\n');
    }
    return !wrong;
}

/* The last record of the block has no end. */
static int fail_endless(yoke_split *split, size_t begin) {
    const yoke_block *block = split->block;
    if (block->overlong) {
        return fail_at(split, begin, YOKE_OVERLONG, split->format->max_record, 0);
    }
    const char *last = memrchr(block->data + begin, split->format->quote, block->end - begin);
    return fail_at(split, last ? (size_t)(last - block->data) : begin, YOKE_UNTERMINATED, 0, 0);
}

/* The list ends within a record: one that has more fields than the list has places. Finds its end.
 */
static int scan_wide_record(yoke_split *split, size_t begin, const uint32_t **ends,
                            size_t *fields) {
    const yoke_dataset *dataset = split->block->source->dataset;
    const yoke_block *block = split->block;
    for (size_t wanted = 2 * split->splitter->capacity;; wanted *= 2) {
        YOKE_TRY(reserve(split->splitter, wanted));
        yoke_scan scan = {split->format->delimiter, split->format->quote, begin, 0, YOKE_SCAN_NONE};
        size_t found =
            (block->quoted ? dataset->scan->separators_quoted : dataset->scan->separators)(
                &scan, block->data, block->end, split->splitter->ends, wanted);
        *ends = split->splitter->ends;
        *fields = record_fields(block->data, *ends, found);
        if (scan.bad_quote != YOKE_SCAN_NONE)
            return fail_at(split, scan.bad_quote, YOKE_MISPLACED, 0, 0);
        if (*fields) return 0;
        if (scan.position >= block->end) return fail_endless(split, begin);
    }
}

/* Walks a list that is not regular. Returns through *begin how far it came: at least one record. */
static int walk(yoke_split *split, size_t *begin, const uint32_t *ends, size_t count) {
    const char *data = split->block->data;
    size_t good = 0, i = 0, start = *begin;
    for (;;) {
        size_t fields = record_fields(data, ends + i, count - i);
        if (fields == split->columns && good < YOKE_RECORDS_MOST) {
            good++;
            i += fields;
            if (i < count) continue;
        }
        if (good) YOKE_TRY(give_from_block(split, start, ends, good));
        if (good) start = ends[good * split->columns - 1] + 1;
        *begin = start;
        if (i >= count || (good && (!fields || fields == split->columns))) return 0;
        const uint32_t *record = ends + i;
        if (!fields) YOKE_TRY(scan_wide_record(split, start, &record, &fields));
        size_t end = record[fields - 1];
        *begin = end + 1;
        return treat_irregular(split, start, end, record, fields);
    }
}

/* A record beyond the limit hides only in a batch that is beyond it as a whole. */
static int check_sizes(yoke_split *split, size_t begin, size_t end) {
    const yoke_dataset *dataset = split->block->source->dataset;
    while (end - begin > split->format->max_record) {
        size_t line_end = dataset->scan->first_line_end(
            split->block->data, begin, end, split->block->quoted ? split->format->quote : 0, false);
        if (line_end == YOKE_SCAN_NONE) line_end = end;
        if (line_end - begin > split->format->max_record) {
            return fail_at(split, begin, YOKE_OVERLONG, split->format->max_record, 0);
        }
        begin = line_end + 1;
    }
    return 0;
}

/* One batch from *begin on. */
static int next_batch(yoke_split *split, size_t *begin, size_t wanted) {
    const yoke_block *block = split->block;
    const yoke_scan_kernels *kernels = block->source->dataset->scan;
    uint32_t *ends = split->splitter->ends;
    yoke_scan scan = {split->format->delimiter, split->format->quote, *begin, 0, YOKE_SCAN_NONE};
    size_t found = (block->quoted ? kernels->separators_quoted : kernels->separators)(
        &scan, block->data, block->end, ends, wanted);
    YOKE_TRY(check_sizes(split, *begin, scan.position));
    if (scan.bad_quote != YOKE_SCAN_NONE) {
        return fail_at(split, scan.bad_quote, YOKE_MISPLACED, 0, 0);
    }
    size_t records = (found < wanted ? found : wanted) / split->columns;
    size_t used = records * split->columns;
    size_t lines = scan.newlines;
    for (size_t i = used; i < found; i++) lines -= block->data[ends[i]] == '\n';
    if (!records || lines != records || !regular(block->data, ends, split->columns, records)) {
        return walk(split, begin, ends, found);
    }
    size_t from = *begin;
    *begin = ends[used - 1] + 1;
    return give_from_block(split, from, ends, records);
}

int yoke__records_split(yoke_splitter *splitter, const yoke_block *block, yoke__batch_fn *batch,
                        void *ctx, uint64_t *at) {
    const yoke_dataset *dataset = block->source->dataset;
    yoke_split split = {splitter, block, &dataset->format, dataset->columns, batch, ctx, at};
    size_t records = MOST_ENDS / split.columns;
    if (records > YOKE_RECORDS_MOST) records = YOKE_RECORDS_MOST;
    size_t wanted = split.columns * (records ? records : 1);
    YOKE_TRY(reserve(splitter, wanted));
    size_t begin = block->begin;
    while (begin < block->end) YOKE_TRY(next_batch(&split, &begin, wanted));
    return 0;
}

/* ---- fields ---- */

/* Takes off the quotes; where quotes are doubled inside, copies. */
static int unquote(yoke_text *field, char quote, yoke_arena *scratch) {
    const char *text = field->data + 1;
    size_t size = field->size - 1;
    if (size && text[size - 1] == quote) size--;
    *field = (yoke_text){text, size};
    const char *inner = memchr(text, quote, size);
    if (!inner) return 0;
    char *copy = yoke_arena_alloc(scratch, size + 2 * YOKE_RECORDS_SLACK);
    if (!copy) return yoke_fail(YOKE_ENOMEM, NULL);
    char *to = copy += YOKE_RECORDS_SLACK;
    while (inner) {
        size_t part = (size_t)(inner - text) + 1;
        memcpy(to, text, part);
        to += part;
        size_t skip = part + (part < size && text[part] == quote);
        text += skip;
        size -= skip;
        inner = memchr(text, quote, size);
    }
    memcpy(to, text, size);
    *field = (yoke_text){copy, (size_t)(to - copy) + size};
    return 0;
}

int yoke_records_field(const yoke_records *records, size_t r, size_t c, yoke_arena *scratch,
                       yoke_text *field) {
    *field = yoke_records_raw(records, r, c);
    if (!records->quoted || !field->size || *field->data != (char)records->quote) return 0;
    return unquote(field, (char)records->quote, scratch);
}

int yoke__records_column(const yoke_records *records, size_t column, yoke_arena *scratch,
                         yoke_text *fields) {
    for (size_t r = 0; r < records->count; r++) fields[r] = yoke_records_raw(records, r, column);
    if (!records->quoted) return 0;
    for (size_t r = 0; r < records->count; r++) {
        if (fields[r].size && *fields[r].data == (char)records->quote) {
            YOKE_TRY(unquote(&fields[r], (char)records->quote, scratch));
        }
    }
    return 0;
}

/* ---- the first record, before the number of columns is known ---- */

int yoke__records_first(const yoke_block *block, yoke_arena *arena, yoke_text **fields,
                        size_t *columns) {
    const yoke_dataset *dataset = block->source->dataset;
    const yoke_format *format = &dataset->format;
    size_t size = block->end - block->begin;
    uint32_t *ends = malloc((size + 1 + 2 * YOKE_SCAN_ROOM) * sizeof *ends);
    if (!ends) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_scan scan = {format->delimiter, format->quote, block->begin, 0, YOKE_SCAN_NONE};
    size_t found = (format->quote ? dataset->scan->separators_quoted : dataset->scan->separators)(
        &scan, block->data, block->end, ends, size + 1);
    ends[found++] = (uint32_t)block->end;
    int status = 0;
    yoke_records records = {.data = block->data,
                            .ends = ends,
                            .begin = (uint32_t)block->begin,
                            .count = 1,
                            .columns = (uint32_t)found,
                            .quoted = format->quote != 0,
                            .quote = format->quote,
                            .block = block};
    if (scan.bad_quote != YOKE_SCAN_NONE) {
        status = yoke__block_fail(block, scan.bad_quote, YOKE_EDATA, "%s", YOKE_MISPLACED);
    }
    yoke_text *texts = status ? NULL : yoke_arena_alloc(arena, found * sizeof *texts);
    if (!status && !texts) status = yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < found && !status; i++) {
        status = yoke_records_field(&records, 0, i, arena, &texts[i]);
        if (status || !(texts[i].data >= block->data && texts[i].data <= block->data + block->end))
            continue;
        char *copy = yoke_arena_alloc(arena, texts[i].size + 1);
        if (!copy)
            status = yoke_fail(YOKE_ENOMEM, NULL);
        else
            texts[i].data = memcpy(copy, texts[i].data, texts[i].size);
    }
    free(ends);
    if (!status) *fields = texts, *columns = found;
    return status;
}

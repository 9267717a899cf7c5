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
    splitter->ends = NULL;
    splitter->repaired = NULL;
    splitter->capacity = splitter->repaired_capacity = 0;
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
    bool cr_is_data = fields > split->columns && kept && block->data[begin + kept - 1] == '\r';
    size_t need =
        kept + missing + 2 + 2 * YOKE_RECORDS_SLACK + (split->columns + 1) * sizeof(uint32_t);
    if (need > splitter->repaired_capacity) {
        free(splitter->repaired);
        splitter->repaired = malloc(need);
        splitter->repaired_capacity = splitter->repaired ? need : 0;
        if (!splitter->repaired) return yoke_fail(YOKE_ENOMEM, NULL);
    }
    uint32_t *new_ends = (uint32_t *)(void *)splitter->repaired;
    char *text = (char *)(new_ends + split->columns + 1) + YOKE_RECORDS_SLACK;
    memcpy(text, block->data + begin, kept);
    if (cr_is_data) text[kept++] = '\r'; /* so that the CR LF that is taken off is this one */
    memset(text + kept, split->format->delimiter, missing);
    text[kept + missing] = '\n';
    for (size_t i = 0; i < split->columns; i++) {
        new_ends[i] = (uint32_t)(i < fields ? ends[i] - begin : kept + i - fields + 1);
    }
    new_ends[(fields < split->columns ? fields : split->columns) - 1] = (uint32_t)kept;
    uint64_t ordinal = yoke__source_ordinal(block->source, block->offset) + begin;
    return give(split, text, 0, new_ends, 1, ordinal);
}

/* Counts a ragged record; the place of the splitter's first is kept. Inputs are read in no
 * particular order, so that a later one may stand before it. */
static int count_ragged(yoke_split *split, size_t begin) {
    yoke_splitter *splitter = split->splitter;
    const yoke_block *block = split->block;
    uint64_t ordinal = yoke__source_ordinal(block->source, block->offset + begin);
    if (!splitter->ragged || ordinal < splitter->ragged_at) {
        YOKE_TRY(yoke__block_locate(block, block->offset + begin, &splitter->first_ragged));
        splitter->ragged_at = ordinal;
    }
    splitter->ragged++;
    return 0;
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
    YOKE_TRY(count_ragged(split, begin));
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

size_t yoke__open_quote(const char *data, size_t begin, size_t end, char quote) {
    size_t opened = begin;
    bool inside = false;
    for (size_t i = begin; i < end; i++) {
        if (data[i] != quote) continue;
        inside = !inside;
        bool doubled = i > begin && data[i - 1] == quote;
        if (inside && !doubled) opened = i;
    }
    return opened;
}

static size_t scan_from(const yoke_split *split, yoke_scan *scan, size_t wanted) {
    const yoke_scan_kernels *kernels = split->block->source->dataset->scan;
    return (split->block->quoted ? kernels->separators_quoted : kernels->separators)(
        scan, split->block->data, split->block->end, split->splitter->ends, wanted);
}

/* The list ends within a record: one that has more fields than the list has places, or is wrong in
 * itself. Finds its end. What is wrong is told in an order that holds whatever the block: its size,
 * its quotes, its end. */
static int scan_wide_record(yoke_split *split, size_t begin, const uint32_t **ends,
                            size_t *fields) {
    const yoke_block *block = split->block;
    const yoke_format *format = split->format;
    for (size_t wanted = 2 * split->splitter->capacity;; wanted *= 2) {
        YOKE_TRY(reserve(split->splitter, wanted));
        yoke_scan scan = {format->delimiter, format->quote, begin, 0, YOKE_SCAN_NONE};
        size_t found = scan_from(split, &scan, wanted);
        *ends = split->splitter->ends;
        *fields = record_fields(block->data, *ends, found);
        size_t end = *fields ? (*ends)[*fields - 1] : scan.position;
        size_t size = end - begin;
        if (!*fields && block->data[end - 1] == '\n')
            size--; /* between quotes, but it may be the end */
        if (size > format->max_record) {
            return fail_at(split, begin, YOKE_OVERLONG, format->max_record, 0);
        }
        if (!*fields && end < block->end) continue;
        if (scan.bad_quote < end) return fail_at(split, scan.bad_quote, YOKE_MISPLACED, 0, 0);
        if (*fields) return 0;
        size_t opened = yoke__open_quote(block->data, begin, end, (char)format->quote);
        return fail_at(split, opened, YOKE_UNTERMINATED, 0, 0);
    }
}

static int walk_wide_record(yoke_split *split, size_t *begin) {
    const uint32_t *ends;
    size_t fields, start = *begin;
    YOKE_TRY(scan_wide_record(split, start, &ends, &fields));
    *begin = ends[fields - 1] + 1;
    return treat_irregular(split, start, ends[fields - 1], ends, fields);
}

/* How many of the records that begin with ends[0] have the right number of fields. */
static size_t count_good(const yoke_split *split, const uint32_t *ends, size_t count) {
    size_t good = 0;
    while (good < YOKE_RECORDS_MOST &&
           record_fields(split->block->data, ends, count) == split->columns) {
        ends += split->columns;
        count -= split->columns;
        good++;
    }
    return good;
}

/* Walks a list that is not regular up to its last whole record, and moves *begin there. */
static int walk(yoke_split *split, size_t *begin, const uint32_t *ends, size_t count) {
    size_t i = 0;
    for (;;) {
        size_t good = count_good(split, ends + i, count - i), start = *begin;
        size_t fields =
            good ? good * split->columns : record_fields(split->block->data, ends + i, count - i);
        if (!fields) return i ? 0 : walk_wide_record(split, begin);
        size_t end = ends[i + fields - 1];
        *begin = end + 1;
        if (good)
            YOKE_TRY(give_from_block(split, start, ends + i, good));
        else
            YOKE_TRY(treat_irregular(split, start, end, ends + i, fields));
        i += fields;
    }
}

/* For a batch that may hold a record wrong in itself: walks the records before that one, or fails
 * when it is the first. */
static int walk_checked(yoke_split *split, size_t *begin, const yoke_scan *scan, size_t found) {
    const uint32_t *ends = split->splitter->ends;
    size_t sound = 0, start = *begin;
    while (sound < found) {
        size_t fields = record_fields(split->block->data, ends + sound, found - sound);
        if (!fields) break;
        size_t end = ends[sound + fields - 1];
        if (end - start > split->format->max_record || scan->bad_quote < end) break;
        sound += fields;
        start = end + 1;
    }
    if (sound) return walk(split, begin, ends, sound);
    return walk_wide_record(split, begin);
}

/* One batch from *begin on. */
static int next_batch(yoke_split *split, size_t *begin, size_t wanted) {
    const yoke_block *block = split->block;
    uint32_t *ends = split->splitter->ends;
    yoke_scan scan = {split->format->delimiter, split->format->quote, *begin, 0, YOKE_SCAN_NONE};
    size_t found = scan_from(split, &scan, wanted);
    if (scan.bad_quote != YOKE_SCAN_NONE || scan.position - *begin > split->format->max_record) {
        return walk_checked(split, begin, &scan, found);
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

/* yoke_records_raw for a whole column, in loops without a question. */
static void fill_raw(const yoke_records *records, size_t column, yoke_text *fields) {
    const char *data = records->data;
    size_t columns = records->columns, count = records->count;
    fields[0] = yoke_records_raw(records, 0, column);
    const uint32_t *end = records->ends + columns + column;
    for (size_t r = 1; r < count; r++, end += columns) {
        fields[r] = (yoke_text){data + end[-1] + 1, end[0] - end[-1] - 1};
    }
    if (column + 1 < columns) return;
    for (size_t r = 1; r < count; r++) { /* the byte before an empty field is no CR */
        fields[r].size -= fields[r].data[(ptrdiff_t)fields[r].size - 1] == '\r';
    }
}

int yoke__records_column(const yoke_records *records, size_t column, yoke_arena *scratch,
                         yoke_text *fields) {
    fill_raw(records, column, fields);
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

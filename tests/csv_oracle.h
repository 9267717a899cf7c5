/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of records: a slow reader of delimited text, byte by byte, written from RFC 4180 and
 * the promises of yoke/dataset.h alone; and a map-reduce job that hands back every field it sees.
 * Both write what they read as one string of bytes, so that a test compares two strings: for each
 * record "R", then for each field its size in 4 bytes and its text.
 */
#ifndef YOKE_TESTS_CSV_ORACLE_H
#define YOKE_TESTS_CSV_ORACLE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/mapreduce.h"

/* ---- bytes that grow ---- */

/* realloc that always gives. Any thread, unlike CUnit's assertions. */
static inline void *csv_realloc(void *block, size_t size) {
    void *grown = realloc(block, size ? size : 1);
    if (!grown) abort();
    return grown;
}

typedef struct bytes {
    char *data;
    size_t size, capacity;
} bytes;

static inline void bytes_add(bytes *to, const void *data, size_t size) {
    if (to->capacity - to->size < size) {
        to->capacity = 2 * (to->size + size) + 256;
        to->data = csv_realloc(to->data, to->capacity);
    }
    if (size) memcpy(to->data + to->size, data, size);
    to->size += size;
}

static inline void bytes_add_byte(bytes *to, char byte) { bytes_add(to, &byte, 1); }

static inline void bytes_add_text(bytes *to, const char *text) {
    bytes_add(to, text, strlen(text));
}

static inline void bytes_add_field(bytes *to, const char *text, size_t size) {
    uint32_t header = (uint32_t)size;
    bytes_add(to, &header, sizeof header);
    bytes_add(to, text, size);
}

/* A copy of exactly this size: a sanitizer sees every read beyond it. */
static inline char *bytes_copy(const bytes *from) {
    char *copy = malloc(from->size ? from->size : 1);
    REQUIRE(copy != NULL);
    if (from->size) memcpy(copy, from->data, from->size);
    return copy;
}

static inline void bytes_free(bytes *of) {
    free(of->data);
    *of = (bytes){0};
}

/* ---- what reading gives, by either way ---- */

typedef struct csv_reading {
    int status;
    char detail[1024]; /* of a failure */
    bytes dump;
    uint64_t records, skipped, bytes;
    char first_skipped[256]; /* the place of the first, like "name:2:1" */
    size_t columns;
} csv_reading;

static inline void csv_reading_free(csv_reading *reading) { bytes_free(&reading->dump); }

/* ---- the oracle ---- */

typedef struct csv_oracle {
    const yoke_format *format;
    csv_reading reading;
    const char *name;
    const char *text;
    size_t size, mark; /* bytes of the byte order mark */
    size_t max_record;
} csv_oracle;

static inline yoke_location csv_locate(const csv_oracle *o, size_t at) {
    yoke_location place = {o->name, 1, 1};
    for (size_t i = o->mark; i < at; i++) {
        place.column++;
        if (o->text[i] == '\n') place.line++, place.column = 1;
    }
    return place;
}

static inline void csv_fail(csv_oracle *o, size_t at, const char *message) {
    yoke_location place = csv_locate(o, at);
    o->reading.status = YOKE_EDATA;
    snprintf(o->reading.detail, sizeof o->reading.detail, "%s: line %llu, column %llu: %s", o->name,
             (unsigned long long)place.line, (unsigned long long)place.column, message);
}

static inline void csv_keep_place(csv_reading *reading, yoke_location place) {
    snprintf(reading->first_skipped, sizeof reading->first_skipped, "%s:%llu:%llu",
             place.name ? place.name : "", (unsigned long long)place.line,
             (unsigned long long)place.column);
}

/* One record as it stands in the text. */
typedef struct csv_record {
    size_t begin, end; /* without the line end; a CR before it included */
    size_t next;       /* of the next record */
    size_t *ends;      /* of the fields */
    size_t fields;
    size_t bad_quote, open_quote; /* SIZE_MAX: none */
} csv_record;

static inline void csv_end_field(csv_record *r, size_t at) {
    if (!(r->fields & (r->fields - 1))) { /* full at every power of two */
        r->ends = csv_realloc(r->ends, (2 * r->fields + 1) * sizeof *r->ends);
    }
    r->ends[r->fields++] = at;
}

/* A quote may open a field, be doubled inside, or close before a separator; each one switches
 * between inside and outside, also a misplaced one. */
static inline csv_record csv_next_record(const csv_oracle *o, size_t begin) {
    csv_record r = {.begin = begin, .bad_quote = SIZE_MAX, .open_quote = SIZE_MAX};
    char delimiter = (char)o->format->delimiter, quote = (char)o->format->quote;
    bool inside = false, closed = false, fresh = true;
    size_t i = begin;
    for (; i < o->size && (inside || o->text[i] != '\n'); i++) {
        char c = o->text[i];
        bool line_end = c == '\r' && (i + 1 == o->size || o->text[i + 1] == '\n');
        if (quote && c == quote) {
            if (!inside && !fresh && !closed && r.bad_quote == SIZE_MAX) r.bad_quote = i;
            if (!inside && !closed) r.open_quote = i;
            closed = inside;
            inside = !inside;
        } else if (!inside && delimiter && c == delimiter) {
            csv_end_field(&r, i);
            closed = false;
            fresh = true;
            continue;
        } else {
            if (closed && !line_end && r.bad_quote == SIZE_MAX) r.bad_quote = i - 1;
            closed = false;
        }
        fresh = false;
    }
    if (!inside) r.open_quote = SIZE_MAX;
    csv_end_field(&r, i);
    r.end = i;
    r.next = i + (i < o->size);
    return r;
}

/* The text of field f: a quoted one without its quotes, the last one without the CR of a CR LF. */
static inline void csv_unquote(const csv_oracle *o, const csv_record *r, size_t f, bytes *to) {
    size_t begin = f ? r->ends[f - 1] + 1 : r->begin, end = r->ends[f];
    char quote = (char)o->format->quote;
    if (f + 1 == r->fields && end > begin && o->text[end - 1] == '\r') end--;
    if (!quote || begin == end || o->text[begin] != quote) {
        bytes_add(to, o->text + begin, end - begin);
        return;
    }
    for (size_t i = begin + 1; i + 1 < end; i++) {
        bytes_add_byte(to, o->text[i]);
        if (o->text[i] == quote) i++;
    }
}

static inline void csv_add_record(csv_oracle *o, const csv_record *r) {
    bytes_add_byte(&o->reading.dump, 'R');
    bytes field = {0};
    for (size_t f = 0; f < o->reading.columns; f++) {
        field.size = 0;
        if (f < r->fields) csv_unquote(o, r, f, &field);
        bytes_add_field(&o->reading.dump, field.data, field.size);
    }
    bytes_free(&field);
    o->reading.records++;
}

static inline bool csv_is_wrong(csv_oracle *o, const csv_record *r) {
    char message[128];
    snprintf(message, sizeof message, "the record is longer than %zu bytes", o->max_record);
    size_t size = r->end - r->begin;
    if (r->open_quote != SIZE_MAX && o->text[r->end - 1] == '\n')
        size--; /* taken as its line end */
    if (size > o->max_record)
        csv_fail(o, r->begin, message);
    else if (r->bad_quote != SIZE_MAX)
        csv_fail(o, r->bad_quote, "a quote may stand only at the beginning or end of a field");
    else if (r->open_quote != SIZE_MAX)
        csv_fail(o, r->open_quote, "a quote is opened here and never closed");
    return o->reading.status < 0;
}

static inline void csv_take_record(csv_oracle *o, const csv_record *r) {
    size_t size = r->end - r->begin, columns = o->reading.columns;
    bool blank = size == 0 || (size == 1 && o->text[r->begin] == '\r');
    if (blank && columns > 1) return;
    if (r->fields == columns) {
        csv_add_record(o, r);
    } else if (o->format->on_ragged == YOKE_RAGGED_FAIL) {
        char message[128];
        snprintf(message, sizeof message, "the record has %zu fields, expected %zu", r->fields,
                 columns);
        csv_fail(o, r->begin, message);
    } else {
        if (!o->reading.skipped++) csv_keep_place(&o->reading, csv_locate(o, r->begin));
        if (o->format->on_ragged == YOKE_RAGGED_FILL) csv_add_record(o, r);
    }
}

static inline void csv_read_text(csv_oracle *o) {
    bool first = true;
    if (o->format->header && o->mark == o->size) {
        o->reading.status = YOKE_EDATA;
        snprintf(o->reading.detail, sizeof o->reading.detail,
                 "%s: is empty, expected a header line", o->name);
    }
    for (size_t at = o->mark; at < o->size && o->reading.status >= 0;) {
        csv_record r = csv_next_record(o, at);
        if (!csv_is_wrong(o, &r)) {
            if (!o->reading.columns) o->reading.columns = r.fields;
            if (!first || !o->format->header) csv_take_record(o, &r);
        }
        first = false;
        at = r.next;
        free(r.ends);
    }
}

/* Reads `count` texts one after the other, named as the inputs. */
static inline csv_reading csv_expect(const bytes *texts, const char *const *names, size_t count,
                                     const yoke_format *format) {
    csv_oracle o = {.format = format};
    o.max_record = format->max_record ? format->max_record : (size_t)64 << 20;
    for (size_t i = 0; i < count && o.reading.status >= 0; i++) {
        o.name = names[i];
        o.text = texts[i].data;
        o.size = texts[i].size;
        o.mark = o.size >= 3 && !memcmp(o.text, "\xEF\xBB\xBF", 3) ? 3 : 0;
        csv_read_text(&o);
    }
    if (!format->delimiter) o.reading.columns = 1;
    return o.reading;
}

/* ---- the job ---- */

/* What one thread read: pieces of ordinal, size and dump, one a record. */
typedef struct csv_piece {
    uint64_t ordinal;
    const char *data;
    size_t size;
} csv_piece;

typedef struct csv_collected {
    bytes data;
    csv_piece *pieces; /* data: offsets until the end, since the bytes move as they grow */
    size_t count, capacity;
} csv_collected;

typedef struct csv_job {
    csv_collected states[64];
    int states_ended;
} csv_job;

static inline void csv_add_piece(csv_collected *to, uint64_t ordinal, size_t begin) {
    if (to->count == to->capacity) {
        to->capacity = 2 * to->capacity + 64;
        to->pieces = csv_realloc(to->pieces, to->capacity * sizeof *to->pieces);
    }
    csv_piece piece = {ordinal, (const char *)begin, to->data.size - begin};
    to->pieces[to->count++] = piece;
}

/* Everything that may be read is read. */
static inline void csv_touch_slack(yoke_text field) {
    const volatile char *data = field.data;
    for (int i = -YOKE_RECORDS_SLACK; i < YOKE_RECORDS_SLACK; i++) {
        (void)data[i < 0 ? i : (int)field.size + i];
    }
}

static inline int csv_map(const yoke_records *records, yoke_emitter *out, void *ctx) {
    (void)ctx;
    csv_collected *state = out->state;
    for (size_t r = 0; r < records->count; r++) {
        size_t begin = state->data.size;
        bytes_add_byte(&state->data, 'R');
        for (size_t c = 0; c < records->columns; c++) {
            yoke_text field;
            YOKE_TRY(yoke_records_field(records, r, c, out->arena, &field));
            if (c < 8) csv_touch_slack(field);
            bytes_add_field(&state->data, field.data, field.size);
        }
        size_t i = r * records->columns;
        csv_add_piece(state, records->ordinal + (i ? records->ends[i - 1] + 1 : records->begin),
                      begin);
    }
    return 0;
}

static inline int csv_combine(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)into, (void)from, (void)arena, (void)ctx;
    return 0;
}

static inline int csv_state_end(void *state, void *ctx) {
    csv_job *job = ctx;
    REQUIRE(job->states_ended < 64);
    job->states[job->states_ended++] = *(csv_collected *)state;
    return 0;
}

static inline int csv_compare_pieces(const void *a, const void *b) {
    uint64_t x = ((const csv_piece *)a)->ordinal, y = ((const csv_piece *)b)->ordinal;
    return (x > y) - (x < y);
}

/* All pieces in the order of their ordinals, which must differ. */
static inline void csv_gather(csv_job *job, bytes *dump) {
    csv_collected all = {0};
    for (int s = 0; s < job->states_ended; s++) {
        csv_collected *state = &job->states[s];
        for (size_t i = 0; i < state->count; i++) {
            csv_add_piece(&all, state->pieces[i].ordinal, 0);
            all.pieces[all.count - 1].data = state->data.data + (size_t)state->pieces[i].data;
            all.pieces[all.count - 1].size = state->pieces[i].size;
        }
    }
    if (all.count) qsort(all.pieces, all.count, sizeof *all.pieces, csv_compare_pieces);
    for (size_t i = 0; i < all.count; i++) {
        if (i) CU_ASSERT(all.pieces[i - 1].ordinal < all.pieces[i].ordinal);
        bytes_add(dump, all.pieces[i].data, all.pieces[i].size);
    }
    free(all.pieces);
    for (int s = 0; s < job->states_ended; s++) {
        bytes_free(&job->states[s].data);
        free(job->states[s].pieces);
    }
}

/* Reads an open dataset and closes it. */
static inline csv_reading csv_read_dataset(yoke_dataset *dataset, int threads, size_t block_size) {
    csv_job own = {.states_ended = 0};
    csv_reading reading = {.columns = yoke_dataset_columns(dataset)};
    yoke_job job = {.dataset = dataset,
                    .map = csv_map,
                    .combine = csv_combine,
                    .ctx = &own,
                    .state_size = sizeof(csv_collected),
                    .state_end = csv_state_end,
                    .order = YOKE_ORDER_NONE,
                    .threads = threads,
                    .block_size = block_size};
    yoke_result *result = NULL;
    reading.status = yoke_mapreduce(&job, &result);
    if (reading.status < 0) {
        snprintf(reading.detail, sizeof reading.detail, "%s", yoke_error_detail());
    } else {
        const yoke_job_stats *stats = yoke_result_stats(result);
        reading.records = stats->records;
        reading.skipped = stats->skipped;
        reading.bytes = stats->bytes;
        if (stats->skipped) csv_keep_place(&reading, stats->first_skipped);
        if (!stats->skipped) CU_ASSERT_PTR_NULL(stats->first_skipped.name);
        CU_ASSERT_EQUAL(yoke_result_count(result), 0);
        CU_ASSERT_EQUAL(own.states_ended, threads);
    }
    csv_gather(&own, &reading.dump);
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    return reading;
}

static inline csv_reading csv_read(const yoke_input *inputs, size_t count,
                                   const yoke_format *format, int threads, size_t block_size) {
    yoke_dataset *dataset = NULL;
    csv_reading reading = {.status = yoke_dataset_open(inputs, count, format, &dataset)};
    if (reading.status >= 0) return csv_read_dataset(dataset, threads, block_size);
    snprintf(reading.detail, sizeof reading.detail, "%s", yoke_error_detail());
    return reading;
}

/* Compares; true when all is the same. */
static inline bool csv_check(const csv_reading *is, const csv_reading *should) {
    CU_ASSERT_EQUAL(is->status, should->status);
    if (should->status < 0) {
        CU_ASSERT_STRING_EQUAL(is->detail, should->detail);
        return is->status == should->status && !strcmp(is->detail, should->detail);
    }
    if (is->status < 0) CU_ASSERT_STRING_EQUAL(is->detail, "");
    CU_ASSERT_EQUAL(is->columns, should->columns);
    CU_ASSERT_EQUAL(is->records, should->records);
    CU_ASSERT_EQUAL(is->skipped, should->skipped);
    CU_ASSERT_STRING_EQUAL(is->first_skipped, should->first_skipped);
    bool same = is->dump.size == should->dump.size &&
                !memcmp(is->dump.data ? is->dump.data : "",
                        should->dump.data ? should->dump.data : "", is->dump.size);
    CU_ASSERT(same);
    return same && is->records == should->records && is->skipped == should->skipped &&
           !strcmp(is->first_skipped, should->first_skipped);
}

#endif

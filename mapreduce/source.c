/* SPDX-License-Identifier: Apache-2.0
 *
 * Handing out blocks. See source.h for the two ways. A file's block k stands for the bytes of its
 * range moved back by one, so that a record that begins exactly at the range's start is found by
 * the line end before it:
 *
 *     range of block k:      begin + k * size  ...  begin + (k + 1) * size
 *     own bytes (k > 0):   one byte earlier    ...  one byte earlier
 *     its records:  after the first line end in its own bytes, up to the first one behind them
 */
#include "mapreduce/source.h"

#include <stdlib.h>
#include <string.h>

#include "mapreduce/quotes.h"
#include "runtime/clock.h"
#include "yoke/memory.h"

enum { PAGE = 4096 };
/* Bytes read beyond a block's own, since its last record usually ends there. */
enum { LOOKAHEAD = 1024 };
/* The next_block functions: nothing begins here, take another. */
enum { ANOTHER = 2 };

bool yoke__dataset_note_failure(yoke_dataset *dataset, uint64_t ordinal) {
    uint64_t known = atomic_load(&dataset->failure);
    while (ordinal < known) {
        if (atomic_compare_exchange_weak(&dataset->failure, &known, ordinal)) return true;
    }
    return false;
}

/* Where the text begins in a buffer: as far into a page as `shift` says, behind the slack. */
static char *text_in(char *buffer, size_t shift) {
    uintptr_t page = ((uintptr_t)buffer + YOKE_RECORDS_SLACK + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    char *text = buffer + (page - (uintptr_t)buffer) + shift;
    memset(text - YOKE_RECORDS_SLACK, 0, YOKE_RECORDS_SLACK);
    return text;
}

/* Makes room for `size` bytes of text plus a line end, keeping the first `used`. */
static int reserve(yoke_reader *reader, size_t size, size_t used) {
    if (size <= reader->capacity) return 0;
    size_t capacity = reader->capacity ? reader->capacity : size;
    while (capacity < size) capacity *= 2;
    char *grown = yoke_aligned_alloc(capacity + 1 + 2 * (YOKE_RECORDS_SLACK + PAGE));
    if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
    char *text = text_in(grown, reader->shift);
    if (used) memcpy(text, reader->text, used);
    yoke_aligned_free(reader->buffer);
    reader->buffer = grown;
    reader->text = text;
    reader->capacity = capacity;
    return 0;
}

/* Begins a text that stands at `offset` of its file. The kernel copies pages several times faster
 * when source and destination lie equally in their pages. */
static int begin_text(yoke_reader *reader, uint64_t offset, size_t size) {
    reader->shift = offset % PAGE;
    YOKE_TRY(reserve(reader, size, 0));
    reader->text = text_in(reader->buffer, reader->shift);
    return 0;
}

/* Zeros behind the text, so that readers of the slack see the same on every run. */
static void seal(yoke_reader *reader, size_t size) {
    memset(reader->text + size, 0, YOKE_RECORDS_SLACK);
}

static void release(yoke_reader *reader) {
    yoke_source *source = reader->held;
    reader->held = NULL;
    if (source && atomic_fetch_sub(&source->unfinished, 1) == 1) yoke__source_close(source);
}

void yoke__reader_fini(yoke_reader *reader) {
    release(reader);
    yoke_aligned_free(reader->buffer);
    *reader = (yoke_reader){.wait = reader->wait};
}

/* ---- files ---- */

/* Whether a block begins between quotes, and how long it took to know. */
static int find_quotes(yoke_reader *reader, yoke_source *source, uint64_t number, size_t quotes,
                       bool *between) {
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    int status = yoke__quotes_between(source, number, quotes, between);
    reader->wait += yoke__seconds(CLOCK_MONOTONIC) - begin;
    return status;
}

/* Looks for the end of the last record behind a block's own bytes, reading on as far as needed.
 * Leaves the number of bytes in *size; the block is `overlong` when it gave up. */
static int find_end(yoke_reader *reader, yoke_block *block, size_t own, bool inside, size_t *size) {
    const yoke_source *source = block->source;
    const yoke_dataset *dataset = source->dataset;
    unsigned char quote = dataset->format.quote;
    for (;;) {
        size_t found = dataset->scan->first_line_end(block->data, own, *size, quote, inside);
        if (found != YOKE_SCAN_NONE) {
            block->end = found + 1;
            return 0;
        }
        uint64_t left = source->size - block->offset - *size;
        block->overlong = *size - own > dataset->format.max_record + 1;
        if (!left || block->overlong) break;
        size_t more = left < *size ? (size_t)left : *size;
        YOKE_TRY(reserve(reader, *size + more, *size));
        block->data = reader->text;
        YOKE_TRY(yoke__source_read(source, block->offset + *size, block->data + *size, more));
        *size += more;
        seal(reader, *size);
    }
    block->end = *size;
    return 0;
}

/* Puts the missing last line end. */
static void close_text(yoke_reader *reader, yoke_block *block, size_t size) {
    if (block->end == size && size && block->data[size - 1] != '\n') {
        block->data[block->end++] = '\n';
        seal(reader, block->end);
    }
}

/* Block `number` into the reader's buffer, empty when no record begins in it: 1 or a failure. */
static int read_file_block(yoke_reader *reader, yoke_source *source, uint64_t number,
                           yoke_block *block) {
    const yoke_dataset *dataset = source->dataset;
    const yoke_scan_kernels *scan = dataset->scan;
    unsigned char quote = dataset->format.quote;
    bool inside = false;
    uint64_t from, to;
    yoke__own_bytes(source, number, &from, &to);
    size_t own = (size_t)(to - from);
    size_t size = own + (size_t)(source->size - to < LOOKAHEAD ? source->size - to : LOOKAHEAD);
    *block = (yoke_block){.source = source, .offset = from, .bytes = number ? to - from : to};
    YOKE_TRY(begin_text(reader, source->origin + from, size));
    block->data = reader->text;
    YOKE_TRY(yoke__source_read(source, from, block->data, size));
    seal(reader, size);
    size_t quotes = quote ? scan->count(block->data, 0, own, quote) : 0;
    if (quote) YOKE_TRY(find_quotes(reader, source, number, quotes, &inside));
    if (number) {
        size_t found = scan->first_line_end(block->data, 0, own, quote, inside);
        if (found == YOKE_SCAN_NONE) return 1;
        block->begin = found + 1;
    }
    YOKE_TRY(find_end(reader, block, own, inside ^ (quotes & 1), &size));
    close_text(reader, block, size);
    block->quoted = quote && (quotes || scan->count(block->data, own, block->end, quote));
    return 1;
}

/* ---- streams ---- */

static int keep_carry(yoke_source *source, const char *text, size_t size) {
    if (size > source->carry_capacity) {
        char *grown = realloc(source->carry, size);
        if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
        source->carry = grown;
        source->carry_capacity = size;
    }
    if (size) memcpy(source->carry, text, size);
    source->carry_size = size;
    return 0;
}

/* Reads until there is a whole record: the carried text first, then blocks that double. */
static int fill_from_stream(yoke_reader *reader, yoke_source *source, yoke_block *block,
                            size_t *size) {
    const yoke_dataset *dataset = source->dataset;
    unsigned char quote = dataset->format.quote;
    size_t wanted = dataset->block_size;
    if (wanted < 2 * source->carry_size) wanted = 2 * source->carry_size;
    YOKE_TRY(begin_text(reader, 0, wanted));
    *size = source->carry_size;
    if (*size) memcpy(reader->text, source->carry, *size);
    for (;; wanted *= 2) {
        YOKE_TRY(reserve(reader, wanted, *size));
        block->data = reader->text;
        ssize_t got = yoke__stream_read(source->stream, block->data + *size, wanted - *size);
        if (got < 0) return (int)got;
        *size += (size_t)got;
        seal(reader, *size);
        source->ended = *size < wanted;
        size_t found = dataset->scan->last_line_end(block->data, 0, *size, quote, false);
        block->end = found == YOKE_SCAN_NONE || source->ended ? *size : found + 1;
        block->overlong = found == YOKE_SCAN_NONE && *size > dataset->format.max_record + 1;
        if (found != YOKE_SCAN_NONE || source->ended || block->overlong) return 0;
    }
}

/* The source's lock is held. 1, or ANOTHER at the end. */
static int read_stream_block(yoke_reader *reader, yoke_source *source, yoke_block *block) {
    *block = (yoke_block){.source = source, .offset = source->offset, .line = source->line};
    if (source->ended && !source->carry_size) return ANOTHER;
    size_t size;
    YOKE_TRY(fill_from_stream(reader, source, block, &size));
    YOKE_TRY(keep_carry(source, block->data + block->end, size - block->end));
    if (block->overlong) source->ended = true, source->carry_size = 0;
    source->offset += block->end;
    if (source->offset >> YOKE_OFFSET_BITS) {
        return yoke_fail(YOKE_ERANGE, "%s: texts of 16 TiB or more are not supported",
                         source->name);
    }
    const yoke_scan_kernels *scan = source->dataset->scan;
    unsigned char quote = source->dataset->format.quote;
    source->line += scan->count(block->data, 0, block->end, '\n');
    uint64_t raw = yoke__stream_raw_bytes(source->stream);
    block->bytes = raw - source->counted;
    source->counted = raw;
    close_text(reader, block, size);
    block->quoted = quote && scan->count(block->data, 0, block->end, quote);
    return block->end ? 1 : ANOTHER;
}

/* ---- the cursor over all sources ---- */

static int check_header(const yoke_source *source, const yoke_text *fields, size_t columns) {
    const yoke_dataset *dataset = source->dataset;
    if (!dataset->format.header) return 0;
    if (!columns) {
        return yoke_fail(YOKE_EDATA, "%s: is empty, expected a header line", source->name);
    }
    if (columns != dataset->header_columns) {
        return yoke_fail(YOKE_EDATA,
                         "%s: line 1, column 1: the header has %zu columns, that of %s has %zu",
                         source->name, columns, dataset->sources[0].name, dataset->header_columns);
    }
    for (size_t i = 0; i < columns; i++) {
        const char *known = dataset->header[i];
        size_t size = strnlen(fields[i].data, fields[i].size); /* names end at a NUL */
        if (size == strlen(known) && !memcmp(fields[i].data, known, size)) continue;
        return yoke_fail(YOKE_EDATA,
                         "%s: line 1, column 1: header column %zu is '%.*s', that of %s is '%s'",
                         source->name, i + 1, (int)fields[i].size, fields[i].data,
                         dataset->sources[0].name, known);
    }
    return 0;
}

static int open_next(yoke_source *source) {
    yoke_arena arena;
    yoke_arena_init(&arena);
    yoke_text *fields = NULL;
    size_t columns = 0;
    int status = yoke__source_open(source, &arena, &fields, &columns);
    if (status >= 0) status = check_header(source, fields, columns);
    if (status >= 0) status = yoke__source_plan(source);
    yoke_arena_fini(&arena);
    if (status >= 0) return status;
    yoke__source_close(source);
    source->state = YOKE_SOURCE_DONE;
    return status;
}

/* What the cursor found: a file's block `number`, a stream (its lock taken), or nothing now; `busy`
 * is a stream to wait for then. The dataset's lock is held. */
typedef struct yoke_found {
    yoke_source *source;
    bool stream;
    uint64_t number;
    yoke_source *busy;
} yoke_found;

static int look_at_stream(yoke_source *source, yoke_found *found) {
    if (pthread_mutex_trylock(&source->lock)) {
        if (!found->busy) found->busy = source;
        return ANOTHER;
    }
    uint64_t failure = atomic_load(&source->dataset->failure);
    if (yoke__source_ordinal(source, source->offset) > failure) {
        source->state = YOKE_SOURCE_DONE;
        pthread_mutex_unlock(&source->lock);
        return ANOTHER;
    }
    *found = (yoke_found){source, true, 0, NULL};
    return 1;
}

/* Looks at one source: a failure, ANOTHER to go on, or 1. */
static int look_at(yoke_source *source, yoke_found *found) {
    if (source->state == YOKE_SOURCE_CLOSED) {
        found->source = source; /* for the place of a failure */
        YOKE_TRY(open_next(source));
        found->source = NULL;
    }
    if (source->state == YOKE_SOURCE_FILE) {
        if (source->next < source->blocks) {
            *found = (yoke_found){source, false, source->next++, NULL};
            return 1;
        }
        if (!source->blocks) yoke__source_close(source);
        source->state = YOKE_SOURCE_DONE;
    } else if (source->state == YOKE_SOURCE_STREAM) {
        return look_at_stream(source, found);
    }
    return ANOTHER;
}

/* A pipe is opened only when no stream before it is unfinished: whoever writes them may do so one
 * after the other, and would never come to this one while we hold the others up waiting for it. */
static bool is_passed_over(const yoke_reader *reader, const yoke_source *source, size_t streams) {
    if (source->dataset->forward && source->index < reader->source) return true;
    return source->state == YOKE_SOURCE_CLOSED && source->waits && streams;
}

static int find_work(yoke_dataset *dataset, const yoke_reader *reader, yoke_found *found) {
    while (dataset->first < dataset->count &&
           dataset->sources[dataset->first].state == YOKE_SOURCE_DONE) {
        dataset->first++;
    }
    uint64_t failure = atomic_load(&dataset->failure);
    size_t streams = 0;
    for (size_t i = dataset->first; i < dataset->count && streams < dataset->window; i++) {
        yoke_source *source = &dataset->sources[i];
        if (yoke__source_ordinal(source, source->next * dataset->block_size) > failure) break;
        int status = is_passed_over(reader, source, streams) ? ANOTHER : look_at(source, found);
        if (status != ANOTHER) return status;
        streams += source->state == YOKE_SOURCE_STREAM;
    }
    return 0;
}

/* The stream's lock is held; lets go of it. */
static int take_from_stream(yoke_dataset *dataset, yoke_reader *reader, yoke_source *source,
                            yoke_block *block) {
    int status = read_stream_block(reader, source, block);
    bool done = status != 1;
    if (done) {
        source->ended = true;
        source->carry_size = 0;
        yoke__source_close(source);
    }
    pthread_mutex_unlock(&source->lock);
    if (done) {
        pthread_mutex_lock(&dataset->lock);
        source->state = YOKE_SOURCE_DONE;
        pthread_mutex_unlock(&dataset->lock);
    }
    return status;
}

static void wait_for_stream(yoke_reader *reader, yoke_source *busy) {
    double begin = yoke__seconds(CLOCK_MONOTONIC);
    pthread_mutex_lock(&busy->lock);
    pthread_mutex_unlock(&busy->lock);
    reader->wait += yoke__seconds(CLOCK_MONOTONIC) - begin;
}

int yoke__source_next(yoke_dataset *dataset, yoke_reader *reader, yoke_block *block) {
    release(reader);
    for (;;) {
        yoke_found found = {0};
        pthread_mutex_lock(&dataset->lock);
        int status = find_work(dataset, reader, &found);
        pthread_mutex_unlock(&dataset->lock);
        if (status == 1) {
            yoke_source *source = found.source;
            reader->source = source->index;
            if (found.stream) {
                status = take_from_stream(dataset, reader, source, block);
            } else {
                reader->held = source;
                status = read_file_block(reader, source, found.number, block);
            }
        } else if (status == 0 && found.busy) {
            wait_for_stream(reader, found.busy);
            continue;
        } else if (status < 0) {
            *block = (yoke_block){.source = found.source};
        }
        if (status != ANOTHER) return status;
    }
}

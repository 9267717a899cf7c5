/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines and columns for messages. Blocks of a file do not know their line (counting lines would
 * cost every run something), so the file is read again up to the place; a stream counts as it goes.
 * A byte order mark is not part of the first line.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mapreduce/source.h"

enum { STEP = 1 << 20 };

/* Lines and columns over consecutive pieces of text. */
static void advance(const yoke_scan_kernels *scan, const char *text, size_t size,
                    yoke_location *location) {
    size_t newlines = scan->count(text, 0, size, '\n');
    location->line += newlines;
    if (!newlines) {
        location->column += size;
        return;
    }
    const char *last = memrchr(text, '\n', size);
    location->column = (uint64_t)(text + size - last);
}

static int advance_over_file(const yoke_source *source, uint64_t end, yoke_location *location) {
    char *buffer = malloc(STEP + YOKE_RECORDS_SLACK);
    if (!buffer) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = 0;
    for (uint64_t at = 0; at < end && status >= 0; at += STEP) {
        size_t size = end - at < STEP ? (size_t)(end - at) : STEP;
        status = yoke__source_read(source, at, buffer, size);
        size_t mark = status >= 0 && !at ? yoke__mark_size(buffer, size) : 0;
        if (status >= 0) advance(source->dataset->scan, buffer + mark, size - mark, location);
    }
    free(buffer);
    return status;
}

int yoke__block_locate(const yoke_block *block, uint64_t offset, yoke_location *location) {
    yoke_location found = {block->source->name, 1, 1};
    if (block->line) {
        found.line = block->line;
        size_t from = block->begin, to = (size_t)(offset - block->offset);
        if (to > from) advance(block->source->dataset->scan, block->data + from, to - from, &found);
    } else {
        YOKE_TRY(advance_over_file(block->source, offset, &found));
    }
    *location = found;
    return 0;
}

int yoke__block_fail(const yoke_block *block, uint64_t offset, int status, const char *format,
                     ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    yoke_location place;
    YOKE_TRY(yoke__block_locate(block, offset, &place));
    return yoke_fail(status, "%s: line %llu, column %llu: %s", place.name,
                     (unsigned long long)place.line, (unsigned long long)place.column, message);
}

int yoke_records_locate(const yoke_records *records, const char *data, yoke_location *location) {
    const uint64_t mask = ((uint64_t)1 << YOKE_OFFSET_BITS) - 1;
    uint64_t offset = (records->ordinal + (uint64_t)(data - records->data)) & mask;
    return yoke__block_locate(records->block, offset, location);
}

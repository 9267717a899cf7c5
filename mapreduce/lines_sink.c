/* SPDX-License-Identifier: Apache-2.0
 *
 * Buffers, frames and writing.
 */
#include "mapreduce/lines_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "yoke/hash.h"

enum {
    LEVEL = 1,           /* of compression */
    LONGEST_MARK = 1024, /* bytes */
};

/* ---- buffers ---- */

static int reserve(char **memory, size_t *capacity, size_t size) {
    if (size <= *capacity) return YOKE_OK;
    char *larger = realloc(*memory, size);
    if (!larger) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of lines", size);
    *memory = larger;
    *capacity = size;
    return YOKE_OK;
}

int yoke__line_buffer_reserve(yoke__line_buffer *buffer, size_t size) {
    return reserve(&buffer->text, &buffer->capacity, size);
}

void yoke__line_buffer_free(yoke__line_buffer *buffer) {
    if (!buffer->lent) free(buffer->text);
    free(buffer->packed);
    ZSTD_freeCCtx(buffer->compressor);
    *buffer = (yoke__line_buffer){0};
}

int yoke__line_keep(yoke__line_buffer *buffer, yoke_string line) {
    buffer->size = 0;
    YOKE_TRY(yoke__line_buffer_reserve(buffer, line.size + YOKE__LINE_SLACK));
    if (line.size) memcpy(buffer->text, line.data, line.size);
    buffer->size = line.size;
    return YOKE_OK;
}

/* ---- marks ---- */

static int add_mark(yoke__line_marks *marks, uint64_t offset, const yoke__line_buffer *buffer) {
    size_t most = buffer->size < LONGEST_MARK ? buffer->size : LONGEST_MARK;
    const char *end = memchr(buffer->text, marks->plan->end, most);
    if (!end) return YOKE_OK;
    if (marks->count == marks->capacity) {
        size_t capacity = marks->capacity ? 2 * marks->capacity : 256;
        yoke__line_mark *items = realloc(marks->items, capacity * sizeof *items);
        if (!items) return yoke_fail(YOKE_ENOMEM, NULL);
        marks->items = items;
        marks->capacity = capacity;
    }
    yoke_string line = {buffer->text, (size_t)(end - buffer->text)};
    char *copy = yoke_arena_alloc(&marks->lines, line.size + YOKE__LINE_SLACK);
    if (!copy) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(copy, 0, line.size + YOKE__LINE_SLACK);
    memcpy(copy, line.data, line.size);
    line.data = copy;
    marks->items[marks->count++] =
        (yoke__line_mark){offset, yoke__line_word(marks->plan, line, 0), line};
    return YOKE_OK;
}

/* ---- frames ---- */

uint64_t yoke__line_sum(const void *bytes, size_t size) {
    static const uint64_t seed[2] = {0x243F6A8885A308D3u, 0x13198A2E03707344u}; /* of pi */
    return yoke_hash_bytes(seed, bytes, size);
}

uint64_t yoke__line_head_sum(const yoke__line_frame *head) {
    return yoke__line_sum(head, offsetof(yoke__line_frame, head_sum));
}

static size_t compress(yoke__line_buffer *buffer) {
    if (!buffer->compressor) buffer->compressor = ZSTD_createCCtx();
    if (!buffer->compressor) return 0; /* it goes as it is */
    size_t size = ZSTD_compressCCtx(buffer->compressor, buffer->packed + sizeof(yoke__line_frame),
                                    buffer->size, buffer->text, buffer->size, LEVEL);
    return ZSTD_isError(size) ? 0 : size; /* an error is: it would not become smaller */
}

static int pack(const yoke__line_sink *sink, yoke__line_buffer *buffer) {
    yoke__line_frame head = {.size = (uint32_t)buffer->size, .stored = (uint32_t)buffer->size};
    if (buffer->size > UINT32_MAX)
        return yoke_fail(YOKE_EUNSUPPORTED, "a line of 4 GiB or more does not fit the memory");
    YOKE_TRY(reserve(&buffer->packed, &buffer->packed_capacity, sizeof head + buffer->size));
    size_t stored = sink->compressed ? compress(buffer) : 0;
    if (stored && stored < buffer->size)
        head.stored = (uint32_t)stored;
    else
        memcpy(buffer->packed + sizeof head, buffer->text, buffer->size);
    head.sum = yoke__line_sum(buffer->packed + sizeof head, head.stored);
    head.head_sum = yoke__line_head_sum(&head);
    memcpy(buffer->packed, &head, sizeof head);
    buffer->packed_size = sizeof head + head.stored;
    return YOKE_OK;
}

int yoke__line_sink_pack(const yoke__line_sink *sink, yoke__line_buffer *buffer) {
    return sink->frames && buffer->size ? pack(sink, buffer) : YOKE_OK;
}

/* ---- writing ---- */

static int fail_to_write(const yoke__line_sink *sink) {
    if (errno == EPIPE) return yoke_fail(YOKE_ECLOSED, "the reader of the output went away");
    return yoke_fail(YOKE_EIO, "cannot write %s: %m",
                     sink->frames ? "a temporary file" : "the output");
}

static int write_all(yoke__line_sink *sink, const char *data, size_t size) {
    while (size) {
        ssize_t done = sink->frames ? pwrite(sink->descriptor, data, size, (off_t)sink->at)
                                    : write(sink->descriptor, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_to_write(sink);
        data += done;
        size -= (size_t)done;
        sink->at += (uint64_t)done;
    }
    return YOKE_OK;
}

int yoke__line_sink_put(yoke__line_sink *sink, yoke__line_buffer *buffer) {
    if (!buffer->size) return YOKE_OK;
    if (sink->frames && sink->marks->plan) YOKE_TRY(add_mark(sink->marks, sink->at, buffer));
    int status = sink->frames ? write_all(sink, buffer->packed, buffer->packed_size)
                              : write_all(sink, buffer->text, buffer->size);
    buffer->size = 0;
    return status;
}

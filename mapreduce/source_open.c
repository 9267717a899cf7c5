/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening an input: what is it (plain file, memory, pipe, compressed), and where does its first
 * record begin. The first record is read from a head buffer, which for a stream becomes its carried
 * text.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapreduce/quotes.h"
#include "mapreduce/records.h"
#include "mapreduce/source.h"

enum { HEAD_SIZE = 64 << 10 };

static int fail_with_errno(const yoke_source *source) {
    int code = errno == ENOENT || errno == ENOTDIR ? YOKE_ENOENT : YOKE_EIO;
    return yoke_fail(code, "%s: %m", source->name);
}

/* Bytes at a place of a file, as many as there are up to `size`. */
static ssize_t read_at(const yoke_source *source, uint64_t offset, char *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(source->descriptor, to + done, size - done,
                            (off_t)(source->origin + offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_with_errno(source);
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

int yoke__source_read(const yoke_source *source, uint64_t offset, char *to, size_t size) {
    if (source->kind == YOKE_INPUT_MEMORY) {
        memcpy(to, source->memory + offset, size);
        return 0;
    }
    ssize_t got = read_at(source, offset, to, size);
    if (got < 0) return (int)got;
    if ((size_t)got == size) return 0;
    return yoke_fail(YOKE_EIO, "%s: the file became shorter while it was read", source->name);
}

static int open_stream(yoke_source *source) {
    source->state = YOKE_SOURCE_STREAM;
    return yoke__stream_open(source->name, source->descriptor, source->memory, (size_t)source->size,
                             &source->stream);
}

/* A regular file that is not compressed can be cut anywhere; all else is a stream. */
static int classify_descriptor(yoke_source *source) {
    struct stat status;
    if (fstat(source->descriptor, &status) < 0) return fail_with_errno(source);
    if (S_ISDIR(status.st_mode)) {
        return yoke_fail(YOKE_EIO, "%s: is a directory, expected a file", source->name);
    }
    off_t origin = S_ISREG(status.st_mode) ? lseek(source->descriptor, 0, SEEK_CUR) : -1;
    if (origin < 0) return open_stream(source);
    if (origin > status.st_size) origin = status.st_size;
    source->origin = (uint64_t)origin;
    source->size = (uint64_t)(status.st_size - origin);
    char magic[4];
    ssize_t got = read_at(source, 0, magic, sizeof magic);
    if (got < 0) return (int)got;
    /* Files such as those of /proc claim to be empty. */
    if (source->size == 0 && got > 0) return open_stream(source);
    if (yoke__compression_of(magic, (size_t)got) != YOKE_COMPRESSION_NONE)
        return open_stream(source);
    source->state = YOKE_SOURCE_FILE;
    return 0;
}

static int classify(yoke_source *source) {
    if (source->kind == YOKE_INPUT_MEMORY) {
        if (yoke__compression_of(source->memory, (size_t)source->size) != YOKE_COMPRESSION_NONE) {
            return open_stream(source);
        }
        source->state = YOKE_SOURCE_FILE;
        return 0;
    }
    if (source->kind == YOKE_INPUT_PATH) {
        source->descriptor = open(source->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (source->descriptor < 0) return fail_with_errno(source);
    }
    return classify_descriptor(source);
}

/* ---- the head: text up to the end of the first record ---- */

/* More text at the end of the carry buffer, which has slack on both sides. 0 at the end. */
static int extend_head(yoke_source *source) {
    size_t capacity = source->carry_capacity ? 2 * source->carry_capacity : HEAD_SIZE;
    char *grown = realloc(source->carry, capacity + 2 * YOKE_RECORDS_SLACK);
    if (!grown) return yoke_fail(YOKE_ENOMEM, NULL);
    source->carry = grown;
    source->carry_capacity = capacity;
    char *to = grown + YOKE_RECORDS_SLACK + source->carry_size;
    size_t room = capacity - source->carry_size;
    ssize_t got = 0;
    if (source->state == YOKE_SOURCE_STREAM) {
        got = yoke__stream_read(source->stream, to, room);
    } else {
        uint64_t left = source->size - source->carry_size;
        got = (ssize_t)(left < room ? left : room);
        YOKE_TRY(yoke__source_read(source, source->carry_size, to, (size_t)got));
    }
    if (got < 0) return (int)got;
    source->carry_size += (size_t)got;
    source->ended = (size_t)got < room;
    return 0;
}

/* Quotes are left open only where the input ends within its first record. */
static int check_quotes(yoke_source *source, size_t begin, size_t end) {
    const yoke_dataset *dataset = source->dataset;
    char *text = source->carry + YOKE_RECORDS_SLACK;
    unsigned char quote = dataset->format.quote;
    if (!quote || dataset->scan->count(text, begin, end, quote) % 2 == 0) return 0;
    size_t opened = yoke__open_quote(text, begin, end, (char)quote);
    yoke_block block = {.source = source, .data = text, .begin = begin, .line = 1};
    return yoke__block_fail(&block, opened, YOKE_EDATA, "%s", YOKE_UNTERMINATED);
}

static int check_length(yoke_source *source, size_t begin, size_t end) {
    size_t limit = source->dataset->format.max_record;
    char *text = source->carry + YOKE_RECORDS_SLACK;
    size_t size = end - begin;
    if (size && text[end - 1] == '\n') size--; /* between quotes, but it may be the end */
    if (size <= limit) return 0;
    yoke_block block = {.source = source, .data = text, .begin = begin, .line = 1};
    return yoke__block_fail(&block, begin, YOKE_EDATA, YOKE_OVERLONG, limit);
}

/* A closing quote is looked for as long as the rest of the head is between quotes. */
static int find_first_record(yoke_source *source, size_t begin, size_t *end) {
    const yoke_dataset *dataset = source->dataset;
    for (;;) {
        const char *text = source->carry + YOKE_RECORDS_SLACK;
        *end = dataset->scan->first_line_end(text, begin, source->carry_size, dataset->format.quote,
                                             false);
        if (*end != YOKE_SCAN_NONE) return check_length(source, begin, *end);
        YOKE_TRY(check_length(source, begin, source->carry_size));
        if (source->ended) break;
        YOKE_TRY(extend_head(source));
    }
    *end = source->carry_size;
    return 0;
}

static int parse_first_record(yoke_source *source, size_t begin, size_t end, yoke_arena *arena,
                              yoke_text **fields, size_t *columns) {
    yoke_block block = {.source = source,
                        .data = source->carry + YOKE_RECORDS_SLACK,
                        .begin = begin,
                        .end = end,
                        .quoted = true,
                        .line = 1};
    return yoke__records_first(&block, arena, fields, columns);
}

/* Leaves the source behind the header: a file is cut from there, a stream keeps what it has read.
 */
static void settle(yoke_source *source, size_t begin) {
    const char *text = source->carry + YOKE_RECORDS_SLACK;
    source->begin = source->offset = begin;
    source->line = 1 + source->dataset->scan->count(text, 0, begin, '\n');
    if (source->state == YOKE_SOURCE_STREAM) {
        memmove(source->carry, text + begin, source->carry_size - begin);
        source->carry_size -= begin;
        return;
    }
    free(source->carry);
    source->carry = NULL;
    source->carry_size = source->carry_capacity = 0;
}

int yoke__source_plan(yoke_source *source) {
    if (source->state != YOKE_SOURCE_FILE) return 0;
    uint64_t size = source->dataset->block_size;
    source->blocks = (source->size - source->begin + size - 1) / size;
    atomic_store(&source->unfinished, source->blocks);
    return source->dataset->format.quote ? yoke__quotes_init(source) : 0;
}

static int check_size(const yoke_source *source) {
    if (source->size >> YOKE_OFFSET_BITS) {
        return yoke_fail(YOKE_ERANGE, "%s: files of 16 TiB or more are not supported",
                         source->name);
    }
    return 0;
}

int yoke__source_open(yoke_source *source, yoke_arena *arena, yoke_text **fields, size_t *columns) {
    size_t end = 0;
    YOKE_TRY(classify(source));
    YOKE_TRY(check_size(source));
    YOKE_TRY(extend_head(source));
    size_t begin = yoke__mark_size(source->carry + YOKE_RECORDS_SLACK, source->carry_size);
    *columns = 0;
    if (begin < source->carry_size) {
        YOKE_TRY(find_first_record(source, begin, &end));
        YOKE_TRY(parse_first_record(source, begin, end, arena, fields, columns));
        YOKE_TRY(check_quotes(source, begin, end));
        if (source->dataset->format.header) begin = end < source->carry_size ? end + 1 : end;
    }
    settle(source, begin);
    return 0;
}

void yoke__source_close(yoke_source *source) {
    yoke__stream_close(source->stream);
    source->stream = NULL;
    yoke__quotes_fini(source);
    free(source->carry);
    source->carry = NULL;
    source->carry_size = source->carry_capacity = 0;
    if (source->kind == YOKE_INPUT_PATH && source->descriptor >= 0) close(source->descriptor);
    source->descriptor = -1;
}

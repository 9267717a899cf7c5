/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw bytes are read into one buffer; a decoder turns them into text on demand. Decoding happens on
 * the thread that asks for the next block, while the others work on the blocks before it.
 */
#include "mapreduce/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "yoke/status.h"

enum { RAW_SIZE = 256 << 10 };

struct yoke_stream {
    const char *name;
    int descriptor;
    const char *memory; /* what is left of a memory input; NULL: read the descriptor */
    size_t memory_size;
    yoke_compression compression;
    bool raw_ended;  /* the input has no more bytes */
    bool frame_open; /* the decoder is within a member or frame */
    uint64_t raw_bytes;
    const char *next; /* raw bytes not used yet */
    size_t left;
    z_stream gzip;
    ZSTD_DStream *zstd;
    char raw[RAW_SIZE];
};

yoke_compression yoke__compression_of(const void *data, size_t size) {
    if (size >= 2 && !memcmp(data, "\x1f\x8b", 2)) return YOKE_COMPRESSION_GZIP;
    if (size >= 4 && !memcmp(data, "\x28\xb5\x2f\xfd", 4)) return YOKE_COMPRESSION_ZSTD;
    return YOKE_COMPRESSION_NONE;
}

static ssize_t read_descriptor(yoke_stream *stream, char *to, size_t size) {
    for (;;) {
        ssize_t got = read(stream->descriptor, to, size);
        if (got >= 0) return got;
        if (errno != EINTR) return yoke_fail(YOKE_EIO, "%s: %m", stream->name);
    }
}

static ssize_t read_memory(yoke_stream *stream, char *to, size_t size) {
    if (size > stream->memory_size) size = stream->memory_size;
    memcpy(to, stream->memory, size);
    stream->memory += size;
    stream->memory_size -= size;
    return (ssize_t)size;
}

static ssize_t read_raw(yoke_stream *stream, char *to, size_t size) {
    ssize_t got =
        stream->memory ? read_memory(stream, to, size) : read_descriptor(stream, to, size);
    if (got > 0) stream->raw_bytes += (uint64_t)got;
    if (got == 0) stream->raw_ended = true;
    return got;
}

/* Makes the raw buffer hold something, unless the input has ended. */
static int refill(yoke_stream *stream) {
    if (stream->left || stream->raw_ended) return 0;
    ssize_t got = read_raw(stream, stream->raw, RAW_SIZE);
    YOKE_TRY((int)got);
    stream->next = stream->raw;
    stream->left = (size_t)got;
    return 0;
}

static int broken(const yoke_stream *stream, const char *format, const char *why) {
    return yoke_fail(YOKE_EDATA, "%s: not valid %s data: %s", stream->name, format, why);
}

/* One step of inflate; gzip members may follow each other, zeros after the last are padding. */
static ssize_t step_gzip(yoke_stream *stream, char *to, size_t size) {
    z_stream *z = &stream->gzip;
    if (!stream->frame_open) {
        if (stream->raw_bytes > stream->left && *stream->next == 0) {
            stream->left = 0;
            return 0;
        }
        inflateReset(z);
        stream->frame_open = true;
    }
    z->next_in = (Bytef *)(uintptr_t)stream->next;
    z->avail_in = (uInt)stream->left;
    z->next_out = (Bytef *)to;
    z->avail_out = size > 1u << 30 ? 1u << 30 : (uInt)size;
    uInt room = z->avail_out;
    int code = inflate(z, Z_NO_FLUSH);
    stream->next += stream->left - z->avail_in;
    stream->left = z->avail_in;
    if (code == Z_STREAM_END)
        stream->frame_open = false;
    else if (code == Z_MEM_ERROR)
        return yoke_fail(YOKE_ENOMEM, NULL);
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return broken(stream, "gzip", z->msg ? z->msg : "?");
    return (ssize_t)(room - z->avail_out);
}

static ssize_t step_zstd(yoke_stream *stream, char *to, size_t size) {
    ZSTD_inBuffer in = {stream->next, stream->left, 0};
    ZSTD_outBuffer out = {to, size, 0};
    size_t code = ZSTD_decompressStream(stream->zstd, &out, &in);
    if (ZSTD_isError(code)) return broken(stream, "zstd", ZSTD_getErrorName(code));
    stream->next += in.pos;
    stream->left -= in.pos;
    stream->frame_open = code != 0;
    return (ssize_t)out.pos;
}

static ssize_t step_plain(yoke_stream *stream, char *to, size_t size) {
    size_t part = stream->left < size ? stream->left : size;
    memcpy(to, stream->next, part);
    stream->next += part;
    stream->left -= part;
    return (ssize_t)part;
}

static ssize_t step(yoke_stream *stream, char *to, size_t size) {
    switch (stream->compression) {
    case YOKE_COMPRESSION_GZIP: return step_gzip(stream, to, size);
    case YOKE_COMPRESSION_ZSTD: return step_zstd(stream, to, size);
    default: return step_plain(stream, to, size);
    }
}

ssize_t yoke__stream_read(yoke_stream *stream, char *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        YOKE_TRY(refill(stream));
        size_t before = stream->left;
        if (!before && !stream->frame_open) break;
        ssize_t got = step(stream, to + done, size - done);
        YOKE_TRY((int)got);
        done += (size_t)got;
        if (!got && stream->left == before && stream->raw_ended && stream->frame_open) {
            return yoke_fail(YOKE_EDATA, "%s: compressed data end too early", stream->name);
        }
    }
    return (ssize_t)done;
}

uint64_t yoke__stream_raw_bytes(const yoke_stream *stream) {
    return stream->raw_bytes - stream->left;
}

/* Reads enough to recognise the format. A pipe may give its first bytes one by one. */
static int recognise(yoke_stream *stream) {
    stream->next = stream->raw;
    while (stream->left < 4 && !stream->raw_ended) {
        ssize_t got = read_raw(stream, stream->raw + stream->left, RAW_SIZE - stream->left);
        YOKE_TRY((int)got);
        stream->left += (size_t)got;
    }
    stream->compression = yoke__compression_of(stream->raw, stream->left);
    if (stream->compression == YOKE_COMPRESSION_GZIP) {
        if (inflateInit2(&stream->gzip, 15 + 16) != Z_OK) return yoke_fail(YOKE_ENOMEM, NULL);
    } else if (stream->compression == YOKE_COMPRESSION_ZSTD) {
        stream->zstd = ZSTD_createDStream();
        if (!stream->zstd) return yoke_fail(YOKE_ENOMEM, NULL);
    }
    return 0;
}

int yoke__stream_open(const char *name, int descriptor, const void *memory, size_t size,
                      yoke_stream **stream) {
    yoke_stream *opened = malloc(sizeof *opened);
    if (!opened) return yoke_fail(YOKE_ENOMEM, NULL);
    memset(opened, 0, offsetof(yoke_stream, raw));
    opened->name = name;
    opened->descriptor = descriptor;
    opened->memory = memory;
    opened->memory_size = size;
    int status = recognise(opened);
    if (status < 0)
        yoke__stream_close(opened);
    else
        *stream = opened;
    return status;
}

void yoke__stream_close(yoke_stream *stream) {
    if (!stream) return;
    if (stream->compression == YOKE_COMPRESSION_GZIP) inflateEnd(&stream->gzip);
    ZSTD_freeDStream(stream->zstd);
    free(stream);
}

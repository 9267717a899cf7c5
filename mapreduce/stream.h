/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream is an input read from front to back: a pipe, or compressed bytes from anywhere. What
 * comes out is plain text; gzip (also several members, as bgzip and pigz write) and zstd (also
 * several frames) are recognised by their first bytes.
 */
#ifndef YOKE_MAPREDUCE_STREAM_H
#define YOKE_MAPREDUCE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef enum yoke_compression {
    YOKE_COMPRESSION_NONE,
    YOKE_COMPRESSION_GZIP,
    YOKE_COMPRESSION_ZSTD,
} yoke_compression;

/* What the first bytes say. */
yoke_compression yoke__compression_of(const void *data, size_t size);

typedef struct yoke_stream yoke_stream;

/* Either a descriptor (memory NULL), read from its current position, or `size` bytes of memory.
 * name is for messages and must outlive the stream. YOKE_ENOMEM, YOKE_EIO, YOKE_EDATA. */
int yoke__stream_open(const char *name, int descriptor, const void *memory, size_t size,
                      yoke_stream **stream);
void yoke__stream_close(yoke_stream *stream);

/* Reads up to `size` bytes of text: fewer only at the end. Returns their number, 0 at the end,
 * YOKE_EIO, YOKE_EDATA (compressed data broken or cut off), YOKE_ENOMEM. */
ssize_t yoke__stream_read(yoke_stream *stream, char *to, size_t size);

/* Raw bytes taken from the input so far. */
uint64_t yoke__stream_raw_bytes(const yoke_stream *stream);

#endif

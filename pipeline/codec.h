/* SPDX-License-Identifier: Apache-2.0
 *
 * What a codec is to yoke_compress_stream.
 */
#ifndef YOKE_PIPELINE_CODEC_H
#define YOKE_PIPELINE_CODEC_H

#include "yoke/compress.h"

/* Bytes on their way through the codec. */
typedef struct unit {
    struct unit *next;
    char *in, *out;
    size_t in_size, in_room, out_size, out_room;
} unit;

/* Makes room for so many bytes of output. */
int yoke__unit_reserve(unit *u, size_t size);

/* Whether data begin with a whole frame: */
typedef enum frame_found {
    FRAME_MORE,   /* more data are needed to say so */
    FRAME_WHOLE,  /* it has *size bytes */
    FRAME_STREAM, /* it has no known end, or is too long: to be read as a stream */
    FRAME_WRONG,  /* it is none */
} frame_found;

/* Reads more of a stream: the bytes, 0 at the end, or a failure. */
typedef long codec_read_fn(void *ctx, char *to, size_t size);
typedef int codec_write_fn(void *ctx, const char *data, size_t size);

/* Contexts are a worker's own. Failures have a detail without the name of the input. */
typedef struct codec {
    const char *name;
    int most_level, usual_level;
    void *(*open)(int level, bool decompress); /* NULL: no memory */
    void (*close)(void *context, bool decompress);
    int (*compress)(void *context, unit *u);
    frame_found (*find)(const char *data, size_t size, size_t *frame);
    int (*decompress)(void *context, unit *u); /* one whole frame */
    /* All that is left: `size` bytes of data, and then what `read` gives. */
    int (*stream)(const char *data, size_t size, codec_read_fn *read, codec_write_fn *write,
                  void *ctx);
} codec;

extern const codec yoke__codec_zstd, yoke__codec_gzip;

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams compressed and decompressed on all cores: a pipeline (yoke/pipeline.h) of reading, a
 * codec in parallel, and writing in order.
 *
 * Each block of the input becomes a frame of its own (gzip: a member), so what is written depends
 * on the input, the level and the block size only, and the standard tools read it: zstd, gzip, and
 * whatever else follows RFC 8878 or RFC 1952. A member of gzip carries its length in an extra
 * field, which others skip, so that members can be found without decompressing. Frames of other
 * origin are decompressed in parallel where they are many (zstd), otherwise by one thread.
 */
#ifndef YOKE_COMPRESS_H
#define YOKE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/cancel.h"
#include "yoke/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_codec { YOKE_CODEC_ZSTD, YOKE_CODEC_GZIP } yoke_codec;

typedef struct yoke_compress_options {
    yoke_codec codec;
    bool decompress;
    int level;                 /* 1 to 19 (zstd) or 12 (gzip); 0: 3, or 6 */
    size_t block;              /* bytes of input in a frame; 0: 1 MiB. Not when decompressing */
    int workers;               /* 0: yoke_team_default_size() */
    int input, output;         /* descriptors, which stay the caller's */
    const char *name;          /* of the input, for details; NULL: "input" */
    const yoke_cancel *cancel; /* NULL: none */
    yoke_progress *progress;   /* counts bytes of input, and cancels. NULL: none */
} yoke_compress_options;

/* Reads the input to its end and writes the output. Memory: about four blocks for each worker, in
 * and out. Nothing is written for a block that is damaged, nor behind it. An empty input compresses
 * to an empty frame. YOKE_EINVAL; YOKE_EDATA: what is decompressed is damaged, ends too early, or
 * is of another format; YOKE_ERANGE: a frame of zstd has a window of more than 128 MiB;
 * YOKE_ECLOSED: nobody reads the output any more; YOKE_EIO; YOKE_ECANCELED; YOKE_ENOMEM. Blocks.
 * SIGPIPE must be ignored. */
YOKE_API int yoke_compress_stream(const yoke_compress_options *options);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * zstd (RFC 8878), by libzstd. Our frames carry their content's size and checksum.
 */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "pipeline/codec.h"

enum { LONGEST_FRAME = 8 << 20, LONGEST_CONTENT = 64 << 20 };

static int fail(size_t code) {
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return yoke_fail(YOKE_ERANGE, "needs more memory than 128 MiB: a frame with a long window");
    case ZSTD_error_memory_allocation: return yoke_fail(YOKE_ENOMEM, "no memory to decompress");
    default: return yoke_fail(YOKE_EDATA, "damaged: %s", ZSTD_getErrorName(code));
    }
}

static void *open_context(int level, bool decompress) {
    if (decompress) return ZSTD_createDCtx();
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context) return NULL;
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    return context;
}

static void close_context(void *context, bool decompress) {
    if (decompress)
        ZSTD_freeDCtx(context);
    else
        ZSTD_freeCCtx(context);
}

static int compress(void *context, unit *u) {
    YOKE_TRY(yoke__unit_reserve(u, ZSTD_compressBound(u->in_size)));
    size_t size = ZSTD_compress2(context, u->out, u->out_room, u->in, u->in_size);
    if (ZSTD_isError(size)) return yoke_fail(YOKE_ENOMEM, "zstd: %s", ZSTD_getErrorName(size));
    u->out_size = size;
    return YOKE_OK;
}

static bool is_magic(const char *data) {
    const unsigned char *b = (const unsigned char *)data;
    bool skippable = (b[0] & 0xF0) == 0x50 && b[1] == 0x2A && b[2] == 0x4D && b[3] == 0x18;
    return skippable || (b[0] == 0x28 && b[1] == 0xB5 && b[2] == 0x2F && b[3] == 0xFD);
}

static frame_found find(const char *data, size_t size, size_t *frame) {
    if (size < 4) return FRAME_MORE;
    if (!is_magic(data)) return FRAME_WRONG;
    size_t found = ZSTD_findFrameCompressedSize(data, size);
    if (ZSTD_isError(found)) return size < LONGEST_FRAME ? FRAME_MORE : FRAME_STREAM;
    unsigned long long content = ZSTD_getFrameContentSize(data, found);
    /* an unknown size is above all others */
    if (content > LONGEST_CONTENT) return FRAME_STREAM;
    *frame = found;
    return FRAME_WHOLE;
}

static int decompress(void *context, unit *u) {
    unsigned long long content = ZSTD_getFrameContentSize(u->in, u->in_size);
    YOKE_TRY(yoke__unit_reserve(u, content < LONGEST_CONTENT ? (size_t)content : LONGEST_CONTENT));
    size_t size = ZSTD_decompressDCtx(context, u->out, u->out_room, u->in, u->in_size);
    if (ZSTD_isError(size)) return fail(size);
    u->out_size = size;
    return YOKE_OK;
}

/* All of *in, whose end may be in the middle of a frame; *left is then not 0. */
static int decode(ZSTD_DCtx *context, ZSTD_inBuffer *in, char *room, size_t *left,
                  codec_write_fn *write, void *ctx) {
    bool full = false; /* more output may be waiting inside */
    while (in->pos < in->size || full) {
        ZSTD_outBuffer out = {room, ZSTD_DStreamOutSize(), 0};
        *left = ZSTD_decompressStream(context, &out, in);
        if (ZSTD_isError(*left)) return fail(*left);
        full = out.pos == out.size;
        YOKE_TRY(write(ctx, room, out.pos));
    }
    return YOKE_OK;
}

static int decode_all(ZSTD_DCtx *context, const char *data, size_t size, char *rooms,
                      codec_read_fn *read, codec_write_fn *write, void *ctx) {
    char *more = rooms + ZSTD_DStreamOutSize();
    ZSTD_inBuffer in = {data, size, 0};
    size_t left = 0;
    for (;;) {
        YOKE_TRY(decode(context, &in, rooms, &left, write, ctx));
        long got = read(ctx, more, ZSTD_DStreamInSize());
        if (got < 0) return (int)got;
        if (got == 0) break;
        in = (ZSTD_inBuffer){more, (size_t)got, 0};
    }
    return left ? yoke_fail(YOKE_EDATA, "ends in the middle of a frame") : YOKE_OK;
}

static int stream(const char *data, size_t size, codec_read_fn *read, codec_write_fn *write,
                  void *ctx) {
    ZSTD_DCtx *context = ZSTD_createDCtx();
    char *rooms = malloc(ZSTD_DStreamOutSize() + ZSTD_DStreamInSize());
    int status = context && rooms ? decode_all(context, data, size, rooms, read, write, ctx)
                                  : yoke_fail(YOKE_ENOMEM, "no memory to decompress");
    free(rooms);
    ZSTD_freeDCtx(context);
    return status;
}

const codec yoke__codec_zstd = {.name = "zstd",
                                .most_level = 19,
                                .usual_level = 3,
                                .open = open_context,
                                .close = close_context,
                                .compress = compress,
                                .find = find,
                                .decompress = decompress,
                                .stream = stream};

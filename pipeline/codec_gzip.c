/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip (RFC 1952), by libdeflate; streams of other origin by zlib.
 *
 * A member of ours has the extra field "YK" with its own length in 4 bytes, little-endian, after
 * the idea of the block-compressed files of bioinformatics.
 */
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pipeline/codec.h"

enum { HEAD = 20, TAIL = 8, LENGTH_AT = 16, PIECE = 1 << 17, LONGEST = 64 << 20 };

static const unsigned char head[HEAD] = {0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, 8, 0, 'Y', 'K', 4, 0};

static void put32(char *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (char)(value >> 8 * i);
}

static uint32_t get32(const char *from) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) value |= (uint32_t)(unsigned char)from[i] << 8 * i;
    return value;
}

static void *open_context(int level, bool decompress) {
    if (decompress) return libdeflate_alloc_decompressor();
    return libdeflate_alloc_compressor(level);
}

static void close_context(void *context, bool decompress) {
    if (decompress)
        libdeflate_free_decompressor(context);
    else
        libdeflate_free_compressor(context);
}

static int compress_member(void *context, unit *u) {
    size_t room = libdeflate_deflate_compress_bound(context, u->in_size);
    YOKE_TRY(yoke__unit_reserve(u, HEAD + room + TAIL));
    size_t size = libdeflate_deflate_compress(context, u->in, u->in_size, u->out + HEAD, room);
    if (!size) return yoke_fail(YOKE_ERANGE, "gzip: a block does not fit");
    u->out_size = HEAD + size + TAIL;
    memcpy(u->out, head, HEAD);
    put32(u->out + LENGTH_AT, (uint32_t)u->out_size);
    put32(u->out + HEAD + size, libdeflate_crc32(0, u->in, u->in_size));
    put32(u->out + HEAD + size + 4, (uint32_t)u->in_size);
    return YOKE_OK;
}

static frame_found find(const char *data, size_t size, size_t *frame) {
    if (size < 2) return FRAME_MORE;
    if (memcmp(data, head, 2) != 0) return FRAME_WRONG;
    if (size < HEAD) return FRAME_MORE;
    if (memcmp(data, head, 4) != 0 || memcmp(data + 10, head + 10, LENGTH_AT - 10) != 0)
        return FRAME_STREAM;
    size_t length = get32(data + LENGTH_AT);
    if (length < HEAD + TAIL || length > LONGEST) return FRAME_STREAM;
    *frame = length;
    return size < length ? FRAME_MORE : FRAME_WHOLE;
}

static int decompress_member(void *context, unit *u) {
    size_t size = get32(u->in + u->in_size - 4), got = 0;
    if (size > LONGEST) return yoke_fail(YOKE_EDATA, "damaged: a member of %zu bytes", size);
    YOKE_TRY(yoke__unit_reserve(u, size));
    enum libdeflate_result result =
        libdeflate_gzip_decompress(context, u->in, u->in_size, u->out, size, &got);
    if (result != LIBDEFLATE_SUCCESS || got != size)
        return yoke_fail(YOKE_EDATA, "damaged: a member that is not what its checksum says");
    u->out_size = size;
    return YOKE_OK;
}

/* ---- streams ---- */

typedef struct decoder {
    z_stream z;
    bool inside; /* a member */
    codec_write_fn *write;
    void *ctx;
    unsigned char room[PIECE], more[PIECE];
} decoder;

/* Begins the next member, if the one before has ended. */
static int begin_member(decoder *d) {
    if (d->inside) return YOKE_OK;
    if (*d->z.next_in != head[0])
        return yoke_fail(YOKE_EDATA, "something that is not gzip stands behind a member");
    inflateReset(&d->z);
    d->inside = true;
    return YOKE_OK;
}

static int decode(decoder *d) {
    bool full = false; /* more output may be waiting inside */
    while (d->z.avail_in > 0 || full) {
        if (d->z.avail_in > 0) YOKE_TRY(begin_member(d));
        d->z.next_out = d->room;
        d->z.avail_out = PIECE;
        int code = inflate(&d->z, Z_NO_FLUSH);
        if (code == Z_BUF_ERROR && !d->z.avail_in) return YOKE_OK; /* nothing was waiting */
        if (code == Z_MEM_ERROR) return yoke_fail(YOKE_ENOMEM, "no memory to decompress");
        if (code != Z_OK && code != Z_STREAM_END)
            return yoke_fail(YOKE_EDATA, "damaged: %s", d->z.msg ? d->z.msg : "not gzip");
        full = code == Z_OK && d->z.avail_out == 0;
        d->inside = code != Z_STREAM_END;
        YOKE_TRY(d->write(d->ctx, (char *)d->room, PIECE - d->z.avail_out));
    }
    return YOKE_OK;
}

static int decode_all(decoder *d, codec_read_fn *read) {
    for (;;) {
        YOKE_TRY(decode(d));
        long got = read(d->ctx, (char *)d->more, PIECE);
        if (got < 0) return (int)got;
        if (got == 0) break;
        d->z.next_in = d->more;
        d->z.avail_in = (unsigned)got;
    }
    return d->inside ? yoke_fail(YOKE_EDATA, "ends in the middle of a member") : YOKE_OK;
}

static int stream(const char *data, size_t size, codec_read_fn *read, codec_write_fn *write,
                  void *ctx) {
    decoder *d = calloc(1, sizeof *d);
    if (!d || inflateInit2(&d->z, 15 + 16) != Z_OK) {
        free(d);
        return yoke_fail(YOKE_ENOMEM, "no memory to decompress");
    }
    d->write = write;
    d->ctx = ctx;
    d->z.next_in = (z_const Bytef *)data;
    d->z.avail_in = (unsigned)size;
    int status = decode_all(d, read);
    inflateEnd(&d->z);
    free(d);
    return status;
}

const codec yoke__codec_gzip = {.name = "gzip",
                                .most_level = 12,
                                .usual_level = 6,
                                .open = open_context,
                                .close = close_context,
                                .compress = compress_member,
                                .find = find,
                                .decompress = decompress_member,
                                .stream = stream};

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/compress.h: a text of random words, from one file in memory into another. What was
 * compressed is decompressed again and compared with the text.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "perf/load.h"
#include "runtime/file.h"
#include "yoke/compress.h"

enum { TEXT };
enum { FROM, TO, BACK, FILES };

typedef struct packing {
    yoke__load_data data;
    int file[FILES]; /* and 1, so that 0 is none */
    void *shown;     /* what was written TO, for the answer; as much as there can be */
    size_t room;
} packing;

/* Of 4096 words some are much more frequent than others, as in a language. */
static void make_words(void *ctx, size_t begin, size_t end) {
    uint64_t *words = ctx;
    for (size_t i = begin; i < end; i++) {
        char letters[sizeof *words];
        uint64_t draw = words[i] % 4096 * (words[i] >> 32) % (4096 * 4096ULL) / 4096;
        uint64_t hash = (draw + 1) * 0x9E3779B97F4A7C15;
        for (size_t k = 0; k < sizeof letters; k++)
            letters[k] = (char)('a' + (hash >> 8 * k & 255) % 26);
        letters[sizeof letters - 1] = ' ';
        memcpy(&words[i], letters, sizeof letters);
    }
}

static int file_of(const packing *p, int index) { return p->file[index] - 1; }

static int make_files(packing *p, const char *text, size_t size) {
    for (int i = 0; i < FILES; i++) {
        p->file[i] = memfd_create("compress", MFD_CLOEXEC) + 1;
        if (!p->file[i]) return yoke_fail(YOKE_EIO, "a file in memory: %m");
    }
    if (yoke__write_all(file_of(p, FROM), text, size) < 0)
        return yoke_fail(YOKE_EIO, "a file in memory: %m");
    p->room = size + size / 2 + 65536;
    p->shown = mmap(NULL, p->room, PROT_READ | PROT_WRITE, MAP_SHARED, file_of(p, TO), 0);
    return p->shown == MAP_FAILED ? yoke_fail(YOKE_ENOMEM, "a file in memory: %m") : YOKE_OK;
}

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(packing)));
    size_t words = run->size / sizeof(uint64_t) + 1;
    if (run->size > SIZE_MAX / 4) return yoke_fail(YOKE_ERANGE, "%zu bytes", run->size);
    YOKE_TRY(yoke__load_u64(run, TEXT, words, 0));
    YOKE_TRY(yoke__load_share(run, words, make_words, yoke__load_words(run, TEXT)));
    return make_files(run->state, (const char *)yoke__load_words(run, TEXT), run->size);
}

static int empty(int file) {
    if (lseek(file, 0, SEEK_SET) < 0 || ftruncate(file, 0) < 0)
        return yoke_fail(YOKE_EIO, "a file in memory: %m");
    return YOKE_OK;
}

static int renew(yoke_load_run *run) {
    const packing *p = run->state;
    if (lseek(file_of(p, FROM), 0, SEEK_SET) < 0)
        return yoke_fail(YOKE_EIO, "a file in memory: %m");
    return empty(file_of(p, TO));
}

/* Blocks for each thread in small texts, too; what they are depends on the size alone. */
static size_t block_of(size_t size) {
    size_t block = size / 16;
    return block < 4096 ? 4096 : block > 1 << 20 ? 1 << 20 : block;
}

static int compress(yoke_load_run *run, yoke_codec codec) {
    packing *p = run->state;
    YOKE_TRY(yoke_compress_stream(&(yoke_compress_options){.codec = codec,
                                                           .block = block_of(run->size),
                                                           .workers = yoke__load_threads(run),
                                                           .input = file_of(p, FROM),
                                                           .output = file_of(p, TO)}));
    off_t size = lseek(file_of(p, TO), 0, SEEK_CUR);
    if (size < 0 || (size_t)size > p->room) return yoke_fail(YOKE_EIO, "a file in memory");
    return yoke__load_answer(run, p->shown, (size_t)size);
}

static int compress_zstd(yoke_load_run *run) { return compress(run, YOKE_CODEC_ZSTD); }
static int compress_gzip(yoke_load_run *run) { return compress(run, YOKE_CODEC_GZIP); }

/* Whether the file is the text. */
static int check_text(int file, const char *text, size_t size) {
    char piece[4096];
    size_t at = 0;
    for (ssize_t got; (got = pread(file, piece, sizeof piece, (off_t)at)) != 0; at += (size_t)got) {
        if (got < 0) return yoke_fail(YOKE_EIO, "a file in memory: %m");
        if ((size_t)got > size - at || memcmp(piece, text + at, (size_t)got) != 0)
            return yoke__load_wrong(at);
    }
    return yoke__load_equal(at, size);
}

static int check(yoke_load_run *run, yoke_codec codec) {
    const packing *p = run->state;
    YOKE_TRY(empty(file_of(p, BACK)));
    if (lseek(file_of(p, TO), 0, SEEK_SET) < 0) return yoke_fail(YOKE_EIO, "a file in memory: %m");
    YOKE_TRY(yoke_compress_stream(&(yoke_compress_options){.codec = codec,
                                                           .decompress = true,
                                                           .workers = yoke__load_threads(run),
                                                           .input = file_of(p, TO),
                                                           .output = file_of(p, BACK)}));
    return check_text(file_of(p, BACK), (const char *)yoke__load_words(run, TEXT), run->size);
}

static int check_zstd(yoke_load_run *run) { return check(run, YOKE_CODEC_ZSTD); }
static int check_gzip(yoke_load_run *run) { return check(run, YOKE_CODEC_GZIP); }

static void finish(yoke_load_run *run) {
    packing *p = run->state;
    for (int i = 0; p && i < FILES; i++)
        if (p->file[i]) close(file_of(p, i));
    if (p && p->shown && p->shown != MAP_FAILED) munmap(p->shown, p->room);
    yoke__load_close(run);
}

#define PACKING                                                                                    \
    .group = "compress", .item = "byte", .size = 1 << 24, .prepare = prepare, .renew = renew,      \
    .finish = finish
const yoke_load yoke__loads_compress[] = {
    {PACKING, .name = "compress_gzip", .about = "a text compressed by gzip, level 6",
     .repeat = compress_gzip, .check = check_gzip},
    {PACKING, .name = "compress_zstd", .about = "a text compressed by zstd, level 3",
     .repeat = compress_zstd, .check = check_zstd},
    {.name = NULL}};

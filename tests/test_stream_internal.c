/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams: what comes out is what went in, whatever the compression, its members or frames, and the
 * sizes in which it is read.
 */
#include "mapreduce/stream.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/harness.h"
#include "yoke/status.h"

typedef struct text {
    char *data;
    size_t size;
} text;

static text random_text(size_t size) {
    text made = {malloc(size + 1), size};
    REQUIRE(made.data != NULL);
    unsigned letters = test_random_below(2) ? 3 : 250; /* packs well, or hardly */
    for (size_t i = 0; i < size; i++) made.data[i] = (char)test_random_below(letters);
    made.data[size] = 0;
    if (size && (made.data[0] == 0x1f || made.data[0] == 0x28)) made.data[0] = 'a';
    return made;
}

static size_t gzip(const char *data, size_t size, char *to, size_t room) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data,
                  .avail_in = (uInt)size,
                  .next_out = (Bytef *)to,
                  .avail_out = (uInt)room};
    REQUIRE(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static size_t zstd(const char *data, size_t size, char *to, size_t room) {
    size_t used = ZSTD_compress(to, room, data, size, 1);
    REQUIRE(!ZSTD_isError(used));
    return used;
}

typedef size_t packer(const char *data, size_t size, char *to, size_t room);

/* Packs in up to four parts, also empty ones; `packs` NULL: as it is. */
static text pack(const text *plain, packer *packs) {
    size_t room = compressBound(plain->size) + ZSTD_compressBound(plain->size) + 1000;
    text packed = {malloc(room), 0};
    REQUIRE(packed.data != NULL);
    if (!packs) {
        memcpy(packed.data, plain->data, plain->size);
        packed.size = plain->size;
        return packed;
    }
    size_t done = 0;
    for (uint64_t parts = 1 + test_random_below(4); parts > 0; parts--) {
        size_t part = parts == 1 ? plain->size - done : test_random_below(plain->size - done + 1);
        packed.size +=
            packs(plain->data + done, part, packed.data + packed.size, room - packed.size);
        done += part;
    }
    return packed;
}

/* Writes in pieces of a random size, as a slow program does. */
typedef struct feeder {
    int descriptor;
    const text *content;
} feeder;

static void *feed(void *argument) {
    const feeder *f = argument;
    for (size_t done = 0; done < f->content->size;) {
        size_t left = f->content->size - done, part = 1 + left / 7;
        ssize_t wrote = write(f->descriptor, f->content->data + done, done < 8 ? 1 : part);
        if (wrote < 0) break;
        done += (size_t)wrote;
    }
    close(f->descriptor);
    return NULL;
}

/* Reads all in pieces of at most `most` bytes. */
static void check_text(yoke_stream *stream, const text *expected, size_t most, size_t raw) {
    char *read = malloc(expected->size + most);
    REQUIRE(read != NULL);
    size_t done = 0;
    for (;;) {
        size_t wanted = 1 + test_random_below(most);
        if (wanted > expected->size + most - done) wanted = most;
        ssize_t got = yoke__stream_read(stream, read + done, wanted);
        REQUIRE(got >= 0);
        done += (size_t)got;
        REQUIRE(done <= expected->size);
        if ((size_t)got < wanted) break; /* fewer only at the end */
    }
    CU_ASSERT_EQUAL(done, expected->size);
    CU_ASSERT(!memcmp(read, expected->data, done));
    CU_ASSERT_EQUAL(yoke__stream_read(stream, read, most), 0);
    CU_ASSERT_EQUAL(yoke__stream_raw_bytes(stream), raw);
    free(read);
}

static void check_memory(const text *plain, const text *packed, size_t most) {
    char *exact =
        malloc(packed->size + 1); /* + 1: malloc(0) may be NULL, which means a descriptor */
    REQUIRE(exact != NULL);
    memcpy(exact, packed->data, packed->size);
    yoke_stream *stream = NULL;
    REQUIRE(yoke__stream_open("t", -1, exact, packed->size, &stream) == YOKE_OK);
    check_text(stream, plain, most, packed->size);
    yoke__stream_close(stream);
    free(exact);
}

static void check_pipe(const text *plain, const text *packed, size_t most) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    feeder f = {ends[1], packed};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, feed, &f) == 0);
    yoke_stream *stream = NULL;
    REQUIRE(yoke__stream_open("t", ends[0], NULL, 0, &stream) == YOKE_OK);
    check_text(stream, plain, most, packed->size);
    yoke__stream_close(stream);
    pthread_join(thread, NULL);
    close(ends[0]);
}

TEST(what_comes_out_is_what_went_in) {
    packer *packers[] = {NULL, gzip, zstd};
    for (size_t round = 0; round < test_size(150, 30); round++) {
        size_t size = test_random_below(test_random_below(3) ? 1000 : 1000000);
        text plain = random_text(size), packed = pack(&plain, packers[round % 3]);
        size_t most = size < 5000 ? 1 + test_random_below(100) : 100 + test_random_below(400000);
        check_memory(&plain, &packed, most);
        check_pipe(&plain, &packed, most);
        free(plain.data);
        free(packed.data);
    }
}

TEST(the_format_is_told_by_the_first_bytes) {
    CU_ASSERT_EQUAL(yoke__compression_of("\x1f\x8b\x08", 3), YOKE_COMPRESSION_GZIP);
    CU_ASSERT_EQUAL(yoke__compression_of("\x28\xb5\x2f\xfd", 4), YOKE_COMPRESSION_ZSTD);
    CU_ASSERT_EQUAL(yoke__compression_of("\x28\xb5\x2f", 3), YOKE_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(yoke__compression_of("\x1f", 1), YOKE_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(yoke__compression_of("", 0), YOKE_COMPRESSION_NONE);
    CU_ASSERT_EQUAL(yoke__compression_of("abcd", 4), YOKE_COMPRESSION_NONE);
    yoke__stream_close(NULL);
}

/* Every cut and every flipped byte: a status, never a crash, and never more text than there was. */
static void check_damage(const text *plain, const text *packed, const char *cut_detail) {
    char out[4096];
    for (size_t size = 4; size < packed->size; size++) {
        yoke_stream *stream = NULL;
        REQUIRE(yoke__stream_open("t", -1, packed->data, size, &stream) == YOKE_OK);
        CU_ASSERT_EQUAL(yoke__stream_read(stream, out, sizeof out), YOKE_EDATA);
        CU_ASSERT_STRING_EQUAL(yoke_error_detail(), cut_detail);
        yoke__stream_close(stream);
    }
    for (size_t at = 4; at < packed->size; at++) {
        yoke_stream *stream = NULL;
        packed->data[at] ^= (char)(1u << test_random_below(8));
        REQUIRE(yoke__stream_open("t", -1, packed->data, packed->size, &stream) == YOKE_OK);
        ssize_t got = yoke__stream_read(stream, out, sizeof out);
        CU_ASSERT(got == YOKE_EDATA || got == YOKE_ENOMEM || got == (ssize_t)plain->size ||
                  got == 0);
        yoke__stream_close(stream);
    }
}

TEST(damaged_data) {
    packer *packers[] = {gzip, zstd};
    for (int p = 0; p < 2; p++) {
        text plain = random_text(1000), packed = {malloc(4000), 0};
        REQUIRE(packed.data != NULL);
        packed.size = packers[p](plain.data, plain.size, packed.data, 4000);
        check_damage(&plain, &packed, "t: compressed data end too early");
        free(plain.data);
        free(packed.data);
    }
}

TEST(zeros_behind_gzip_are_padding_and_other_bytes_are_not) {
    char packed[600000] = {0}, out[16];
    size_t size = gzip("abc", 3, packed, 1000);
    yoke_stream *stream = NULL;
    REQUIRE(yoke__stream_open("t", -1, packed, sizeof packed, &stream) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke__stream_read(stream, out, sizeof out), 3);
    CU_ASSERT_EQUAL(yoke__stream_raw_bytes(stream), sizeof packed);
    yoke__stream_close(stream);
    packed[size] = 'x';
    REQUIRE(yoke__stream_open("t", -1, packed, size + 10, &stream) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke__stream_read(stream, out, sizeof out), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "t: not valid gzip data: incorrect header check");
    yoke__stream_close(stream);
}

TEST(a_descriptor_that_cannot_be_read) {
    yoke_stream *stream = NULL;
    CU_ASSERT_EQUAL(yoke__stream_open("t", -1, NULL, 0, &stream), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "t: Bad file descriptor");
    CU_ASSERT_PTR_NULL(stream);
}

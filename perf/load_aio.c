/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads of yoke/aio.h: blocks of a file without a name, in the temporary folder, read into their
 * places in memory. The file is in the page cache.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "perf/load.h"
#include "yoke/aio.h"

enum { WRITTEN, READ, MOVED };
enum { BLOCK = 16384, WORDS = BLOCK / sizeof(uint64_t) };

typedef struct reading {
    yoke__load_data data;
    yoke_aio *aio;
    int file; /* and 1, so that 0 is none */
} reading;

static int make_file(reading *r) {
    const char *folder = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/yoke-load-XXXXXX", folder ? folder : "/tmp");
    if (length >= (int)sizeof path) return yoke_fail(YOKE_ERANGE, "TMPDIR is too long");
    int file = mkstemp(path);
    if (file < 0) return yoke_fail(YOKE_EIO, "%s: %m", path);
    r->file = file + 1;
    unlink(path);
    return YOKE_OK;
}

static int write_blocks(const yoke_load_run *run) {
    const reading *r = run->state;
    const char *from = r->data.array[WRITTEN];
    for (size_t done = 0, bytes = run->size * BLOCK; done < bytes;) {
        ssize_t wrote = write(r->file - 1, from + done, bytes - done);
        if (wrote <= 0) return yoke_fail(YOKE_EIO, "a file in the temporary folder: %m");
        done += (size_t)wrote;
    }
    return YOKE_OK;
}

static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(reading)));
    if (run->size > SIZE_MAX / BLOCK) return yoke_fail(YOKE_ERANGE, "%zu blocks", run->size);
    YOKE_TRY(yoke__load_u64(run, WRITTEN, run->size * WORDS, 0));
    YOKE_TRY(yoke__load_array(run, READ, run->size, BLOCK));
    YOKE_TRY(yoke__load_array(run, MOVED, run->size, sizeof(int64_t)));
    YOKE_TRY(make_file(run->state));
    YOKE_TRY(write_blocks(run));
    YOKE_TRY(yoke_aio_create(NULL, &((reading *)run->state)->aio));
    return yoke__load_answer(run, yoke__load_words(run, READ), run->size * BLOCK);
}

static int read_blocks(yoke_load_run *run) {
    const reading *r = run->state;
    int64_t *moved = r->data.array[MOVED];
    memset(moved, 0, run->size * sizeof *moved);
    for (size_t i = 0; i < run->size; i++) {
        yoke_aio_request request = {.file = r->file - 1,
                                    .data = (char *)r->data.array[READ] + i * BLOCK,
                                    .size = BLOCK,
                                    .offset = (int64_t)(i * BLOCK),
                                    .result = &moved[i]};
        YOKE_TRY(yoke_aio_submit(r->aio, &request, YOKE_FOREVER));
    }
    return yoke_aio_drain(r->aio, YOKE_FOREVER);
}

static int check(yoke_load_run *run) {
    const uint64_t *written = yoke__load_words(run, WRITTEN), *read = yoke__load_words(run, READ);
    for (size_t i = 0; i < run->size; i++) {
        if (((int64_t *)yoke__load_of(run)->array[MOVED])[i] != BLOCK) return yoke__load_wrong(i);
        if (memcmp(written + i * WORDS, read + i * WORDS, BLOCK) != 0) return yoke__load_wrong(i);
    }
    return YOKE_OK;
}

static void finish(yoke_load_run *run) {
    reading *r = run->state;
    if (r) {
        yoke_aio_destroy(r->aio);
        if (r->file) close(r->file - 1);
    }
    yoke__load_close(run);
}

const yoke_load yoke__loads_aio[] = {{.group = "aio",
                                      .name = "aio_read",
                                      .about = "blocks of 16 KiB of a file in the page cache",
                                      .item = "block",
                                      .size = 4096,
                                      .most_threads = 1,
                                      .prepare = prepare,
                                      .repeat = read_blocks,
                                      .check = check,
                                      .finish = finish},
                                     {.name = NULL}};

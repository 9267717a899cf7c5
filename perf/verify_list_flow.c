/* SPDX-License-Identifier: Apache-2.0
 *
 * What flows in order: pipelines, batches, streams through commands and compressors.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "perf/verify.h"
#include "perf/verify_list.h"
#include "runtime/file.h"
#include "yoke/batch.h"
#include "yoke/compress.h"
#include "yoke/pipe.h"
#include "yoke/pipeline.h"

typedef struct flow {
    verify_case *c;
    uint64_t given;
    double sum; /* of what came in order: it depends on the order */
} flow;

/* ---- a pipeline: each third item becomes two, each seventh none ---- */

static int give(yoke_flow *at, yoke_item *item) {
    flow *f = at->state;
    item->data = (void *)(uintptr_t)(f->given + 1);
    return f->given++ < f->c->n ? YOKE_STAGE_PASS : YOKE_STAGE_END;
}

static int change(yoke_flow *at, yoke_item *item) {
    uintptr_t number = (uintptr_t)item->data;
    if (number % 7 == 0) return YOKE_STAGE_DROP;
    if (number % 3 == 0)
        YOKE_TRY(yoke_stage_emit(at, &(yoke_item){.data = (void *)(number * 1000)}));
    return YOKE_STAGE_PASS;
}

static int take(yoke_flow *at, yoke_item *item) {
    flow *f = at->state;
    f->sum = f->sum * 0.999 + 1.0 / (double)(uintptr_t)item->data;
    return yoke__verify_add(f->c, &item->data, sizeof item->data);
}

static int pipeline(verify_case *c) {
    flow f = {.c = c};
    yoke_stage stages[] = {
        {.name = "give", .run = give, .state = &f},
        {.name = "change", .run = change},
        {.name = "take", .kind = YOKE_STAGE_IN_ORDER, .run = take, .state = &f},
    };
    YOKE_TRY(yoke_pipeline_run(stages, 3, &(yoke_pipeline_options){.workers = c->run->threads}));
    return yoke__verify_add(c, &f.sum, sizeof f.sum);
}

/* ---- a batch in order ---- */

static int work(yoke_batch_work *item) {
    double *result = item->local;
    *result = 1.0 / (double)(item->index + 1);
    item->result = result;
    item->size = sizeof *result;
    return YOKE_OK;
}

static int done(const yoke_batch_done *item, void *ctx) {
    flow *f = ctx;
    return yoke__verify_add(f->c, item->result, item->size);
}

static int batch(verify_case *c) {
    flow f = {.c = c};
    return yoke_batch_run(&(yoke_batch){.items = c->n,
                                        .run = work,
                                        .done = done,
                                        .ctx = &f,
                                        .local_size = sizeof(double),
                                        .ordered = true,
                                        .workers = c->run->threads},
                          NULL);
}

/* ---- streams ---- */

/* Two temporary files, the first with n numbered lines. */
static int open_stream(verify_case *c, int files[2]) {
    char line[32];
    files[1] = -1;
    files[0] = yoke__verify_temporary();
    if (files[0] < 0) return files[0];
    for (size_t i = 0; i < c->n; i++) {
        int size = snprintf(line, sizeof line, "line %zu of %u\n", i,
                            (unsigned)yoke__verify_random(c) % 100);
        if (yoke__write_all(files[0], line, (size_t)size) < 0)
            return yoke_fail(YOKE_EIO, "cannot write: %m");
    }
    files[1] = yoke__verify_temporary();
    if (files[1] < 0) return files[1];
    return lseek(files[0], 0, SEEK_SET) < 0 ? yoke_fail(YOKE_EIO, "cannot rewind: %m") : YOKE_OK;
}

static int add_file(verify_case *c, int file) {
    char piece[4096];
    ssize_t got;
    for (off_t at = 0; (got = pread(file, piece, sizeof piece, at)) > 0; at += got)
        yoke__verify_add(c, piece, (size_t)got);
    return got < 0 ? yoke_fail(YOKE_EIO, "cannot read: %m") : YOKE_OK;
}

static void close_stream(const int files[2]) {
    for (int i = 0; i < 2; i++)
        if (files[i] >= 0) close(files[i]);
}

static int compress(verify_case *c, yoke_codec codec) {
    int files[2], status = open_stream(c, files);
    yoke_compress_options how = {.codec = codec,
                                 .block = 16384,
                                 .workers = c->run->threads,
                                 .input = files[0],
                                 .output = files[1]};
    if (status >= 0) status = yoke_compress_stream(&how);
    if (status >= 0) status = add_file(c, files[1]);
    close_stream(files);
    return status;
}

static int zstd(verify_case *c) { return compress(c, YOKE_CODEC_ZSTD); }
static int gzip(verify_case *c) { return compress(c, YOKE_CODEC_GZIP); }

static int commands(verify_case *c) {
    static const char *const cat[] = {"cat", NULL};
    char path[64];
    int files[2], status = open_stream(c, files);
    snprintf(path, sizeof path, "/proc/self/fd/%d", files[0]);
    const char *const inputs[] = {path, NULL};
    yoke_pipe_report report;
    yoke_pipe_options how = {.command = cat,
                             .inputs = inputs,
                             .block = 16384,
                             .jobs = c->run->threads,
                             .output = files[1],
                             .error = STDERR_FILENO};
    if (status >= 0) status = yoke_pipe_run(&how, &report);
    if (status >= 0) status = add_file(c, files[1]);
    close_stream(files);
    return status;
}

#define FLOW(text, of, header, items, fn)                                                          \
    .algorithm = (text), .input = (of), .level = "always", .headers = (header), .n = (items),      \
    .compute = (fn)
const verify_entry yoke__verify_list_flow[] = {
    {FLOW("pipeline, its last stage in order", "items", "pipeline", 10000, pipeline)},
    {FLOW("batch in order", "items", "batch", 10000, batch)},
    {FLOW("blocks through zstd", "lines", "compress", 3000, zstd), .local = true},
    {FLOW("blocks through gzip", "lines", "compress", 3000, gzip), .local = true},
    {FLOW("blocks through commands, in order", "lines", "pipe", 3000, commands)},
    {.algorithm = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * A parallel compressor: standard input in blocks of a megabyte, each compressed to a zstd frame by
 * some worker, written in order. `zstd -d` reads the output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "yoke/yoke.h"

enum { BLOCK = 1 << 20, LEVEL = 3 };

/* The input of a block, and room for its frame. */
typedef struct block {
    size_t size, packed;
    char in[BLOCK], out[ZSTD_COMPRESSBOUND(BLOCK)];
} block;

/* Blocks that nobody works at. There are as many as items may be in flight, so one is always there
 * for the source. */
static yoke_queue_mpmc *idle;

static int read_block(yoke_flow *flow, yoke_item *item) {
    block *b = NULL;
    (void)flow;
    if (yoke_queue_mpmc_pop(idle, &b, 1, YOKE_FOREVER) < 0) return YOKE_ECLOSED;
    b->size = fread(b->in, 1, BLOCK, stdin);
    *item = (yoke_item){.data = b, .bytes = sizeof *b};
    if (b->size) return YOKE_STAGE_PASS;
    return ferror(stdin) ? yoke_fail(YOKE_EIO, "standard input: %m") : YOKE_STAGE_END;
}

static int start(void *local, void *state) {
    (void)state;
    ZSTD_CCtx **context = local;
    *context = ZSTD_createCCtx();
    return *context ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static void finish(void *local, void *state) {
    (void)state;
    ZSTD_freeCCtx(*(ZSTD_CCtx **)local);
}

static int compress(yoke_flow *flow, yoke_item *item) {
    block *b = item->data;
    ZSTD_CCtx **context = flow->local;
    b->packed = ZSTD_compressCCtx(*context, b->out, sizeof b->out, b->in, b->size, LEVEL);
    return ZSTD_isError(b->packed) ? yoke_fail(YOKE_EDATA, "zstd failed") : YOKE_STAGE_PASS;
}

static int write_block(yoke_flow *flow, yoke_item *item) {
    block *b = item->data;
    (void)flow;
    if (fwrite(b->out, 1, b->packed, stdout) < b->packed)
        return yoke_fail(YOKE_EIO, "standard output: %m");
    return yoke_queue_mpmc_push(idle, &b, 1, YOKE_FOREVER) < 0 ? YOKE_ECLOSED : YOKE_STAGE_PASS;
}

int main(void) {
    yoke_stage stages[] = {
        {.name = "read", .run = read_block},
        {.name = "compress", .run = compress, .local_size = 8, .start = start, .finish = finish},
        {.name = "write", .kind = YOKE_STAGE_IN_ORDER, .run = write_block},
    };
    yoke_pipeline_options options = {.items = 2 * (size_t)yoke_team_default_size() + 1};
    block *blocks = malloc(options.items * sizeof *blocks);
    int status =
        blocks ? yoke_queue_mpmc_create(options.items, sizeof(block *), &idle) : YOKE_ENOMEM;
    for (size_t i = 0; i < options.items && status >= 0; i++)
        yoke_queue_mpmc_try_push(idle, &(block *){&blocks[i]}, 1);
    if (status >= 0) status = yoke_pipeline_run(stages, 3, &options);
    if (status >= 0 && fflush(stdout) != 0) status = yoke_fail(YOKE_EIO, "standard output: %m");
    if (status < 0) fprintf(stderr, "20_compress: %s\n", yoke_error_detail());
    yoke_queue_mpmc_destroy(idle);
    free(blocks);
    return status < 0;
}

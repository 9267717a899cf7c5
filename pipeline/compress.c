/* SPDX-License-Identifier: Apache-2.0
 *
 * The pipeline of yoke_compress_stream: the source cuts the input into units (blocks, or frames
 * that are there whole), any number of workers put them through the codec, and they are written in
 * order. Units go back to the source, since fresh pages are dear. A frame that cannot be found
 * whole ends the pipeline; one thread decompresses from there on.
 */
#include "yoke/compress.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/codec.h"
#include "pipeline/output.h"
#include "yoke/memory.h"
#include "yoke/pipeline.h"

enum { READ = 1 << 18 };

#define BLOCK      ((size_t)1 << 20)
#define MOST_BLOCK ((size_t)32 << 20)

typedef struct run {
    const yoke_compress_options *options;
    const codec *codec;
    int level;
    size_t block;
    pthread_mutex_t lock;
    unit *idle;
    char *data; /* read, and in no unit yet */
    size_t size, room;
    bool ended, streaming;
    uint64_t units;
} run;

static int fail_named(const run *r, int status) {
    char detail[512];
    const char *name = r->options->name ? r->options->name : "input";
    if (status != YOKE_EDATA && status != YOKE_ERANGE) return status;
    strncpy(detail, yoke_error_detail(), sizeof detail - 1);
    detail[sizeof detail - 1] = 0;
    return yoke_fail(status, "%s: %s", name, detail);
}

/* ---- units ---- */

int yoke__unit_reserve(unit *u, size_t size) {
    if (size <= u->out_room) return YOKE_OK;
    yoke_aligned_free(u->out);
    u->out = yoke_aligned_alloc(size);
    u->out_room = u->out ? size : 0;
    return u->out ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for a block of %zu bytes", size);
}

static int reserve_in(unit *u, size_t size) {
    if (size <= u->in_room) return YOKE_OK;
    yoke_aligned_free(u->in);
    u->in = yoke_aligned_alloc(size);
    u->in_room = u->in ? size : 0;
    return u->in ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for a block of %zu bytes", size);
}

static void put_idle(run *r, unit *u) {
    pthread_mutex_lock(&r->lock);
    u->next = r->idle;
    r->idle = u;
    pthread_mutex_unlock(&r->lock);
}

static unit *take_idle(run *r) {
    pthread_mutex_lock(&r->lock);
    unit *u = r->idle;
    if (u) r->idle = u->next;
    pthread_mutex_unlock(&r->lock);
    if (!u) u = calloc(1, sizeof *u);
    if (!u) yoke_fail(YOKE_ENOMEM, "no memory for a block");
    return u;
}

static void free_units(run *r) {
    while (r->idle) {
        unit *u = r->idle;
        r->idle = u->next;
        yoke_aligned_free(u->in);
        yoke_aligned_free(u->out);
        free(u);
    }
}

static void discard(yoke_item *item, void *state) {
    if (item->data) put_idle(state, item->data);
}

/* ---- reading and writing ---- */

/* Bytes, 0 at the end, or a failure. */
static long read_input(void *ctx, char *to, size_t size) {
    run *r = ctx;
    ssize_t got;
    do {
        if (yoke_progress_cancelled(r->options->progress)) return yoke_fail(YOKE_ECANCELED, NULL);
        got = read(r->options->input, to, size);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return yoke_fail(YOKE_EIO, "cannot read %s: %m",
                         r->options->name ? r->options->name : "input");
    if (r->options->progress) yoke_progress_add(r->options->progress, (uint64_t)got);
    return (long)got;
}

static int write_output(void *ctx, const char *data, size_t size) {
    const run *r = ctx;
    return yoke__output_write(r->options->output, data, size, r->options->progress);
}

static int write_unit(yoke_flow *flow, yoke_item *item) {
    unit *u = item->data;
    YOKE_TRY(write_output(flow->state, u->out, u->out_size));
    put_idle(flow->state, u);
    return YOKE_STAGE_DROP;
}

/* ---- blocks to compress ---- */

static int fill(run *r, unit *u) {
    YOKE_TRY(reserve_in(u, r->block));
    u->in_size = 0;
    while (u->in_size < r->block && !r->ended) {
        long got = read_input(r, u->in + u->in_size, r->block - u->in_size);
        if (got < 0) return (int)got;
        r->ended = got == 0;
        u->in_size += (size_t)got;
    }
    return YOKE_OK;
}

static int give(run *r, unit *u, int status, yoke_item *item) {
    if (status < 0 || status == YOKE_STAGE_END) {
        put_idle(r, u);
        return status;
    }
    r->units++;
    item->data = u;
    item->bytes = u->in_size;
    return YOKE_STAGE_PASS;
}

static int next_block(yoke_flow *flow, yoke_item *item) {
    run *r = flow->state;
    unit *u = take_idle(r);
    if (!u) return YOKE_ENOMEM;
    int status = r->ended ? YOKE_STAGE_END : fill(r, u);
    if (status == YOKE_OK && !u->in_size && r->units) status = YOKE_STAGE_END;
    return give(r, u, status, item);
}

/* ---- frames to decompress ---- */

static int read_more(run *r) {
    if (r->size + READ > r->room) {
        size_t room = r->room ? 2 * r->room : (size_t)4 * READ;
        char *data = realloc(r->data, room);
        if (!data) return yoke_fail(YOKE_ENOMEM, "no memory for a frame of %zu bytes", room);
        r->data = data;
        r->room = room;
    }
    long got = read_input(r, r->data + r->size, READ);
    if (got < 0) return (int)got;
    r->ended = got == 0;
    r->size += (size_t)got;
    return YOKE_OK;
}

static int take_frame(run *r, unit *u, size_t frame) {
    YOKE_TRY(reserve_in(u, frame));
    if (frame) memcpy(u->in, r->data, frame);
    u->in_size = frame;
    r->size -= frame;
    if (r->size) memmove(r->data, r->data + frame, r->size);
    return YOKE_STAGE_PASS;
}

static int fill_frame(run *r, unit *u) {
    for (;;) {
        size_t frame = 0;
        frame_found found = r->size ? r->codec->find(r->data, r->size, &frame) : FRAME_MORE;
        if (found == FRAME_WHOLE) return take_frame(r, u, frame);
        if (found == FRAME_WRONG && !r->units)
            return yoke_fail(YOKE_EDATA, "not in %s format", r->codec->name);
        if (found == FRAME_WRONG)
            return yoke_fail(YOKE_EDATA, "something that is not %s stands behind a frame",
                             r->codec->name);
        if (found == FRAME_STREAM || (r->ended && r->size)) {
            r->streaming = true;
            return YOKE_STAGE_END;
        }
        if (r->ended && !r->units)
            return yoke_fail(YOKE_EDATA, "empty, not in %s format", r->codec->name);
        if (r->ended) return YOKE_STAGE_END;
        YOKE_TRY(read_more(r));
    }
}

static int next_frame(yoke_flow *flow, yoke_item *item) {
    run *r = flow->state;
    unit *u = take_idle(r);
    if (!u) return YOKE_ENOMEM;
    return give(r, u, fill_frame(r, u), item);
}

/* ---- the codec's stage ---- */

typedef struct local {
    void *context;
} local;

static int start(void *memory, void *state) {
    const run *r = state;
    local *own = memory;
    own->context = r->codec->open(r->level, r->options->decompress);
    return own->context ? YOKE_OK : yoke_fail(YOKE_ENOMEM, "no memory for %s", r->codec->name);
}

static void finish(void *memory, void *state) {
    const run *r = state;
    const local *own = memory;
    r->codec->close(own->context, r->options->decompress);
}

static int convert(yoke_flow *flow, yoke_item *item) {
    const run *r = flow->state;
    const local *own = flow->local;
    unit *u = item->data;
    YOKE_TRY((r->options->decompress ? r->codec->decompress : r->codec->compress)(own->context, u));
    return YOKE_STAGE_PASS;
}

static int run_pipeline(run *r) {
    const yoke_stage stages[] = {
        {.name = "read", .run = r->options->decompress ? next_frame : next_block, .state = r},
        {.name = r->codec->name,
         .run = convert,
         .state = r,
         .local_size = sizeof(local),
         .start = start,
         .finish = finish,
         .discard = discard},
        {.name = "write",
         .kind = YOKE_STAGE_IN_ORDER,
         .run = write_unit,
         .state = r,
         .discard = discard},
    };
    yoke_pipeline_options options = {.name = r->codec->name,
                                     .workers = r->options->workers,
                                     .batch = 1,
                                     .cancel = r->options->cancel};
    return yoke_pipeline_run(stages, sizeof stages / sizeof *stages, &options);
}

static int check(const yoke_compress_options *o, const codec *c) {
    if (o->level < 0 || o->level > c->most_level)
        return yoke_fail(YOKE_EINVAL, "%s: level %d; there are 1 to %d", c->name, o->level,
                         c->most_level);
    if (o->block > MOST_BLOCK)
        return yoke_fail(YOKE_EINVAL, "%s: a block of %zu bytes; the most is %zu", c->name,
                         o->block, MOST_BLOCK);
    return YOKE_OK;
}

int yoke_compress_stream(const yoke_compress_options *options) {
    const codec *c = options->codec == YOKE_CODEC_GZIP ? &yoke__codec_gzip : &yoke__codec_zstd;
    if ((unsigned)options->codec > YOKE_CODEC_GZIP)
        return yoke_fail(YOKE_EINVAL, "compress: there is no codec %d", (int)options->codec);
    YOKE_TRY(check(options, c));
    run r = {.options = options,
             .codec = c,
             .level = options->level ? options->level : c->usual_level,
             .block = options->block ? options->block : BLOCK};
    pthread_mutex_init(&r.lock, NULL);
    int status = run_pipeline(&r);
    if (status >= 0 && r.streaming)
        status = c->stream(r.data, r.size, read_input, write_output, &r);
    pthread_mutex_destroy(&r.lock);
    free_units(&r);
    free(r.data);
    return status < 0 ? fail_named(&r, status) : YOKE_OK;
}

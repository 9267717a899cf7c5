/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading many files through a ring of one's own: two entries a file.
 *
 * A file whose path is not in the caches is opened by a thread of the kernel. That has to lock the
 * ring to put the file into the ring's own table, and we hold this lock while we submit reads to a
 * disk; so a file gets a descriptor of the process. Only when there is none left it goes to the
 * place of its lane in the table, and is closed when the next one takes the place. Opening and
 * reading are not linked: a link would be read by the thread that opened the file and waits for the
 * disk, of which there are few, while a read of its own waits without a thread.
 */
#include "pipeline/aio.h"

#ifdef YOKE_HAVE_LIBURING
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/uring.h"

typedef struct lane {
    char *data;
    size_t room, size; /* bytes; size: read so far */
    size_t index;      /* of the file */
    bool own;          /* data was allocated for a large file */
    bool in_table;     /* the file is there, not at a descriptor */
    int file;          /* its descriptor or place in the table; -1: none */
} lane;

typedef struct reader {
    yoke__files *files;
    struct io_uring ring;
    lane *lanes;
    char *blocks;
    unsigned busy; /* lanes */
} reader;

/* Tags of answers: the number of the lane, and whether it is the open. */
static uint64_t tag(const reader *r, const lane *l, bool open) {
    return (uint64_t)(l - r->lanes) << 1 | open;
}

static int no_entry(void) { return yoke_fail(YOKE_EIO, "io_uring takes no more"); }

static int add_read(reader *r, lane *l) {
    struct io_uring_sqe *entry = yoke__uring_entry(&r->ring);
    if (!entry) return no_entry();
    size_t left = l->room - l->size;
    unsigned size = left < YOKE__AIO_MOST ? (unsigned)left : YOKE__AIO_MOST;
    io_uring_prep_read(entry, l->file, l->data + l->size, size, l->size);
    if (l->in_table) entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(entry, tag(r, l, false));
    return YOKE_OK;
}

static int begin(reader *r, lane *l) {
    struct io_uring_sqe *entry = yoke__uring_entry(&r->ring);
    if (!entry) return no_entry();
    const char *path = r->files->paths[l->index];
    l->size = 0;
    if (l->in_table)
        io_uring_prep_openat_direct(entry, AT_FDCWD, path, O_RDONLY, 0, (unsigned)(l - r->lanes));
    else
        io_uring_prep_openat(entry, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    io_uring_sqe_set_data64(entry, tag(r, l, true));
    return YOKE_OK;
}

static int begin_next(reader *r, lane *l) {
    if (!yoke__files_next(r->files, &l->index)) return YOKE_OK;
    l->in_table = false;
    YOKE_TRY(begin(r, l));
    r->busy++;
    return YOKE_OK;
}

/* ---- answers ---- */

static void put_back(reader *r, lane *l) {
    if (l->own) free(l->data);
    l->own = false;
    l->room = r->files->options.usual;
    l->data = r->blocks + (size_t)(l - r->lanes) * l->room;
}

static int grow(const reader *r, lane *l) {
    size_t most = r->files->options.most + 1, room = l->room < most / 2 ? 2 * l->room : most;
    char *data = l->own ? realloc(l->data, room) : malloc(room);
    if (!data) return yoke__files_error(r->files, l->index, ENOMEM);
    if (!l->own) memcpy(data, l->data, l->size);
    l->own = true;
    l->data = data;
    l->room = room;
    return YOKE_OK;
}

static void close_file(lane *l) {
    if (l->file >= 0 && !l->in_table) close(l->file); /* only read: nothing can be lost */
    l->file = -1;
}

static int end_file(reader *r, lane *l, int64_t size) {
    r->busy--;
    close_file(l);
    yoke__files_deliver(r->files, l->index, l->data, size);
    put_back(r, l);
    return begin_next(r, l);
}

/* What a read gave; the file goes on or ends. */
static int take(reader *r, lane *l, int result) {
    const yoke__files *files = r->files;
    if (result == -EINTR || result == -EAGAIN) return add_read(r, l);
    if (result < 0) return end_file(r, l, yoke__files_error(files, l->index, -result));
    size_t asked = l->room - l->size < YOKE__AIO_MOST ? l->room - l->size : YOKE__AIO_MOST;
    l->size += (size_t)result;
    if (l->size > files->options.most)
        return end_file(r, l, yoke__files_too_large(files, l->index));
    if ((size_t)result < asked) return end_file(r, l, (int64_t)l->size);
    int status = l->size == l->room ? grow(r, l) : YOKE_OK;
    return status < 0 ? end_file(r, l, status) : add_read(r, l);
}

static int opened(reader *r, lane *l, int result) {
    bool full = result == -EMFILE || result == -ENFILE;
    if (full && !l->in_table) {
        l->in_table = true;
        return begin(r, l);
    }
    if (result == -EINTR || result == -EAGAIN) return begin(r, l);
    if (result < 0) return end_file(r, l, yoke__files_error(r->files, l->index, -result));
    l->file = l->in_table ? (int)(l - r->lanes) : result;
    return add_read(r, l);
}

static int collect(reader *r) {
    struct io_uring_cqe *entry;
    while (io_uring_peek_cqe(&r->ring, &entry) == 0) {
        lane *l = &r->lanes[entry->user_data >> 1];
        bool open = entry->user_data & 1;
        int result = entry->res;
        io_uring_cqe_seen(&r->ring, entry);
        YOKE_TRY(open ? opened(r, l, result) : take(r, l, result));
    }
    return YOKE_OK;
}

static int read_all(reader *r) {
    int status = YOKE_OK;
    for (unsigned i = 0; i < r->files->options.depth && status == YOKE_OK; i++) {
        r->lanes[i].file = -1;
        put_back(r, &r->lanes[i]);
        status = begin_next(r, &r->lanes[i]);
    }
    while (r->busy && status == YOKE_OK) {
        int submitted = io_uring_submit_and_wait(&r->ring, 1);
        if (submitted < 0 && submitted != -EINTR)
            return yoke_fail(YOKE_EIO, "io_uring failed: error %d", -submitted);
        status = collect(r);
    }
    return status;
}

/* After a failure of the ring itself: closes what was opened, or is being opened now. */
static void abandon(reader *r) {
    struct io_uring_sync_cancel_reg all = {.flags = IORING_ASYNC_CANCEL_ANY, .timeout = {-1, -1}};
    struct io_uring_cqe *entry;
    (void)io_uring_register_sync_cancel(&r->ring, &all);
    for (; io_uring_peek_cqe(&r->ring, &entry) == 0; io_uring_cqe_seen(&r->ring, entry)) {
        lane *l = &r->lanes[entry->user_data >> 1];
        if (entry->user_data & 1) l->file = entry->res;
    }
    for (unsigned i = 0; i < r->files->options.depth; i++) close_file(&r->lanes[i]);
}

static int open_ring(reader *r) {
    unsigned depth = r->files->options.depth;
    YOKE_TRY(yoke__uring_open(depth, &r->ring));
    int error = io_uring_register_files_sparse(&r->ring, depth);
    if (error == 0) return YOKE_OK;
    io_uring_queue_exit(&r->ring);
    return yoke_fail(YOKE_EUNSUPPORTED, "io_uring has no table for files: error %d", -error);
}

static int run(reader *r) {
    const yoke_aio_files_options *o = &r->files->options;
    r->lanes = calloc(o->depth, sizeof *r->lanes);
    r->blocks = malloc(o->depth * o->usual);
    if (!r->lanes || !r->blocks) return yoke_fail(YOKE_ENOMEM, "no memory for %u files", o->depth);
    YOKE_TRY(open_ring(r));
    int status = read_all(r);
    if (status < 0) abandon(r);
    io_uring_queue_exit(&r->ring); /* also ends what a failure left in it */
    for (unsigned i = 0; i < o->depth; i++) {
        if (r->lanes[i].own) free(r->lanes[i].data);
    }
    return status;
}

int yoke__files_read_uring(yoke__files *files) {
    reader r = {.files = files};
    int status = run(&r);
    free(r.lanes);
    free(r.blocks);
    return status;
}

#else

int yoke__files_read_uring(yoke__files *files) {
    (void)files;
    return yoke_aio_probe_uring();
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading many files: the shared list from which members of a team take the next, and how one is
 * read with blocking calls. Files are begun in the order of the list and all that were begun are
 * delivered, so the failure that stands first is always met, whoever stops the run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/aio.h"
#include "yoke/team.h"

enum { MOST_DEPTH = 1024, USUAL_DEPTH = 64, USUAL_THREADS = 16 };

/* ---- for the members ---- */

void yoke__files_fail(yoke__files *files, size_t index, int status) {
    pthread_mutex_lock(&files->lock);
    if (files->status == YOKE_OK || index < files->failed) {
        files->failed = index;
        files->status = status;
        snprintf(files->detail, sizeof files->detail, "%s", yoke_error_detail());
    }
    pthread_mutex_unlock(&files->lock);
    atomic_store(&files->stop, true);
}

int yoke__files_error(const yoke__files *files, size_t index, int error) {
    int status = error == ENOENT || error == ENOTDIR ? YOKE_ENOENT
                 : error == ENOMEM                   ? YOKE_ENOMEM
                                                     : YOKE_EIO;
    errno = error;
    return yoke_fail(status, "%s: %m", files->paths[index]);
}

int yoke__files_too_large(const yoke__files *files, size_t index) {
    return yoke_fail(YOKE_ERANGE, "%s: more than %zu bytes", files->paths[index],
                     files->options.most);
}

bool yoke__files_next(yoke__files *files, size_t *index) {
    if (atomic_load(&files->stop)) return false;
    const yoke_aio_files_options *o = &files->options;
    int why = yoke_cancel_requested(o->cancel) ? YOKE_ECANCELED : 0;
    if (!why && o->deadline && yoke_deadline_passed(o->deadline)) why = YOKE_ETIMEDOUT;
    if (why) {
        yoke_fail(why, "the files were not all read");
        yoke__files_fail(files, SIZE_MAX, why);
        return false;
    }
    *index = atomic_fetch_add(&files->next, 1);
    return *index < files->count;
}

void yoke__files_deliver(yoke__files *files, size_t index, const char *data, int64_t size) {
    int status = files->fn(files->ctx, index, data, size);
    if (status < 0) yoke__files_fail(files, index, status);
}

/* ---- blocking calls ---- */

typedef struct block {
    char *data;
    size_t room;
} block;

static int grow(block *b, size_t most) {
    size_t room = b->room < most / 2 ? 2 * b->room : most;
    char *data = realloc(b->data, room);
    if (!data) return ENOMEM;
    b->data = data;
    b->room = room;
    return 0;
}

/* The size, or a status. One byte more than the most is asked for, to see that there is none. */
static int64_t read_whole(yoke__files *files, size_t index, int file, block *b) {
    size_t size = 0, most = files->options.most;
    for (;;) {
        if (size == b->room) {
            if (size > most) return yoke__files_too_large(files, index);
            int error = grow(b, most + 1);
            if (error) return yoke__files_error(files, index, error);
        }
        size_t asked = b->room - size;
        ssize_t got = pread(file, b->data + size, asked, (off_t)size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yoke__files_error(files, index, errno);
        size += (size_t)got;
        if (size > most) return yoke__files_too_large(files, index);
        if ((size_t)got < asked) return (int64_t)size;
    }
}

static int64_t read_file(yoke__files *files, size_t index, block *b) {
    int file = open(files->paths[index], O_RDONLY | O_CLOEXEC);
    if (file < 0) return yoke__files_error(files, index, errno);
    int64_t size = read_whole(files, index, file, b);
    close(file); /* of a file that was only read: nothing can be lost */
    return size;
}

int yoke__files_read_plain(yoke__files *files) {
    block b = {malloc(files->options.usual), files->options.usual};
    if (!b.data) return yoke_fail(YOKE_ENOMEM, "no memory for a block");
    for (size_t index; yoke__files_next(files, &index);) {
        int64_t size = read_file(files, index, &b);
        yoke__files_deliver(files, index, b.data, size);
    }
    free(b.data);
    return YOKE_OK;
}

/* ---- the run ---- */

typedef struct crew {
    yoke__files *files;
    int (*read)(yoke__files *files);
} crew;

static int work(yoke_team *team, int member, void *ctx) {
    (void)team;
    (void)member;
    crew *c = ctx;
    int status = c->read(c->files);
    bool may_change = c->files->options.engine == YOKE_AIO_AUTO;
    if (status == YOKE_EUNSUPPORTED && may_change) status = yoke__files_read_plain(c->files);
    if (status < 0) yoke__files_fail(c->files, SIZE_MAX, status);
    return status;
}

static int set_options(const yoke_aio_files_options *given, bool uring, yoke_aio_files_options *o) {
    *o = given ? *given : (yoke_aio_files_options){0};
    if (o->depth > MOST_DEPTH || o->threads < 0 || (unsigned)o->engine > YOKE_AIO_THREADS ||
        o->usual > YOKE__AIO_MOST || o->most >= INT64_MAX)
        return yoke_fail(YOKE_EINVAL, "an option for reading files is out of its range");
    if (!o->depth) o->depth = USUAL_DEPTH;
    if (!o->threads) o->threads = uring ? 1 : USUAL_THREADS;
    if (!o->usual) o->usual = 64 << 10;
    if (!o->most) o->most = 1 << 30;
    if (o->usual > o->most) o->usual = o->most + 1;
    return YOKE_OK;
}

static int run_crew(crew *c) {
    yoke__files *files = c->files;
    int threads = files->options.threads;
    if ((size_t)threads > files->count) threads = (int)files->count;
    int status = threads > 1 ? yoke_team_run(threads, work, c) : work(NULL, 0, c);
    return files->status < 0 ? yoke_fail(files->status, "%s", files->detail) : status;
}

int yoke_aio_read_files(const char *const *paths, size_t count,
                        const yoke_aio_files_options *options, yoke_aio_file_fn *fn, void *ctx) {
    const yoke__aio_calls *calls = NULL;
    yoke__files files = {.paths = paths, .count = count, .fn = fn, .ctx = ctx, .failed = SIZE_MAX};
    YOKE_TRY(set_options(options, false, &files.options));
    YOKE_TRY(yoke__aio_choose(files.options.engine, &calls));
    bool uring = calls == &yoke__aio_uring;
    YOKE_TRY(set_options(options, uring, &files.options));
    if (count == 0) return YOKE_OK;
    crew c = {&files, uring ? yoke__files_read_uring : yoke__files_read_plain};
    pthread_mutex_init(&files.lock, NULL);
    int status = run_crew(&c);
    pthread_mutex_destroy(&files.lock);
    return status;
}

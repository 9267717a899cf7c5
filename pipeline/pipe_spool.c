/* SPDX-License-Identifier: Apache-2.0
 *
 * Output that waits for its turn: up to a MiB in memory, then in a temporary file that has no name
 * and ends with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/pipe.h"

enum { IN_MEMORY = 1 << 20, CHUNK = 1 << 18 };

void yoke__spool_init(spool *s) { *s = (spool){.fd = -1}; }

int yoke__pipe_write(int fd, const char *data, size_t size, yoke_progress *progress) {
    while (size > 0) {
        ssize_t wrote = write(fd, data, size);
        if (wrote < 0 && errno == EINTR) {
            if (yoke_progress_cancelled(progress)) return yoke_fail(YOKE_ECANCELED, NULL);
            continue;
        }
        if (wrote < 0 && errno == EPIPE)
            return yoke_fail(YOKE_ECLOSED, "nobody reads the output any more");
        if (wrote < 0) return yoke_fail(YOKE_EIO, "cannot write the output: %m");
        data += wrote;
        size -= (size_t)wrote;
    }
    return YOKE_OK;
}

static int open_unnamed(void) {
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder) folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/yoke-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof path) return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) unlink(path);
    return fd;
}

static int store(spool *s, const char *data, size_t size) {
    while (size > 0) {
        ssize_t wrote = write(s->fd, data, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return yoke_fail(YOKE_EIO, "cannot write a temporary file: %m");
        data += wrote;
        size -= (size_t)wrote;
    }
    return YOKE_OK;
}

static int move_to_file(spool *s) {
    s->fd = open_unnamed();
    if (s->fd < 0) return yoke_fail(YOKE_EIO, "cannot make a temporary file: %m");
    YOKE_TRY(store(s, s->data, s->size));
    free(s->data);
    s->data = NULL;
    s->size = s->room = 0;
    return YOKE_OK;
}

static int grow(spool *s, size_t size) {
    size_t room = s->room ? s->room : 4096;
    while (room < size) room *= 2;
    char *data = realloc(s->data, room);
    if (!data) return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes of output", room);
    s->data = data;
    s->room = room;
    return YOKE_OK;
}

int yoke__spool_add(spool *s, const char *data, size_t size) {
    if (s->fd < 0 && s->size + size > IN_MEMORY) YOKE_TRY(move_to_file(s));
    if (s->fd >= 0) return store(s, data, size);
    if (s->size + size > s->room) YOKE_TRY(grow(s, s->size + size));
    if (size) memcpy(s->data + s->size, data, size);
    s->size += size;
    return YOKE_OK;
}

static int copy_file(const spool *s, int fd, char *room, yoke_progress *progress,
                     uint64_t *written) {
    for (off_t at = 0;;) {
        ssize_t got = pread(s->fd, room, CHUNK, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yoke_fail(YOKE_EIO, "cannot read a temporary file: %m");
        if (got == 0) return YOKE_OK;
        YOKE_TRY(yoke__pipe_write(fd, room, (size_t)got, progress));
        at += got;
        *written += (uint64_t)got;
    }
}

int yoke__spool_flush(spool *s, int fd, yoke_progress *progress, uint64_t *written) {
    int status = YOKE_OK;
    if (s->fd >= 0) {
        char *room = malloc(CHUNK);
        if (!room) return yoke_fail(YOKE_ENOMEM, "no memory to copy a temporary file");
        status = copy_file(s, fd, room, progress, written);
        free(room);
    } else if (s->size) {
        status = yoke__pipe_write(fd, s->data, s->size, progress);
        if (status >= 0) *written += s->size;
    }
    yoke__spool_clear(s);
    return status;
}

void yoke__spool_clear(spool *s) {
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    s->size = 0;
}

void yoke__spool_free(spool *s) {
    yoke__spool_clear(s);
    free(s->data);
    s->data = NULL;
    s->room = 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Output that waits for its turn: up to a MiB in memory, then in a temporary file that has no name
 * and ends with the process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/output.h"
#include "pipeline/pipe.h"
#include "runtime/file.h"

enum { IN_MEMORY = 1 << 20, CHUNK = 1 << 18 };

void yoke__spool_init(spool *s) { *s = (spool){.fd = -1}; }

static int store(const spool *s, const char *data, size_t size) {
    if (yoke__write_all(s->fd, data, size) == 0) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "cannot write a temporary file: %m");
}

static int move_to_file(spool *s) {
    const char *folder = getenv("TMPDIR");
    s->fd = yoke__open_unnamed(folder && *folder ? folder : "/tmp");
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
        YOKE_TRY(yoke__output_write(fd, room, (size_t)got, progress));
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
        status = yoke__output_write(fd, s->data, s->size, progress);
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

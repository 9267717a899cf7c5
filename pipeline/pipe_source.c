/* SPDX-License-Identifier: Apache-2.0
 *
 * From inputs to blocks.
 *
 * A block of a regular file is a range of it when the end of a record is found in the last part of
 * the range, which is all that is read then. In all other cases data are read into a buffer until
 * there is an end, the buffer becomes the block, and what is behind the end begins the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/pipe.h"

/* Of a range's end, the near part is read first, then, if no record ends there, the whole tail. */
enum { NEAR = 1 << 12, TAIL = 1 << 16, BEYOND = 1 << 12, READ = 1 << 20, SHARES = 64 };

#define BLOCK      ((size_t)4 << 20)
#define MOST_BLOCK ((size_t)64 << 20)
#define MAX_RECORD ((size_t)1 << 30)

int yoke__pipe_source_open(source *s, const yoke_pipe_options *options) {
    *s = (source){.options = options, .fd = -1};
    s->max_record = options->max_record ? options->max_record : MAX_RECORD;
    return yoke__cutter_open(&s->cutter, options);
}

static void drop_header(header *h) {
    if (h && --h->refs == 0) free(h);
}

static void close_input(source *s) {
    if (s->fd > STDIN_FILENO) close(s->fd);
    s->fd = -1;
    if (s->number == 0 && !s->alone)
        s->alone = s->header;
    else
        drop_header(s->header);
    s->header = NULL;
}

void yoke__pipe_source_close(source *s) {
    close_input(s);
    drop_header(s->alone);
    yoke__cutter_close(&s->cutter);
    free(s->buffer);
    while (s->spares) {
        spare *next = s->spares->next;
        free(s->spares);
        s->spares = next;
    }
}

/* Keeps memory for another block. */
static void keep(source *s, char *data, size_t room) {
    spare *kept = (spare *)data;
    if (!data) return;
    *kept = (spare){s->spares, room};
    s->spares = kept;
}

/* Memory of so many bytes or more. */
static char *find_memory(source *s, size_t least, size_t *room) {
    spare *found = s->spares;
    if (found) s->spares = found->next;
    *room = found ? found->room : least;
    if (found && found->room >= least) return (char *)found;
    free(found);
    *room = least;
    return malloc(least);
}

void yoke__block_release(block *b) {
    if (!b || --b->refs > 0) return;
    if (b->fd >= 0) close(b->fd);
    drop_header(b->header);
    if (b->from) keep(b->from, b->data, b->room);
    free(b);
}

/* ---- inputs ---- */

/* Larger for large files. It depends on nothing but the input, so that blocks do not either. */
static size_t usual_block(const source *s, off_t size) {
    size_t share = s->regular ? (size_t)size / SHARES : 0;
    return share < BLOCK ? BLOCK : share < MOST_BLOCK ? share : MOST_BLOCK;
}

static int open_path(source *s, const char *path) {
    struct stat info;
    s->path = strcmp(path, "-") == 0 ? "standard input" : path;
    s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0)
        return yoke_fail(errno == ENOENT ? YOKE_ENOENT : YOKE_EIO, "cannot open '%s': %m", path);
    if (fstat(s->fd, &info) < 0) return yoke_fail(YOKE_EIO, "cannot read %s: %m", s->path);
    if (S_ISDIR(info.st_mode)) return yoke_fail(YOKE_EIO, "'%s' is a directory", path);
    s->regular = S_ISREG(info.st_mode);
    s->offset = s->regular ? lseek(s->fd, 0, SEEK_CUR) : 0;
    if (s->offset < 0) s->regular = false, s->offset = 0;
    if (S_ISFIFO(info.st_mode)) fcntl(s->fd, F_SETPIPE_SZ, READ); /* a larger one is only faster */
    s->block = s->options->block ? s->options->block : usual_block(s, info.st_size);
    s->ended = false;
    s->headed = s->options->header == 0;
    s->have = 0;
    yoke__cutter_reset(&s->cutter);
    return YOKE_OK;
}

/* 1: one is open; 0: there is none any more. */
static int open_next(source *s) {
    static const char *const standard[] = {"-", NULL};
    const char *const *inputs = s->options->inputs ? s->options->inputs : standard;
    if (!inputs[s->next_input]) return 0;
    YOKE_TRY(open_path(s, inputs[s->next_input++]));
    return 1;
}

/* ---- reading ---- */

static int make_room(source *s, size_t more) {
    if (s->have + more <= s->room) return YOKE_OK;
    size_t room = s->room ? s->room : s->block + 2 * READ;
    while (room < s->have + more) room *= 2;
    char *buffer = realloc(s->buffer, room);
    if (!buffer) return yoke_fail(YOKE_ENOMEM, "no memory for a block of %zu bytes", room);
    s->buffer = buffer;
    s->room = room;
    return YOKE_OK;
}

/* Whether a read would wait. */
static bool is_waiting(const source *s) {
    struct pollfd look = {.fd = s->fd, .events = POLLIN};
    return !s->regular && poll(&look, 1, 0) == 0;
}

/* Reads some more: 1; 0: not now. At the end s->ended is set. */
static int read_some(source *s) {
    if (is_waiting(s)) return 0;
    YOKE_TRY(make_room(s, READ));
    ssize_t got;
    do {
        got = s->regular ? pread(s->fd, s->buffer + s->have, READ, s->offset)
                         : read(s->fd, s->buffer + s->have, READ);
    } while (got < 0 && errno == EINTR && !yoke_progress_cancelled(s->options->progress));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got < 0) return yoke_fail(YOKE_EIO, "cannot read %s: %m", s->path);
    s->ended = got == 0;
    s->have += (size_t)got;
    s->offset += got;
    return 1;
}

static int too_long(const source *s) {
    return yoke_fail(YOKE_ERANGE, "%s: the record at byte %llu is longer than %zu bytes", s->path,
                     (unsigned long long)s->at, s->max_record);
}

/* ---- blocks ---- */

static block *make_block(source *s, size_t size) {
    block *b = calloc(1, sizeof *b);
    if (!b) {
        yoke_fail(YOKE_ENOMEM, "no memory for a block");
        return NULL;
    }
    *b = (block){.number = s->number++, .at = s->at, .size = size, .fd = -1, .refs = 1};
    if (s->header) s->header->refs++;
    b->header = s->header;
    s->at += size;
    return b;
}

/* Makes the first `size` bytes of the buffer a block, and keeps the rest. */
static int take_buffer(source *s, size_t size, block **next) {
    size_t rest = s->have - size;
    size_t room = s->block + 2 * READ > rest ? s->block + 2 * READ : rest;
    char *fresh = find_memory(s, room, &room);
    if (!fresh) return yoke_fail(YOKE_ENOMEM, "no memory for a block of %zu bytes", room);
    block *b = make_block(s, size);
    if (!b) return free(fresh), YOKE_ENOMEM;
    if (rest) memcpy(fresh, s->buffer + size, rest);
    b->data = s->buffer;
    b->room = s->room;
    b->open = s->ended && !rest && b->data[size - 1] != '\n';
    b->from = s;
    s->buffer = fresh;
    s->room = room;
    s->have = rest;
    yoke__cutter_reset(&s->cutter);
    *next = b;
    return 1;
}

/* 1: a block; 0: not now; 2: the input has ended. */
static int next_in_memory(source *s, block **next) {
    for (;;) {
        size_t size = s->have ? yoke__cut(&s->cutter, s->buffer, s->have, s->block) : 0;
        if (s->ended && !size) size = s->have;
        size_t length = size ? size : s->have;
        if (!s->cutter.lines && length > s->block && length - s->block > s->max_record)
            return too_long(s);
        if (size) return take_buffer(s, size, next);
        if (s->ended) return 2;
        int got = read_some(s);
        if (got <= 0) return got;
    }
}

static int make_range(source *s, size_t size, block **next) {
    int fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return yoke_fail(YOKE_EIO, "cannot read %s: %m", s->path);
    block *b = make_block(s, size);
    if (!b) return close(fd), YOKE_ENOMEM;
    b->fd = fd;
    b->offset = s->offset;
    s->offset += (off_t)size;
    *next = b;
    return 1;
}

/* The end of the last record that ends in the last `size` bytes of a range, as the range's size; 0:
 * there is none. What is found does not depend on how many bytes are looked at. */
static size_t end_of_range(source *s, size_t size) {
    char tail[TAIL + BEYOND + 1];
    off_t from = s->offset + (off_t)(s->block - size);
    ssize_t got = pread(s->fd, tail, size + BEYOND, from);
    if (got < (ssize_t)size) return 0;
    tail[got] = 0; /* sanitizers read a string that is matched up to its end */
    yoke__cutter_reset(&s->cutter);
    size_t end = yoke__cut(&s->cutter, tail, (size_t)got, size);
    yoke__cutter_reset(&s->cutter);
    return end && end <= size ? s->block - size + end : 0;
}

/* 1: a block that is a range of the file; 0: its end has to be looked for in memory. */
static int next_in_file(source *s, block **next) {
    if (!s->regular || s->cutter.lines || s->options->records == YOKE_PIPE_CSV) return 0;
    /* what was read beyond the header is read again */
    s->offset -= (off_t)s->have;
    s->have = 0;
    size_t size = end_of_range(s, s->block < NEAR ? s->block : NEAR);
    if (!size && s->block > NEAR) size = end_of_range(s, s->block < TAIL ? s->block : TAIL);
    return size ? make_range(s, size, next) : 0;
}

/* The header: 1; 0: not now. An input that is shorter is all header, and has no block. */
static int read_header(source *s) {
    cutter lines = {.lines = s->options->header};
    for (;;) {
        yoke__cutter_reset(&lines);
        size_t size = s->have ? yoke__cut(&lines, s->buffer, s->have, 0) : 0;
        if (s->ended && !size) size = s->have;
        if (size || s->ended) {
            s->header = malloc(sizeof *s->header + size);
            if (!s->header) return yoke_fail(YOKE_ENOMEM, "no memory for a header");
            *s->header = (header){.refs = 1, .size = size};
            if (size) memcpy(s->header->data, s->buffer, size);
            s->have -= size;
            if (s->have) memmove(s->buffer, s->buffer + size, s->have);
            s->at += size;
            s->headed = true;
            return 1;
        }
        if (s->have > s->max_record) return too_long(s);
        int got = read_some(s);
        if (got <= 0) return got;
    }
}

static int next_of_input(source *s, block **next) {
    if (!s->headed) {
        int got = read_header(s);
        if (got <= 0) return got;
    }
    int got = next_in_file(s, next);
    return got ? got : next_in_memory(s, next);
}

int yoke__pipe_source_next(source *s, block **next) {
    for (;;) {
        if (s->fd < 0) {
            int opened = open_next(s);
            if (opened <= 0) return opened < 0 ? opened : 2;
        }
        int got = next_of_input(s, next);
        if (got != 2) return got;
        close_input(s);
    }
}

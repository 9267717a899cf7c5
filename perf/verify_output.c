/* SPDX-License-Identifier: Apache-2.0
 *
 * Outputs of runs, piece by piece: those of the first run are kept in temporary files, others are
 * compared with them while they are digested.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "perf/verify.h"
#include "runtime/file.h"
#include "runtime/text.h"
#include "runtime/verify.h"

enum { PIECE = 1 << 16, SHOWN = 120, BEFORE = 60 };

int yoke__verify_temporary(void) {
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder) folder = "/tmp";
    int made = yoke__open_unnamed(folder);
    return made >= 0 ? made : yoke_fail(YOKE_EIO, "no temporary file in %s: %m", folder);
}

static void close_one(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

/* As many bytes as there are, up to `size`. */
static ssize_t read_at(int from, char *to, size_t size, uint64_t offset) {
    size_t got = 0;
    while (got < size) {
        ssize_t n = pread(from, to + got, size - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return yoke_fail(YOKE_EIO, "cannot read an output: %m");
        if (n == 0) break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* ---- copies of files ---- */

static int copy(int from, int to) {
    char piece[PIECE];
    for (uint64_t at = 0;;) {
        ssize_t got = read_at(from, piece, sizeof piece, at);
        if (got <= 0) return (int)got;
        if (yoke__write_all(to, piece, (size_t)got) < 0)
            return yoke_fail(YOKE_EIO, "cannot keep an output: %m");
        at += (uint64_t)got;
    }
}

/* The file at a path; -1 when there is none. */
static int open_file(const char *path, int *descriptor) {
    struct stat about;
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*descriptor < 0 && errno == ENOENT) return YOKE_OK;
    if (*descriptor < 0) return yoke_fail(YOKE_EIO, "cannot read '%s': %m", path);
    int status = fstat(*descriptor, &about) < 0 ? yoke_fail(YOKE_EIO, "'%s': %m", path)
                 : !S_ISREG(about.st_mode) ? yoke_fail(YOKE_EINVAL, "'%s' is no regular file", path)
                                           : YOKE_OK;
    if (status < 0) close_one(descriptor);
    return status;
}

static void drop(verify_kept *kept) {
    close_one(&kept->data);
    free(kept->link);
    kept->link = NULL;
}

/* Where a symbolic link leads, to be freed; NULL in *link when there is none. */
static int read_link(const char *path, char **link) {
    char text[PATH_MAX];
    ssize_t length = readlink(path, text, sizeof text - 1);
    *link = NULL;
    if (length < 0 && (errno == EINVAL || errno == ENOENT)) return YOKE_OK;
    if (length < 0) return yoke_fail(YOKE_EIO, "cannot read '%s': %m", path);
    *link = strndup(text, (size_t)length);
    return *link ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static int keep_data(int from, verify_kept *kept) {
    struct stat about;
    if (fstat(from, &about) < 0) return yoke_fail(YOKE_EIO, "cannot keep an output: %m");
    kept->mode = about.st_mode & 07777;
    kept->data = yoke__verify_temporary();
    return kept->data < 0 ? kept->data : copy(from, kept->data);
}

static int keep(const char *path, verify_kept *kept) {
    int from;
    *kept = (verify_kept){.data = -1};
    YOKE_TRY(open_file(path, &from));
    int status = read_link(path, &kept->link);
    if (from >= 0 && status >= 0) status = keep_data(from, kept);
    close_one(&from);
    if (status < 0) drop(kept);
    return status;
}

/* ---- making them what they were ---- */

static int remove_file(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "cannot remove '%s': %m", path);
}

/* Removes what a link leads to, in the end. */
static int remove_target(const char *link) {
    char *target = realpath(link, NULL);
    if (!target)
        return errno == ENOENT ? YOKE_OK : yoke_fail(YOKE_EIO, "cannot find '%s': %m", link);
    int status = remove_file(target);
    free(target);
    return status;
}

/* Makes the path the link that it was, or no link. */
static int restore_link(const char *path, const char *link) {
    char *now;
    YOKE_TRY(read_link(path, &now));
    bool same = link ? now && strcmp(now, link) == 0 : !now;
    free(now);
    if (same) return YOKE_OK;
    YOKE_TRY(remove_file(path));
    if (!link || symlink(link, path) == 0) return YOKE_OK;
    return yoke_fail(YOKE_EIO, "cannot make the link '%s': %m", path);
}

/* A run may have left a file that even its owner may not write. */
static int open_to_write(const char *path) {
    static const int how = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    int to = open(path, how, 0666);
    if (to < 0 && errno == EACCES && chmod(path, 0600) == 0) to = open(path, how, 0666);
    return to >= 0 ? to : yoke_fail(YOKE_EIO, "cannot write '%s': %m", path);
}

static int restore_data(const char *path, const verify_kept *kept) {
    int to = open_to_write(path);
    if (to < 0) return to;
    int status = copy(kept->data, to);
    bool done = fchmod(to, kept->mode) == 0;
    done = close(to) == 0 && done;
    return status < 0 || done ? status : yoke_fail(YOKE_EIO, "cannot write '%s': %m", path);
}

static int restore(const verify_output *o, const verify_kept *kept) {
    YOKE_TRY(restore_link(o->path, kept->link));
    if (kept->data >= 0) return restore_data(o->path, kept);
    return kept->link ? remove_target(o->path) : remove_file(o->path);
}

/* ---- life ---- */

int yoke__verify_output_open(verify_output *output, yoke_verify_what what, const char *path) {
    *output = (verify_output){
        .what = what, .path = path, .before = {.data = -1}, .first = {.data = -1}, .now = -1};
    return path ? keep(path, &output->before) : YOKE_OK;
}

int yoke__verify_output_close(verify_output *output) {
    bool changed = output->path && output->taken;
    int status = changed ? restore(output, &output->first) : YOKE_OK;
    drop(&output->before);
    drop(&output->first);
    close_one(&output->now);
    return status;
}

int yoke__verify_output_prepare(verify_output *output) {
    close_one(&output->now);
    if (output->path) return restore(output, &output->before);
    output->now = yoke__verify_temporary();
    return output->now < 0 ? output->now : YOKE_OK;
}

/* ---- what differs ---- */

/* Bytes from `begin` to the end of the line, as text. */
static char *show(int from, uint64_t begin, bool cut) {
    char bytes[SHOWN], *shown = malloc(4 * (size_t)SHOWN + 8);
    if (!shown) return NULL;
    ssize_t got = read_at(from, bytes, sizeof bytes, begin);
    yoke__text text = {.data = shown, .size = 4 * (size_t)SHOWN + 8};
    yoke__text_add(&text, "%s", cut ? "..." : "");
    for (ssize_t i = 0; i < got && bytes[i] != '\n'; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        yoke__text_add(&text, byte < ' ' || byte > '~' ? "\\x%02x" : "%c", byte);
    }
    if (got == 0) yoke__text_add(&text, "%s", "(its end)");
    return shown;
}

/* Line and beginning of it for a byte of a file; lines are the same in both files up to there. */
static int locate(int from, uint64_t byte, uint64_t *line, uint64_t *begin) {
    char piece[PIECE];
    *line = 1, *begin = 0;
    for (uint64_t at = 0; at < byte;) {
        uint64_t left = byte - at;
        ssize_t got = read_at(from, piece, left < PIECE ? (size_t)left : PIECE, at);
        if (got <= 0) return (int)got;
        for (ssize_t i = 0; i < got; i++)
            if (piece[i] == '\n') ++*line, *begin = at + (uint64_t)i + 1;
        at += (uint64_t)got;
    }
    return YOKE_OK;
}

static int describe(int first, int other, yoke_verify_difference *d) {
    uint64_t begin;
    YOKE_TRY(locate(first, d->byte, &d->line, &begin));
    bool cut = d->byte - begin > BEFORE;
    if (cut) begin = d->byte - BEFORE;
    d->first = show(first, begin, cut);
    d->other = show(other, begin, cut);
    return d->first && d->other ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static size_t differs_at(const char *a, const char *b, size_t n) {
    size_t i = 0;
    while (i < n && a[i] == b[i]) i++;
    return i;
}

/* Digests what is in `now`, and finds the first byte in which it differs from `first` (-1: not
 * compared); *at is the size when there is none. */
static int scan(verify_output *o, int now, int first, uint64_t *at, bool *found) {
    char a[PIECE], b[PIECE];
    o->size = o->digest = 0;
    *found = false;
    for (;;) {
        ssize_t got = read_at(now, b, PIECE, o->size);
        if (got < 0) return (int)got;
        if (first >= 0 && !*found) {
            ssize_t had = read_at(first, a, PIECE, o->size);
            if (had < 0) return (int)had;
            size_t both = (size_t)(had < got ? had : got), same = differs_at(a, b, both);
            *found = same < both || had != got;
            *at = o->size + same;
        }
        if (got == 0) return YOKE_OK;
        o->digest = yoke__verify_digest(o->digest, b, (size_t)got);
        o->size += (uint64_t)got;
    }
}

static int note_missing(const verify_output *o, yoke_verify_difference *d) {
    d->first = strdup(o->missing ? "a file" : "no file");
    d->other = strdup(o->missing ? "no file" : "a file");
    return d->first && d->other ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static int name_it(const verify_output *o, yoke_verify_difference *d) {
    d->what = o->what;
    d->name = strdup(o->path ? o->path : "");
    return d->name ? YOKE_OK : yoke_fail(YOKE_ENOMEM, NULL);
}

static int compare(verify_output *o, int now, bool *found, yoke_verify_difference *d) {
    if (o->missing || o->first.data < 0) {
        *found = o->missing != (o->first.data < 0);
        uint64_t unused;
        bool none;
        if (!o->missing) YOKE_TRY(scan(o, now, -1, &unused, &none));
        if (!*found) return YOKE_OK;
        YOKE_TRY(name_it(o, d));
        return note_missing(o, d);
    }
    YOKE_TRY(scan(o, now, o->first.data, &d->byte, found));
    if (!*found) return YOKE_OK;
    YOKE_TRY(name_it(o, d));
    return describe(o->first.data, now, d);
}

static int take_first(verify_output *o) {
    uint64_t unused;
    bool none;
    if (o->path)
        YOKE_TRY(keep(o->path, &o->first));
    else
        o->first.data = o->now, o->now = -1;
    o->taken = true;
    o->missing = o->first.data < 0;
    return o->missing ? YOKE_OK : scan(o, o->first.data, -1, &unused, &none);
}

int yoke__verify_output_take(verify_output *output, bool is_first, bool *found,
                             yoke_verify_difference *difference) {
    *found = false;
    output->size = output->digest = 0;
    if (is_first) return take_first(output);
    int now = output->now;
    if (output->path) YOKE_TRY(open_file(output->path, &now));
    output->missing = now < 0;
    int status = compare(output, now, found, difference);
    if (output->path) close_one(&now);
    return status;
}

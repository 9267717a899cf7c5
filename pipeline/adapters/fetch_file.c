/* SPDX-License-Identifier: Apache-2.0
 *
 * The file that a transfer makes: in memory while it is small, then beside its place, and renamed
 * when it is complete. A small one is written to a file without a name, which then gets its name if
 * nothing has it yet: each name more in a large folder may cost a search through all of it.
 *
 * A tag is written before the first byte of the part that it belongs to, and removed before a part
 * is begun anew, so that a part is never continued with another's tag.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/adapters/fetch.h"

static int fail_file(const char *path) { return yoke_fail(YOKE_EIO, "cannot write %s: %m", path); }

static int write_all(const yoke__fetch_file *f, const char *data, size_t size) {
    while (size) {
        ssize_t done = write(f->file, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_file(f->part);
        data += done;
        size -= (size_t)done;
    }
    return YOKE_OK;
}

/* Calls add with all bytes of a file; negative when it cannot be read. */
static int add_file(yoke__sha256 *sum, const char *path, uint64_t size) {
    char block[8192];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    while (size) {
        ssize_t got = read(file, block, size < sizeof block ? size : sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        yoke__sha256_add(sum, block, (size_t)got);
        size -= (uint64_t)got;
    }
    close(file); /* of a file that was only read: nothing can be lost */
    return size ? -1 : 0;
}

/* ---- tags ---- */

/* The ETag in the first line and the address in the second. */
static int write_tag(const yoke__fetch_file *f) {
    FILE *file = fopen(f->tag, "we");
    if (!file) return fail_file(f->tag);
    int failed = fprintf(file, "%s\n%s\n", f->etag, f->url) < 0;
    failed |= fclose(file) != 0;
    return failed ? fail_file(f->tag) : YOKE_OK;
}

static bool read_tag(yoke__fetch_file *f) {
    FILE *file = fopen(f->tag, "re");
    char *url = NULL;
    size_t room = 0;
    if (!file) return false;
    bool good = fgets(f->etag, sizeof f->etag, file) && strchr(f->etag, '\n');
    if (good) f->etag[strcspn(f->etag, "\n")] = '\0';
    ssize_t length = good ? getline(&url, &room, file) : -1;
    good = length > 0 && url[length - 1] == '\n' && f->etag[0] == '"' &&
           (size_t)length - 1 == strlen(f->url) && memcmp(url, f->url, (size_t)length - 1) == 0;
    free(url);
    fclose(file);
    return good;
}

void yoke__fetch_file_find(yoke__fetch_file *f) {
    struct stat status;
    f->before = 0;
    if (stat(f->part, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 && read_tag(f))
        f->before = (uint64_t)status.st_size;
    else
        f->etag[0] = '\0';
}

/* ---- a transfer's file ---- */

int yoke__fetch_file_begin(yoke__fetch_file *f, const yoke_fetch_item *item, bool summed) {
    f->path = item->path;
    f->url = item->url;
    f->file = -1;
    f->size = f->before = f->buffered = 0;
    f->etag[0] = '\0';
    f->summed = summed;
    if (asprintf(&f->part, "%s.part", item->path) < 0) f->part = NULL;
    if (asprintf(&f->tag, "%s.part.etag", item->path) < 0) f->tag = NULL;
    if (f->part && f->tag) return YOKE_OK;
    yoke__fetch_file_end(f);
    return yoke_fail(YOKE_ENOMEM, "no memory for a name");
}

void yoke__fetch_file_end(yoke__fetch_file *f) {
    if (f->file >= 0) close(f->file);
    free(f->part);
    free(f->tag);
    f->part = f->tag = NULL;
    f->file = -1;
}

/* Opens the part, at its beginning or for what comes after f->before. */
static int open_part(yoke__fetch_file *f, int flags) {
    if (!flags) {
        if (unlink(f->tag) < 0 && errno != ENOENT) return fail_file(f->tag);
        flags = O_TRUNC;
    }
    f->file = open(f->part, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (f->file < 0) return fail_file(f->part);
    return flags == O_TRUNC && f->etag[0] ? write_tag(f) : YOKE_OK;
}

int yoke__fetch_file_open(yoke__fetch_file *f, bool going_on) {
    yoke__sha256_init(&f->sum);
    if (!going_on) f->before = 0;
    f->size = f->before;
    if (!going_on) return YOKE_OK;
    if (f->summed && add_file(&f->sum, f->part, f->before) < 0)
        return yoke_fail(YOKE_EIO, "cannot read %s: %m", f->part);
    return open_part(f, O_APPEND);
}

static int flush(yoke__fetch_file *f) {
    if (f->file < 0) YOKE_TRY(open_part(f, 0));
    YOKE_TRY(write_all(f, f->buffer, f->buffered));
    f->buffered = 0;
    return YOKE_OK;
}

int yoke__fetch_file_add(yoke__fetch_file *f, const char *data, size_t size) {
    if (f->summed) yoke__sha256_add(&f->sum, data, size);
    f->size += size;
    if (size > sizeof f->buffer - f->buffered) YOKE_TRY(flush(f));
    if (size > sizeof f->buffer) return write_all(f, data, size);
    memcpy(f->buffer + f->buffered, data, size);
    f->buffered += size;
    return YOKE_OK;
}

static void remove_part(const yoke__fetch_file *f) {
    unlink(f->tag); /* what is not there need not be removed */
    unlink(f->part);
}

/* Opens a file without a name in the folder of the path; -1: not to be had here. */
static int open_nameless(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
    if (slash && !folder) return -1;
    int file = open(folder ? folder : ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    free(folder);
    return file;
}

/* A body that is whole and in memory gets its place at once: 1; 0: it needs a part. */
static int put_in_place(yoke__fetch_file *f) {
    char name[32];
    if (f->file >= 0 || access(f->part, F_OK) == 0) return 0;
    f->file = open_nameless(f->path);
    if (f->file < 0) return 0;
    int status = write_all(f, f->buffer, f->buffered);
    snprintf(name, sizeof name, "/proc/self/fd/%d", f->file);
    bool linked =
        status == YOKE_OK && linkat(AT_FDCWD, name, AT_FDCWD, f->path, AT_SYMLINK_FOLLOW) == 0;
    int failed = close(f->file);
    f->file = -1;
    if (status == YOKE_OK && failed) status = fail_file(f->path);
    if (linked && status < 0) unlink(f->path);
    return status < 0 ? status : linked;
}

int yoke__fetch_file_commit(yoke__fetch_file *f, const char *wanted, char sum[65]) {
    bool tagged = f->file >= 0;
    sum[0] = '\0';
    if (f->summed) yoke__sha256_end(&f->sum, sum);
    if (wanted && strcasecmp(sum, wanted) != 0) {
        remove_part(f);
        return yoke_fail(YOKE_EDATA, "the checksum is %s and not %s", sum, wanted);
    }
    f->etag[0] = '\0'; /* a part that is whole needs none */
    int placed = put_in_place(f);
    if (placed) return placed < 0 ? placed : YOKE_OK;
    YOKE_TRY(flush(f));
    int failed = close(f->file);
    f->file = -1;
    if (failed || rename(f->part, f->path) < 0) {
        int status = fail_file(f->path);
        remove_part(f);
        return status;
    }
    if (tagged) unlink(f->tag);
    return YOKE_OK;
}

bool yoke__fetch_file_abandon(yoke__fetch_file *f, bool keep) {
    if (f->file < 0 && keep) return f->before > 0; /* the part was not touched */
    if (keep && f->etag[0] && flush(f) == YOKE_OK) return true;
    if (f->file >= 0 || f->before) remove_part(f);
    return false;
}

bool yoke__fetch_file_is_there(const yoke_fetch_item *item, bool summed,
                               yoke_fetch_result *result) {
    struct stat status;
    yoke__sha256 sum;
    if (stat(item->path, &status) < 0 || !S_ISREG(status.st_mode)) return false;
    result->size = (uint64_t)status.st_size;
    if (!summed) return true;
    yoke__sha256_init(&sum);
    if (add_file(&sum, item->path, result->size) < 0) return false;
    yoke__sha256_end(&sum, result->sha256);
    if (!item->sha256 || strcasecmp(item->sha256, result->sha256) == 0) return true;
    result->sha256[0] = '\0';
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a batch's ledger. Its format and rules stand in ledger.h. */
#include "pipeline/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "yoke/status.h"

enum { VERSION = 1, MOST_JOB = 4095, BUFFER = 1 << 20 };
static const char magic[8] = "yokeledg";

typedef struct file_head {
    char magic[8];
    uint32_t version, job;
    uint64_t items;
    uint32_t job_sum, sum;
} file_head;

typedef struct record_head {
    uint32_t head_sum, size;
    int32_t status;
    uint32_t bytes_sum;
    uint64_t index;
} record_head;

static uint32_t sum_of(const void *bytes, size_t size) { return (uint32_t)crc32_z(0, bytes, size); }

static uint32_t sum_of_head(const record_head *head) {
    return sum_of((const char *)head + sizeof head->head_sum, sizeof *head - sizeof head->head_sum);
}

static uint32_t sum_of_file(const file_head *head) {
    return sum_of(head, offsetof(file_head, sum));
}

static int io_error(const yoke__ledger *l) { return yoke_fail(YOKE_EIO, "%s: %m", l->path); }

static int damaged(const yoke__ledger *l, uint64_t at) {
    return yoke_fail(YOKE_EDATA, "%s: the ledger is damaged at byte %llu", l->path,
                     (unsigned long long)at);
}

/* ---- reading and writing at a place */

/* Returns how many bytes there are, up to size; -1. */
static ssize_t read_at(int descriptor, void *to, size_t size, uint64_t at) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(descriptor, (char *)to + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static int write_at(int descriptor, const char *bytes, size_t size, uint64_t at) {
    for (size_t done = 0; done < size;) {
        ssize_t n = pwrite(descriptor, bytes + done, size - done, (off_t)(at + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        done += (size_t)n;
    }
    return 0;
}

/* ---- the head */

static int check_job(const yoke__ledger *l, const char *job, const char *found) {
    if (strcmp(job, found) == 0) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "%s: a ledger of '%s', not of '%s'", l->path, found, job);
}

static int check_head(yoke__ledger *l, const char *job, const file_head *head) {
    char found[MOST_JOB + 1];
    ssize_t n = read_at(l->descriptor, found, head->job, sizeof *head);
    if (n < 0) return io_error(l);
    if ((size_t)n < head->job || sum_of(found, head->job) != head->job_sum)
        return damaged(l, sizeof *head);
    found[head->job] = 0;
    YOKE_TRY(check_job(l, job, found));
    if (head->items != l->items)
        return yoke_fail(YOKE_EINVAL, "%s: a ledger of %llu items, not of %llu", l->path,
                         (unsigned long long)head->items, (unsigned long long)l->items);
    l->end = sizeof *head + head->job;
    return YOKE_OK;
}

/* The file, and its name in the folder. */
static int sync_new(const yoke__ledger *l) {
    char folder[4096] = ".";
    const char *slash = strrchr(l->path, '/');
    size_t length = slash ? (size_t)(slash - l->path) + 1 : 0;
    if (length >= sizeof folder) return yoke_fail(YOKE_ERANGE, "%s: the name is too long", l->path);
    if (slash) memcpy(folder, l->path, length), folder[length] = 0;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return io_error(l);
    int failed = fsync(l->descriptor) < 0 || fsync(descriptor) < 0 ? errno : 0;
    close(descriptor);
    errno = failed;
    return failed ? io_error(l) : YOKE_OK;
}

static int write_head(yoke__ledger *l, const char *job) {
    char bytes[sizeof(file_head) + MOST_JOB];
    file_head head = {.version = VERSION, .job = (uint32_t)strlen(job), .items = l->items};
    memcpy(head.magic, magic, sizeof magic);
    head.job_sum = sum_of(job, head.job);
    head.sum = sum_of_file(&head);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, job, head.job);
    l->end = sizeof head + head.job;
    if (write_at(l->descriptor, bytes, (size_t)l->end, 0) < 0) return io_error(l);
    return l->sync ? sync_new(l) : YOKE_OK;
}

/* A file that ends within its head holds no record yet: it is begun again. */
static int begin_again(yoke__ledger *l, const char *job, uint64_t size) {
    l->torn = size;
    if (ftruncate(l->descriptor, 0) < 0) return io_error(l);
    return write_head(l, job);
}

/* How much of the magic is there: all that there is must be right. */
static bool is_ours(const file_head *head, size_t there) {
    return memcmp(head->magic, magic, there < sizeof magic ? there : sizeof magic) == 0;
}

static int open_head(yoke__ledger *l, const char *job) {
    file_head head = {.version = VERSION};
    struct stat file;
    ssize_t there = read_at(l->descriptor, &head, sizeof head, 0);
    if (there < 0 || fstat(l->descriptor, &file) < 0) return io_error(l);
    if (!is_ours(&head, (size_t)there) || head.version != VERSION)
        return yoke_fail(YOKE_EDATA, "%s: this is no ledger of this version", l->path);
    uint64_t size = (uint64_t)file.st_size;
    if ((size_t)there < sizeof head) return begin_again(l, job, size);
    if (head.sum != sum_of_file(&head) || head.job > MOST_JOB) return damaged(l, 0);
    if (size < sizeof head + head.job) return begin_again(l, job, size);
    return check_head(l, job, &head);
}

/* ---- reading all records */

/* A window on the file that moves forward. */
typedef struct window {
    char *bytes;
    size_t count, room;
    uint64_t at;
} window;

/* `size` bytes at `at`, fewer where the file ends: *there. */
static int look(const yoke__ledger *l, window *w, uint64_t at, size_t size, const char **bytes,
                size_t *there) {
    if (at < w->at || at + size > w->at + w->count) {
        if (size > w->room) {
            char *more = realloc(w->bytes, size);
            if (!more) return yoke_fail(YOKE_ENOMEM, "%s: no memory to read it", l->path);
            w->bytes = more;
            w->room = size;
        }
        ssize_t n = read_at(l->descriptor, w->bytes, w->room, at);
        if (n < 0) return io_error(l);
        w->at = at;
        w->count = (size_t)n;
    }
    size_t left = w->count - (size_t)(at - w->at);
    *there = left < size ? left : size;
    *bytes = w->bytes + (at - w->at);
    return YOKE_OK;
}

static void note(yoke__ledger *l, const record_head *head, bool retry) {
    bool failed = head->status < 0;
    l->place[head->index] = failed && retry ? 0 : 2 * l->end + failed;
}

static void count(yoke__ledger *l) {
    for (uint64_t i = 0; i < l->items; i++) {
        l->done += l->place[i] != 0;
        l->failed += l->place[i] & 1;
    }
}

/* What is at the end of what is known. */
enum { RECORD, END };

/* END when there is nothing but zeros from `at` on. */
static int zeros_from(const yoke__ledger *l, window *w, uint64_t at) {
    for (;; at += w->room) {
        size_t there = 0;
        const char *bytes = NULL;
        YOKE_TRY(look(l, w, at, w->room, &bytes, &there));
        for (size_t i = 0; i < there; i++)
            if (bytes[i]) return damaged(l, l->end);
        if (there < w->room) return END;
    }
}

static int next_record(const yoke__ledger *l, window *w, record_head *head) {
    size_t there = 0;
    const char *bytes = NULL;
    YOKE_TRY(look(l, w, l->end, sizeof *head, &bytes, &there));
    if (there < sizeof *head) return END;
    memcpy(head, bytes, sizeof *head);
    if (head->head_sum != sum_of_head(head)) return zeros_from(l, w, l->end);
    if (head->index >= l->items) return damaged(l, l->end);
    YOKE_TRY(look(l, w, l->end + sizeof *head, (size_t)head->size + 1, &bytes, &there));
    if (there < head->size) return END;
    if (sum_of(bytes, head->size) == head->bytes_sum) return RECORD;
    return there == head->size ? END : zeros_from(l, w, l->end + sizeof *head + head->size);
}

static int cut_off(yoke__ledger *l) {
    struct stat file;
    if (fstat(l->descriptor, &file) < 0) return io_error(l);
    if ((uint64_t)file.st_size == l->end) return YOKE_OK;
    l->torn += (uint64_t)file.st_size - l->end;
    return ftruncate(l->descriptor, (off_t)l->end) < 0 ? io_error(l) : YOKE_OK;
}

static int read_records(yoke__ledger *l, window *w, bool retry) {
    record_head head;
    for (;;) {
        int what = next_record(l, w, &head);
        if (what < 0) return what;
        if (what == END) return cut_off(l);
        note(l, &head, retry);
        l->end += sizeof head + head.size;
    }
}

/* ---- life */

static int take(yoke__ledger *l) {
    l->descriptor = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (l->descriptor < 0) return io_error(l);
    if (flock(l->descriptor, LOCK_EX | LOCK_NB) == 0) return YOKE_OK;
    if (errno != EWOULDBLOCK) return io_error(l);
    return yoke_fail(YOKE_EIO, "%s: the ledger is in use", l->path);
}

static int load(yoke__ledger *l, const char *job, bool retry) {
    window w = {.room = BUFFER};
    l->place = calloc(l->items ? l->items : 1, sizeof *l->place);
    w.bytes = malloc(w.room);
    int status = YOKE_OK;
    if (!l->place || !w.bytes) status = yoke_fail(YOKE_ENOMEM, "%s: no memory to read it", l->path);
    if (status >= 0) status = open_head(l, job);
    if (status >= 0) status = read_records(l, &w, retry);
    if (status >= 0) count(l);
    free(w.bytes);
    return status;
}

int yoke__ledger_open(yoke__ledger *l, const char *path, const char *job, uint64_t items, bool sync,
                      bool retry) {
    *l = (yoke__ledger){.path = path, .descriptor = -1, .sync = sync, .items = items};
    int status = take(l);
    if (status >= 0) status = load(l, job, retry);
    if (status < 0) yoke__ledger_close(l);
    return status;
}

void yoke__ledger_close(yoke__ledger *l) {
    if (l->descriptor >= 0) close(l->descriptor);
    free(l->place);
    free(l->buffer);
    *l = (yoke__ledger){.descriptor = -1};
}

/* ---- records */

static int make_room(yoke__ledger *l, size_t size) {
    if (l->room - l->used >= size) return YOKE_OK;
    size_t room = l->room ? l->room : 4096;
    while (room - l->used < size) room *= 2;
    char *buffer = realloc(l->buffer, room);
    if (!buffer) return yoke_fail(YOKE_ENOMEM, "%s: no memory for a record", l->path);
    l->buffer = buffer;
    l->room = room;
    return YOKE_OK;
}

int yoke__ledger_add(yoke__ledger *l, const yoke__record *record) {
    record_head head = {.size = (uint32_t)record->size,
                        .status = record->status,
                        .bytes_sum = sum_of(record->bytes, record->size),
                        .index = record->index};
    head.head_sum = sum_of_head(&head);
    YOKE_TRY(make_room(l, sizeof head + record->size));
    memcpy(l->buffer + l->used, &head, sizeof head);
    memcpy(l->buffer + l->used + sizeof head, record->bytes, record->size);
    l->used += sizeof head + record->size;
    return YOKE_OK;
}

int yoke__ledger_flush(yoke__ledger *l) {
    size_t used = l->used;
    l->used = 0;
    if (write_at(l->descriptor, l->buffer, used, l->end) < 0) {
        int failed = errno;
        (void)!ftruncate(l->descriptor, (off_t)l->end);
        errno = failed;
        return io_error(l);
    }
    l->end += used;
    return l->sync && fdatasync(l->descriptor) < 0 ? io_error(l) : YOKE_OK;
}

static int read_record(const yoke__ledger *l, uint64_t at, const record_head *head,
                       yoke__record *r) {
    *r = (yoke__record){
        .index = head->index, .status = head->status, .before = true, .size = head->size};
    ssize_t n = read_at(l->descriptor, r->bytes, r->size, at + sizeof *head);
    if (n < 0) return io_error(l);
    r->bytes[r->size] = 0;
    if ((size_t)n == r->size && sum_of(r->bytes, r->size) == head->bytes_sum) return YOKE_OK;
    return damaged(l, at);
}

int yoke__ledger_read(const yoke__ledger *l, uint64_t index, yoke__record **record) {
    record_head head;
    uint64_t at = l->place[index] / 2;
    ssize_t n = read_at(l->descriptor, &head, sizeof head, at);
    if (n < 0) return io_error(l);
    if ((size_t)n < sizeof head || head.head_sum != sum_of_head(&head)) return damaged(l, at);
    yoke__record *r = malloc(sizeof *r + head.size + 1);
    if (!r) return yoke_fail(YOKE_ENOMEM, "%s: no memory for a record", l->path);
    int status = read_record(l, at, &head, r);
    if (status >= 0)
        *record = r;
    else
        free(r);
    return status;
}

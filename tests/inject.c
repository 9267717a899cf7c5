/* SPDX-License-Identifier: Apache-2.0
 *
 * One counter for each kind of failure. A wrapper takes a ticket before it calls the real function;
 * the call whose ticket is the last one fails.
 */
#include "tests/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static atomic_long allocations_left; /* until the failing one; 0 or below: none fails */
static atomic_long io_left;
static atomic_int io_error = EIO;
static atomic_size_t io_limit;
static atomic_long interrupt_every, interrupt_count;
static atomic_int happened;

void inject_fail_allocation(long n) {
    happened = 0;
    allocations_left = n;
}

void inject_fail_io(long n, int error) {
    happened = 0;
    io_error = error;
    io_left = n;
}

void inject_short_io(size_t bytes) { io_limit = bytes; }

void inject_interrupt_io(long n) {
    interrupt_count = 0;
    interrupt_every = n;
}

void inject_reset(void) {
    allocations_left = io_left = interrupt_every = 0;
    io_limit = 0;
}

int inject_happened(void) { return happened; }

static int is_last(atomic_long *left) {
    if (*left <= 0 || atomic_fetch_sub(left, 1) != 1) return 0;
    happened = 1;
    return 1;
}

static int allocation_fails(void) {
    if (!is_last(&allocations_left)) return 0;
    errno = ENOMEM;
    return 1;
}

static int io_fails(void) {
    if (!is_last(&io_left)) return 0;
    errno = io_error;
    return 1;
}

static int transfer_fails(void) {
    long every = interrupt_every;
    if (every > 0 && atomic_fetch_add(&interrupt_count, 1) % every == every - 1) {
        errno = EINTR;
        return 1;
    }
    return io_fails();
}

static size_t shortened(size_t size) {
    size_t limit = io_limit;
    return limit && size > limit ? limit : size;
}

/* WRAP(type of the result, name, parameters, arguments, condition, result of a failure). The real
 * function is the linker's name for the one that was wrapped. Visible, as the linker wants it where
 * a shared library calls the same function (whose calls are not touched all the same). */
#define WRAP(type, name, parameters, arguments, fails, failure)                                    \
    type __real_##name parameters;                                                                 \
    __attribute__((visibility("default"))) type __wrap_##name parameters;                          \
    type __wrap_##name parameters { return (fails) ? (failure) : __real_##name arguments; }

WRAP(void *, malloc, (size_t size), (size), allocation_fails(), NULL)
WRAP(void *, calloc, (size_t count, size_t size), (count, size), allocation_fails(), NULL)
WRAP(void *, realloc, (void *block, size_t size), (block, size), allocation_fails(), NULL)
WRAP(void *, aligned_alloc, (size_t align, size_t size), (align, size), allocation_fails(), NULL)
WRAP(int, posix_memalign, (void **block, size_t align, size_t size), (block, align, size),
     allocation_fails(), ENOMEM)
WRAP(char *, strdup, (const char *text), (text), allocation_fails(), NULL)
WRAP(char *, strndup, (const char *text, size_t size), (text, size), allocation_fails(), NULL)
WRAP(int, vasprintf, (char **text, const char *format, va_list list), (text, format, list),
     allocation_fails(), -1)
WRAP(void *, mmap, (void *at, size_t size, int protect, int flags, int file, off_t offset),
     (at, size, protect, flags, file, offset), allocation_fails(), MAP_FAILED)

WRAP(void *, reallocarray, (void *block, size_t count, size_t size), (block, count, size),
     allocation_fails(), NULL)
WRAP(int, regcomp, (regex_t * regex, const char *pattern, int flags), (regex, pattern, flags),
     allocation_fails(), REG_ESPACE)
WRAP(int, inflateInit2_, (z_streamp z, int bits, const char *version, int size),
     (z, bits, version, size), allocation_fails(), Z_MEM_ERROR)
WRAP(ZSTD_DStream *, ZSTD_createDStream, (void), (), allocation_fails(), NULL)

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = __wrap_vasprintf(text, format, list);
    va_end(list);
    return length;
}

WRAP(ssize_t, read, (int file, void *data, size_t size), (file, data, shortened(size)),
     transfer_fails(), -1)
WRAP(ssize_t, pread, (int file, void *data, size_t size, off_t offset),
     (file, data, shortened(size), offset), transfer_fails(), -1)
WRAP(ssize_t, write, (int file, const void *data, size_t size), (file, data, shortened(size)),
     transfer_fails(), -1)
WRAP(ssize_t, pwrite, (int file, const void *data, size_t size, off_t offset),
     (file, data, shortened(size), offset), transfer_fails(), -1)
WRAP(off_t, lseek, (int file, off_t offset, int whence), (file, offset, whence), io_fails(), -1)
WRAP(int, stat, (const char *path, struct stat *status), (path, status), io_fails(), -1)
WRAP(int, fstat, (int file, struct stat *status), (file, status), io_fails(), -1)
WRAP(int, fsync, (int file), (file), io_fails(), -1)
WRAP(int, ftruncate, (int file, off_t size), (file, size), io_fails(), -1)
WRAP(int, rename, (const char *from, const char *to), (from, to), io_fails(), -1)
WRAP(int, mkstemp, (char *template), (template), io_fails(), -1)
WRAP(FILE *, fopen, (const char *path, const char *mode), (path, mode), io_fails(), NULL)
WRAP(FILE *, fdopen, (int file, const char *mode), (file, mode), io_fails(), NULL)

/* A file that reports an error when it is closed is closed all the same. */
int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) {
    int fails = io_fails();
    int status = __real_close(file);
    if (fails) errno = io_error;
    return fails ? -1 : status;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = creates ? va_arg(list, mode_t) : 0;
    va_end(list);
    return io_fails() ? -1 : __real_open(path, flags, mode);
}

/* One run with its n-th call failing: whether the failure was met and reported. */
static int run_reports(int (*operation)(void *ctx), void *ctx, int status, long n) {
    int returned = operation(ctx);
    inject_reset();
    if (returned >= 0) return 0;
    if (happened && returned == status) return 1;
    fprintf(stderr, "call %ld %s: the operation returned %d\n", n,
            happened ? "failed" : "was not reached", returned);
    abort();
}

long inject_each_allocation(int (*operation)(void *ctx), void *ctx, int status) {
    long failures = 0, n = 1;
    do {
        inject_fail_allocation(n);
        failures += run_reports(operation, ctx, status, n++);
    } while (happened);
    return failures;
}

long inject_each_io(int (*operation)(void *ctx), void *ctx, int error, int status) {
    long failures = 0, n = 1;
    do {
        inject_fail_io(n, error);
        failures += run_reports(operation, ctx, status, n++);
    } while (happened);
    return failures;
}

static long requested(const char *variable) {
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void read_requests(void) {
    const char *io = getenv("INJECT_IO");
    const char *error = io ? strchr(io, ':') : NULL;
    inject_fail_allocation(requested("INJECT_ALLOCATION"));
    inject_fail_io(requested("INJECT_IO"), error ? (int)strtol(error + 1, NULL, 10) : EIO);
    inject_short_io((size_t)requested("INJECT_SHORT_IO"));
    inject_interrupt_io(requested("INJECT_INTERRUPT"));
}

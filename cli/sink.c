/* SPDX-License-Identifier: Apache-2.0
 *
 * Output files by temporary name, fsync and rename.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/sink.h"
#include "yoke/status.h"

int write_all(int descriptor, const char *data, size_t size) {
    while (size) {
        ssize_t done = write(descriptor, data, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return -1;
        data += done;
        size -= (size_t)done;
    }
    return 0;
}

static int fail_with_errno(sink *out) {
    if (errno == EPIPE) {
        out->closed_pipe = true;
        return yoke_fail(YOKE_ECANCELED, NULL);
    }
    return yoke_fail(YOKE_EIO, "cannot write %s: %m", out->name);
}

/* Gives the new file the old one's mode, or that of any new file. */
static int set_mode(const sink *out) {
    struct stat old;
    if (stat(out->path, &old) == 0) return fchmod(out->descriptor, old.st_mode & 07777);
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(out->descriptor, 0666 & ~mask);
}

/* Opens ".NAME.XXXXXX" beside `path`. */
static int open_temporary(sink *out) {
    const char *slash = strrchr(out->path, '/');
    const char *base = slash ? slash + 1 : out->path;
    int directory = (int)(base - out->path);
    if (asprintf(&out->temporary, "%.*s.%.200s.XXXXXX", directory, out->path, base) < 0) {
        out->temporary = NULL;
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    sigset_t before;
    interrupt_hold(&before); /* no signal between the file and the knowledge of it */
    out->descriptor = mkstemp(out->temporary);
    if (out->descriptor >= 0) interrupt_file(out->temporary);
    interrupt_release(&before);
    if (out->descriptor < 0) {
        int status = fail_with_errno(out);
        free(out->temporary);
        out->temporary = NULL;
        return status;
    }
    return set_mode(out) < 0 ? fail_with_errno(out) : 0;
}

static int open_file(sink *out, const char *path) {
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        out->descriptor = open(path, O_WRONLY | O_CLOEXEC);
        return out->descriptor < 0 ? fail_with_errno(out) : 0;
    }
    out->path = realpath(path, NULL);
    if (!out->path && errno == ENOENT) out->path = strdup(path);
    if (!out->path) return fail_with_errno(out);
    return open_temporary(out);
}

int sink_open(sink *out, const char *path) {
    *out = (sink){.name = path ? path : "standard output", .descriptor = STDOUT_FILENO};
    if (!path) return 0;
    out->descriptor = -1;
    if (!*path) return yoke_fail(YOKE_EINVAL, "the file to write has no name");
    int status = open_file(out, path);
    if (status < 0) sink_abandon(out);
    return status;
}

int sink_write(sink *out, const char *data, size_t size) {
    return write_all(out->descriptor, data, size) < 0 ? fail_with_errno(out) : 0;
}

static void release(sink *out) {
    if (out->descriptor >= 0 && out->descriptor != STDOUT_FILENO) close(out->descriptor);
    out->descriptor = -1;
    free(out->temporary);
    free(out->path);
    out->temporary = out->path = NULL;
}

/* Closes the file, which on some file systems is where a full disk shows. */
static int finish(sink *out) {
    if (out->path && !out->unsynced && fsync(out->descriptor) < 0) return fail_with_errno(out);
    int descriptor = out->descriptor;
    out->descriptor = -1;
    if (close(descriptor) < 0 && errno != EINTR) return fail_with_errno(out);
    if (out->path && rename(out->temporary, out->path) < 0) return fail_with_errno(out);
    return 0;
}

int sink_commit(sink *out) {
    int status = finish(out);
    if (status < 0) {
        sink_abandon(out);
        return status;
    }
    interrupt_forget_file();
    release(out);
    return 0;
}

void sink_abandon(sink *out) {
    if (out->temporary && unlink(out->temporary) == 0) interrupt_forget_file();
    release(out);
}

int sink_exit_status(const sink *out, int status) {
    if (status >= 0) return 0;
    if (out->closed_pipe) return EXIT_CLOSED_PIPE;
    message("%s", yoke_error_detail());
    return EXIT_FAULT;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing whole pieces, and temporary files without names.
 */
#include "runtime/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int yoke__write_all(int descriptor, const void *bytes, size_t size) {
    const char *from = bytes;
    while (size > 0) {
        ssize_t written = write(descriptor, from, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        from += written;
        size -= (size_t)written;
    }
    return 0;
}

static int open_and_unlink(const char *folder) {
    char *path = NULL;
    if (asprintf(&path, "%s/yoke-XXXXXX", folder) < 0) return -1;
    int descriptor = mkstemp(path);
    if (descriptor >= 0) {
        unlink(path);
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    int code = errno;
    free(path);
    errno = code;
    return descriptor;
}

int yoke__open_unnamed(const char *folder) {
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    bool unknown = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    return descriptor < 0 && unknown ? open_and_unlink(folder) : descriptor;
}

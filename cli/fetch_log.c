/* SPDX-License-Identifier: Apache-2.0
 *
 * The log of yoke fetch: JSON Lines. Bytes of addresses and reasons that are not UTF-8 become
 * U+FFFD.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/buffer.h"
#include "cli/fetch.h"
#include "cli/json_text.h"
#include "cli/sink.h"

int fetch_log_open(fetch_log *log, const char *path) {
    *log = (fetch_log){.descriptor = -1, .name = path};
    if (!path) return YOKE_OK;
    log->descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return log->descriptor < 0 ? yoke_fail(YOKE_EIO, "cannot write %s: %m", path) : YOKE_OK;
}

/* Only what there is to say. */
static json_t *object(const yoke_fetch_item *item, const yoke_fetch_result *r) {
    json_t *made = json_object();
    const char *status = r->status < 0 ? "failed" : r->there ? "there" : "fetched";
    int failed = json_object_set_new(made, "url", json_text(item->url));
    failed |= json_object_set_new(made, "file", json_text(item->path));
    failed |= json_object_set_new(made, "status", json_string(status));
    if (r->status < 0) failed |= json_object_set_new(made, "error", json_text(r->detail));
    if (r->http) failed |= json_object_set_new(made, "http", json_integer(r->http));
    failed |= json_object_set_new(made, "bytes", json_integer((json_int_t)r->size));
    if (r->resumed)
        failed |= json_object_set_new(made, "resumed", json_integer((json_int_t)r->resumed));
    failed |= json_object_set_new(made, "tries", json_integer(r->tries));
    failed |= json_object_set_new(made, "seconds", json_real(r->seconds));
    if (r->paused > 0) failed |= json_object_set_new(made, "paused", json_real(r->paused));
    if (*r->sha256) failed |= json_object_set_new(made, "sha256", json_string(r->sha256));
    if (!failed) return made;
    json_decref(made);
    return NULL;
}

void fetch_log_write(fetch_log *log, const yoke_fetch_item *item, const yoke_fetch_result *result) {
    if (log->descriptor < 0 || log->failed) return;
    json_t *line = object(item, result);
    char *bytes = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(line);
    size_t size = bytes ? strlen(bytes) : 0;
    if (bytes) bytes[size] = '\n'; /* in place of the NUL: one write a line */
    if (!bytes || write_all(log->descriptor, bytes, size + 1) < 0) log->failed = true;
    free(bytes);
}

int fetch_log_close(fetch_log *log) {
    if (log->descriptor < 0) return YOKE_OK;
    bool failed = close(log->descriptor) < 0 || log->failed;
    return failed ? yoke_fail(YOKE_EIO, "the log %s is not complete", log->name) : YOKE_OK;
}

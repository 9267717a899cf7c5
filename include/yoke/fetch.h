/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching many addresses over HTTP, a limited number at a time. In the library libyoke-http, which
 * needs libcurl and is built where that is found (pkg-config yoke-http).
 *
 *     yoke_fetch_item items[] = {{"https://example.org/a", "a", NULL}, ...};
 *     yoke_fetch_options options = {.concurrent = 10, .per_host = 4, .resume = true};
 *     YOKE_TRY(yoke_fetch(items, count, &options, results));
 *
 * All is done in the calling thread, by libcurl's multi interface (which may use a thread for the
 * resolution of names). Connections are used again. Only http and https are spoken, also after a
 * redirect; certificates are verified, and there is no way not to.
 *
 * A body goes to PATH.part and takes the name PATH when it is complete, so what is at PATH is
 * whole. Of a body that came without a length, to the end of the connection, only the checksum
 * tells that. It is not brought to the disk (fsync). Small bodies wait in memory. When the server
 * gave a strong ETag, it is kept in PATH.part.etag with the address; then the next try, in this run
 * or, with `resume`, in a later one, asks for the rest only (Range and If-Range, RFC 9110). When
 * the resource has changed meanwhile, the server sends it from its beginning.
 *
 * Tried again is what may pass: names that do not resolve, connections that fail or break, bodies
 * that are cut, time-outs, wrong checksums (from the beginning) and the answers 408, 425, 429, 500,
 * 502, 503 and 504. The pause before try n is backoff_seconds * 2^(n-2), at most backoff_most, less
 * a random part of up to a half; a longer Retry-After of the server holds, up to backoff_most. The
 * random parts follow from the seed, the place of the item and the number of the try.
 *
 * Items begin in their order, but a host that has `per_host` transfers lets others pass.
 */
#ifndef YOKE_FETCH_H
#define YOKE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/deadline.h"
#include "yoke/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_fetch_item {
    const char *url;
    const char *path;   /* of the file to make, in a directory that exists; no two the same */
    const char *sha256; /* 64 hexadecimal digits that the file must have; NULL: any */
} yoke_fetch_item;

typedef struct yoke_fetch_result {
    int status;       /* YOKE_OK; YOKE_EIO: network, HTTP or file system; YOKE_ENOENT: 404 or 410;
                         YOKE_ETIMEDOUT; YOKE_ERANGE: too large; YOKE_EDATA: the checksum; YOKE_EINVAL:
                         no address; YOKE_ECANCELED */
    int http;         /* code of the last answer; 0: there was none */
    unsigned tries;   /* 0: not begun */
    bool there;       /* the file was there already */
    uint64_t size;    /* of the file; of a failed item, bytes of its last try */
    uint64_t resumed; /* of them, those that a partial file gave */
    double seconds;   /* from the begin of the first try */
    double paused;    /* of them, at least: pauses before further tries, as they were planned */
    char sha256[65];  /* "" when it was not asked for, or there is no file */
    char detail[256]; /* why it failed, in one line without the address; "" */
} yoke_fetch_result;

typedef struct yoke_fetch_options {
    unsigned concurrent;    /* transfers at a time, 1 to 1000; 0: 10 */
    unsigned per_host;      /* of them to one host and port; 0: no limit */
    int retries;            /* tries after the first; 0: 3; -1: none */
    double backoff_seconds; /* 0: 0.5 */
    double backoff_most;    /* 0: 30 */
    uint64_t seed;
    double connect_seconds; /* 0: 10 */
    double stall_seconds;   /* without a byte, then the try fails; 0: 30 */
    double try_seconds;     /* for a try; 0: no limit */
    uint64_t most_bytes;    /* of a body; 0: no limit */
    int redirects;          /* to follow; 0: 10; -1: none */
    const char *ca_file;    /* certificates to trust, PEM; NULL: those of the system */
    bool resume; /* leave files that are there as they are (if they have the checksum), and go on
                    with those that are partly there */
    bool sums;   /* make checksums of all */
    yoke_deadline deadline;    /* of all; 0 and YOKE_FOREVER: none */
    const yoke_cancel *cancel; /* NULL: none; looked at every 0.1 s */
    yoke_progress *progress;   /* counts items that have ended; cancels as well. NULL: none */
    /* An item has ended by itself; the result is good during the call. NULL: not told. */
    void (*done)(void *ctx, size_t index, const yoke_fetch_result *result);
    void *ctx;
} yoke_fetch_options;

/* Fetches all items and returns when each has ended. `results` has `count` places, or is NULL.
 * YOKE_OK when all are there; otherwise the status of the first, in their order, that failed, with
 * address and reason in the detail, and the others were fetched all the same. YOKE_ECANCELED and
 * YOKE_ETIMEDOUT when the run was ended from outside; YOKE_EINVAL for options; YOKE_ENOMEM;
 * YOKE_EUNSUPPORTED when libcurl cannot start. Any thread. */
YOKE_API int yoke_fetch(const yoke_fetch_item *items, size_t count,
                        const yoke_fetch_options *options, yoke_fetch_result *results);

#ifdef __cplusplus
}
#endif
#endif

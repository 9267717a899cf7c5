/* SPDX-License-Identifier: Apache-2.0
 *
 * A resource pool of HTTP clients that keep their connections. In the library libyoke-http, which
 * needs libcurl and is built where that is found (pkg-config yoke-http). The handles are CURL
 * pointers (easy handles), for all calls of libcurl except curl_easy_cleanup.
 *
 *     yoke_resource_options options = {.name = "web", .maximum = 8, .work_seconds = 30};
 *     YOKE_TRY(yoke_resource_http_create("http://example.org/", &options, &pool));
 *     YOKE_TRY(yoke_resource_acquire(pool, &handle, yoke_deadline_in(2)));
 *     curl_easy_setopt(handle, CURLOPT_URL, "http://example.org/data");
 *     CURLcode code = curl_easy_perform(handle);
 *
 * What the callbacks do:
 *   create     makes an easy handle and sends a HEAD request to `url`, whose connection stays open
 *              for the next requests to that server. Any answer will do; none before the deadline
 *              is YOKE_ETIMEDOUT, a want of memory YOKE_ENOMEM, everything else YOKE_EIO, with
 *              libcurl's words.
 *   reset      curl_easy_reset: options go, connections, cookies and the cache of names stay.
 * A connection that the server has closed meanwhile is opened again by libcurl itself, so there is
 * nothing to validate, unless `url` does not answer: discard a handle after a failed transfer, and
 * the pool finds out. New and reset handles have CURLOPT_NOSIGNAL, CURLOPT_CONNECTTIMEOUT_MS from
 * connect_seconds and, when there is one, CURLOPT_TIMEOUT_MS from work_seconds.
 */
#ifndef YOKE_RESOURCE_HTTP_H
#define YOKE_RESOURCE_HTTP_H

#include "yoke/resource.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a pool, without connecting. `url` is copied; NULL: handles are made without a request, and
 * so never fail. In options->calls only overdue, clock and their ctx may be set; options may be
 * NULL. YOKE_EINVAL, YOKE_ENOMEM; YOKE_EUNSUPPORTED when libcurl cannot start. */
YOKE_API int yoke_resource_http_create(const char *url, const yoke_resource_options *options,
                                       yoke_resource_pool **pool);

#ifdef __cplusplus
}
#endif
#endif

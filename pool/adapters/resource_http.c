/* SPDX-License-Identifier: Apache-2.0
 *
 * The resource pool's callbacks for libcurl. An easy handle keeps its connections when it is reset,
 * so reuse needs nothing but handles that are used again; the request that create sends makes a
 * server that is down a failure of create, which the pool knows how to deal with.
 */
#include "yoke/resource_http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct site {
    char *url;          /* NULL: none */
    long connect, work; /* milliseconds; 0: no limit */
    yoke_resource_calls user;
} site;

static long milliseconds(double seconds) {
    double span = seconds * 1e3;
    if (!(span > 0)) return 0;
    return span < 1e9 ? (long)span + 1 : 1000000000;
}

/* ---- create, reset, destroy ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t ignore(char *data, size_t size, size_t count, void *ctx) {
    (void)data;
    (void)ctx;
    return size * count;
}

static CURLcode set_up(CURL *curl, const site *s) {
    CURLcode code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, s->connect);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, s->work);
    return code;
}

static CURLcode ask(CURL *curl, const site *s, yoke_deadline deadline, char *reason) {
    double left = deadline == YOKE_FOREVER ? 1e6 : (double)(deadline - yoke_deadline_in(0)) * 1e-9;
    CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, s->url);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (!code) code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(left) + 1);
    if (!code) code = curl_easy_perform(curl);
    return code;
}

static int clean(CURL *curl, const site *s) {
    curl_easy_reset(curl);
    CURLcode code = set_up(curl, s);
    return code ? yoke_fail(YOKE_ENOMEM, "HTTP: %s", curl_easy_strerror(code)) : YOKE_OK;
}

static int status_of(CURLcode code) {
    if (code == CURLE_OUT_OF_MEMORY) return YOKE_ENOMEM;
    return code == CURLE_OPERATION_TIMEDOUT ? YOKE_ETIMEDOUT : YOKE_EIO;
}

static int create(void *ctx, yoke_deadline deadline, void **handle) {
    const site *s = ctx;
    char reason[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    if (!curl) return yoke_fail(YOKE_ENOMEM, "no memory for an HTTP client");
    CURLcode code = set_up(curl, s);
    if (!code && s->url) code = ask(curl, s, deadline, reason);
    int status = YOKE_OK;
    if (code)
        status = yoke_fail(status_of(code), "HTTP: %s: %s", s->url ? s->url : "",
                           *reason ? reason : curl_easy_strerror(code));
    else
        status = clean(curl, s);
    if (status < 0)
        curl_easy_cleanup(curl);
    else
        *handle = curl;
    return status;
}

static int reset(void *ctx, void *handle, yoke_deadline deadline) {
    (void)deadline;
    return clean(handle, ctx);
}

static void destroy(void *ctx, void *handle) {
    (void)ctx;
    curl_easy_cleanup(handle);
}

/* ---- the pool ---- */

static void overdue(void *ctx, const yoke_resource_lease *lease) {
    const site *s = ctx;
    if (s->user.overdue) s->user.overdue(s->user.ctx, lease);
}

static int64_t tell_time(void *ctx) {
    const site *s = ctx;
    return s->user.clock(s->user.ctx);
}

static void fini(void *ctx) {
    site *s = ctx;
    if (s) free(s->url);
    free(s);
}

static CURLcode started;
static void start(void) { started = curl_global_init(CURL_GLOBAL_DEFAULT); }

static int check(const yoke_resource_calls *calls) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (calls->create || calls->validate || calls->reset || calls->destroy || calls->interrupt ||
        calls->fini)
        return yoke_fail(YOKE_EINVAL, "HTTP: callbacks other than overdue and clock are set");
    pthread_once(&once, start);
    if (started) return yoke_fail(YOKE_EUNSUPPORTED, "HTTP: %s", curl_easy_strerror(started));
    return YOKE_OK;
}

int yoke_resource_http_create(const char *url, const yoke_resource_options *options,
                              yoke_resource_pool **pool) {
    yoke_resource_options mine = options ? *options : (yoke_resource_options){0};
    YOKE_TRY(check(&mine.calls));
    site *s = calloc(1, sizeof *s);
    if (s && url) s->url = strdup(url);
    if (!s || (url && !s->url)) {
        fini(s);
        return yoke_fail(YOKE_ENOMEM, "no memory for a pool of HTTP clients");
    }
    s->user = mine.calls;
    s->connect = milliseconds(mine.connect_seconds > 0 ? mine.connect_seconds : 10);
    s->work = milliseconds(mine.work_seconds);
    mine.calls = (yoke_resource_calls){
        create, NULL, reset, destroy, overdue, NULL, fini, s->user.clock ? tell_time : NULL, s};
    int status = yoke_resource_create(&mine, pool);
    if (status < 0) fini(s);
    return status;
}

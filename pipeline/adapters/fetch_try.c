/* SPDX-License-Identifier: Apache-2.0
 *
 * One try of one transfer: what is asked of libcurl, what becomes of the answer's headers and body,
 * and what its end means.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pipeline/adapters/fetch.h"

static yoke__fetch_job *job_of(const yoke__fetch_lane *lane) {
    return &lane->run->queue.jobs[lane->job];
}

static const yoke_fetch_item *item_of(const yoke__fetch_lane *lane) {
    return &lane->run->items[lane->job];
}

static long code_of(const yoke__fetch_lane *lane) {
    long code = 0;
    curl_easy_getinfo(lane->curl, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

/* ---- headers ---- */

/* The value of a header, when the line is of that name. */
static bool is_header(const char *line, size_t size, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    if (size <= length || strncasecmp(line, name, length) != 0 || line[length] != ':') return false;
    line += length + 1;
    size -= length + 1;
    while (size && strchr(" \t", *line)) line++, size--;
    while (size && strchr(" \t\r\n", line[size - 1])) size--;
    value[0] = '\0';
    if (size < room) memcpy(value, line, size), value[size] = '\0';
    return true;
}

static void hear(yoke__fetch_lane *lane) {
    lane->silence = yoke_deadline_in(lane->run->options.stall_seconds);
}

/* The connection is there, and the request is about to be sent.
 * NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int begin_request(void *ctx, char *to, char *from, int to_port, int from_port) {
    (void)to, (void)from, (void)to_port, (void)from_port;
    hear(ctx);
    return CURL_PREREQFUNC_OK;
}

/* Each answer begins anew: of several, after redirects, the last counts. */
static size_t take_header(char *line, size_t one, size_t size, void *ctx) {
    yoke__fetch_lane *lane = ctx;
    char value[sizeof lane->etag] = "";
    hear(lane);
    if (size * one >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        lane->etag[0] = '\0';
        lane->has_from = false;
    } else if (is_header(line, size, "ETag", value, sizeof value)) {
        memcpy(lane->etag, value, sizeof value);
        if (value[0] != '"') lane->etag[0] = '\0'; /* weak: not the same bytes */
    } else if (is_header(line, size, "Content-Range", value, sizeof value)) {
        lane->has_from = strncasecmp(value, "bytes ", 6) == 0 && value[6] >= '0' && value[6] <= '9';
        if (lane->has_from) lane->from = strtoull(value + 6, NULL, 10);
    }
    return size * one;
}

/* ---- the body ---- */

static int begin_body(yoke__fetch_lane *lane) {
    yoke__fetch_file *file = &lane->file;
    long code = code_of(lane);
    lane->begun = true;
    lane->ignored = code < 200 || code > 299;
    if (lane->ignored) return YOKE_OK;
    bool part = code == 206;
    if (part && !(file->before && lane->has_from && lane->from == file->before)) {
        lane->anew = true;
        return yoke_fail(YOKE_EIO, "the server sent another part than was asked for");
    }
    if (!part) memcpy(file->etag, lane->etag, sizeof file->etag);
    return yoke__fetch_file_open(file, part);
}

static int fail_size(const yoke__fetch_lane *lane) {
    return yoke_fail(YOKE_ERANGE, "the body has more than %llu bytes",
                     (unsigned long long)lane->run->options.most_bytes);
}

static int add(yoke__fetch_lane *lane, const char *data, size_t size) {
    uint64_t most = lane->run->options.most_bytes;
    if (!lane->begun) YOKE_TRY(begin_body(lane));
    if (lane->ignored) return YOKE_OK;
    if (most && lane->file.size + size > most) return fail_size(lane);
    return yoke__fetch_file_add(&lane->file, data, size);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t take_body(char *data, size_t one, size_t size, void *ctx) {
    yoke__fetch_lane *lane = ctx;
    hear(lane);
    int status = add(lane, data, size * one);
    if (status == YOKE_OK) return size * one;
    lane->failure = status;
    snprintf(lane->detail, sizeof lane->detail, "%s", yoke_error_detail());
    return 0;
}

/* ---- lanes ---- */

static long milliseconds(double seconds) {
    double span = seconds * 1e3;
    if (!(span > 0)) return 0;
    return span < 1e9 ? (long)span + 1 : 1000000000;
}

/* The first failure counts. */
#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (!code) code = curl_easy_setopt(curl, option, value);                                   \
    } while (0)

static CURLcode set_limits(CURL *curl, const yoke_fetch_options *o) {
    CURLcode code = CURLE_OK;
    SET(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(o->connect_seconds));
    SET(CURLOPT_TIMEOUT_MS, milliseconds(o->try_seconds));
    SET(CURLOPT_FOLLOWLOCATION, o->redirects > 0 ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)o->redirects);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    if (o->most_bytes) SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->most_bytes);
    if (o->ca_file) SET(CURLOPT_CAINFO, o->ca_file);
    return code;
}

static CURLcode set_up(CURL *curl, yoke__fetch_lane *lane) {
    CURLcode code = set_limits(curl, &lane->run->options);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "yoke-fetch");
    SET(CURLOPT_ERRORBUFFER, lane->reason);
    SET(CURLOPT_PREREQFUNCTION, begin_request);
    SET(CURLOPT_PREREQDATA, lane);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, lane);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, lane);
    SET(CURLOPT_PRIVATE, lane);
    return code;
}

static int fail_curl(CURLcode code) {
    return yoke_fail(code == CURLE_OUT_OF_MEMORY ? YOKE_ENOMEM : YOKE_EUNSUPPORTED, "libcurl: %s",
                     curl_easy_strerror(code));
}

int yoke__fetch_lane_init(yoke__fetch_lane *lane, const yoke__fetch_run *run) {
    lane->run = run;
    lane->job = YOKE__NONE;
    lane->file.file = -1;
    lane->curl = curl_easy_init();
    if (!lane->curl) return yoke_fail(YOKE_ENOMEM, "no memory for an HTTP client");
    CURLcode code = set_up(lane->curl, lane);
    return code ? fail_curl(code) : YOKE_OK;
}

void yoke__fetch_lane_fini(yoke__fetch_lane *lane) {
    if (lane->curl) curl_easy_cleanup(lane->curl);
    curl_slist_free_all(lane->headers);
}

/* ---- a try ---- */

static CURLcode set_range(yoke__fetch_lane *lane) {
    CURL *curl = lane->curl;
    CURLcode code = CURLE_OK;
    char range[32], header[sizeof lane->file.etag + 16];
    curl_slist_free_all(lane->headers);
    lane->headers = NULL;
    if (lane->file.before) {
        snprintf(range, sizeof range, "%llu-", (unsigned long long)lane->file.before);
        snprintf(header, sizeof header, "If-Range: %s", lane->file.etag);
        lane->headers = curl_slist_append(NULL, header);
        if (!lane->headers) return CURLE_OUT_OF_MEMORY;
    }
    SET(CURLOPT_RANGE, lane->file.before ? range : NULL);
    SET(CURLOPT_HTTPHEADER, lane->headers);
    return code;
}

int yoke__fetch_try_begin(yoke__fetch_lane *lane, size_t job) {
    const yoke__fetch_run *run = lane->run;
    const yoke_fetch_item *item = &run->items[job];
    yoke__fetch_job *j = &run->queue.jobs[job];
    lane->job = job;
    lane->begun = lane->ignored = lane->has_from = lane->anew = false;
    lane->failure = 0;
    lane->silence = YOKE_FOREVER;
    lane->etag[0] = lane->reason[0] = lane->detail[0] = '\0';
    if (j->result.tries++ == 0) j->began = yoke_deadline_in(0);
    YOKE_TRY(yoke__fetch_file_begin(&lane->file, item, run->options.sums || item->sha256));
    if (run->options.resume || j->kept) yoke__fetch_file_find(&lane->file);
    CURLcode code = curl_easy_setopt(lane->curl, CURLOPT_URL, item->url);
    if (!code) code = set_range(lane);
    return code ? fail_curl(code) : YOKE_OK;
}

static bool may_pass(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
    }
}

static int status_of(CURLcode code) {
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return YOKE_ETIMEDOUT;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return YOKE_EINVAL;
    case CURLE_FILESIZE_EXCEEDED: return YOKE_ERANGE;
    case CURLE_OUT_OF_MEMORY: return YOKE_ENOMEM;
    default: return YOKE_EIO;
    }
}

static int judge_transfer(const yoke__fetch_lane *lane, CURLcode code, bool *again) {
    *again = lane->failure ? lane->anew : may_pass(code);
    if (lane->failure) return yoke_fail(lane->failure, "%s", lane->detail);
    if (code == CURLE_FILESIZE_EXCEEDED) return fail_size(lane);
    return yoke_fail(status_of(code), "%s",
                     *lane->reason ? lane->reason : curl_easy_strerror(code));
}

static int judge_answer(const yoke__fetch_lane *lane, long code, bool *again) {
    *again = code == 408 || code == 425 || code == 429 || code == 500 ||
             (code >= 502 && code <= 504) || (code == 416 && lane->file.before);
    int status = code == 404 || code == 410 ? YOKE_ENOENT : YOKE_EIO;
    if (code >= 300 && code <= 399) return yoke_fail(status, "HTTP %ld, a redirect", code);
    return yoke_fail(status, "HTTP %ld", code);
}

static int finish_file(yoke__fetch_lane *lane, bool *again) {
    yoke__fetch_job *job = job_of(lane);
    if (!lane->begun) YOKE_TRY(begin_body(lane)); /* it is empty */
    int status = yoke__fetch_file_commit(&lane->file, item_of(lane)->sha256, job->result.sha256);
    *again = status == YOKE_EDATA;
    if (status < 0) job->result.sha256[0] = '\0';
    return status;
}

static void note_result(const yoke__fetch_lane *lane, int status, long code) {
    yoke__fetch_job *job = job_of(lane);
    yoke_fetch_result *result = &job->result;
    result->status = status;
    result->http = (int)code;
    result->size = lane->file.size;
    result->resumed = lane->begun ? lane->file.before : 0;
    result->seconds = (double)(yoke_deadline_in(0) - job->began) * 1e-9;
    snprintf(result->detail, sizeof result->detail, "%s", status < 0 ? yoke_error_detail() : "");
}

bool yoke__fetch_try_end(yoke__fetch_lane *lane, CURLcode code) {
    bool again = false;
    long answer = code_of(lane);
    int status = 0;
    if (lane->failure || code)
        status = judge_transfer(lane, code, &again);
    else if (answer < 200 || answer > 299)
        status = judge_answer(lane, answer, &again);
    else
        status = finish_file(lane, &again);
    note_result(lane, status, answer);
    bool keep = again && !lane->anew && answer != 416 && status != YOKE_EDATA;
    job_of(lane)->kept = status < 0 && yoke__fetch_file_abandon(&lane->file, keep);
    yoke__fetch_file_end(&lane->file);
    lane->job = YOKE__NONE;
    return again;
}

void yoke__fetch_try_stop(yoke__fetch_lane *lane) {
    note_result(lane, YOKE_OK, code_of(lane)); /* the run knows the status */
    yoke__fetch_file_abandon(&lane->file, true);
    yoke__fetch_file_end(&lane->file);
    lane->job = YOKE__NONE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching: the loop. It starts what may begin, lets libcurl work, takes what has ended, and sleeps
 * until a socket is ready, a pause is over, or it is time to look whether the run was ended.
 */
#include "pipeline/adapters/fetch.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yoke/hash.h"

enum { MOST_CONCURRENT = 1000, LOOK_MS = 100, LONGEST_MS = 10000 };

static double or_default(double value, double usual) { return value == 0 ? usual : value; }

static int set_options(const yoke_fetch_options *given, yoke_fetch_options *o) {
    *o = given ? *given : (yoke_fetch_options){0};
    if (!o->concurrent) o->concurrent = 10;
    if (!o->per_host || o->per_host > o->concurrent) o->per_host = o->concurrent;
    o->retries = o->retries ? o->retries : 3;
    o->redirects = o->redirects ? o->redirects : 10;
    o->backoff_seconds = or_default(o->backoff_seconds, 0.5);
    o->backoff_most = or_default(o->backoff_most, 30);
    o->connect_seconds = or_default(o->connect_seconds, 10);
    o->stall_seconds = or_default(o->stall_seconds, 30);
    if (o->concurrent > MOST_CONCURRENT || o->retries < -1 || o->redirects < -1 ||
        !(o->backoff_seconds > 0) || !(o->backoff_most > 0) || !(o->connect_seconds > 0) ||
        !(o->stall_seconds > 0) || !(o->try_seconds >= 0) || o->most_bytes > INT64_MAX)
        return yoke_fail(YOKE_EINVAL, "fetch: an option is out of its range");
    if (o->retries < 0) o->retries = 0;
    if (o->redirects < 0) o->redirects = 0;
    return YOKE_OK;
}

static int check_items(const yoke_fetch_item *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *sum = items[i].sha256;
        if (!items[i].url || !items[i].path)
            return yoke_fail(YOKE_EINVAL, "item %zu has no address or path", i);
        if (sum && (strlen(sum) != 64 || strspn(sum, "0123456789abcdefABCDEF") != 64))
            return yoke_fail(YOKE_EINVAL, "%s: a sha256 has 64 hexadecimal digits, unlike '%s'",
                             items[i].url, sum);
    }
    return YOKE_OK;
}

static CURLcode started;
static void start_curl(void) { started = curl_global_init(CURL_GLOBAL_DEFAULT); }

static int open_run(yoke__fetch_run *r, size_t count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    if (started) return yoke_fail(YOKE_EUNSUPPORTED, "libcurl: %s", curl_easy_strerror(started));
    if (r->options.concurrent > count) r->options.concurrent = count ? (unsigned)count : 1;
    r->left = count;
    YOKE_TRY(yoke__fetch_queue_init(&r->queue, r->items, count, r->options.per_host));
    r->multi = curl_multi_init();
    r->lanes = calloc(r->options.concurrent, sizeof *r->lanes);
    if (!r->multi || !r->lanes) return yoke_fail(YOKE_ENOMEM, "no memory for HTTP clients");
    for (unsigned i = 0; i < r->options.concurrent; i++)
        YOKE_TRY(yoke__fetch_lane_init(&r->lanes[i], r));
    CURLMcode code = curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, 2L * r->options.concurrent);
    return code ? yoke_fail(YOKE_ENOMEM, "libcurl: %s", curl_multi_strerror(code)) : YOKE_OK;
}

static void close_run(yoke__fetch_run *r) {
    for (unsigned i = 0; r->lanes && i < r->options.concurrent; i++)
        yoke__fetch_lane_fini(&r->lanes[i]);
    free(r->lanes);
    if (r->multi) curl_multi_cleanup(r->multi);
    yoke__fetch_queue_fini(&r->queue);
}

/* ---- jobs ---- */

static void end_job(yoke__fetch_run *r, size_t job) {
    r->queue.jobs[job].ended = true;
    r->left--;
    yoke_progress_add(r->options.progress, 1);
    if (r->options.done) r->options.done(r->options.ctx, job, &r->queue.jobs[job].result);
}

/* The pause before the next try, in seconds. */
static double pause_of(const yoke_fetch_options *o, size_t job, unsigned tries, double wished) {
    const uint64_t seed[2] = {o->seed ^ 0x9E3779B97F4A7C15u, 0xA0761D6478BD642Fu};
    uint64_t draw = yoke_hash_words(seed, job, tries, 16);
    double pause = o->backoff_seconds * exp2(tries - 1.0);
    if (pause > o->backoff_most) pause = o->backoff_most;
    pause -= pause / 2 * ((double)(draw >> 11) * 0x1p-53);
    if (wished > o->backoff_most) wished = o->backoff_most;
    return pause > wished ? pause : wished;
}

static void end_try(yoke__fetch_run *r, yoke__fetch_lane *lane, CURLcode code) {
    size_t job = lane->job;
    yoke__fetch_job *j = &r->queue.jobs[job];
    curl_off_t wished = 0;
    curl_easy_getinfo(lane->curl, CURLINFO_RETRY_AFTER, &wished);
    bool again = yoke__fetch_try_end(lane, code);
    r->running--;
    if (again && j->result.tries <= (unsigned)r->options.retries) {
        double pause = pause_of(&r->options, job, j->result.tries, (double)wished);
        j->due = yoke_deadline_in(pause);
        j->result.paused += pause;
        yoke__fetch_queue_pause(&r->queue, job);
        return;
    }
    yoke__fetch_queue_end(&r->queue, job);
    end_job(r, job);
}

static void fail_job(yoke__fetch_run *r, size_t job, int status) {
    yoke_fetch_result *result = &r->queue.jobs[job].result;
    result->status = status;
    snprintf(result->detail, sizeof result->detail, "%s", yoke_error_detail());
    yoke__fetch_queue_end(&r->queue, job);
    end_job(r, job);
}

static bool was_there(yoke__fetch_run *r, size_t job) {
    const yoke_fetch_item *item = &r->items[job];
    yoke_fetch_result *result = &r->queue.jobs[job].result;
    if (!r->options.resume || result->tries) return false;
    result->there = yoke__fetch_file_is_there(item, r->options.sums || item->sha256, result);
    if (!result->there) return false;
    yoke__fetch_queue_end(&r->queue, job);
    end_job(r, job);
    return true;
}

/* ---- the loop ---- */

static int is_ended(const yoke__fetch_run *r) {
    const yoke_fetch_options *o = &r->options;
    if (yoke_cancel_requested(o->cancel) || yoke_progress_cancelled(o->progress))
        return yoke_fail(YOKE_ECANCELED, "the fetch was cancelled");
    if (o->deadline && yoke_deadline_passed(o->deadline))
        return yoke_fail(YOKE_ETIMEDOUT, "at the deadline %zu of %zu addresses had not ended",
                         r->left, r->queue.count);
    return YOKE_OK;
}

static yoke__fetch_lane *free_lane(yoke__fetch_run *r) {
    for (unsigned i = 0; i < r->options.concurrent; i++) {
        if (r->lanes[i].job == YOKE__NONE) return &r->lanes[i];
    }
    return NULL;
}

static void start_try(yoke__fetch_run *r, size_t job) {
    yoke__fetch_lane *lane = free_lane(r);
    int status = yoke__fetch_try_begin(lane, job);
    if (status == YOKE_OK && curl_multi_add_handle(r->multi, lane->curl))
        status = yoke_fail(YOKE_ENOMEM, "libcurl takes no more transfers");
    if (status == YOKE_OK) {
        r->running++;
        return;
    }
    yoke__fetch_file_end(&lane->file);
    lane->job = YOKE__NONE;
    fail_job(r, job, status);
}

static int start_tries(yoke__fetch_run *r) {
    while (r->running < r->options.concurrent) {
        YOKE_TRY(is_ended(r));
        size_t job = yoke__fetch_queue_take(&r->queue);
        if (job == YOKE__NONE) break;
        if (!was_there(r, job)) start_try(r, job);
    }
    return YOKE_OK;
}

/* Whether a transfer has ended. */
static bool take_ended(yoke__fetch_run *r) {
    int left = 0;
    bool any = false;
    for (CURLMsg *message; (message = curl_multi_info_read(r->multi, &left)); any = true) {
        CURL *curl = message->easy_handle;
        CURLcode code = message->data.result;
        char *lane = NULL;
        curl_easy_getinfo(curl, CURLINFO_PRIVATE, &lane);
        curl_multi_remove_handle(r->multi, curl);
        end_try(r, (yoke__fetch_lane *)(void *)lane, code);
    }
    return any;
}

/* Ends the tries of servers that have been silent for too long. Whether there was one. */
static bool end_silent(yoke__fetch_run *r) {
    bool any = false;
    for (unsigned i = 0; i < r->options.concurrent; i++) {
        yoke__fetch_lane *lane = &r->lanes[i];
        if (lane->job == YOKE__NONE || !yoke_deadline_passed(lane->silence)) continue;
        snprintf(lane->reason, sizeof lane->reason, "not a byte for %g s",
                 r->options.stall_seconds);
        curl_multi_remove_handle(r->multi, lane->curl);
        end_try(r, lane, CURLE_OPERATION_TIMEDOUT);
        any = true;
    }
    return any;
}

/* Milliseconds until something has to be done that no socket tells of. */
static int patience(const yoke__fetch_run *r) {
    const yoke_fetch_options *o = &r->options;
    yoke_deadline next = yoke__fetch_queue_due(&r->queue);
    if (o->deadline && o->deadline < next) next = o->deadline;
    for (unsigned i = 0; i < o->concurrent; i++)
        if (r->lanes[i].job != YOKE__NONE && r->lanes[i].silence < next) next = r->lanes[i].silence;
    int64_t left = next == YOKE_FOREVER ? LONGEST_MS : (next - yoke_deadline_in(0)) / 1000000 + 1;
    int64_t most = o->cancel || o->progress ? LOOK_MS : LONGEST_MS;
    return left < 0 ? 0 : (int)(left < most ? left : most);
}

static int fail_multi(CURLMcode code) {
    return yoke_fail(YOKE_EIO, "libcurl: %s", curl_multi_strerror(code));
}

static int work(yoke__fetch_run *r) {
    while (r->left) {
        int running = 0;
        YOKE_TRY(is_ended(r));
        YOKE_TRY(start_tries(r));
        if (!r->left) break;
        CURLMcode code = curl_multi_perform(r->multi, &running);
        if (code) return fail_multi(code);
        if (take_ended(r) || end_silent(r)) continue;
        code = curl_multi_poll(r->multi, NULL, 0, patience(r), NULL);
        if (code) return fail_multi(code);
    }
    return YOKE_OK;
}

/* ---- the end ---- */

/* What has not ended does so with the status of the run, whose detail is the caller's. */
static void stop_rest(yoke__fetch_run *r, int status) {
    for (unsigned i = 0; i < r->options.concurrent; i++) {
        if (r->lanes[i].job == YOKE__NONE) continue;
        curl_multi_remove_handle(r->multi, r->lanes[i].curl);
        yoke__fetch_try_stop(&r->lanes[i]);
    }
    for (size_t i = 0; i < r->queue.count; i++) {
        yoke_fetch_result *result = &r->queue.jobs[i].result;
        if (r->queue.jobs[i].ended) continue;
        result->status = status;
        snprintf(result->detail, sizeof result->detail, "%s", yoke_error_detail());
    }
}

/* The first that failed. */
static int fail_first(const yoke__fetch_run *r) {
    for (size_t i = 0; i < r->queue.count; i++) {
        const yoke_fetch_result *result = &r->queue.jobs[i].result;
        if (result->status < 0)
            return yoke_fail(result->status, "%s: %s", r->items[i].url, result->detail);
    }
    return YOKE_OK;
}

int yoke_fetch(const yoke_fetch_item *items, size_t count, const yoke_fetch_options *options,
               yoke_fetch_result *results) {
    yoke__fetch_run r = {.items = items};
    YOKE_TRY(set_options(options, &r.options));
    YOKE_TRY(check_items(items, count));
    int status = open_run(&r, count);
    if (status == YOKE_OK) {
        status = work(&r);
        if (status < 0) stop_rest(&r, status);
        for (size_t i = 0; results && i < count; i++) results[i] = r.queue.jobs[i].result;
        if (status == YOKE_OK) status = fail_first(&r);
    }
    close_run(&r);
    return status;
}

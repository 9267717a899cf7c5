/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses to fetch from a server of a test, and what became of them.
 */
#ifndef YOKE_TESTS_FETCH_USE_H
#define YOKE_TESTS_FETCH_USE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/server.h"
#include "yoke/fetch.h"

enum { MOST = 64 };

typedef struct errand {
    int port;
    yoke_fetch_item items[MOST];
    yoke_fetch_result results[MOST];
    size_t count;
    atomic_size_t told;
    yoke_fetch_options options;
} errand;

static void note(void *ctx, size_t index, const yoke_fetch_result *result) {
    errand *e = ctx;
    CU_ASSERT(index < e->count && (result->status < 0) == (*result->detail != '\0'));
    e->told++;
}

static errand make_errand(int port) {
    return (errand){.port = port, .options = {.backoff_seconds = 0.01, .backoff_most = 0.05}};
}

/* One more address, to be made a file of that name. */
static void want(errand *e, const char *path, const char *name) {
    char *url = NULL, *file = NULL;
    REQUIRE(e->count < MOST && asprintf(&url, "http://127.0.0.1:%d%s", e->port, path) > 0 &&
            asprintf(&file, "%s/%s", test_directory(), name) > 0);
    e->items[e->count++] = (yoke_fetch_item){url, file, NULL};
}

static int fetch(errand *e) {
    e->told = 0;
    e->options.done = note;
    e->options.ctx = e;
    memset(e->results, 0xEE, sizeof e->results);
    return yoke_fetch(e->items, e->count, &e->options, e->results);
}

static void end_errand(errand *e) {
    for (size_t i = 0; i < e->count; i++) {
        free((char *)e->items[i].url);
        free((char *)e->items[i].path);
    }
    e->count = 0;
}

static bool is_there(const errand *e, size_t item, const char *behind) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", e->items[item].path, behind);
    return access(path, F_OK) == 0;
}

typedef struct canceller {
    errand *e;
    size_t done, part; /* what is awaited: that so many are done, and that this one has begun */
    bool has_part;
    yoke_cancel *token;
} canceller;

static void *cancel_then(void *ctx) {
    canceller *c = ctx;
    while (atomic_load(&c->e->told) < c->done) usleep(1000);
    while (c->has_part &&
           !(is_there(c->e, c->part, ".part") && is_there(c->e, c->part, ".part.etag")))
        usleep(1000);
    yoke_cancel_request(c->token);
    return NULL;
}

/* Cancels the run when so many are done, and of one, where one is named, there is a part. */
static int fetch_until(errand *e, size_t done, size_t part, bool has_part) {
    pthread_t id;
    canceller c = {e, done, part, has_part, NULL};
    REQUIRE(yoke_cancel_create(&c.token) == YOKE_OK);
    e->told = 0;
    REQUIRE(!pthread_create(&id, NULL, cancel_then, &c));
    e->options.cancel = c.token;
    int status = fetch(e);
    pthread_join(id, NULL);
    yoke_cancel_release(c.token);
    e->options.cancel = NULL;
    return status;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of HTTP clients against a real nginx that the test starts: connections are used again, many
 * clients share few, a server is restarted under load, and one accepts and never answers.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/server.h"
#include "yoke/resource_http.h"

enum { CLIENTS = 64, CONNECTIONS = 8 };

static yoke_resource_pool *open_pool(int port, unsigned maximum) {
    yoke_resource_pool *pool = NULL;
    char url[64];
    yoke_resource_options options = {.name = "web",
                                     .maximum = maximum,
                                     .backoff_seconds = 0.01,
                                     .backoff_most = 0.05,
                                     .work_seconds = 20};
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", port);
    REQUIRE(yoke_resource_http_create(url, &options, &pool) == YOKE_OK);
    return pool;
}

static size_t keep(char *data, size_t size, size_t count, void *ctx) {
    char *text = ctx;
    size_t length = size * count;
    if (length < 64) memcpy(text, data, length), text[length] = '\0';
    return length;
}

/* Whether a request for the path was answered with 200, and what. */
static int get(CURL *curl, int port, const char *path, char *text) {
    char url[128];
    long code = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%s", port, path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
    int failed = curl_easy_perform(curl) != CURLE_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    return !failed && code == 200;
}

static yoke_resource_stats stats_of(yoke_resource_pool *pool) {
    yoke_resource_stats stats;
    yoke_resource_stats_read(pool, &stats);
    return stats;
}

static void close_pool(yoke_resource_pool *pool) {
    CU_ASSERT_EQUAL(yoke_resource_close(pool, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(stats_of(pool).created, stats_of(pool).destroyed);
    CU_ASSERT_EQUAL(yoke_resource_destroy(pool), YOKE_OK);
}

TEST(connections_are_used_again) {
    server s;
    char first[64] = "", text[64] = "";
    void *handle = NULL;
    server_make_nginx(&s);
    server_start(&s);
    yoke_resource_pool *pool = open_pool(s.port, 2);
    for (int i = 0; i < 10; i++) { /* create has opened it already */
        REQUIRE(yoke_resource_acquire(pool, &handle, YOKE_FOREVER) == YOKE_OK);
        CU_ASSERT(get(handle, s.port, "connection", i == 0 ? first : text));
        if (i > 0) CU_ASSERT_STRING_EQUAL(text, first); /* nginx's number of the connection */
        long opened = -1;
        curl_easy_getinfo(handle, CURLINFO_NUM_CONNECTS, &opened);
        CU_ASSERT_EQUAL(opened, 0);
        CU_ASSERT_EQUAL(yoke_resource_release(pool, handle), YOKE_OK);
    }
    /* Options do not reach the next user. */
    REQUIRE(yoke_resource_acquire(pool, &handle, YOKE_FOREVER) == YOKE_OK);
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    CU_ASSERT_EQUAL(yoke_resource_release(pool, handle), YOKE_OK);
    REQUIRE(yoke_resource_acquire(pool, &handle, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT(get(handle, s.port, "hello", text));
    CU_ASSERT_STRING_EQUAL(text, "hello\n");
    CU_ASSERT_EQUAL(yoke_resource_release(pool, handle), YOKE_OK);
    close_pool(pool);
    server_stop(&s);
}

typedef struct load {
    yoke_resource_pool *pool;
    int port, rounds;
    atomic_int done, lost, refused, wrong, stop;
} load;

static void *client(void *ctx) {
    load *l = ctx;
    for (int i = 0; l->rounds ? i < l->rounds : !atomic_load(&l->stop); i++) {
        void *handle = NULL;
        char text[64] = "";
        int status = yoke_resource_acquire(l->pool, &handle, yoke_deadline_in(600));
        if (status == YOKE_OK) {
            int done = get(handle, l->port, "hello", text) && strcmp(text, "hello\n") == 0;
            atomic_fetch_add(done ? &l->done : &l->lost, 1);
            status = done ? yoke_resource_release(l->pool, handle)
                          : yoke_resource_discard(l->pool, handle);
            if (status < 0) atomic_fetch_add(&l->wrong, 1);
        } else if (status == YOKE_EIO || status == YOKE_ETIMEDOUT) { /* what connecting gave */
            atomic_fetch_add(&l->refused, 1), usleep(1000);
        } else {
            atomic_fetch_add(&l->wrong, 1);
        }
    }
    return NULL;
}

TEST_WITH_LIMIT(many_clients_share_few_connections, 60) {
    server s;
    pthread_t id[CLIENTS];
    server_make_nginx(&s);
    server_start(&s);
    load l = {.pool = open_pool(s.port, CONNECTIONS), .port = s.port};
    l.rounds = (int)test_size(50, 10);
    for (int i = 0; i < CLIENTS; i++) REQUIRE(!pthread_create(&id[i], NULL, client, &l));
    for (int i = 0; i < CLIENTS; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&l.done), CLIENTS * l.rounds);
    CU_ASSERT_EQUAL(atomic_load(&l.wrong) + atomic_load(&l.lost) + atomic_load(&l.refused), 0);
    CU_ASSERT(stats_of(l.pool).created <= CONNECTIONS);
    close_pool(l.pool);
    server_stop(&s);
}

TEST_WITH_LIMIT(a_server_that_is_restarted_under_load, 60) {
    server s;
    pthread_t id[CLIENTS];
    server_make_nginx(&s);
    server_start(&s);
    load l = {.pool = open_pool(s.port, CONNECTIONS), .port = s.port};
    for (int i = 0; i < CLIENTS; i++) REQUIRE(!pthread_create(&id[i], NULL, client, &l));
    for (int round = 0; round < 3; round++) {
        int before = atomic_load(&l.done), refused = atomic_load(&l.refused);
        while (atomic_load(&l.done) < before + 200) usleep(1000);
        server_stop(&s);
        while (atomic_load(&l.refused) < refused + CLIENTS) usleep(1000);
        server_start(&s);
    }
    int before = atomic_load(&l.done);
    while (atomic_load(&l.done) < before + 200) usleep(1000);
    atomic_store(&l.stop, 1);
    for (int i = 0; i < CLIENTS; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&l.wrong), 0);
    CU_ASSERT(stats_of(l.pool).failed < (uint64_t)atomic_load(&l.refused));
    close_pool(l.pool);
    server_stop(&s);
}

TEST(a_server_that_never_answers) {
    int port = 0, fd = server_mute_port(&port);
    yoke_resource_pool *pool = open_pool(port, 2);
    void *handle = NULL;
    yoke_deadline deadline = yoke_deadline_in(0.05);
    CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, deadline), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(deadline));
    close(fd); /* now nobody listens */
    CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, YOKE_FOREVER), YOKE_EIO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "HTTP: http://127.0.0.1:"));
    close_pool(pool);
}

TEST(a_pool_without_an_address) {
    server s;
    char text[64] = "";
    void *handle = NULL;
    yoke_resource_pool *pool = NULL;
    yoke_resource_options bad = {.calls = {.fini = free}};
    CU_ASSERT_EQUAL(yoke_resource_http_create(NULL, &bad, &pool), YOKE_EINVAL);
    server_make_nginx(&s);
    server_start(&s);
    REQUIRE(yoke_resource_http_create(NULL, NULL, &pool) == YOKE_OK);
    REQUIRE(yoke_resource_acquire(pool, &handle, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT(get(handle, s.port, "hello", text));
    CU_ASSERT_EQUAL(yoke_resource_release(pool, handle), YOKE_OK);
    close_pool(pool);
    server_stop(&s);
}

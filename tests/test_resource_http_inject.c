/* SPDX-License-Identifier: Apache-2.0
 *
 * Pools of HTTP clients when memory is short, in our own calls and inside of libcurl: the caller is
 * told, nothing stays behind, and the next try goes well.
 */
#include <curl/curl.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "tests/server.h"
#include "yoke/resource_http.h"

static int no_client, no_transfer;

CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void) {
    if (!no_client) return __real_curl_easy_init();
    no_client = 0;
    return NULL;
}
CURLcode __real_curl_easy_perform(CURL *curl);
CURLcode __wrap_curl_easy_perform(CURL *curl);
CURLcode __wrap_curl_easy_perform(CURL *curl) {
    if (!no_transfer) return __real_curl_easy_perform(curl);
    no_transfer = 0;
    return CURLE_OUT_OF_MEMORY;
}

/* Before the next try is made, who asks gets the last failure. */
static int acquire_after(yoke_resource_pool *pool, void **handle) {
    int status;
    do {
        status = yoke_resource_acquire(pool, handle, yoke_deadline_in(600));
    } while (status == YOKE_ENOMEM);
    return status;
}

static int make(void *ctx) {
    yoke_resource_pool *pool;
    YOKE_TRY(yoke_resource_http_create(ctx, NULL, &pool));
    return yoke_resource_destroy(pool);
}

TEST(pools_without_memory) {
    CU_ASSERT(inject_each_allocation(make, "http://127.0.0.1:1/", YOKE_ENOMEM) >= 4);
    CU_ASSERT(inject_each_allocation(make, NULL, YOKE_ENOMEM) >= 3);
}

TEST(clients_without_memory) {
    server s;
    char url[64];
    server_make_nginx(&s);
    server_start(&s);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", s.port);
    yoke_resource_pool *pool = NULL;
    yoke_resource_options options = {.maximum = 1, .backoff_seconds = 1e-3, .backoff_most = 1e-3};
    REQUIRE(yoke_resource_http_create(url, &options, &pool) == YOKE_OK);
    void *handle = NULL;
    for (int i = 0; i < 2; i++) {
        no_client = i == 0;
        no_transfer = i == 1;
        CU_ASSERT_EQUAL(yoke_resource_acquire(pool, &handle, yoke_deadline_in(600)), YOKE_ENOMEM);
        CU_ASSERT(strstr(yoke_error_detail(), "emory") != NULL);
        CU_ASSERT_EQUAL(no_client + no_transfer, 0);
        CU_ASSERT_EQUAL(acquire_after(pool, &handle), YOKE_OK);
        CU_ASSERT_EQUAL(yoke_resource_discard(pool, handle), YOKE_OK);
    }
    yoke_resource_stats stats;
    yoke_resource_stats_read(pool, &stats);
    CU_ASSERT_EQUAL(stats.created, 2);
    CU_ASSERT_EQUAL(stats.destroyed, 2);
    CU_ASSERT_EQUAL(yoke_resource_destroy(pool), YOKE_OK);
    server_stop(&s);
}

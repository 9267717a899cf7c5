/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching from a real nginx, and from a server that misbehaves as it is asked to
 * (tests/bad_server.py): bodies, limits, tries, what is resumed, and what ends a run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fetch_use.h"

/* The bytes of bad_server.py. */
static char byte_of(size_t i) { return (char)(i * 7 + i / 251); }

/* How many bytes a file has if they are those; -1 if it is not there, -2 if they are others. */
static long size_of(const errand *e, size_t item) {
    FILE *file = fopen(e->items[item].path, "re");
    if (!file) return -1;
    size_t size = 0;
    for (int c; (c = getc(file)) != EOF; size++) {
        if ((char)c == byte_of(size)) continue;
        fclose(file);
        return -2;
    }
    fclose(file);
    return (long)size;
}

TEST(bodies_of_all_sizes) {
    static const int sizes[] = {0, 1, 1000, 65535, 65536, 65537, 200000};
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    for (int i = 0; i < 21; i++) {
        char path[64], name[32];
        static const char *const kinds[] = {"ok", "plain", "chunked"};
        snprintf(path, sizeof path, "/%s/%d", kinds[i / 7], sizes[i % 7]);
        snprintf(name, sizeof name, "f%d", i);
        want(&e, path, name);
    }
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT_EQUAL(e.told, 21);
    for (size_t i = 0; i < 21; i++) {
        CU_ASSERT_EQUAL(size_of(&e, i), sizes[i % 7]);
        CU_ASSERT_EQUAL(e.results[i].size, (uint64_t)sizes[i % 7]);
        CU_ASSERT_EQUAL(e.results[i].tries, 1);
        CU_ASSERT_EQUAL(e.results[i].http, 200);
        CU_ASSERT(!is_there(&e, i, ".part") && !is_there(&e, i, ".part.etag"));
    }
    end_errand(&e);
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK); /* nothing */
    server_stop(&s);
}

TEST(failures_that_pass) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/flaky/2/1000", "a");
    want(&e, "/cut/1/500000", "b");
    want(&e, "/flaky/4/10", "c"); /* one more than there are tries */
    want(&e, "/hangonce/300000", "d");
    want(&e, "/ok/5", "e");
    want(&e, "/drip/24", "f"); /* longer than the silence that is allowed, but never silent */
    e.options.stall_seconds = 1;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_EIO);
    char expected[128];
    snprintf(expected, sizeof expected, "http://127.0.0.1:%d/flaky/4/10: HTTP 503", s.port);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), expected);
    CU_ASSERT_EQUAL(size_of(&e, 0), 1000);
    CU_ASSERT_EQUAL(e.results[0].tries, 3);
    CU_ASSERT_EQUAL(size_of(&e, 1), 500000);
    CU_ASSERT_EQUAL(e.results[1].http, 206);
    CU_ASSERT_EQUAL(e.results[1].resumed, 250000);
    CU_ASSERT_EQUAL(e.results[1].tries, 2);
    CU_ASSERT_EQUAL(size_of(&e, 2), -1);
    CU_ASSERT_EQUAL(e.results[2].tries, 4);
    CU_ASSERT_EQUAL(size_of(&e, 3), 300000);
    CU_ASSERT_EQUAL(e.results[3].resumed, 150000);
    CU_ASSERT_EQUAL(size_of(&e, 4), 5);
    CU_ASSERT_EQUAL(size_of(&e, 5), 24);
    CU_ASSERT_EQUAL(e.results[5].tries, 1);
    for (size_t i = 0; i < 6; i++) CU_ASSERT(!is_there(&e, i, ".part"));
    end_errand(&e);
    server_stop(&s);
}

TEST(failures_that_stay) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    static const struct {
        const char *path;
        int status;
        const char *detail;
    } bad[] = {
        {"/status/404", YOKE_ENOENT, "HTTP 404"},
        {"/status/500", YOKE_EIO, "HTTP 500"},
        {"/status/403", YOKE_EIO, "HTTP 403"},
        {"/loop", YOKE_EIO, "Maximum (3) redirects followed"},
        {"/elsewhere", YOKE_EINVAL, "Protocol \"file\" not supported or disabled in libcurl"},
        {"/plain/100001", YOKE_ERANGE, "the body has more than 100000 bytes"},
        {"/chunked/100001", YOKE_ERANGE, "the body has more than 100000 bytes"},
        {"/cut/100/40000", YOKE_EIO, "transfer closed with 20000 bytes remaining to read"},
        {"/chunkcut", YOKE_EIO, "transfer closed with outstanding read data remaining"},
        {"/mute", YOKE_ETIMEDOUT, NULL},
    };
    enum { BAD = sizeof bad / sizeof *bad };
    for (int i = 0; i < BAD; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        want(&e, bad[i].path, name);
    }
    want(&e, "/jump/100", "jump");
    e.options.redirects = 3;
    e.options.retries = 1;
    e.options.most_bytes = 100000;
    e.options.try_seconds = 0.3;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_ENOENT);
    for (size_t i = 0; i < BAD; i++) {
        CU_ASSERT_EQUAL(e.results[i].status, bad[i].status);
        if (bad[i].detail) CU_ASSERT_STRING_EQUAL(e.results[i].detail, bad[i].detail);
        CU_ASSERT_EQUAL(size_of(&e, i), -1);
        CU_ASSERT(!is_there(&e, i, ".part") && !is_there(&e, i, ".part.etag"));
    }
    CU_ASSERT_EQUAL(e.results[0].tries, 1);
    CU_ASSERT_EQUAL(e.results[1].tries, 2);
    CU_ASSERT_EQUAL(size_of(&e, BAD), 100);
    end_errand(&e);
    server_stop(&s);
}

/* ---- what is resumed ---- */

TEST(a_later_run_goes_on) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/cut/1/400000", "a");
    e.options.retries = -1;
    e.options.resume = true;
    e.options.sums = true;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_EIO);
    CU_ASSERT(is_there(&e, 0, ".part") && is_there(&e, 0, ".part.etag"));
    CU_ASSERT_EQUAL(size_of(&e, 0), -1);
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT_EQUAL(size_of(&e, 0), 400000);
    CU_ASSERT_EQUAL(e.results[0].resumed, 200000);
    CU_ASSERT(!is_there(&e, 0, ".part") && !is_there(&e, 0, ".part.etag"));
    char sum[65];
    memcpy(sum, e.results[0].sha256, sizeof sum);
    /* Now all is there. */
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT(e.results[0].there && e.results[0].tries == 0);
    CU_ASSERT_STRING_EQUAL(e.results[0].sha256, sum);
    /* Another checksum is wanted: it is fetched again, and not accepted. */
    e.items[0].sha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    CU_ASSERT_EQUAL(fetch(&e), YOKE_EDATA);
    CU_ASSERT_EQUAL(size_of(&e, 0), 400000); /* what was there still is */
    e.items[0].sha256 = sum;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT(e.results[0].there);
    e.options.resume = false;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT_EQUAL(e.results[0].tries, 1);
    end_errand(&e);
    server_stop(&s);
}

/* A part that is longer than the resource, one of another address, one without a tag. */
TEST(parts_that_are_of_no_use) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/ok/100000", "a");
    want(&e, "/ok/100000?b", "b");
    want(&e, "/ok/100000?c", "c");
    want(&e, "/changes/200000", "d");
    want(&e, "/wrongrange/200000", "e");
    want(&e, "/ok/1000", "f");
    char *junk = calloc(1, 150000), tag[256];
    test_file("a.part", junk, 150000);
    int size = snprintf(tag, sizeof tag, "\"one\"\n%s\n", e.items[0].url);
    test_file("a.part.etag", tag, (size_t)size);
    test_file("b.part", junk, 500);
    test_file("b.part.etag", tag, (size_t)size);
    test_file("c.part", junk, 500);
    test_file("f.part", junk, 500);
    test_file("f.part.etag", tag, (size_t)size);
    e.options.resume = true;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    static const long sizes[] = {100000, 100000, 100000, 200000, 200000, 1000};
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(size_of(&e, i), sizes[i]);
        CU_ASSERT_EQUAL(e.results[i].resumed, 0);
        CU_ASSERT(!is_there(&e, i, ".part") && !is_there(&e, i, ".part.etag"));
    }
    CU_ASSERT_EQUAL(e.results[3].tries, 2);
    CU_ASSERT_EQUAL(e.results[4].tries, 3);
    free(junk);
    end_errand(&e);
    server_stop(&s);
}

/* ---- limits ---- */

static int most_at_a_time(int port) {
    errand e = make_errand(port);
    char text[16] = "";
    want(&e, "/most", "most");
    REQUIRE(fetch(&e) == YOKE_OK);
    FILE *file = fopen(e.items[0].path, "re");
    REQUIRE(file && fgets(text, sizeof text, file));
    fclose(file);
    end_errand(&e);
    return (int)strtol(text, NULL, 10);
}

TEST(limits_hold) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    for (int i = 0; i < 20; i++) {
        char path[32], name[16];
        snprintf(path, sizeof path, "/slow/10?%d", i);
        snprintf(name, sizeof name, "f%d", i);
        want(&e, path, name);
    }
    e.options.concurrent = 10;
    e.options.per_host = 3;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT_EQUAL(most_at_a_time(s.port), 3);
    e.options.per_host = 0;
    e.options.concurrent = 6;
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    CU_ASSERT_EQUAL(most_at_a_time(s.port), 6);
    end_errand(&e);
    server_stop(&s);
}

/* A host that hangs does not hold up another. */
TEST(hosts_pass_each_other) {
    server bad, good;
    server_start_bad(&bad);
    server_make_nginx(&good);
    server_start(&good);
    errand e = make_errand(bad.port);
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "bad%d", i);
        want(&e, "/mute", name);
    }
    e.port = good.port;
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "good%d", i);
        want(&e, "/hello", name);
    }
    e.options.concurrent = 4;
    e.options.per_host = 2;
    e.options.retries = -1;
    CU_ASSERT_EQUAL(fetch_until(&e, 10, 0, false), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(e.told, 10);
    for (size_t i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(e.results[i].status, YOKE_ECANCELED);
        CU_ASSERT_EQUAL(e.results[10 + i].status, YOKE_OK);
        CU_ASSERT_EQUAL(e.results[10 + i].size, 6);
    }
    end_errand(&e);
    server_stop(&good);
    server_stop(&bad);
}

/* ---- what ends a run ---- */

TEST(a_deadline_ends_a_run) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/mute", "a");
    want(&e, "/mute", "b");
    e.options.deadline = yoke_deadline_in(0.2);
    CU_ASSERT_EQUAL(fetch(&e), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(e.told, 0);
    for (size_t i = 0; i < 2; i++) CU_ASSERT_EQUAL(e.results[i].status, YOKE_ETIMEDOUT);
    end_errand(&e);
    server_stop(&s);
}

TEST(a_run_is_cancelled) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/ok/10", "a");
    want(&e, "/hang/400000", "b");
    CU_ASSERT_EQUAL(fetch_until(&e, 1, 1, true), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(e.results[0].status, YOKE_OK);
    CU_ASSERT_EQUAL(e.results[1].status, YOKE_ECANCELED);
    CU_ASSERT(is_there(&e, 1, ".part") && is_there(&e, 1, ".part.etag")); /* for a later run */
    end_errand(&e);
    server_stop(&s);
}

TEST(what_cannot_be_written) {
    server s;
    server_start_bad(&s);
    errand e = make_errand(s.port);
    want(&e, "/ok/10", "no/such/directory");
    want(&e, "/ok/100000", "no/such/other");
    want(&e, "/ok/10", "taken");
    REQUIRE(mkdir(e.items[2].path, 0755) == 0);
    CU_ASSERT_EQUAL(fetch(&e), YOKE_EIO);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(e.results[i].status, YOKE_EIO);
        CU_ASSERT_EQUAL(e.results[i].tries, 1);
        CU_ASSERT(strncmp(e.results[i].detail, "cannot write ", 13) == 0);
    }
    CU_ASSERT(!is_there(&e, 2, ".part"));
    end_errand(&e);
    server_stop(&s);
}

TEST(bad_options_and_addresses) {
    errand e = make_errand(1);
    yoke_fetch_options bad[] = {{.concurrent = 1001},    {.retries = -2},       {.redirects = -2},
                                {.backoff_seconds = -1}, {.stall_seconds = -1}, {.try_seconds = -1},
                                {.connect_seconds = -1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(yoke_fetch(NULL, 0, &bad[i], NULL), YOKE_EINVAL);
    yoke_fetch_item items[] = {{"ftp://127.0.0.1/x", "/nonexistent", NULL},
                               {"http://", "/nonexistent", NULL},
                               {"", "/nonexistent", NULL}};
    CU_ASSERT_EQUAL(yoke_fetch(items, 3, NULL, e.results), YOKE_EINVAL);
    for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(e.results[i].status, YOKE_EINVAL);
    items[0].sha256 = "12";
    CU_ASSERT_EQUAL(yoke_fetch(items, 1, NULL, NULL), YOKE_EINVAL);
    items[0] = (yoke_fetch_item){"http://x/", NULL, NULL};
    CU_ASSERT_EQUAL(yoke_fetch(items, 1, NULL, NULL), YOKE_EINVAL);
    yoke_fetch_options once = {.retries = -1};
    items[0] = (yoke_fetch_item){"http://127.0.0.1:1/", "/nonexistent", NULL};
    CU_ASSERT_EQUAL(yoke_fetch(items, 1, &once, e.results), YOKE_EIO); /* nobody listens */
}

/* ---- many ---- */

/* Each address has a host of its own; finding it does not depend on how its name looks. */
TEST_WITH_LIMIT(many_hosts, 5) {
    size_t count = 100000;
    yoke_fetch_item *items = calloc(count, sizeof *items);
    char(*urls)[32] = calloc(count, sizeof *urls);
    yoke_fetch_options options = {.concurrent = 1};
    yoke_cancel *token = NULL;
    REQUIRE(items && urls && yoke_cancel_create(&token) == YOKE_OK);
    for (size_t i = 0; i < count; i++) {
        snprintf(urls[i], sizeof urls[i], "http://%08zu.invalid", i);
        items[i] = (yoke_fetch_item){urls[i], "/nonexistent", NULL};
    }
    options.cancel = token;
    yoke_cancel_request(token);
    CU_ASSERT_EQUAL(yoke_fetch(items, count, &options, NULL), YOKE_ECANCELED);
    yoke_cancel_release(token);
    free(items);
    free(urls);
}

TEST_WITH_LIMIT(many_small_objects, 60) {
    server s;
    size_t count = test_size(3000, 500);
    server_make_nginx(&s);
    server_start(&s);
    yoke_fetch_item *items = calloc(count, sizeof *items);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/hello", s.port);
    for (size_t i = 0; i < count; i++) {
        char *path = NULL;
        REQUIRE(asprintf(&path, "%s/f%zu", test_directory(), i) > 0);
        items[i] = (yoke_fetch_item){
            url, path, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"};
    }
    CU_ASSERT_EQUAL(yoke_fetch(items, count, NULL, NULL), YOKE_OK);
    for (size_t i = 0; i < count; i++) {
        struct stat status;
        if (stat(items[i].path, &status) < 0 || status.st_size != 6) CU_FAIL("a file is missing");
        free((char *)items[i].path);
    }
    free(items);
    server_stop(&s);
}

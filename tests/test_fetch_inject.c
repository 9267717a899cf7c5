/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching while memory is short and files cannot be written: the failure is told, and no file is
 * there that is not whole. What libcurl does inside is not touched.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness.h"
#include "tests/inject.h"
#include "tests/server.h"
#include "yoke/fetch.h"

enum { ITEMS = 3 };
static const long sizes[ITEMS] = {10, 200000, 0};

typedef struct errand {
    yoke_fetch_item items[ITEMS];
    char urls[ITEMS][64], paths[ITEMS][256];
} errand;

static bool is_left(const char *path, const char *behind) {
    char name[300];
    snprintf(name, sizeof name, "%s%s", path, behind);
    return access(name, F_OK) == 0;
}

static int fetch(void *ctx) {
    const errand *e = ctx;
    yoke_fetch_options options = {.concurrent = 2, .retries = -1, .sums = true};
    for (int i = 0; i < ITEMS; i++) unlink(e->paths[i]);
    int status = yoke_fetch(e->items, ITEMS, &options, NULL);
    for (int i = 0; i < ITEMS; i++) {
        struct stat s;
        bool there = lstat(e->paths[i], &s) == 0;
        CU_ASSERT(there || status < 0);
        if (there) CU_ASSERT_EQUAL(s.st_size, sizes[i]);
        CU_ASSERT(!is_left(e->paths[i], ".part") && !is_left(e->paths[i], ".part.etag"));
    }
    return status;
}

static void make(errand *e, const server *s) {
    for (int i = 0; i < ITEMS; i++) {
        snprintf(e->urls[i], sizeof e->urls[i], "http://127.0.0.1:%d/ok/%ld", s->port, sizes[i]);
        snprintf(e->paths[i], sizeof e->paths[i], "%s/f%d", test_directory(), i);
        e->items[i] = (yoke_fetch_item){e->urls[i], e->paths[i], NULL};
    }
}

TEST(memory_is_short) {
    server s;
    errand e;
    server_start_bad(&s);
    make(&e, &s);
    CU_ASSERT(inject_each_allocation(fetch, &e, YOKE_ENOMEM) >= 10);
    server_stop(&s);
}

TEST(files_cannot_be_written) {
    server s;
    errand e;
    server_start_bad(&s);
    make(&e, &s);
    CU_ASSERT(inject_each_io(fetch, &e, ENOSPC, YOKE_EIO) >= 8);
    inject_short_io(100);
    inject_interrupt_io(3);
    CU_ASSERT_EQUAL(fetch(&e), YOKE_OK);
    inject_reset();
    server_stop(&s);
}

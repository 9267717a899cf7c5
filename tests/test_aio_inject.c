/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O when calls fail, are interrupted or move few bytes, and when memory is short.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/aio_use.h"
#include "tests/harness.h"
#include "tests/inject.h"

typedef struct use {
    yoke_aio_engine engine;
    const char *path;
    int64_t moved;
    char data[5000];
} use;

static int read_once(void *ctx) {
    use *u = ctx;
    yoke_aio *aio = NULL;
    yoke_aio_options options = {.engine = u->engine, .depth = 3, .threads = 2};
    YOKE_TRY(yoke_aio_create(&options, &aio));
    int file = open(u->path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        yoke_aio_request r = {.file = file, .data = u->data, .size = sizeof u->data};
        u->moved = await(aio, &r);
        close(file);
    }
    yoke_aio_destroy(aio);
    return YOKE_OK;
}

static use make_use(yoke_aio_engine engine) {
    use u = {.engine = engine};
    memset(u.data, 'x', sizeof u.data);
    u.path = test_file("data", u.data, 4321);
    return u;
}

static void memory_is_short(yoke_aio_engine engine) {
    use u = make_use(engine);
    CU_ASSERT(inject_each_allocation(read_once, &u, YOKE_ENOMEM) >= 3);
}
BOTH(memory_is_short)

TEST(short_and_interrupted_reads) {
    use u = make_use(YOKE_AIO_THREADS);
    inject_short_io(7);
    inject_interrupt_io(3);
    CU_ASSERT_EQUAL(read_once(&u), YOKE_OK);
    CU_ASSERT_EQUAL(u.moved, 4321);
    inject_reset();
}

TEST(a_read_fails) {
    int64_t moved = 0;
    for (long n = 1; n < 20; n++) {
        use u = make_use(YOKE_AIO_THREADS);
        inject_fail_io(n, EIO);
        CU_ASSERT_EQUAL(read_once(&u), YOKE_OK);
        inject_reset();
        CU_ASSERT(u.moved == 0 || u.moved == 4321 || u.moved == YOKE_EIO);
        if (u.moved == YOKE_EIO) moved = u.moved;
    }
    CU_ASSERT_EQUAL(moved, YOKE_EIO);
}

static int take(void *ctx, size_t index, const char *data, int64_t size) {
    (void)data;
    ((use *)ctx)->moved += index + 1 == (size_t)size;
    return size < 0 ? (int)size : YOKE_OK;
}

static int read_files(void *ctx) {
    use *u = ctx;
    const char *paths[] = {u->path, u->path, u->path};
    yoke_aio_files_options o = {.engine = u->engine, .depth = 2, .usual = 600, .threads = 1};
    return yoke_aio_read_files(paths, 3, &o, take, u);
}

static void files_while_memory_is_short(yoke_aio_engine engine) {
    use u = make_use(engine);
    CU_ASSERT(inject_each_allocation(read_files, &u, YOKE_ENOMEM) >= 4);
}
BOTH(files_while_memory_is_short)

TEST(files_while_reads_fail) {
    use u = make_use(YOKE_AIO_THREADS);
    CU_ASSERT(inject_each_io(read_files, &u, EIO, YOKE_EIO) >= 6);
    inject_short_io(1000);
    inject_interrupt_io(2);
    CU_ASSERT_EQUAL(read_files(&u), YOKE_OK);
    inject_reset();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Many files: contents of all sizes, which failure is told, where there is no io_uring, and teams.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/aio_use.h"
#include "tests/harness.h"

enum { FILES = 200 };

typedef struct shelf {
    char *paths[FILES];
    size_t sizes[FILES];
    atomic_int seen[FILES];
    int64_t last[FILES]; /* what was delivered */
    size_t stop_at;      /* fn fails for files from here on */
} shelf;

/* Byte k of file i. */
static char byte_of(size_t i, size_t k) { return (char)(i * 31 + k * 7 + k / 251); }

static shelf *make_shelf(size_t count, size_t largest) {
    shelf *s = calloc(1, sizeof *s);
    char *data = malloc(largest + 4096), name[32];
    REQUIRE(s != NULL && data != NULL);
    s->stop_at = FILES;
    for (size_t i = 0; i < count; i++) {
        s->sizes[i] = i < 8 ? i * 512 : test_random_below(largest);
        for (size_t k = 0; k < s->sizes[i]; k++) data[k] = byte_of(i, k);
        snprintf(name, sizeof name, "file%zu", i);
        s->paths[i] = strdup(test_file(name, data, s->sizes[i]));
    }
    free(data);
    return s;
}

static void end_shelf(shelf *s) {
    for (size_t i = 0; i < FILES; i++) free(s->paths[i]);
    free(s);
}

static int take(void *ctx, size_t index, const char *data, int64_t size) {
    shelf *s = ctx;
    atomic_fetch_add(&s->seen[index], 1);
    s->last[index] = size;
    for (int64_t k = 0; k < size; k++) {
        if (data[k] != byte_of(index, (size_t)k)) s->last[index] = -1000;
    }
    if (index >= s->stop_at) return yoke_fail(YOKE_EDATA, "file %zu", index);
    return size < 0 && s->stop_at < FILES ? (int)size : YOKE_OK;
}

static int read_shelf(shelf *s, size_t count, const yoke_aio_files_options *options) {
    for (size_t i = 0; i < count; i++) s->seen[i] = 0;
    return yoke_aio_read_files((const char *const *)s->paths, count, options, take, s);
}

static void check_all(const shelf *s, size_t count) {
    int wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += s->seen[i] != 1 || s->last[i] != (int64_t)s->sizes[i];
    CU_ASSERT_EQUAL(wrong, 0);
}

static void files_of_all_sizes(yoke_aio_engine engine) {
    shelf *s = make_shelf(FILES, 9000);
    size_t usual[] = {1, 512, 4096, 100000};
    for (int i = 0; i < 4; i++) {
        for (int threads = 0; threads < 4; threads += 3) {
            yoke_aio_files_options o = {
                .engine = engine, .depth = 5, .usual = usual[i], .threads = threads};
            CU_ASSERT_EQUAL(read_shelf(s, FILES, &o), YOKE_OK);
            check_all(s, FILES);
        }
    }
    CU_ASSERT_EQUAL(read_shelf(s, 0, NULL), YOKE_OK);
    CU_ASSERT_EQUAL(read_shelf(s, 1, NULL), YOKE_OK);
    end_shelf(s);
}
BOTH(files_of_all_sizes)

static void what_cannot_be_read(yoke_aio_engine engine) {
    shelf *s = make_shelf(20, 3000);
    yoke_aio_files_options o = {.engine = engine, .depth = 3, .usual = 100, .threads = 2};
    REQUIRE(unlink(s->paths[13]) == 0);
    CU_ASSERT_EQUAL(read_shelf(s, 20, &o), YOKE_OK);
    CU_ASSERT_EQUAL(s->last[13], YOKE_ENOENT);
    CU_ASSERT_EQUAL(s->last[12], (int64_t)s->sizes[12]);
    CU_ASSERT_EQUAL(s->last[14], (int64_t)s->sizes[14]);
    free(s->paths[15]);
    s->paths[15] = strdup(test_directory());
    CU_ASSERT_EQUAL(read_shelf(s, 20, &o), YOKE_OK);
    CU_ASSERT_EQUAL(s->last[15], YOKE_EIO);
    /* The first in the order of the paths is told. */
    s->stop_at = 14;
    CU_ASSERT_EQUAL(read_shelf(s, 20, &o), YOKE_ENOENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "file13: No such file"));
    s->stop_at = 6;
    CU_ASSERT_EQUAL(read_shelf(s, 20, &o), YOKE_EDATA);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "file 6");
    for (size_t i = 0; i <= 6; i++) CU_ASSERT_EQUAL(s->seen[i], 1);
    end_shelf(s);
}
BOTH(what_cannot_be_read)

static void a_file_that_is_too_large(yoke_aio_engine engine) {
    shelf *s = make_shelf(8, 1);
    size_t bounds[] = {3584, 3583, 1, 1000};
    for (int i = 0; i < 4; i++) {
        for (size_t usual = 1; usual <= 10000; usual = usual * 10 + 1) {
            yoke_aio_files_options o = {.engine = engine, .most = bounds[i], .usual = usual};
            CU_ASSERT_EQUAL(read_shelf(s, 8, &o), YOKE_OK);
            for (size_t k = 0; k < 8; k++)
                CU_ASSERT_EQUAL(s->last[k],
                                s->sizes[k] > bounds[i] ? YOKE_ERANGE : (int64_t)s->sizes[k]);
        }
    }
    end_shelf(s);
}
BOTH(a_file_that_is_too_large)

static void stopped_from_outside(yoke_aio_engine engine) {
    shelf *s = make_shelf(50, 1000);
    yoke_cancel *token = NULL;
    REQUIRE(yoke_cancel_create(&token) == YOKE_OK);
    yoke_aio_files_options o = {.engine = engine, .depth = 2, .cancel = token};
    CU_ASSERT_EQUAL(read_shelf(s, 50, &o), YOKE_OK);
    yoke_cancel_request(token);
    CU_ASSERT_EQUAL(read_shelf(s, 50, &o), YOKE_ECANCELED);
    CU_ASSERT_EQUAL(s->seen[0], 0);
    o = (yoke_aio_files_options){.engine = engine, .deadline = 1, .threads = 3};
    CU_ASSERT_EQUAL(read_shelf(s, 50, &o), YOKE_ETIMEDOUT);
    yoke_cancel_release(token);
    end_shelf(s);
}
BOTH(stopped_from_outside)

static int open_descriptors(void) {
    int count = 0;
    for (int i = 0; i < 1000; i++) count += fcntl(i, F_GETFD) >= 0;
    return count;
}

/* With io_uring, files that get no descriptor go to the table of the ring. */
static void few_descriptors(yoke_aio_engine engine) {
    shelf *s = make_shelf(100, 5000);
    int before = open_descriptors();
    yoke_aio_files_options o = {.engine = engine, .depth = 20, .usual = 1000, .threads = 1};
    for (int left = 3; left < 40; left += 12) {
        struct rlimit limit;
        REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
        limit.rlim_cur = (rlim_t)before + (rlim_t)left;
        REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        CU_ASSERT_EQUAL(read_shelf(s, 100, &o), YOKE_OK);
        check_all(s, 100);
        CU_ASSERT_EQUAL(open_descriptors(), before);
    }
    end_shelf(s);
}
BOTH(few_descriptors)

static void inside_a_region(yoke_aio_engine engine) {
    shelf *s = make_shelf(100, 5000);
    int status = -1;
#pragma omp parallel num_threads(3) default(none) shared(s, status, engine)
#pragma omp single
    {
        yoke_aio_files_options o = {.engine = engine, .threads = 3};
        status = read_shelf(s, 100, &o);
    }
    CU_ASSERT_EQUAL(status, YOKE_OK);
    check_all(s, 100);
    end_shelf(s);
}
BOTH(inside_a_region)

TEST(files_without_io_uring) {
    shelf *s = make_shelf(30, 5000);
    forbid_io_uring();
    CU_ASSERT_EQUAL(read_shelf(s, 30, NULL), YOKE_OK);
    check_all(s, 30);
    yoke_aio_files_options o = {.engine = YOKE_AIO_URING};
    CU_ASSERT_EQUAL(read_shelf(s, 30, &o), YOKE_EUNSUPPORTED);
    o = (yoke_aio_files_options){.threads = -1};
    CU_ASSERT_EQUAL(read_shelf(s, 30, &o), YOKE_EINVAL);
    end_shelf(s);
}

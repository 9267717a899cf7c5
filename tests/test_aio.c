/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous I/O, each test with both engines: whole files through short reads, pipes that fill,
 * deadlines, cancellation, completions that submit, OpenMP tasks that depend on buffers, and what
 * is left behind.
 */
#include "yoke/aio.h"

#include <fcntl.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/aio_use.h"
#include "tests/harness.h"

static void read_and_write_a_file(yoke_aio_engine engine) {
    enum { SIZE = 1 << 20, BLOCK = 10000 };
    yoke_aio *aio = make_aio(engine, 7);
    char *out = malloc(SIZE), *in = calloc(1, SIZE);
    for (int i = 0; i < SIZE; i++) out[i] = (char)test_random();
    int file = open(test_file("data", "", 0), O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    int64_t moved[SIZE / BLOCK + 1];
    for (int write = 1; write >= 0; write--) {
        int count = 0;
        for (int64_t at = 0; at < SIZE; at += BLOCK, count++) {
            size_t size = SIZE - at < BLOCK ? (size_t)(SIZE - at) : BLOCK;
            yoke_aio_request r = {.file = file,
                                  .write = write,
                                  .data = (write ? out : in) + at,
                                  .size = size,
                                  .offset = at,
                                  .result = &moved[count]};
            REQUIRE(yoke_aio_submit(aio, &r, YOKE_FOREVER) == YOKE_OK);
        }
        REQUIRE(yoke_aio_drain(aio, YOKE_FOREVER) == YOKE_OK);
        for (int i = 0; i < count - 1; i++) CU_ASSERT_EQUAL(moved[i], BLOCK);
        CU_ASSERT_EQUAL(moved[count - 1], SIZE % BLOCK);
    }
    CU_ASSERT(memcmp(in, out, SIZE) == 0);
    CU_ASSERT_EQUAL(yoke_aio_destroy(aio), YOKE_OK);
    close(file);
    free(out);
    free(in);
}
BOTH(read_and_write_a_file)

static void a_read_ends_at_the_end_of_the_file(yoke_aio_engine engine) {
    yoke_aio *aio = make_aio(engine, 4);
    int file = open(test_file("data", "hello", 5), O_RDONLY | O_CLOEXEC);
    char data[16] = "";
    yoke_aio_request r = {.file = file, .data = data, .size = 16, .offset = 2};
    CU_ASSERT_EQUAL(await(aio, &r), 3);
    CU_ASSERT_STRING_EQUAL(data, "llo");
    r.offset = 100;
    CU_ASSERT_EQUAL(await(aio, &r), 0);
    r.size = 0;
    CU_ASSERT_EQUAL(await(aio, &r), 0);
    r = (yoke_aio_request){.file = file, .write = true, .data = data, .size = 1};
    CU_ASSERT_EQUAL(await(aio, &r), YOKE_EIO);
    yoke_aio_destroy(aio);
    close(file);
}
BOTH(a_read_ends_at_the_end_of_the_file)

/* More than a pipe holds, both ways at once; once with descriptors that do not block. */
static void pass_through(yoke_aio_engine engine, int flags) {
    enum { SIZE = 300000 };
    int ends[2];
    yoke_aio *aio = make_aio(engine, 4);
    char *out = malloc(SIZE), *in = calloc(1, SIZE);
    for (int i = 0; i < SIZE; i++) out[i] = (char)test_random();
    REQUIRE(pipe2(ends, O_CLOEXEC | flags) == 0);
    int64_t got = 0, put = 0;
    yoke_aio_request r = {.file = ends[0], .data = in, .size = SIZE, .offset = -1, .result = &got};
    REQUIRE(yoke_aio_submit(aio, &r, YOKE_FOREVER) == YOKE_OK);
    r = (yoke_aio_request){
        .file = ends[1], .write = true, .data = out, .size = SIZE, .offset = -1, .result = &put};
    REQUIRE(yoke_aio_submit(aio, &r, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(yoke_aio_drain(aio, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(got, SIZE);
    CU_ASSERT_EQUAL(put, SIZE);
    CU_ASSERT(memcmp(in, out, SIZE) == 0);
    /* The end of a pipe ends a read with what there was. */
    REQUIRE(write(ends[1], "abc", 3) == 3);
    close(ends[1]);
    r = (yoke_aio_request){.file = ends[0], .data = in, .size = SIZE, .offset = -1};
    CU_ASSERT_EQUAL(await(aio, &r), 3);
    yoke_aio_destroy(aio);
    close(ends[0]);
    free(out);
    free(in);
}

static void pipes_that_fill(yoke_aio_engine engine) {
    pass_through(engine, 0);
    pass_through(engine, O_NONBLOCK);
}
BOTH(pipes_that_fill)

static void a_deadline_passes(yoke_aio_engine engine) {
    int ends[2];
    char data[8];
    yoke_aio *aio = make_aio(engine, 4);
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    yoke_deadline until = yoke_deadline_in(0.03);
    yoke_aio_request r = {
        .file = ends[0], .data = data, .size = 8, .offset = -1, .deadline = until};
    CU_ASSERT_EQUAL(await(aio, &r), YOKE_ETIMEDOUT);
    CU_ASSERT(yoke_deadline_passed(until));
    r.deadline = 1; /* long past */
    CU_ASSERT_EQUAL(await(aio, &r), YOKE_ETIMEDOUT);
    r.deadline = yoke_deadline_in(1000);
    REQUIRE(write(ends[1], "12345678", 8) == 8);
    CU_ASSERT_EQUAL(await(aio, &r), 8);
    yoke_aio_destroy(aio);
    close(ends[0]);
    close(ends[1]);
}
BOTH(a_deadline_passes)

static void a_token_is_set(yoke_aio_engine engine) {
    int ends[2];
    char data[8];
    yoke_cancel *token = NULL;
    yoke_aio *aio = make_aio(engine, 4);
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0 && yoke_cancel_create(&token) == YOKE_OK);
    int64_t result = 1;
    yoke_aio_request r = {
        .file = ends[0], .data = data, .size = 8, .offset = -1, .cancel = token, .result = &result};
    REQUIRE(yoke_aio_submit(aio, &r, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_drain(aio, yoke_deadline_in(0.03)), YOKE_ETIMEDOUT);
    yoke_cancel_request(token);
    CU_ASSERT_EQUAL(yoke_aio_drain(aio, YOKE_FOREVER), YOKE_OK);
    CU_ASSERT_EQUAL(result, YOKE_ECANCELED);
    yoke_aio_destroy(aio);
    yoke_cancel_release(token);
    close(ends[0]);
    close(ends[1]);
}
BOTH(a_token_is_set)

/* Those that can never end, in flight and in line. */
static void destroy_ends_all(yoke_aio_engine engine) {
    int ends[2];
    char data[20];
    int64_t result[20];
    yoke_aio_destroy(make_aio(engine, 20)); /* sanitizers start threads of their own */
    int before = test_threads();
    yoke_aio *aio = make_aio(engine, 20);
    CU_ASSERT(test_threads() > before);
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    for (int i = 0; i < 20; i++) {
        yoke_aio_request r = {
            .file = ends[0], .data = data + i, .size = 1, .offset = -1, .result = &result[i]};
        REQUIRE(yoke_aio_submit(aio, &r, YOKE_FOREVER) == YOKE_OK);
    }
    CU_ASSERT_EQUAL(yoke_aio_destroy(aio), YOKE_OK);
    for (int i = 0; i < 20; i++) CU_ASSERT_EQUAL(result[i], YOKE_ECANCELED);
    CU_ASSERT_EQUAL(test_threads(), before);
    close(ends[0]);
    close(ends[1]);
}
BOTH(destroy_ends_all)

static void there_is_room_for_so_many(yoke_aio_engine engine) {
    int ends[2];
    char data[3];
    yoke_aio *aio = make_aio(engine, 2);
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    yoke_aio_request r = {.file = ends[0], .data = data, .size = 1, .offset = -1};
    REQUIRE(yoke_aio_submit(aio, &r, YOKE_NOW) == YOKE_OK);
    REQUIRE(yoke_aio_submit(aio, &r, YOKE_NOW) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &r, YOKE_NOW), YOKE_ETIMEDOUT);
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &r, yoke_deadline_in(0.02)), YOKE_ETIMEDOUT);
    REQUIRE(write(ends[1], "1", 1) == 1);
    CU_ASSERT_EQUAL(yoke_aio_submit(aio, &r, YOKE_FOREVER), YOKE_OK);
    yoke_aio_destroy(aio);
    close(ends[0]);
    close(ends[1]);
}
BOTH(there_is_room_for_so_many)

/* ---- completions that submit ---- */

typedef struct chain {
    yoke_aio *aio;
    yoke_aio_request request;
    int left, second, drain, destroy;
    char data[4];
} chain;

static void go_on(void *ctx, int64_t moved) {
    chain *c = ctx;
    CU_ASSERT_EQUAL(moved, 4);
    if (--c->left > 0) CU_ASSERT_EQUAL(yoke_aio_submit(c->aio, &c->request, YOKE_NOW), YOKE_OK);
    if (c->left == 1) c->second = yoke_aio_submit(c->aio, &c->request, YOKE_FOREVER);
    c->drain = yoke_aio_drain(c->aio, YOKE_FOREVER);
    c->destroy = yoke_aio_destroy(c->aio);
}

static void completions_submit(yoke_aio_engine engine) {
    chain c = {.aio = make_aio(engine, 1), .left = 200};
    int file = open(test_file("data", "data", 4), O_RDONLY | O_CLOEXEC);
    c.request =
        (yoke_aio_request){.file = file, .data = c.data, .size = 4, .done = go_on, .ctx = &c};
    REQUIRE(yoke_aio_submit(c.aio, &c.request, YOKE_FOREVER) == YOKE_OK);
    REQUIRE(yoke_aio_drain(c.aio, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(c.left, 0);
    CU_ASSERT_EQUAL(c.second, YOKE_EDEADLK);
    CU_ASSERT_EQUAL(c.drain, YOKE_EDEADLK);
    CU_ASSERT_EQUAL(c.destroy, YOKE_EDEADLK);
    yoke_aio_destroy(c.aio);
    close(file);
}
BOTH(completions_submit)

/* ---- OpenMP ---- */

/* Tasks that sum blocks depend on reads that end detached tasks. */
static void tasks_depend_on_buffers(yoke_aio_engine engine) {
    enum { BLOCKS = 64, SIZE = 4096 };
    static unsigned char data[BLOCKS][SIZE], text[BLOCKS * SIZE];
    uint64_t sum = 0, expected = 0;
    int64_t got[BLOCKS];
    for (size_t i = 0; i < sizeof text; i++) expected += text[i] = (unsigned char)test_random();
    int file = open(test_file("data", text, sizeof text), O_RDONLY | O_CLOEXEC);
    yoke_aio *aio = make_aio(engine, 5);
#pragma omp parallel num_threads(2) default(none) shared(data, got, file, aio, sum)
#pragma omp single
    for (int i = 0; i < BLOCKS; i++) {
        omp_event_handle_t event;
/* gcc and clang differ on whether default(none) knows of the event */
#pragma omp task depend(out : data[i]) detach(event) firstprivate(i, file, aio) shared(data, got)
        {
            yoke_aio_request r = {.file = file,
                                  .data = data[i],
                                  .size = SIZE,
                                  .offset = (int64_t)i * SIZE,
                                  .result = &got[i],
                                  .event = (uintptr_t)event};
            if (yoke_aio_submit(aio, &r, YOKE_FOREVER) < 0) omp_fulfill_event(event);
        }
#pragma omp task depend(in : data[i]) default(none) firstprivate(i) shared(data, got, sum)
        {
            uint64_t part = 0;
            for (int64_t k = 0; k < __atomic_load_n(&got[i], __ATOMIC_ACQUIRE); k++)
                part += data[i][k];
#pragma omp atomic
            sum += part;
        }
    }
    CU_ASSERT_EQUAL(sum, expected);
    yoke_aio_destroy(aio);
    close(file);
}
BOTH(tasks_depend_on_buffers)

/* ---- many threads ---- */

typedef struct submitter {
    yoke_aio *aio;
    int file;
    atomic_int *wrong;
} submitter;

static void *submit_many(void *arg) {
    submitter *s = arg;
    for (int i = 0; i < 200; i++) {
        uint32_t data[16] = {0};
        uint64_t at = (uint64_t)i * 617 % 1000;
        yoke_aio_request r = {.file = s->file,
                              .data = data,
                              .size = sizeof data,
                              .offset = (int64_t)at * 64,
                              .deadline = i % 3 ? 0 : yoke_deadline_in(100)};
        if (await(s->aio, &r) != 64 || data[0] != at) atomic_fetch_add(s->wrong, 1);
    }
    return NULL;
}

/* Threads end while others go on: requests of a thread that has ended must not. */
static void many_threads(yoke_aio_engine engine) {
    static uint32_t text[16000];
    pthread_t id[8];
    atomic_int wrong = 0;
    for (uint32_t i = 0; i < 16000; i++) text[i] = i / 16;
    int file = open(test_file("data", text, sizeof text), O_RDONLY | O_CLOEXEC);
    submitter s = {make_aio(engine, 3), file, &wrong};
    for (int i = 0; i < 8; i++) REQUIRE(!pthread_create(&id[i], NULL, submit_many, &s));
    for (int i = 0; i < 8; i++) pthread_join(id[i], NULL);
    CU_ASSERT_EQUAL(wrong, 0);
    yoke_aio_destroy(s.aio);
    close(file);
}
BOTH(many_threads)

static void *submit_and_end(void *arg) {
    REQUIRE(yoke_aio_submit(((chain *)arg)->aio, &((chain *)arg)->request, YOKE_NOW) == YOKE_OK);
    return NULL;
}

static void the_submitter_ends(yoke_aio_engine engine) {
    int ends[2];
    int64_t result = 0;
    pthread_t id;
    chain c = {.aio = make_aio(engine, 2)};
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    c.request = (yoke_aio_request){
        .file = ends[0], .data = c.data, .size = 4, .offset = -1, .result = &result};
    REQUIRE(!pthread_create(&id, NULL, submit_and_end, &c));
    pthread_join(id, NULL);
    REQUIRE(write(ends[1], "data", 4) == 4);
    REQUIRE(yoke_aio_drain(c.aio, YOKE_FOREVER) == YOKE_OK);
    CU_ASSERT_EQUAL(result, 4);
    yoke_aio_destroy(c.aio);
    close(ends[0]);
    close(ends[1]);
}
BOTH(the_submitter_ends)

/* ---- arguments, forks, where there is no io_uring ---- */

TEST(bad_arguments) {
    yoke_aio *aio = NULL;
    char data[4];
    CU_ASSERT_EQUAL(yoke_aio_create(&(yoke_aio_options){.depth = 4097}, &aio), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_aio_create(&(yoke_aio_options){.threads = 257}, &aio), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_aio_create(&(yoke_aio_options){.engine = 7}, &aio), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_aio_destroy(NULL), YOKE_OK);
    REQUIRE(yoke_aio_create(NULL, &aio) == YOKE_OK);
    yoke_aio_request bad[] = {{.file = -1, .data = data, .size = 4},
                              {.file = 0, .data = NULL, .size = 4},
                              {.file = 0, .data = data, .size = 4, .offset = -2},
                              {.file = 0, .data = data, .size = 4, .offset = INT64_MAX}};
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(yoke_aio_submit(aio, &bad[i], YOKE_NOW), YOKE_EINVAL);
    yoke_aio_request closed = {.file = 999, .data = data, .size = 4};
    CU_ASSERT_EQUAL(await(aio, &closed), YOKE_EIO);
    yoke_aio_destroy(aio);
}

static void in_the_child_of_a_fork(yoke_aio_engine engine) {
    yoke_aio *aio = make_aio(engine, 2);
    char data[4];
    int file = open(test_file("data", "data", 4), O_RDONLY | O_CLOEXEC), status = 0;
    yoke_aio_request r = {.file = file, .data = data, .size = 4};
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        int wrong = yoke_aio_submit(aio, &r, YOKE_NOW) != YOKE_ECLOSED;
        wrong |= yoke_aio_drain(aio, YOKE_FOREVER) != YOKE_ECLOSED;
        _exit(wrong | (yoke_aio_destroy(aio) != YOKE_OK));
    }
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CU_ASSERT_EQUAL(status, 0);
    CU_ASSERT_EQUAL(await(aio, &r), 4);
    yoke_aio_destroy(aio);
    close(file);
}
BOTH(in_the_child_of_a_fork)

/* Tests run in processes of their own. */
TEST(where_io_uring_is_not_allowed) {
    yoke_aio *aio = NULL;
    forbid_io_uring();
    CU_ASSERT_EQUAL(yoke_aio_probe_uring(), YOKE_EUNSUPPORTED);
    CU_ASSERT_EQUAL(yoke_aio_create(&(yoke_aio_options){.engine = YOKE_AIO_URING}, &aio),
                    YOKE_EUNSUPPORTED);
    CU_ASSERT(strncmp(yoke_error_detail(), "no io_uring", 11) == 0);
    REQUIRE(yoke_aio_create(NULL, &aio) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_engine_of(aio), YOKE_AIO_THREADS);
    yoke_aio_destroy(aio);
    read_and_write_a_file(YOKE_AIO_AUTO);
}

TEST(the_variable_chooses) {
    yoke_aio *aio = NULL;
    setenv("YOKE_AIO", "threads", 1);
    REQUIRE(yoke_aio_create(NULL, &aio) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_engine_of(aio), YOKE_AIO_THREADS);
    yoke_aio_destroy(aio);
    setenv("YOKE_AIO", "other", 1);
    CU_ASSERT_EQUAL(yoke_aio_create(NULL, &aio), YOKE_EINVAL);
    if (yoke_aio_probe_uring() < 0) return;
    setenv("YOKE_AIO", "uring", 1);
    REQUIRE(yoke_aio_create(NULL, &aio) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_aio_engine_of(aio), YOKE_AIO_URING);
    yoke_aio_destroy(aio);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of asynchronous I/O share: each runs with both engines, and with the second alone in a
 * process that may not use io_uring.
 */
#ifndef YOKE_TESTS_AIO_USE_H
#define YOKE_TESTS_AIO_USE_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/harness.h"
#include "yoke/aio.h"

/* Defines TEST(NAME_uring), which passes where there is none, and TEST(NAME_threads). */
#define BOTH(name)                                                                                 \
    TEST(name##_uring) {                                                                           \
        if (yoke_aio_probe_uring() == YOKE_OK) name(YOKE_AIO_URING);                               \
    }                                                                                              \
    TEST(name##_threads) { name(YOKE_AIO_THREADS); }

static inline yoke_aio *make_aio(yoke_aio_engine engine, unsigned depth) {
    yoke_aio *aio = NULL;
    REQUIRE(yoke_aio_create(&(yoke_aio_options){.engine = engine, .depth = depth}, &aio) ==
            YOKE_OK);
    if (engine != YOKE_AIO_AUTO) CU_ASSERT_EQUAL(yoke_aio_engine_of(aio), engine);
    return aio;
}

typedef struct aio_answer {
    sem_t there;
    int64_t moved;
} aio_answer;

static inline void take_answer(void *ctx, int64_t moved) {
    aio_answer *answer = ctx;
    answer->moved = moved;
    sem_post(&answer->there);
}

/* Submits the request, and what it ended with. */
static inline int64_t await(yoke_aio *aio, const yoke_aio_request *request) {
    aio_answer answer = {.moved = 0};
    yoke_aio_request mine = *request;
    REQUIRE(sem_init(&answer.there, 0, 0) == 0);
    mine.done = take_answer;
    mine.ctx = &answer;
    REQUIRE(yoke_aio_submit(aio, &mine, YOKE_FOREVER) == YOKE_OK);
    while (sem_wait(&answer.there) < 0) continue;
    sem_destroy(&answer.there);
    return answer.moved;
}

/* From now on the calling thread, and those that it starts, get EPERM for a ring. */
static inline void forbid_io_uring(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

#endif

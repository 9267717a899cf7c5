/* SPDX-License-Identifier: Apache-2.0
 *
 * The roof: figures that no machine could miss, and likwid-bench as a program that is there, is
 * not, or fails.
 */
#include "yoke/roof.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/isa.h"

static void check_roof(int threads) {
    yoke_roof roof = {0};
    REQUIRE(yoke_roof_measure(&(yoke_run){.threads = threads}, 0.1, &roof) == YOKE_OK);
    CU_ASSERT(roof.bytes > 1e7 && roof.bytes < 1e14);
    CU_ASSERT(roof.flops > 1e7 && roof.flops < 1e16);
    CU_ASSERT(!strncmp(roof.bytes_by, "stream_", 7) || !strcmp(roof.bytes_by, "likwid_stream_mem"));
    CU_ASSERT(strlen(roof.flops_by) > 0);
}

TEST_WITH_LIMIT(is_measured, 60) { check_roof(2); }

/* Of our loops; likwid-bench's are not ours to check. */
TEST_WITH_LIMIT(is_measured_with_each_set_of_instructions, 60) {
    REQUIRE(setenv("PATH", "/nowhere", 1) == 0);
    for (int isa = YOKE_ISA_PLAIN; isa <= YOKE_ISA_AVX512; isa++) {
        if (yoke_isa_limit((yoke_isa)isa) != (yoke_isa)isa) break;
        check_roof(1);
    }
    yoke_isa_limit(YOKE_ISA_AVX512);
}

TEST(wrong_questions_are_refused) {
    yoke_roof roof = {.bytes = 7};
    CU_ASSERT_EQUAL(yoke_roof_measure(&(yoke_run){.threads = -1}, 1, &roof), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_measure(NULL, -1, &roof), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_measure(NULL, NAN, &roof), YOKE_EINVAL);
    CU_ASSERT_EQUAL(roof.bytes, 7);
    double bandwidth = 7;
    CU_ASSERT_EQUAL(yoke_roof_likwid(NULL, 1 << 20, 1, 1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_likwid("", 1 << 20, 1, 1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_likwid("a;b", 1 << 20, 1, 1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_likwid("triad", 1 << 20, 0, 1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_likwid("triad", 1999, 2, 1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(yoke_roof_likwid("triad", 1 << 20, 1, -1, &bandwidth), YOKE_EINVAL);
    CU_ASSERT_EQUAL(bandwidth, 7);
}

static void *cancel_soon(void *cancel) {
    usleep(50000);
    yoke_cancel_request(cancel);
    return NULL;
}

/* It would take ten minutes. */
TEST_WITH_LIMIT(a_cancel_ends_it, 60) {
    yoke_cancel *cancel;
    pthread_t thread;
    yoke_roof roof;
    REQUIRE(!yoke_cancel_create(&cancel));
    REQUIRE(pthread_create(&thread, NULL, cancel_soon, cancel) == 0);
    yoke_run run = {.threads = 1, .cancel = cancel};
    CU_ASSERT_EQUAL(yoke_roof_measure(&run, 600, &roof), YOKE_ECANCELED);
    pthread_join(thread, NULL);
    yoke_cancel_release(cancel);
}

/* A script in place of likwid-bench. */
static int with_program(const char *script, double *bandwidth) {
    const char *path = test_file("likwid-bench", script, strlen(script));
    REQUIRE(chmod(path, 0755) == 0);
    char *search = NULL;
    REQUIRE(asprintf(&search, "%s:/usr/bin:/bin", test_directory()) > 0);
    REQUIRE(setenv("PATH", search, 1) == 0);
    free(search);
    return yoke_roof_likwid("triad", 3000000, 2, 5, bandwidth);
}

TEST(what_likwid_bench_says_is_read) {
    double bandwidth = 0;
    static const char says[] =
        "#!/bin/sh\n"
        "echo some line >&2\n"
        "[ \"$*\" = '-t triad -i 5 -w N:3000kB:2' ] || exit 1\n"
        "echo 'MFlops/s:\t\t2842.10'\n"
        "echo 'MByte/s:\t\t45473.54'\n";
    CU_ASSERT_EQUAL(with_program(says, &bandwidth), YOKE_OK);
    CU_ASSERT(fabs(bandwidth - 45473.54e6) < 1);
}

/* The faster one is the roof, by the name of its load. */
TEST_WITH_LIMIT(likwid_bench_raises_the_roof, 60) {
    static const char *const says[] = {"echo 'MByte/s: 9e12'", "echo 'MByte/s: 1'"};
    for (int i = 0; i < 2; i++) {
        yoke_roof roof = {0};
        double bandwidth;
        char script[128];
        snprintf(script, sizeof script, "#!/bin/sh\ncase $* in *' stream_mem_'*) %s ;; esac\n",
                 says[i]);
        CU_ASSERT(with_program(script, &bandwidth) < 0);
        REQUIRE(yoke_roof_measure(&(yoke_run){.threads = 1}, 0.01, &roof) == YOKE_OK);
        CU_ASSERT_EQUAL(roof.bytes == 9e18, i == 0);
        CU_ASSERT_EQUAL(!strcmp(roof.bytes_by, "likwid_stream_mem"), i == 0);
        CU_ASSERT_EQUAL(!strncmp(roof.bytes_by, "stream_", 7), i > 0);
    }
}

/* It may run on as many processors as it has threads, though the caller is bound to one. */
TEST(likwid_bench_is_not_bound) {
    cpu_set_t before, after;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    if (CPU_COUNT(&before) < 2) return;
    int first = 0;
    while (!CPU_ISSET(first, &before)) first++;
    CPU_ZERO(&before);
    CPU_SET(first, &before);
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
    double bandwidth = 0;
    static const char says[] = "#!/bin/sh\n[ $(nproc) -ge 2 ] && echo 'MByte/s: 1'\n";
    CU_ASSERT_EQUAL(with_program(says, &bandwidth), YOKE_OK);
    REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
    CU_ASSERT(CPU_EQUAL(&before, &after));
}

TEST(a_failing_likwid_bench_is_an_error) {
    double bandwidth = 7;
    CU_ASSERT_EQUAL(with_program("#!/bin/sh\nexit 1\n", &bandwidth), YOKE_EIO);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "likwid-bench -t triad failed");
    CU_ASSERT_EQUAL(with_program("#!/bin/sh\necho 'MByte/s: nothing'\n", &bandwidth), YOKE_EIO);
    CU_ASSERT_EQUAL(bandwidth, 7);
}

TEST(no_likwid_bench_is_told) {
    double bandwidth = 7;
    REQUIRE(setenv("PATH", test_directory(), 1) == 0);
    CU_ASSERT_EQUAL(yoke_roof_likwid("triad", 1 << 20, 1, 1, &bandwidth), YOKE_ENOENT);
    CU_ASSERT_EQUAL(bandwidth, 7);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs each registered test in a child process: a crash, a hang or a leak of one test does not
 * take the others along. The child runs CUnit on a suite of one test and its exit status is the
 * verdict; the parent counts.
 */
#include "tests/harness.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static test_case *tests;
static uint64_t random_state;
static char directory[64];

void test_register(test_case *test) {
    test_case **last = &tests;
    while (*last) last = &(*last)->next;
    *last = test;
}

void test_random_seed(uint64_t seed) { random_state = seed; }

uint64_t test_random(void) {
    uint64_t z = (random_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t test_random_below(uint64_t limit) { return test_random() % limit; }

size_t test_size(size_t large, size_t small) {
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined YOKE_TEST_SMALL
    (void)large;
    return small;
#else
    (void)small;
    return large;
#endif
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *ftw) {
    (void)status, (void)flag, (void)ftw;
    return remove(path);
}

static void remove_directory(void) { nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

const char *test_directory(void) {
    if (!directory[0]) {
        snprintf(directory, sizeof directory, "/tmp/yoke-test-XXXXXX");
        if (!mkdtemp(directory)) abort();
        atexit(remove_directory);
    }
    return directory;
}

const char *test_file(const char *name, const void *data, size_t size) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", test_directory(), name) < 0) abort();
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
    return path;
}

/* The child's part: CUnit itself returns success whatever failed, so its count is asked. */
static int run_in_child(const char *suite_name, const test_case *test) {
    alarm((unsigned)test->limit);
    if (CU_initialize_registry() != CUE_SUCCESS) return 2;
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
    if (!suite || !CU_add_test(suite, test->name, test->run)) return 2;
    CU_basic_set_mode(CU_BRM_SILENT);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    if (failures) CU_basic_show_failures(CU_get_failure_list());
    CU_cleanup_registry();
    return failures ? 1 : 0;
}

static const char *verdict(int status, char text[64]) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "ok";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "FAILED (time limit)";
    if (WIFSIGNALED(status))
        snprintf(text, 64, "FAILED (signal %d)", WTERMSIG(status));
    else
        snprintf(text, 64, "FAILED");
    return text;
}

/* A run of one test; returns whether it passed. */
static int run_test(const char *suite_name, const test_case *test, uint64_t seed) {
    fflush(stdout);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    pid_t child = fork();
    if (child < 0) return perror("fork"), 0;
    if (child == 0) {
        test_random_seed(seed);
        exit(run_in_child(suite_name, test));
    }
    int status = 0;
    waitpid(child, &status, 0);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double seconds =
        (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
    char text[64];
    printf("%-12s %-48s %6.2f s  %s\n", suite_name, test->name, seconds, verdict(status, text));
    return status == 0;
}

static int wanted(const char *name, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], name)) return 1;
    }
    return argc < 2;
}

int main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/');
    const char *suite_name = slash ? slash + 1 : argv[0];
    if (!strncmp(suite_name, "test_", 5)) suite_name += 5;
    const char *text = getenv("YOKE_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
    printf("%s: YOKE_TEST_SEED=%llu\n", suite_name, (unsigned long long)seed);
    int passed = 0, failed = 0;
    for (const test_case *test = tests; test; test = test->next) {
        if (!wanted(test->name, argc, argv)) continue;
        if (run_test(suite_name, test, seed))
            passed++;
        else
            failed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}

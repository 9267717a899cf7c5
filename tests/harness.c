/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs each registered test in a child process: a crash, a hang or a leak of one test does not
 * take the others along. The child runs CUnit on a suite of one test and its exit status is the
 * verdict (a sanitizer that finds something at exit changes it, so that counts too); the parent
 * counts, ends whatever the test left running, and removes its directory.
 */
#include "tests/harness.h"

#include <CUnit/TestRun.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

/* ---- what tests use ---- */

void test_random_seed(uint64_t seed) { random_state = seed; }

uint64_t test_random(void) {
    uint64_t z = (random_state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t test_random_below(uint64_t limit) { return test_random() % limit; }

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED
#endif

size_t test_size(size_t large, size_t small) {
#ifdef SANITIZED
    (void)large;
    return small;
#else
    (void)small;
    return large;
#endif
}

const char *test_directory(void) {
    if (!directory[0]) abort(); /* only tests have one */
    return directory;
}

const char *test_file(const char *name, const void *data, size_t size) {
    static struct kept_path {
        struct kept_path *next;
        char path[];
    } * paths; /* kept reachable, so that none counts as leaked */
    size_t length = strlen(test_directory()) + strlen(name) + 2;
    struct kept_path *kept = malloc(sizeof *kept + length);
    if (!kept) abort();
    kept->next = paths;
    paths = kept;
    snprintf(kept->path, length, "%s/%s", directory, name);
    FILE *file = fopen(kept->path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) abort();
    return kept->path;
}

int test_threads(void) {
    char line[256];
    int count = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file) abort();
    while (fgets(line, sizeof line, file)) sscanf(line, "Threads: %d", &count);
    fclose(file);
    return count;
}

/* ---- assertions that show their values ---- */

static const char *value_text(test_value value, char text[40]) {
    switch (value.kind) {
    case TEST_SIGNED: snprintf(text, 40, "%lld", value.number); break;
    case TEST_UNSIGNED: snprintf(text, 40, "%llu", value.count); break;
    case TEST_REAL: snprintf(text, 40, "%.17g", value.real); break;
    case TEST_POINTER: snprintf(text, 40, "%p", value.pointer); break;
    }
    return text;
}

void test_check_equal(int equal, test_value actual, test_value expected, const char *what,
                      const char *file, unsigned line) {
    char message[512], left[40], right[40];
    if (!equal) {
        snprintf(message, sizeof message, "%s: %s, not %s", what, value_text(actual, left),
                 value_text(expected, right));
    }
    CU_assertImplementation(equal, line, equal ? what : message, file, "", CU_FALSE);
}

void test_check_text(const char *actual, const char *expected, const char *what, const char *file,
                     unsigned line) {
    char message[2048];
    int equal = actual && expected ? !strcmp(actual, expected) : actual == expected;
    if (!equal) {
        snprintf(message, sizeof message, "%s:\n      is        \"%s\"\n      should be \"%s\"",
                 what, actual ? actual : "(null)", expected ? expected : "(null)");
    }
    CU_assertImplementation(equal, line, equal ? what : message, file, "", CU_FALSE);
}

/* ---- one test ---- */

/* The child's part: CUnit itself returns success whatever failed, so its list is asked. */
static int run_in_child(const test_case *test) {
    if (CU_initialize_registry() != CUE_SUCCESS) return 2;
    CU_pSuite suite = CU_add_suite("suite", NULL, NULL);
    if (!suite || !CU_add_test(suite, test->name, test->run)) return 2;
    if (CU_run_all_tests() != CUE_SUCCESS) return 2;
    unsigned failures = CU_get_number_of_failures();
    for (CU_pFailureRecord f = CU_get_failure_list(); f; f = f->pNext) {
        if (!f->strFileName) continue;
        printf("    %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
    }
    CU_cleanup_registry();
    return failures ? 1 : 0;
}

enum { PATIENCE = 5 }; /* times the limit: other programs have the processors too */

extern uint64_t yoke__delay_seed __attribute__((weak));

static pid_t start_child(const test_case *test, uint64_t seed) {
    pid_t child = fork();
    if (child != 0) return child;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm((unsigned)(PATIENCE * test->limit));
    test_random_seed(seed);
    if (&yoke__delay_seed != NULL) yoke__delay_seed = seed; /* in builds with delays */
    exit(run_in_child(test));
}

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *ftw) {
    (void)status, (void)flag, (void)ftw;
    return remove(path);
}

static const char *verdict(int status, char text[64]) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "ok";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) return "FAILED (time limit)";
    if (WIFSIGNALED(status))
        snprintf(text, 64, "FAILED (%s)", strsignal(WTERMSIG(status)));
    else
        snprintf(text, 64, "FAILED (status %d)", WEXITSTATUS(status));
    return text;
}

static double seconds_since(const struct timespec *begin) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) * 1e-9;
}

/* Returns whether the test passed. */
static int run_test(const char *suite_name, const test_case *test, uint64_t seed) {
    strcpy(directory, "/tmp/yoke-test-XXXXXX");
    if (!mkdtemp(directory)) return perror(directory), 0;
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    fflush(stdout);
    pid_t child = start_child(test, seed);
    if (child < 0) return perror("fork"), 0;
    int status = 0;
    waitpid(child, &status, 0);
    kill(-child, SIGKILL);
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    char text[64];
    printf("%s: %s %.2f s %s\n", suite_name, test->name, seconds_since(&begin),
           verdict(status, text));
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
    int passed = 0, failed = 0;
    for (const test_case *test = tests; test; test = test->next) {
        if (!wanted(test->name, argc, argv)) continue;
        if (run_test(suite_name, test, seed))
            passed++;
        else
            failed++;
    }
    printf("%s: YOKE_TEST_SEED=%llu\n", suite_name, (unsigned long long)seed);
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}

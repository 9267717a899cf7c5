/* SPDX-License-Identifier: Apache-2.0
 *
 * Programs that are measured from outside: what the variables ask for, and what becomes of the file
 * that they name.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/measure.h"
#include "yoke/region.h"
#include "yoke/team.h"

static int count_member(yoke_team *team, int member, void *ctx) {
    (void)team, (void)member, (void)ctx;
    return YOKE_OK;
}

static char *read_text(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);
    REQUIRE(file && text);
    REQUIRE(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void be_measured(const char *pattern) {
    setenv("YOKE_MEASURE", pattern, 1);
    if (yoke_measure_from_environment() != YOKE_OK) _exit(2);
    yoke_region_begin("still open");
    yoke_team_run(2, count_member, NULL);
    if (fork() == 0) exit(0); /* writes nothing */
    wait(NULL);
    exit(0);
}

/* A process that is measured, and in which `prepare` is run first. */
static pid_t run_measured(const char *pattern, void (*prepare)(const char *pattern)) {
    pid_t child = fork();
    if (child == 0) {
        if (prepare) prepare(pattern);
        be_measured(pattern);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CU_ASSERT_EQUAL(status, 0);
    return child;
}

TEST(a_process_is_measured_from_outside) {
    char pattern[512], path[512];
    const char *directory = test_directory();
    snprintf(pattern, sizeof pattern, "%s/profile.%%p", directory);
    pid_t child = run_measured(pattern, NULL);
    snprintf(path, sizeof path, "%s/profile.%d", directory, (int)child);
    char *text = read_text(path);
    CU_ASSERT_EQUAL(*text, '{');
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"still open\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"yoke_team_run\""));
    free(text);
}

static void put_in_the_way(const char *pattern) {
    char name[512];
    snprintf(name, sizeof name, "%s.%ld", pattern, (long)getpid());
    if (symlink("/", name) != 0) _exit(3);
}

/* Its file gets another name until it is whole. */
TEST(what_is_in_the_way_of_the_profile_stays) {
    char path[512];
    snprintf(path, sizeof path, "%s/profile", test_directory());
    run_measured(path, put_in_the_way);
    char *text = read_text(path);
    CU_ASSERT_EQUAL(*text, '{');
    free(text);
    int links = 0, others = 0;
    DIR *directory = opendir(test_directory());
    REQUIRE(directory != NULL);
    for (struct dirent *entry; (entry = readdir(directory));) {
        links += entry->d_type == DT_LNK;
        others += entry->d_type == DT_REG;
    }
    closedir(directory);
    CU_ASSERT_EQUAL(links, 1);
    CU_ASSERT_EQUAL(others, 1);
}

static void allow_files_of(rlim_t bytes) {
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){bytes, RLIM_INFINITY}) != 0) _exit(3);
}

static void allow_long_files(void) { allow_files_of(RLIM_INFINITY); }

/* Until the profile has been written; sanitizers have something to say after that. */
static void allow_short_files(const char *pattern) {
    (void)pattern;
    signal(SIGXFSZ, SIG_IGN);
    if (atexit(allow_long_files) != 0) _exit(3);
    allow_files_of(16);
}

TEST(the_file_stays_when_the_profile_cannot_be_written) {
    char path[512];
    snprintf(path, sizeof path, "%s", test_file("kept", "what was there", 14));
    run_measured(path, allow_short_files);
    char *text = read_text(path);
    CU_ASSERT_STRING_EQUAL(text, "what was there");
    free(text);
}

TEST(a_link_to_the_profile_stays) {
    char path[512], link[512];
    struct stat about;
    snprintf(path, sizeof path, "%s", test_file("old", "old", 3));
    const char *const targets[] = {path, "/dev/null"};
    for (int i = 0; i < 2; i++) {
        snprintf(link, sizeof link, "%s/link%d", test_directory(), i);
        REQUIRE(symlink(targets[i], link) == 0);
        run_measured(link, NULL);
        CU_ASSERT(lstat(link, &about) == 0 && S_ISLNK(about.st_mode));
    }
    char *text = read_text(path);
    CU_ASSERT_EQUAL(*text, '{');
    free(text);
    CU_ASSERT(stat("/dev/null", &about) == 0 && S_ISCHR(about.st_mode));
}

TEST(empty_variables_are_none) {
    char path[512];
    snprintf(path, sizeof path, "%s/profile", test_directory());
    setenv("YOKE_MEASURE", "", 1);
    CU_ASSERT_EQUAL(yoke_measure_from_environment(), YOKE_OK);
    CU_ASSERT_EQUAL(yoke_measure_stop(NULL), YOKE_EINVAL);
    setenv("YOKE_MEASURE_LIKWID", "", 1);
    run_measured(path, NULL);
    char *text = read_text(path);
    CU_ASSERT_PTR_NULL(strstr(text, "likwid"));
    free(text);
}

TEST(a_path_that_is_too_long) {
    char *path = malloc(5001);
    REQUIRE(path != NULL);
    memset(path, 'x', 5000);
    path[5000] = '\0';
    setenv("YOKE_MEASURE", path, 1);
    CU_ASSERT_EQUAL(yoke_measure_from_environment(), YOKE_ERANGE);
    CU_ASSERT_EQUAL(yoke_measure_stop(NULL), YOKE_EINVAL);
    free(path);
}

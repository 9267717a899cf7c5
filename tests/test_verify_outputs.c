/* SPDX-License-Identifier: Apache-2.0
 *
 * What programs under verification find and leave: files with their modes and links, and streams,
 * whatever descriptors the caller has.
 */
#include "tests/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "yoke/verify.h"

/* Runs a script in the test's folder; how many differences there are. */
static int differences(const char *script, const char *file) {
    static const int threads[] = {1, 2};
    const char *const command[] = {"sh", "-c", script, NULL}, *const files[] = {file};
    yoke_verify_report report = {.runs = NULL};
    yoke_verify_options options = {.command = command,
                                   .threads = threads,
                                   .thread_count = 2,
                                   .files = files,
                                   .file_count = file ? 1 : 0,
                                   .runs = 1,
                                   .without_cause = true};
    if (chdir(test_directory()) != 0 || yoke_verify_program(&options, &report) != YOKE_OK)
        return -1;
    int count = (int)report.difference_count;
    yoke_verify_report_fini(&report);
    return count;
}

static bool is_link(const char *path) {
    struct stat about;
    REQUIRE(lstat(path, &about) == 0);
    return S_ISLNK(about.st_mode);
}

static unsigned mode_of(const char *path) {
    struct stat about;
    REQUIRE(stat(path, &about) == 0);
    return (unsigned)about.st_mode & 07777;
}

static void expect_text(const char *path, const char *expected) {
    char text[256];
    FILE *file = fopen(path, "r");
    REQUIRE(file != NULL);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

TEST(each_run_finds_the_mode) {
    test_file("f", "old\n", 4);
    REQUIRE(chdir(test_directory()) == 0 && chmod("f", 0751) == 0);
    CU_ASSERT_EQUAL(differences("stat -c %a f; cat f; echo new >f; chmod 4400 f", "f"), 0);
    expect_text("f", "new\n");
    CU_ASSERT_EQUAL(mode_of("f"), 04400);
}

TEST(a_link_is_written_through) {
    test_file("target", "old\n", 4);
    REQUIRE(chdir(test_directory()) == 0 && symlink("target", "link") == 0);
    CU_ASSERT_EQUAL(differences("cat link; echo more >>link", "link"), 0);
    CU_ASSERT(is_link("link"));
    expect_text("target", "old\nmore\n");
}

TEST(a_link_that_is_replaced_comes_back_for_each_run) {
    test_file("target", "old\n", 4);
    REQUIRE(chdir(test_directory()) == 0 && symlink("target", "link") == 0);
    CU_ASSERT_EQUAL(
        differences("readlink link; cat link; rm link; echo new >link; chmod 640 link", "link"), 0);
    CU_ASSERT(!is_link("link"));
    CU_ASSERT_EQUAL(mode_of("link"), 0640);
    expect_text("link", "new\n");
    expect_text("target", "old\n");
}

TEST(a_link_that_leads_nowhere_yet) {
    REQUIRE(chdir(test_directory()) == 0 && symlink("target", "link") == 0);
    CU_ASSERT_EQUAL(differences("readlink link; test -e link || echo none; echo new >link", "link"),
                    0);
    CU_ASSERT(is_link("link"));
    expect_text("target", "new\n");
    CU_ASSERT_EQUAL(differences("rm -f link target; ln -s elsewhere link", "link"), 0);
    CU_ASSERT(is_link("link") && access("link", F_OK) != 0);
}

TEST(a_link_that_a_run_makes) {
    REQUIRE(chdir(test_directory()) == 0);
    CU_ASSERT_EQUAL(
        differences("test -h made && echo made before; echo a >target; ln -s target made", "made"),
        0);
    CU_ASSERT(is_link("made"));
    expect_text("target", "a\n");
}

/* A caller without standard streams has its files there. */
TEST(streams_of_a_caller_that_has_none) {
    for (int closed = 1; closed <= 3; closed++) {
        pid_t child = fork();
        if (child == 0) {
            dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2); /* what the first run says */
            for (int i = 0; i < closed; i++) close(i);
            _exit(differences("cat; echo out; echo error >&2; exit 5", NULL));
        }
        int status = -1;
        waitpid(child, &status, 0);
        CU_ASSERT_EQUAL(status, 0);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting a file when memory is short, or a call fails: it says so, or has another way. The golden
 * cases do the same for the program with small files and runs; this one is large enough to be
 * dealt.
 */
#include "tests/inject.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/sort_lines.h"

enum { LINES = 100000, LINE = 11 };

typedef struct files {
    const char *input, *output;
    char *sorted; /* what the input has in order */
} files;

static int sort_file(void *ctx) {
    const files *f = ctx;
    yoke_input input = {.kind = YOKE_INPUT_PATH, .name = f->input};
    int output = open(f->output, O_WRONLY | O_TRUNC);
    if (output < 0) return YOKE_EIO;
    int status =
        yoke_sort_lines(&(yoke_line_sort){0}, &input, 1, output, &(yoke_run){.threads = 2});
    close(output);
    return status;
}

static bool is_sorted(const files *f) {
    char *text = malloc(LINES * LINE + 1);
    int file = open(f->output, O_RDONLY);
    bool good = read(file, text, LINES * LINE + 1) == LINES * LINE;
    good = good && !memcmp(text, f->sorted, LINES * LINE);
    close(file);
    free(text);
    return good;
}

/* Lines of the numbers from 0 on, and all of them in some order. */
static files make_files(void) {
    files f = {.sorted = malloc(LINES * LINE + 1)};
    char *text = malloc(LINES * LINE + 1);
    for (size_t i = 0; i < LINES; i++) {
        sprintf(f.sorted + i * LINE, "%010zu\n", i * 99991);
        sprintf(text + i * LINE, "%010zu\n", i * 7919 % LINES * 99991);
    }
    f.input = test_file("input", text, LINES * LINE);
    f.output = test_file("output", "", 0);
    free(text);
    return f;
}

TEST_WITH_LIMIT(each_allocation_fails, 240) {
    files f = make_files();
    CU_ASSERT(inject_each_allocation(sort_file, &f, YOKE_ENOMEM) > 10);
    CU_ASSERT(is_sorted(&f));
    free(f.sorted);
}

/* There are many reads and writes, so not each of them. */
TEST_WITH_LIMIT(calls_fail, 240) {
    files f = make_files();
    int runs = 0;
    for (long n = 1;; n += 1 + n / 8, runs++) {
        inject_fail_io(n, EIO);
        int status = sort_file(&f);
        int happened = inject_happened();
        inject_reset();
        if (!happened) break;
        CU_ASSERT(status == YOKE_EIO || (status == YOKE_OK && is_sorted(&f)));
    }
    CU_ASSERT(runs > 20);
    CU_ASSERT(is_sorted(&f));
    free(f.sorted);
}

TEST_WITH_LIMIT(short_and_interrupted_calls, 240) {
    files f = make_files();
    inject_short_io(3001);
    inject_interrupt_io(3);
    CU_ASSERT_EQUAL(sort_file(&f), YOKE_OK);
    inject_reset();
    CU_ASSERT(is_sorted(&f));
    free(f.sorted);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to sort and files that take it, for the tests of sorting lines.
 */
#ifndef YOKE_TESTS_LINES_USE_H
#define YOKE_TESTS_LINES_USE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/harness.h"

typedef struct content {
    char *data;
    size_t size;
} content;

/* An empty file of its own, for read_back. */
static inline int make_output(void) {
    static int number;
    char name[32];
    snprintf(name, sizeof name, "out%d", number++);
    return open(test_file(name, "", 0), O_RDWR | O_TRUNC);
}

/* All that the file has, to be freed; closes it. */
static inline content read_back(int descriptor) {
    off_t size = lseek(descriptor, 0, SEEK_END);
    content text = {malloc((size_t)size + 1), (size_t)size};
    REQUIRE(pread(descriptor, text.data, text.size, 0) == size);
    close(descriptor);
    return text;
}

#endif

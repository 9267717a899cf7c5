/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the library lies that answers like likwid, for the tests that use it.
 */
#ifndef YOKE_TESTS_LIKWID_USE_H
#define YOKE_TESTS_LIKWID_USE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness.h"

/* Beside this program; "" where likwid's headers are not installed. */
static inline const char *stub(void) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 64);
    REQUIRE(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/likwid_stub.so");
    if (access(path, R_OK) != 0) *path = '\0';
    return path;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a watch knows of the files that a process has mapped, when they are cut, replaced, closed
 * and opened again. The process is this one.
 */
#include "perf/watch_space.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/harness.h"
#include "yoke/status.h"

/* A small library that nobody uses, with glibc. */
static const char library[] = "libthread_db.so.1", function[] = "td_ta_new";

static void *open_library(const char *name, void **at) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    *at = handle ? dlsym(handle, function) : NULL;
    return handle;
}

static const char *name_of(yoke__space *space, const void *at) {
    const yoke__symbol *symbol = yoke__symbol_at(space, (uintptr_t)at, false);
    return symbol ? symbol->name : "no symbol";
}

/* The file behind an address, copied into the test's folder. */
static bool copy_library(const void *at, char *path, size_t size) {
    Dl_info about;
    char command[2048];
    snprintf(path, size, "%s/copy.so", test_directory());
    if (!dladdr(at, &about)) return false;
    snprintf(command, sizeof command, "cp '%s' '%s'", about.dli_fname, path);
    return system(command) == 0;
}

TEST(a_file_that_is_cut_while_it_is_read) {
    yoke__space space = {.pid = getpid()};
    char path[512];
    void *at, *handle = open_library(library, &at);
    if (!handle) return;
    REQUIRE(copy_library(at, path, sizeof path));
    /* mapped, not loaded: a loaded file that is cut would end this process too */
    int file = open(path, O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    off_t size = lseek(file, 0, SEEK_END);
    void *mapped = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0);
    REQUIRE(mapped != MAP_FAILED);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    yoke__image *image = yoke__space_image(&space, (uintptr_t)mapped);
    CU_ASSERT_PTR_NOT_NULL_FATAL(image);
    yoke__symbols_read(image);
    CU_ASSERT(image->symbol_count > 0);
    CU_ASSERT_EQUAL(ftruncate(file, 0), 0);
    size_t bytes = 0;
    for (size_t i = 0; i < image->symbol_count; i++) bytes += strlen(image->symbols[i].name);
    CU_ASSERT(bytes > image->symbol_count);
    yoke__symbols_free(image);
    yoke__symbols_read(image); /* there is nothing any more */
    CU_ASSERT_EQUAL(image->symbol_count, 0);
    yoke__space_free(&space);
    munmap(mapped, (size_t)size);
    close(file);
    dlclose(handle);
}

TEST(a_library_that_is_closed_and_opened_elsewhere) {
    yoke__space space = {.pid = getpid()};
    void *first, *second, *handle = open_library(library, &first);
    if (!handle) return;
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, first), function);
    CU_ASSERT(yoke__space_image(&space, (uintptr_t)first)->mapped);
    dlclose(handle);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_PTR_NULL(yoke__space_image(&space, (uintptr_t)first));
    /* somebody else is where it was */
    long page = sysconf(_SC_PAGESIZE);
    char *place = (char *)((uintptr_t)first / (uintptr_t)page * (uintptr_t)page);
    void *taken =
        mmap(place, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    handle = open_library(library, &second);
    CU_ASSERT_PTR_NOT_NULL_FATAL(handle);
    CU_ASSERT_PTR_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, second), function);
    yoke__space_free(&space);
    if (taken != MAP_FAILED) munmap(taken, 1);
    dlclose(handle);
}

TEST(a_file_of_the_same_name_is_another_file) {
    yoke__space space = {.pid = getpid()};
    char path[512], other[600];
    void *at, *handle = open_library(library, &at);
    if (!handle) return;
    REQUIRE(copy_library(at, path, sizeof path));
    void *copied, *copy = open_library(path, &copied);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    CU_ASSERT_STRING_EQUAL(name_of(&space, copied), function);
    dlclose(copy);
    snprintf(other, sizeof other, "%s.new", path);
    FILE *empty = fopen(other, "we");
    REQUIRE(empty != NULL && fputs("no library any more\n", empty) >= 0 && fclose(empty) == 0);
    REQUIRE(rename(other, path) == 0);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, file, 0);
    REQUIRE(mapped != MAP_FAILED);
    CU_ASSERT_EQUAL(yoke__space_read(&space), YOKE_OK);
    yoke__image *image = yoke__space_image(&space, (uintptr_t)mapped);
    CU_ASSERT_PTR_NOT_NULL_FATAL(image);
    yoke__symbols_read(image);
    CU_ASSERT_EQUAL(image->symbol_count, 0);
    yoke__space_free(&space);
    munmap(mapped, 1);
    close(file);
    dlclose(handle);
}

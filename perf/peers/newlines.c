/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor: what it takes to bring a file into the processor and look at each byte once.
 *
 *     newlines FILE [THREADS]
 *
 * counts the newlines of FILE, with pread into a buffer per thread that stays in the cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, CHUNK = 128 };

/* Counts in bytes, over chunks so short that no byte overflows: the loops become vectors. */
static uint64_t count(const char *text, size_t size) {
    uint64_t newlines = 0;
    for (size_t i = 0; i < size; i += CHUNK) {
        uint8_t found = 0;
        for (size_t j = i; j < i + CHUNK; j++) found = (uint8_t)(found + (text[j] == '\n'));
        newlines += found;
    }
    return newlines;
}

static uint64_t count_block(char *buffer, int file, off_t offset) {
    ssize_t got = pread(file, buffer, BLOCK, offset);
    if (got <= 0) return 0;
    memset(buffer + got, 0, CHUNK);
    return count(buffer, (size_t)got);
}

int main(int argc, char **argv) {
    int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    if (size < 0) {
        fprintf(stderr, "newlines: %s: %s\n", argc > 1 ? argv[1] : "no file", strerror(errno));
        return 1;
    }
    atomic_size_t next = 0;
    uint64_t newlines = 0;
#pragma omp parallel num_threads(argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2)                    \
    reduction(+ : newlines) default(none) shared(next, size, file)
    {
        static _Thread_local char buffer[BLOCK + CHUNK];
        for (off_t at; (at = (off_t)(atomic_fetch_add(&next, 1) * BLOCK)) < size;)
            newlines += count_block(buffer, file, at);
    }
    printf("%llu\n", (unsigned long long)newlines);
    return 0;
}

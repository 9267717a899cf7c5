/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory a sort may take when nobody says: half of what the system has to give, which is
 * what the kernel calls available, and not more than the limit of the control group. And taking it:
 * large ones are huge pages where the kernel has them, aligned to their size.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapreduce/lines_chunk.h"

#define LEAST        ((size_t)64 << 20)
#define HUGE_PAGE    ((size_t)2 << 20)
#define LARGE_MEMORY ((size_t)64 << 20)

/* The number in a file, read by a format; `otherwise` when there is none. */
static size_t read_number(const char *path, const char *format, size_t otherwise) {
    unsigned long long number;
    char line[128];
    size_t found = otherwise;
    FILE *file = fopen(path, "re");
    if (!file) return otherwise;
    while (found == otherwise && fgets(line, sizeof line, file))
        if (sscanf(line, format, &number) == 1) found = (size_t)number;
    fclose(file);
    return found;
}

size_t yoke__line_memory(void) {
    size_t available = read_number("/proc/meminfo", "MemAvailable: %llu kB", SIZE_MAX >> 10) << 10;
    size_t v2 = read_number("/sys/fs/cgroup/memory.max", "%llu", SIZE_MAX);
    size_t v1 = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes", "%llu", SIZE_MAX);
    if (available > v2) available = v2;
    if (available > v1) available = v1;
    if (available == SIZE_MAX >> 10 << 10) available = 0; /* nothing is known */
    return available / 2 < LEAST ? LEAST : available / 2;
}

int yoke__line_map_open(yoke__line_map *m, size_t size) {
    size_t map_size = size + HUGE_PAGE;
    void *map = mmap(NULL, map_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes to sort in", size);
    char *base = (char *)(((uintptr_t)map + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1));
    if (size >= LARGE_MEMORY) madvise(base, size, MADV_HUGEPAGE); /* advice only */
    *m = (yoke__line_map){map, map_size, base};
    return YOKE_OK;
}

void yoke__line_map_close(yoke__line_map *m) {
    if (m->map) munmap(m->map, m->map_size);
    *m = (yoke__line_map){0};
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory a sort may take when nobody says: half of what this process can have. And taking
 * it: large ones are huge pages where the kernel has them, aligned to their size.
 */
#include <stdint.h>
#include <sys/mman.h>

#include "mapreduce/lines_chunk.h"
#include "yoke/machine.h"

#define LEAST        ((size_t)64 << 20)
#define LARGE_MEMORY ((size_t)64 << 20)

size_t yoke__line_memory(void) {
    yoke_memory_limit limit;
    bool known = yoke_memory_limit_read(NULL, &limit) == YOKE_OK && limit.bytes != SIZE_MAX;
    return known && limit.bytes / 2 > LEAST ? limit.bytes / 2 : LEAST;
}

int yoke__line_map_open(yoke__line_map *m, size_t size) {
    size_t map_size = size + YOKE__HUGE_PAGE;
    void *map = mmap(NULL, map_size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED)
        return yoke_fail(YOKE_ENOMEM, "no memory for %zu bytes to sort in", size);
    char *base =
        (char *)(((uintptr_t)map + YOKE__HUGE_PAGE - 1) & ~(uintptr_t)(YOKE__HUGE_PAGE - 1));
    if (size >= LARGE_MEMORY) madvise(base, size, MADV_HUGEPAGE); /* advice only */
    *m = (yoke__line_map){map, map_size, base};
    return YOKE_OK;
}

void yoke__line_map_close(yoke__line_map *m) {
    if (m->map) munmap(m->map, m->map_size);
    *m = (yoke__line_map){0};
}

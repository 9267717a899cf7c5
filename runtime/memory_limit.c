/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory there is for this process: the least of what the kernel and each control group
 * have left.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/bound.h"

/* What version 1 says where there is no limit is this or somewhat less. */
#define NO_LIMIT ((size_t)1 << 62)

static void take(yoke_memory_limit *limit, size_t bytes, const char *path, const char *content) {
    if (bytes >= limit->bytes) return;
    limit->bytes = bytes;
    yoke__bound_source(limit->source, sizeof limit->source, path, ": ", content);
}

/* The number behind a word at the begin of a line ("" for the first line); SIZE_MAX: none. */
static size_t number_in(const char *path, const char *word) {
    char *text = yoke__file_text(path), *place, *end;
    size_t length = strlen(word), found = SIZE_MAX;
    char *line = text ? strtok_r(text, "\n", &place) : NULL;
    for (; line && found == SIZE_MAX; line = strtok_r(NULL, "\n", &place)) {
        if (strncmp(line, word, length) != 0) continue;
        const char *digits = line + length + strspn(line + length, " ");
        unsigned long long number = strtoull(digits, &end, 10);
        if (*digits >= '0' && *digits <= '9' && number < NO_LIMIT) found = (size_t)number;
    }
    free(text);
    return found;
}

static size_t number_of(const char *directory, const char *name, const char *word) {
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/%s", directory, name);
    return length < PATH_MAX ? number_in(path, word) : SIZE_MAX;
}

static size_t or_none(size_t number) { return number == SIZE_MAX ? 0 : number; }

/* The names of a version's files, and of its counts of pages that can be given back. */
typedef struct names {
    const char *limit, *usage, *files[2];
} names;

static void find_left(void *ctx, const char *directory, bool unified) {
    static const names versions[] = {
        {"memory.limit_in_bytes",
         "memory.usage_in_bytes",
         {"total_inactive_file ", "total_active_file "}},
        {"memory.max", "memory.current", {"inactive_file ", "active_file "}},
    };
    const names *n = &versions[unified];
    char path[PATH_MAX], content[64];
    size_t most = number_of(directory, n->limit, "");
    if (most == SIZE_MAX) return;
    size_t used = or_none(number_of(directory, n->usage, ""));
    for (int i = 0; i < 2; i++) {
        size_t pages = or_none(number_of(directory, "memory.stat", n->files[i]));
        used -= pages < used ? pages : used;
    }
    int length = snprintf(path, sizeof path, "%s/%s", directory, n->limit);
    snprintf(content, sizeof content, "%zu, %zu in use", most, used);
    if (length < PATH_MAX) take(ctx, used < most ? most - used : 0, path, content);
}

int yoke_memory_limit_read(const char *root, yoke_memory_limit *limit) {
    if (!limit) return yoke_fail(YOKE_EINVAL, "memory limit: no place for the answer");
    char path[PATH_MAX], content[64];
    *limit = (yoke_memory_limit){.bytes = SIZE_MAX};
    if (!root) root = "";
    int length = snprintf(path, sizeof path, "%s/proc/meminfo", root);
    size_t kilobytes = length < PATH_MAX ? number_in(path, "MemAvailable:") : SIZE_MAX;
    snprintf(content, sizeof content, "MemAvailable %zu kB", kilobytes);
    if (kilobytes < SIZE_MAX >> 10) take(limit, kilobytes << 10, path, content);
    yoke__cgroup_each(root, "self", "memory", find_left, limit);
    return YOKE_OK;
}

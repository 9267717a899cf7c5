/* SPDX-License-Identifier: Apache-2.0
 *
 * What the readers of CPU bounds share: a list that each adds to, and small system files.
 */
#ifndef YOKE_RUNTIME_BOUND_H
#define YOKE_RUNTIME_BOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/machine.h"

/* Adds a bound whose source reads NAME, separator, CONTENT. A source that is too long loses the
 * beginning of its name. A bound of no CPUs, or one more than the list holds, is left out. */
void yoke__bound_add(yoke_cpu_limit *limit, yoke_bound_kind kind, double cpus, const char *name,
                     const char *separator, const char *content);

/* "NAME, separator, CONTENT" in so many bytes; a name that is too long loses its beginning. */
void yoke__bound_source(char *source, size_t size, const char *name, const char *separator,
                        const char *content);

/* The whole of a small system file (such files report no size), ended by a zero; NULL when it
 * cannot be read. The caller frees it. */
char *yoke__file_text(const char *path);

/* The same with its first line only, without the line end, at most size - 1 bytes. */
bool yoke__file_line(const char *path, char *line, size_t size);

/* Calls fn(ctx, directory, unified) for the folder of a process's cgroup and those of all around
 * it, from the inside out: those of version 1 that have the controller, then (unified) those of
 * version 2. root, process: see below. */
typedef void yoke__cgroup_fn(void *ctx, const char *directory, bool unified);
void yoke__cgroup_each(const char *root, const char *process, const char *controller,
                       yoke__cgroup_fn *fn, void *ctx);

/* Adds the quotas of a process's cgroups, tightest first. root: see yoke_cpu_limit_read, "" for the
 * machine itself. process: its folder in proc/, "self" or its number. */
void yoke__cgroup_bounds(const char *root, const char *process, yoke_cpu_limit *limit);

#endif

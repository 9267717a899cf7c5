/* SPDX-License-Identifier: Apache-2.0
 *
 * What the readers of a node share: a list that each adds to, and the files of the machine.
 */
#ifndef YOKE_PERF_DOCTOR_NODE_H
#define YOKE_PERF_DOCTOR_NODE_H

#include "yoke/doctor.h"
#include "yoke/machine.h"

typedef struct yoke__reading {
    yoke_node *node;
    const char *root; /* "" for the machine itself */
    double seconds;   /* of noise on each processor */
    int status;       /* YOKE_ENOMEM once memory ran out */
    yoke_cpu_limit limit;
} yoke__reading;

/* Adds a fact. `source` is copied; the value is printed. */
__attribute__((format(printf, 5, 6))) void yoke__fact(yoke__reading *r, const char *group,
                                                      const char *name, const char *source,
                                                      const char *format, ...);
/* Adds a finding. */
__attribute__((format(printf, 3, 4))) void yoke__advise(yoke__reading *r, const char *advice,
                                                        const char *format, ...);

/* The first line of a file of the machine; false when it cannot be read. `path` begins with "/". */
bool yoke__node_line(const yoke__reading *r, const char *path, char *line, size_t size);
/* All of it, for free(); NULL when it cannot be read. */
char *yoke__node_text(const yoke__reading *r, const char *path);
/* Adds the first line of a file as a fact, "not known" when it cannot be read; its text in `line`.
 */
void yoke__fact_line(yoke__reading *r, const char *group, const char *name, const char *path,
                     char *line, size_t size);

void yoke__node_system(yoke__reading *r);
void yoke__node_counters(yoke__reading *r);
void yoke__node_openmp(yoke__reading *r);
void yoke__node_noise(yoke__reading *r);
/* Starts a thread, and ends it. Both leave the caller where it may run. */
void yoke__node_lines(yoke__reading *r);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * How objects announce what they count: a list of all, under one mutex.
 */
#ifndef YOKE_RUNTIME_PROBE_H
#define YOKE_RUNTIME_PROBE_H

#include "yoke/probe.h"

typedef struct yoke__probe yoke__probe;

/* Where a report goes; report() sets kind and object only once. */
typedef struct yoke__reader {
    yoke_figure_fn *fn;
    void *ctx;
    yoke_figure figure;
} yoke__reader;

/* Part of an object. */
struct yoke__probe {
    const char *kind, *name; /* the name may be NULL */
    void (*report)(yoke__probe *probe, yoke__reader *reader);
    yoke__probe *before, *behind;
};

/* The object must be ready to report, and must report until remove returns. */
void yoke__probe_add(yoke__probe *probe);
void yoke__probe_remove(yoke__probe *probe);

/* For fork(): nobody changes or reads the list meanwhile. Nothing for a thread that is just told of
 * figures. */
void yoke__probes_lock(void);
void yoke__probes_unlock(void);

/* To be called by report(). */
void yoke__probe_figure(yoke__reader *reader, const char *name, int part, int peer, uint64_t value);

#endif

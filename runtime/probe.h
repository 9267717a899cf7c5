/* SPDX-License-Identifier: Apache-2.0
 *
 * How objects announce what they count: a list of all, under one mutex.
 */
#ifndef YOKE_RUNTIME_PROBE_H
#define YOKE_RUNTIME_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/probe.h"

typedef struct yoke__probe yoke__probe;

/* Where a report goes; report() sets kind and object only once. */
typedef struct yoke__reader {
    yoke_figure_fn *fn;
    void *ctx;
    uint64_t serial; /* of the object */
    yoke_figure figure;
} yoke__reader;

/* Part of an object. */
struct yoke__probe {
    const char *kind, *name; /* the name may be NULL */
    void (*report)(yoke__probe *probe, yoke__reader *reader);
    yoke__probe *before, *behind;
    uint64_t serial; /* no other object has it */
};

/* The object must be ready to report, and must report until remove returns. */
void yoke__probe_add(yoke__probe *probe);
void yoke__probe_remove(yoke__probe *probe);

/* Reads all with `now`, unless it is NULL, and from then on, with `leaving`, what each object has
 * to say when it is removed; a NULL `leaving` ends that. False: another watches already (with
 * another ctx), and nothing was read. The figures that both get are parts of a yoke__reader. */
bool yoke__probe_watch(yoke_figure_fn *now, yoke_figure_fn *leaving, void *ctx);
/* In the child of a fork, under the lock: nobody watches. */
void yoke__probe_forget(void);
static inline uint64_t yoke__probe_serial(const yoke_figure *figure) {
    return ((const yoke__reader *)((const char *)figure - offsetof(yoke__reader, figure)))->serial;
}

/* For fork(): nobody changes or reads the list meanwhile. Nothing for a thread that is just told of
 * figures. */
void yoke__probes_lock(void);
void yoke__probes_unlock(void);

/* To be called by report(). */
void yoke__probe_figure(yoke__reader *reader, const char *name, int part, int peer, uint64_t value);

#endif

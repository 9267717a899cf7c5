/* SPDX-License-Identifier: Apache-2.0
 *
 * The counters of a thread, in layers: the kernel's clocks and counts, perf_event's software and
 * hardware events, likwid's groups. Each layer that works here adds its columns when a measurement
 * starts, and one that does not adds a line to the notes.
 *
 * A layer opens what it needs in each thread, and reads all its columns at once. A column that
 * could not be read is YOKE_NOT_MEASURED, and so is then every sum that it goes into.
 */
#ifndef YOKE_PERF_COUNTERS_H
#define YOKE_PERF_COUNTERS_H

#include <sched.h>
#include <stdatomic.h>

#include "perf/formula.h"
#include "perf/measure.h"

enum { YOKE__COLUMNS = 64, YOKE__DERIVED = 32, YOKE__LAYERS = 4 };

/* A column of the sampler: what it is in a profile, what its numbers are multiplied by, and its
 * name in formulas. */
typedef struct yoke__column {
    yoke_metric metric; /* its name NULL: in no profile, for settle() only */
    double scale;
    const char *variable; /* NULL: none */
} yoke__column;

/* A column that is computed from the others of its cell. */
typedef struct yoke__derived {
    yoke_metric metric;
    const char *formula;
} yoke__derived;

typedef struct yoke__counters yoke__counters;

typedef struct yoke__layer {
    yoke_source source;
    /* Looks whether it works, and adds columns or a line to the notes. */
    void (*choose)(yoke__counters *counters, yoke__text *notes);
    /* A handle for the calling thread; NULL: its columns are not measured. */
    void *(*open)(const yoke__counters *counters);
    /* The layer's columns. `own`: the caller is the thread. */
    void (*read)(void *handle, pid_t tid, bool own, double *values);
    /* Of a call, the change in the `count` columns; NULL: it is right. */
    void (*settle)(double *change, int count);
    void (*close)(void *handle);
} yoke__layer;

struct yoke__counters {
    yoke__sampler sampler; /* first */
    unsigned without;      /* sources */
    const char *likwid;    /* a group; NULL: none */
    yoke__column column[YOKE__COLUMNS];
    int hidden; /* columns that are in no profile */
    yoke__derived derived[YOKE__DERIVED];
    int derived_count;
    double clock;                /* of the processor, Hz, for formulas */
    int begin[YOKE__LAYERS + 1]; /* of each layer's columns */
    int threads_most;            /* that have counters at a time: each keeps some files open */
    atomic_int threads, refused; /* that have them; that went without */
    bool user_only;              /* hardware events leave out the kernel */
    bool kernel_clock;           /* CPU time is the kernel layer's: perf_event does not have it */
};

extern const yoke__layer yoke__layer_software, yoke__layer_kernel, yoke__layer_hardware,
    yoke__layer_likwid;

/* Chooses the columns. The counters have to stay until the measurement has ended. */
void yoke__counters_choose(yoke__counters *counters, unsigned without, const char *likwid,
                           yoke__text *notes);
/* When the profile is made, or there will be none; for counters without likwid nothing. */
void yoke__likwid_end(const yoke__counters *counters);

/* The group counters->likwid as columns and what is derived from them, to be read for processors
 * instead of by threads; false: there is a line in the notes. Ends with yoke__likwid_end. */
bool yoke__likwid_count(yoke__counters *counters, yoke__text *notes);
/* The columns of such counters but the first, which is the time of a call: events summed over
 * processors, those of `cores` for what cores count, all that likwid reads for what sockets count.
 */
void yoke__likwid_read(const cpu_set_t *cores, double *columns);

/* A line on threads that went without. */
void yoke__counters_notes(yoke__text *notes, yoke__counters *counters);

void yoke__counters_add(yoke__counters *counters, yoke_metric metric, double scale);
/* With a name in formulas. */
void yoke__counters_add_variable(yoke__counters *counters, yoke_metric metric,
                                 const char *variable);
/* One that is in no profile. */
void yoke__counters_add_hidden(yoke__counters *counters);
void yoke__counters_derive(yoke__counters *counters, yoke_metric metric, const char *formula);

/* The figures of all that is in a profile, in its order: columns, then what is derived from them.
 * `columns` NULL: nothing was read. */
void yoke__counters_values(const yoke__counters *counters, const double *columns, double *values);

#endif

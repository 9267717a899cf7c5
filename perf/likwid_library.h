/* SPDX-License-Identifier: Apache-2.0
 *
 * likwid's library, loaded at run time, and only where it can count: on other machines its calls
 * end the process, or wait ten seconds for a daemon. So nothing of it is touched before the devices
 * that it reads were found, which costs two system calls.
 *
 * The variable YOKE_LIKWID names another library to load, for tests; it is taken to have counters.
 * An empty variable is none, here and with likwid's own.
 */
#ifndef YOKE_PERF_LIKWID_LIBRARY_H
#define YOKE_PERF_LIKWID_LIBRARY_H

#include <stdbool.h>

#include "runtime/text.h"

#ifdef YOKE_HAVE_LIKWID
#include <likwid.h>

#define YOKE__LIKWID_CALLS(X)                                                                      \
    X(topology_init)                                                                               \
    X(get_cpuInfo)                                                                                 \
    X(get_cpuTopology)                                                                             \
    X(init_configuration)                                                                          \
    X(get_configuration)                                                                           \
    X(HPMmode)                                                                                     \
    X(perfmon_setVerbosity)                                                                        \
    X(perfmon_init)                                                                                \
    X(perfmon_addEventSet)                                                                         \
    X(perfmon_setupCounters)                                                                       \
    X(perfmon_startCounters)                                                                       \
    X(perfmon_stopCounters)                                                                        \
    X(perfmon_finalize)                                                                            \
    X(perfmon_readCountersCpu)                                                                     \
    X(perfmon_getResult)                                                                           \
    X(perfmon_getNumberOfEvents)                                                                   \
    X(perfmon_getEventName)                                                                        \
    X(perfmon_getCounterName)                                                                      \
    X(perfgroup_readGroup)                                                                         \
    X(perfgroup_returnGroup)                                                                       \
    X(likwid_markerInit)                                                                           \
    X(likwid_markerThreadInit)                                                                     \
    X(likwid_markerStartRegion)                                                                    \
    X(likwid_markerStopRegion)                                                                     \
    X(likwid_markerClose)

typedef struct yoke__likwid_calls {
#define YOKE__LIKWID_MEMBER(name) __typeof__(name) *(name);
    YOKE__LIKWID_CALLS(YOKE__LIKWID_MEMBER)
#undef YOKE__LIKWID_MEMBER
} yoke__likwid_calls;

/* The library with its topology and access mode set, or NULL and a line in the notes (which may be
 * NULL). Loaded once; not to be called by two threads at the same time. The child of a fork whose
 * parent has loaded it gets none: counters are the processor's, and the daemon's socket is shared,
 * so it would disturb what the parent counts. */
const yoke__likwid_calls *yoke__likwid_load(yoke__text *notes);
/* Whether this is such a child. Any thread. */
bool yoke__likwid_is_parents(void);
#define YOKE__LIKWID_PARENTS "the parent of this process has it"
#endif

/* Whether likwid-perfctr -m started this process and there is something to count. */
bool yoke__likwid_marks(void);

#endif

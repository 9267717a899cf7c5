/* SPDX-License-Identifier: Apache-2.0
 *
 * Regions: named spans of a thread's time, nested, for profiles (yoke/measure.h).
 *
 *     yoke_region_begin("assemble");
 *     ...
 *     yoke_region_end("assemble");
 *
 * While nothing is measured a call is one load and a branch. Otherwise a pair costs a few tens of
 * nanoseconds, and what it saw is added to the thread's own tree of regions. Every pattern of the
 * library has regions of its own, which nest in those of the program.
 *
 * Compiled with -DYOKE_NO_REGIONS the calls in that file are nothing at all. A libyoke that was
 * compiled so says it in the notes of each profile, and what it would count is not measured.
 */
#ifndef YOKE_REGION_H
#define YOKE_REGION_H

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the time of a region is. */
typedef enum yoke_activity {
    YOKE_ACTIVITY_WORK,    /* the user's or a pattern's own work: useful */
    YOKE_ACTIVITY_RUNTIME, /* spent on running in parallel: starting a team, stealing, handing over
                            */
    YOKE_ACTIVITY_WAIT,    /* blocked: the region's name is the cause ("mutex", "queue full") */
} yoke_activity;

/* Number of the measurement that runs, 0 for none. Read it through the functions below. */
extern YOKE_API unsigned yoke_regions_on_;
YOKE_API void yoke_region_enter_(const char *name, yoke_activity activity);
YOKE_API void yoke_region_leave_(const char *name);
YOKE_API void yoke_region_declare_(double flops, double bytes);

#ifdef YOKE_NO_REGIONS
#define YOKE_REGIONS_ON_ 0
#else
/* relaxed: a hint; the slow path looks again. */
#define YOKE_REGIONS_ON_ __atomic_load_n(&yoke_regions_on_, __ATOMIC_RELAXED)
#endif

/* Begins a region inside those that the calling thread has begun.
 *   name  stays valid and unchanged until the measurement ends: a literal. Two names are the same
 *         region when they read alike and stand in the same place of the tree.
 * Regions that lie deeper than 127, those above 4096 places in the tree of a thread, and those for
 * which there is no memory are folded in the region around them, and the notes of the profile say
 * how many. Any thread. While nothing is measured it does not block. Otherwise a thread's first
 * region takes a lock and opens files in /proc, a new place and a call on another core take memory,
 * and some calls read the kernel's counters by system calls, or likwid's under a lock that all
 * threads share. Not for signal handlers. */
static inline void yoke_region_begin(const char *name) {
    if (YOKE_REGIONS_ON_) yoke_region_enter_(name, YOKE_ACTIVITY_WORK);
}

/* The same for time that is no useful work. Those of YOKE_ACTIVITY_WORK only are passed on to
 * likwid's markers (yoke/measure.h), and of calls inside each other with one name the outermost. */
static inline void yoke_region_begin_as(const char *name, yoke_activity activity) {
    if (YOKE_REGIONS_ON_) yoke_region_enter_(name, activity);
}

/* Ends the region that the calling thread began last, which has that name; the text is kept as
 * long. Another name is a fault of the program, and told in the notes of the profile: when a region
 * of that name is open, those inside end with it; otherwise nothing ends. Nor does a region end
 * that began before the measurement did; the notes count such ends. Threads and blocking as above.
 */
static inline void yoke_region_end(const char *name) {
    if (YOKE_REGIONS_ON_) yoke_region_leave_(name);
}

/* Declares work done in the region that the calling thread is in, for rooflines: floating-point
 * operations, and bytes moved from and to memory. Adds to what was declared there before. Threads
 * and blocking as above. */
static inline void yoke_region_work(double flops, double bytes) {
    if (YOKE_REGIONS_ON_) yoke_region_declare_(flops, bytes);
}

#ifdef __cplusplus
}
#endif
#endif

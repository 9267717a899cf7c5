/* SPDX-License-Identifier: Apache-2.0
 *
 * Measuring a run: from start to stop every region of the program and of the library is recorded,
 * and what comes out is a profile.
 *
 *     yoke_profile *profile;
 *     YOKE_TRY(yoke_measure_start(NULL));
 *     work();
 *     YOKE_TRY(yoke_measure_stop(&profile));
 *
 * Wall time is taken at each begin and end of a region. The kernel's figures cost system calls, so
 * they are read only where they do not disturb: at the begin and end of calls that are expected to
 * take a hundred times as long as reading, and as long as a thread spends less than half a percent
 * of its time on it. What a region's length is, its calls so far say; a first call is read. A cell
 * says how many of its calls were read, and its values are theirs; where none was, they are
 * YOKE_NOT_MEASURED, and the figures are in those of the region around.
 *
 * A lock of yoke that a thread finds taken meanwhile gets a profile of its own
 * (yoke/lock_profile.h) from that moment on, in which every hold is timed. Nothing of that is seen
 * in the lock's own functions.
 */
#ifndef YOKE_MEASURE_H
#define YOKE_MEASURE_H

#include <stddef.h>

#include "yoke/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The columns that yoke fills. The first two are seconds, the declared ones what their names say,
 * all others counts. */
#define YOKE_METRIC_CPU_TIME             "CPU time"
#define YOKE_METRIC_QUEUE_WAIT           "run-queue wait"
#define YOKE_METRIC_VOLUNTARY_SWITCHES   "voluntary switches"
#define YOKE_METRIC_INVOLUNTARY_SWITCHES "involuntary switches"
#define YOKE_METRIC_MIGRATIONS           "migrations"
#define YOKE_METRIC_MINOR_FAULTS         "page faults, minor"
#define YOKE_METRIC_MAJOR_FAULTS         "page faults, major"
/* yoke's own, of every call. */
#define YOKE_METRIC_TASKS  "tasks"  /* run by a worker of a pool */
#define YOKE_METRIC_STEALS "steals" /* that found something */
#define YOKE_METRIC_BLOCKS "blocks" /* of an array, a file or a stream */
#define YOKE_METRIC_SLEEPS "sleeps" /* in the kernel, of a thread that waits for another */
#define YOKE_METRIC_FLOPS  "declared flops"
#define YOKE_METRIC_BYTES  "declared bytes"

typedef struct yoke_measure_options {
    const char *program; /* the profile's; NULL: this program's name */
    const char *likwid;  /* a group of likwid, or a list of events and counters; NULL, "": none */
    unsigned without;    /* sources that are left alone: 1u << YOKE_SOURCE_... for each */
    size_t spans;        /* room for spans, a thread; 0: 4096. When it is full the shortest go */
} yoke_measure_options;

/* Begins to measure the whole process. The caller becomes thread 0 of the profile.
 *   options  NULL, and all fields zero, mean the defaults.
 * One measurement runs at a time: YOKE_EINVAL when one does. YOKE_ENOMEM. What cannot be measured
 * here is no error: the notes of the profile say it. Any thread; waits for whoever starts, stops or
 * reads figures of objects (yoke/probe.h), and with likwid for its library. */
YOKE_API int yoke_measure_start(const yoke_measure_options *options);

/* Ends the measurement; regions that are still open count as if they ended now, on every thread.
 * Waits for calls of regions that are just being made, not for regions. The child of a fork is not
 * measured, cannot stop what its parent began, and gets no likwid where the parent has used it.
 *   profile  the caller's, for yoke_profile_destroy; NULL: nobody wants to know.
 * YOKE_EINVAL when nothing is measured. YOKE_ENOMEM: the measurement has ended, without a profile;
 * but where the kernel itself had no memory it runs on, and the next call may end it.
 * Any thread, also another than started it. */
YOKE_API int yoke_measure_stop(yoke_profile **profile);

/* Whether likwid can count here. YOKE_EUNSUPPORTED, and the detail says why not. Takes microseconds
 * where it cannot. */
YOKE_API int yoke_measure_probe_likwid(void);

/* ---- programs that are not to be changed ---- */

/* Does what the environment asks for: with YOKE_MEASURE=PATH the process is measured from now on to
 * its end (exit, or the return of main), and the profile is then written to PATH as
 * yoke_report_json does; in PATH, %p stands for the process, and a relative one counts from the
 * folder of the process at its end. What PATH named before stays when that fails; a link, and what
 * is no regular file, is written through. YOKE_MEASURE_LIKWID=GROUP asks for likwid. An empty
 * variable is as one that is not set. Without a path, too, regions are passed on to likwid's
 * markers when `likwid-perfctr -m` runs the program. The shared library calls it when it is loaded;
 * a program that is linked with the static library calls it itself, once, before it has threads. A
 * process that a signal ends, or _exit, writes nothing, nor does the child of a fork, unless it
 * executes another program. Should the process measure itself as well, its call of
 * yoke_measure_start is refused. 0 also when the variable is not set; YOKE_ERANGE for a path that
 * is too long, and what yoke_measure_start returns. A file that cannot be written is not told. */
YOKE_API int yoke_measure_from_environment(void);

#ifdef __cplusplus
}
#endif
#endif

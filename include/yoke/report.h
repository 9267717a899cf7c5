/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports: what a profile (yoke/profile.h) says, for people and for programs.
 *
 * Efficiencies are those of the POP project for parallel programs (Rosas, Gimenez and Labarta,
 * "Scalability prediction for fundamental performance factors", Supercomputing Frontiers and
 * Innovations 1, 2014; "POP standard metrics", pop-coe.eu), in a form for threads that share
 * memory:
 *
 *     parallel efficiency = load balance x serialisation x transfer
 *
 * Each is from 0 to 1, and the product is exact. A thread's time is split into states:
 *
 *   useful    self time in regions of YOKE_ACTIVITY_WORK, by the CPU clock of the thread where
 *             "CPU time" was measured, else by the wall clock; outside of all regions, of thread 0
 *             only, since the others may spin there. Of a region that was not read, its part by
 *             wall time of what was measured around it
 *   transfer  self time in regions of YOKE_ACTIVITY_RUNTIME (starting a team, stealing, handing
 *             over), and "run-queue wait" in all others: ready to run, but no processor
 *   idle      the rest: waits for others (YOKE_ACTIVITY_WAIT), sleeps and input or output inside
 *             work, and time before a thread is seen and after its end
 *
 * With U the useful time of a thread, X its transfer time, T the elapsed time, n the threads, and
 * means and maxima taken over the threads:
 *
 *     parallel efficiency   mean U / T
 *     load balance          mean U / B     B = Q / n + max (U - own part of Q)
 *     serialisation         B / F          F = max (B, T - X - D)
 *     transfer              F / T
 *
 * Q is the serial work: useful time in regions that one thread ran alone (99 % of the region's
 * useful time), as far as that time cannot have overlapped the others' useful time. So B is how
 * long the run would take if serial work could be shared and nobody waited; with no serial regions
 * it is max U, and load balance is POP's own. F is how long it would take if the runtime and the
 * processors cost no time: X is that of the thread that idled least, and D its waits for others
 * (YOKE_ACTIVITY_WAIT), no longer than any of these was ready and had no processor. A serial share
 * counts as loss by serialisation and not, as in POP's definition for processes, as imbalance:
 * which follows POP's treatment of serial regions in hybrid programs.
 *
 * For a region the same is taken over its calls and all regions inside, and over the threads that
 * were in them; T is then the time of the thread that was longest in it. Threads that never were in
 * any region are not seen.
 */
#ifndef YOKE_REPORT_H
#define YOKE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- efficiencies ---- */

typedef enum yoke_factor {
    YOKE_FACTOR_NONE, /* less than 5 % of the threads' time is lost, or nothing was measured */
    YOKE_FACTOR_LOAD_BALANCE,
    YOKE_FACTOR_SERIALISATION,
    YOKE_FACTOR_TRANSFER,
} yoke_factor;

enum { YOKE_LIMIT_TEXT = 320 };

typedef struct yoke_efficiency {
    int threads;      /* that were in the region */
    double elapsed_s; /* T */
    double useful_mean_s, useful_max_s;
    double parallel, load_balance, serialisation, transfer; /* not measured: no time, no thread */
    yoke_factor limit;                                      /* the factor that costs most */
    int limit_region;   /* where most of that is lost; -1: in none, or no limit */
    double limit_share; /* of n T, what the factor costs: (T - F) / T for transfer; 0 to 1 */
    char sentence[YOKE_LIMIT_TEXT]; /* the limit, the region and the figures, in UTF-8 */
} yoke_efficiency;

/* The efficiency of a region, 0 for the whole run. YOKE_EINVAL for a region or a profile that is
 * not valid (below), YOKE_ENOMEM. Any thread; does not block. */
YOKE_API int yoke_efficiency_read(const yoke_profile *profile, int region,
                                  yoke_efficiency *efficiency);

/* ---- writing ---- */

/* Takes the next bytes of a report. 0 to go on; a negative status ends the report, which returns
 * it. */
typedef int yoke_report_write(void *ctx, const char *bytes, size_t size);

/* A yoke_report_write for a file descriptor; ctx points to it (an int). YOKE_EIO. */
YOKE_API int yoke_report_to_descriptor(void *descriptor, const char *bytes, size_t size);

typedef enum yoke_report_letters {
    YOKE_LETTERS_AUTO,  /* by LC_ALL, LC_CTYPE or LANG, the first that is set */
    YOKE_LETTERS_ASCII, /* what is not ASCII becomes '?' */
    YOKE_LETTERS_UTF8,
} yoke_report_letters;

/* All zero: the defaults. */
typedef struct yoke_report_options {
    int width;          /* columns of a text report; 0: 80; at least 40 */
    size_t regions;     /* at most so many rows of regions in a text report; 0: 40 */
    size_t trace_bytes; /* at most so many bytes of trace; 0: 64 MiB */
    yoke_report_letters letters;
    bool timeline_of_cores; /* a row for each core in the timeline of a text report, not for each
                               thread */
} yoke_report_options;

/* Each writes one report and returns 0 or a negative status: that of `write`; YOKE_ENOMEM;
 * YOKE_EINVAL for a profile whose regions, threads or metrics are referred to but not there, that
 * has a parent behind its child, or no region at all. `options` may be NULL. What was not measured
 * is null in JSON, an empty field in CSV, "not measured" in text; never 0. Bytes of names that are
 * not UTF-8 become U+FFFD. Numbers have a point, whatever the locale. Any thread; blocks in `write`
 * only.
 *
 *   text   for a terminal: efficiencies, timeline, tables by core and by region, waits by cause,
 *          locks, figures of objects, notes
 *   json   one object with everything in the profile, and the efficiencies
 *   csv    tidy, a row for each cell and metric; quoted as in RFC 4180, lines end with LF
 *   trace  Chrome's trace events in JSON, which Perfetto opens: regions as complete events, and
 *          how many threads work as a counter. When they would be more bytes than
 *          options->trace_bytes the shortest regions are left out, and otherData.spans_left_out
 *          says how many. Names of threads and the counter are never left out.
 *   html   a page that stands alone: one file for any browser, without a network, that draws
 *          efficiencies, timeline, threads and cores, regions and roofline from the JSON, which is
 *          in it. YOKE_EUNSUPPORTED where the library was built without it. */
typedef int yoke_report_fn(const yoke_profile *profile, const yoke_report_options *options,
                           yoke_report_write *write, void *ctx);
YOKE_API yoke_report_fn yoke_report_text;
YOKE_API yoke_report_fn yoke_report_json;
YOKE_API yoke_report_fn yoke_report_csv;
YOKE_API yoke_report_fn yoke_report_trace;
YOKE_API yoke_report_fn yoke_report_html;

/* The same page from JSON, for profiles that were stored and for experiments, whose scaling it
 * draws.
 *   profile     a text as yoke_report_json writes it; NULL: none
 *   experiment  a text as yoke_experiment_json (yoke/scaling.h) writes it; members "roof":
 *               {"flops", "bytes"}, as in profiles, and "origin": {"machine", "cpu_limit", "yoke",
 *               "compiler", "flags", "revision", "dirty"} may be added; NULL: none
 * Both are copied into the page and not checked: of what is no JSON the page says that it cannot
 * be read. Statuses as above. Any thread; blocks in `write` only. */
YOKE_API int yoke_report_html_json(const char *profile, const char *experiment,
                                   yoke_report_write *write, void *ctx);

/* 0 where this build has HTML reports; else YOKE_EUNSUPPORTED, and the detail says what to
 * install. */
YOKE_API int yoke_report_html_probe(void);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Experiments: loads (yoke/load.h) and programs, measured in all their configurations.
 *
 * A configuration is a subject at one number of threads, size, grain and affinity. All of them are
 * measured in rounds: in each, those that still need runs are visited in random order, so that a
 * slow minute of the machine meets all alike. A configuration ends when the interval of its median
 * is narrow enough, or when it has had its time or number of runs: then it is noisy, and its
 * figures are no ground for conclusions. Answers are checked after each visit, outside of the time;
 * a wrong one, or a program that fails, leaves the configuration without figures.
 */
#ifndef YOKE_EXPERIMENT_H
#define YOKE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/load.h"
#include "yoke/profile.h"
#include "yoke/report.h"
#include "yoke/statistics.h"

#ifdef __cplusplus
extern "C" {
#endif

/* On which processors threads run. */
typedef enum yoke_affinity {
    YOKE_AFFINITY_NONE,    /* where the system likes */
    YOKE_AFFINITY_COMPACT, /* close to each other: hardware threads of a core, cores of a cache */
    YOKE_AFFINITY_SCATTER, /* far from each other: packages, then cores, then hardware threads */
} yoke_affinity;
enum { YOKE_AFFINITIES = YOKE_AFFINITY_SCATTER + 1 };

/* "none", "compact", "scatter"; "?" for what is none. Static storage. */
YOKE_API const char *yoke_affinity_name(yoke_affinity affinity);

/* Processors (the kernel's numbers) for threads 0 to n - 1, of those that the calling thread may
 * use, after hwloc's topology; from the first again when there are more threads. With
 * YOKE_AFFINITY_NONE in the kernel's order. *processors: room for n numbers, the caller's.
 * YOKE_EINVAL, YOKE_ENOMEM, YOKE_EUNSUPPORTED (no topology). Any thread; reads /sys. */
YOKE_API int yoke_affinity_order(yoke_affinity affinity, int n, int *processors);

/* A program. In its words "{threads}" and "{size}" are replaced. It runs in a process group of its
 * own, with OMP_NUM_THREADS set where threads were asked for, and an empty standard input. What it
 * writes is dropped; the last line of its standard error is kept for messages. */
typedef struct yoke_command {
    const char *const *words; /* up to a NULL */
    const char *name;         /* NULL: the words */
    bool check_output;        /* its standard output must be the same bytes in all runs */
    bool any_status;          /* an exit status other than 0 is no failure */
} yoke_command;

/* One of the two. */
typedef struct yoke_subject {
    const yoke_load *load;
    const yoke_command *command;
} yoke_subject;

/* Zero is the default of each. */
typedef struct yoke_experiment_options {
    const yoke_subject *subjects;
    size_t subject_count;
    const int *threads; /* none: 1 and yoke_team_default_size(); of commands: not told. Of those
                           above the most that a load allows, that one, once */
    size_t thread_count;
    const size_t *sizes; /* of loads; none: their own */
    size_t size_count;
    const double
        *grains; /* seconds of work in a task, of loads that have a grain; none: their own */
    size_t grain_count;
    double work; /* seconds in all tasks of a run, of loads that have a grain: their size is work
                    over grain, whatever `sizes` says; 0: not so */
    const yoke_affinity *affinities; /* none: YOKE_AFFINITY_NONE */
    size_t affinity_count;
    bool weak;         /* sizes are those of one thread */
    size_t reps;       /* runs of a configuration; 0: until the interval is narrow enough */
    size_t most_reps;  /* then at most; 0: 1000 */
    double seconds;    /* then at most, of a configuration with all that belongs to it; 0: 10 */
    double precision;  /* narrow enough: half of the interval over the median; 0: 0.02 */
    double confidence; /* 0: 0.95 */
    uint64_t seed;     /* of data and of the order of runs */
    yoke_repro repro;
    const char *likwid; /* a group of likwid, or a list of events and counters, that is counted in
                           each run; NULL, "": none */
    size_t memory;      /* bytes; loads stay prepared from visit to visit while they take less; 0: a
                           quarter of what can be had (yoke_memory_limit_read) */
    const yoke_cancel *cancel; /* ends the experiment, and a running program */
    bool partial;              /* what was measured until `cancel` came is a result, too; else there
                                  is none */
    /* Called in the caller's thread after each visit. NULL: not. */
    void (*tell)(void *ctx, size_t done, size_t all, const char *name);
    void *ctx;
} yoke_experiment_options;

/* What a run used; YOKE_NOT_MEASURED (yoke/profile.h) where that is not known. Of a program that is
 * what the kernel says of it and of what it waited for; of a load the change of this process. */
typedef struct yoke_usage {
    double user_s, system_s; /* CPU time of all threads */
    double queue_s;          /* that threads were ready and had no processor; not of programs */
    double voluntary_switches, involuntary_switches;
    double minor_faults, major_faults;
    double max_rss; /* bytes: of the program, or of this process so far */
} yoke_usage;

/* What was counted in the runs of a row: events summed over processors, and what the group derives
 * from these sums and the time of a run. An event of cores is that of the processors to which the
 * affinity binds threads, without one of all that the process may use, and what else runs there is
 * in it; an event of sockets is of all of them. Counters are read outside of the time, at both ends
 * of each repeat. */
typedef struct yoke_experiment_metric {
    const yoke_metric *metric; /* the experiment's */
    yoke_estimate value;       /* of a run: the median; not measured when a run was not */
    const double *samples;     /* of the runs that count, as they came */
} yoke_experiment_metric;

typedef struct yoke_experiment_row {
    size_t subject;    /* its index in the options */
    const char *load;  /* the name of load or program */
    const char *group; /* of the load; "command" */
    const char *unit;  /* what `size` counts: "element"; "run" of programs */
    size_t size;       /* 0: a program without */
    int threads;       /* 0: a program that was not told */
    yoke_affinity affinity;
    double grain; /* seconds; 0: none */

    size_t items;            /* that a run handled */
    yoke_estimate seconds;   /* of a run: the median */
    double rate;             /* items a second; not measured where a time is not above 0 */
    double bytes_s, flops_s; /* where the load declares them, else not measured */
    size_t warmup;           /* runs at the beginning that do not count */
    bool steady;             /* false: the times still changed at the end */
    bool noisy;              /* the interval is wider than was asked for */
    bool cut;              /* the experiment was cancelled before this was done: the figures are of
                              the runs that were checked by then; without any, `status` is
                              YOKE_ECANCELED */
    const double *samples; /* seconds of the runs that count, as they came */
    size_t runs;
    yoke_usage usage;                      /* mean of the runs; max_rss: the most */
    const yoke_experiment_metric *metrics; /* what was counted, in the experiment's order */
    size_t metric_count;                   /* 0: nothing was asked for, or there are no figures */

    int status; /* 0; or why there are no figures: then all above from `seconds` on are not measured
                 */
    const char *detail;
} yoke_experiment_row;

typedef struct yoke_experiment {
    yoke_experiment_row *rows; /* by subject, size, grain, affinity, threads */
    size_t row_count;
    double seconds; /* of all */
    double precision, confidence;
    uint64_t seed;
    bool weak;
    const yoke_metric *metrics; /* of `likwid`: events, and what is derived. Where nothing can be
                                   counted a single one, of the group's name, not measured */
    size_t metric_count;
    const char *notes; /* lines on why not; "" or NULL: nothing to say */
} yoke_experiment;

/* Measures all. What a single configuration meets (a wrong answer, no memory) is in its row. Blocks
 * until done; call from serial code, and not from two threads at the same time. Threads that were
 * pinned get back what they had. Texts of the options must live as long as the result, which is the
 * caller's, for yoke_experiment_destroy. YOKE_EINVAL, YOKE_ENOMEM, YOKE_ECANCELED (with `partial`:
 * 0, and rows that are cut). */
YOKE_API int yoke_experiment_run(const yoke_experiment_options *options, yoke_experiment **result);

/* NULL is legal. */
YOKE_API void yoke_experiment_destroy(yoke_experiment *experiment);

/* Two rows, by the ratio of their times (yoke_stat_compare): above 1 when `other` is slower.
 * YOKE_EINVAL when one has no figures or times that are not above 0; YOKE_ENOMEM. Any thread; does
 * not block. */
YOKE_API int yoke_experiment_compare(const yoke_experiment_row *row,
                                     const yoke_experiment_row *other, double threshold,
                                     double confidence, uint64_t seed, yoke_comparison *comparison);

/* One row as a JSON object, without a line end. What is not measured is null. YOKE_EINVAL, and what
 * `write` returns (yoke/report.h). Any thread; blocks in `write` only. */
YOKE_API int yoke_experiment_row_json(const yoke_experiment_row *row, yoke_report_write *write,
                                      void *ctx);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Verification of reproducibility: whether a program gives the same bits whatever the number of
 * threads, the schedule, and the layout of memory.
 *
 * yoke_verify_program runs a program again and again, each time with other settings in its
 * environment, and compares what it wrote with what the first run wrote. A program on yoke is told
 * to shuffle whatever yoke leaves open (the order of blocks and members, whom a thief robs, the
 * size of blocks where bits do not depend on it), and tells the digests of what the library's calls
 * gave, so that the first call that differs has a name. A program can add digests of its own:
 *
 *     yoke_verify_digest("forces", forces, n * sizeof *forces);
 *
 * yoke_verify_self does the like for the library: each algorithm that promises bits, with several
 * numbers of threads, sets of instructions, and shuffled schedules.
 *
 * Not promised: that a program which depends on chance is found. A difference that was found is
 * one; none found means that none was met in so many runs.
 */
#ifndef YOKE_VERIFY_H
#define YOKE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/cancel.h"
#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- in a program ----
 *
 * Announces a result. Outside of a verification it does nothing. Digests of one process that are
 * announced by its first thread outside of parallel regions are compared in their order, others as
 * a set for each name. Bytes between fields count: announce arrays, or fields. Any thread; waits
 * for a write to a file; nothing that is given is kept. After the program has closed the descriptor
 * that yoke opened for it (closefrom(3)) nothing is announced. */
YOKE_API void yoke_verify_digest(const char *name, const void *data, size_t size);

/* ---- a program ---- */

/* One run. */
typedef struct yoke_verify_run {
    int threads;
    char *settings; /* as a shell takes them: "OMP_NUM_THREADS=2 OMP_SCHEDULE=dynamic,1 ..." */
    int status;     /* as a shell says it: its exit status, or 128 and the signal's number */
    bool timed_out;
    double seconds;
    int group; /* runs with the same results have the same; 0: those of the first run */
} yoke_verify_run;

typedef enum yoke_verify_what {
    YOKE_VERIFY_REGION,    /* what a call of the library gave */
    YOKE_VERIFY_ANNOUNCED, /* by yoke_verify_digest */
    YOKE_VERIFY_OUTPUT,    /* standard output */
    YOKE_VERIFY_ERROR,     /* standard error */
    YOKE_VERIFY_FILE,
    YOKE_VERIFY_STATUS, /* the exit status */
} yoke_verify_what;

/* Something in which a run differs from the first. The texts are the report's, as are all in it
 * but for those that say otherwise. */
typedef struct yoke_verify_difference {
    yoke_verify_what what;
    char *name;    /* of the call, the announced digest, or the file; else "" */
    size_t run;    /* the first run that differs, from 0 */
    uint64_t call; /* the how manieth with this name, from 1; 0: one of those made by several
                      threads, which have no order */
    uint64_t byte; /* of an output: the first that differs, from 0 */
    uint64_t line; /* in which it is, from 1 */
    char *first;   /* what the first run has there (of a line at most 120 bytes), made printable */
    char *other;   /* what this run has */
} yoke_verify_difference;

/* An output of the first run. */
typedef struct yoke_verify_output {
    yoke_verify_what what;
    const char *name; /* of a file: the caller's text; else "" */
    bool missing;     /* the run has made no such file */
    uint64_t size, digest;
} yoke_verify_output;

typedef struct yoke_verify_options {
    const char *const *command; /* its argv, up to a NULL */
    const int *threads;         /* numbers of them; NULL: 1, 2, 3, 8 */
    size_t thread_count;
    const char *const *schedules; /* values of OMP_SCHEDULE to draw from; NULL: a list of our own */
    size_t schedule_count;
    const char *const *files; /* that it writes, compared. Before each run a file is made as it was
                                 before the first: absent, or with what it held, its mode, and,
                                 where the path is a symbolic link, that link. In the end it is as
                                 the first run has left it. Owner and times are not restored */
    size_t file_count;
    const char *input;         /* its standard input, a file; NULL: /dev/null */
    int runs;                  /* with each number of threads; 0: 3 */
    uint64_t seed;             /* of the settings; 0: 1 */
    double timeout;            /* seconds for a run; 0: none */
    bool with_error;           /* standard error is compared, too; else that of the first run is
                                  the caller's, and that of the others is dropped */
    bool without_regions;      /* outputs only */
    bool without_cause;        /* after a difference no more runs are made to narrow it down */
    const yoke_cancel *cancel; /* NULL: none */
    void (*ran)(const yoke_verify_run *run, size_t index, void *ctx); /* after each; NULL: nobody */
    void *ctx;
} yoke_verify_options;

typedef struct yoke_verify_report {
    yoke_verify_run *runs;
    size_t run_count;
    yoke_verify_output *outputs;
    size_t output_count;
    uint64_t regions, announced;         /* digests that the first run told */
    yoke_verify_difference *differences; /* calls first, then outputs; each thing once, with the
                                            first run that differs in it */
    size_t difference_count;             /* 0: all runs were the same */
    const char *cause; /* static: what the difference depends on, as far as some more runs tell;
                          NULL: not asked, or there is none */
    int cause_runs;    /* that were made for it */
} yoke_verify_report;

/* Runs the program, each time in a process group of its own, which has ended when the run is over.
 * The settings are variables of the environment: OMP_NUM_THREADS, OMP_SCHEDULE, OMP_DYNAMIC,
 * OMP_PROC_BIND, OMP_PLACES, OMP_WAIT_POLICY, MALLOC_PERTURB_ (what glibc fills fresh memory with),
 * and, for programs on yoke, YOKE_NUM_THREADS, YOKE_ISA, YOKE_SHUFFLE and YOKE_VERIFY. The first
 * run has the first number of threads and nothing else set; the second is its repetition, at least
 * a second later if there are no others in between. Outputs are kept in temporary files without
 * names (in $TMPDIR, or /tmp), not in memory.
 * Returns 0 and fills *report, to be ended with yoke_verify_report_fini, also when runs differ.
 * YOKE_EINVAL: options that do not fit, a file that is no regular one; YOKE_ENOENT: no such
 * command; YOKE_EIO: an input that cannot be read, or a failing system; YOKE_ETIMEDOUT: the first
 * run took too long; YOKE_ECANCELED; YOKE_ENOMEM. Blocks. One call at a time in a process. */
YOKE_API int yoke_verify_program(const yoke_verify_options *options, yoke_verify_report *report);
YOKE_API void yoke_verify_report_fini(yoke_verify_report *report); /* of a zeroed one: legal */

/* ---- the library ---- */

/* An algorithm that promises bits, and what came of trying it. */
typedef struct yoke_verify_row {
    const char *algorithm, *input; /* static */
    const char *level;             /* "any threads", "exact", "always": of reproducibility */
    const char *headers; /* the public headers whose promises it is about: "reduce xsum" */
    size_t size;         /* items of the largest input; smaller ones are tried, too */
    bool local;          /* the digest depends on libraries of this machine */
    uint64_t digest;     /* of the first way */
    int ways, same;      /* how many were tried, and gave that digest */
    char differs[96];    /* the first that did not: "3 threads, avx2, shuffled with 5"; "" */
    int status;          /* 0, or that of the first way that failed */
    double seconds;
} yoke_verify_row;

typedef struct yoke_verify_self_options {
    const int *threads; /* NULL: 1, 2, 3, 8 */
    size_t thread_count;
    uint64_t seed;             /* of the schedules; 0: 1 */
    const char *only;          /* rows whose algorithm has this in its name; NULL: all */
    const yoke_cancel *cancel; /* NULL: none */
} yoke_verify_self_options;

/* Computes each row with each number of threads and each set of instructions that the processor
 * has, with shuffled schedules, and inside of a parallel region; tells each row. Changes the set of
 * instructions and the seed of schedules of the process meanwhile: to be called while nothing else
 * of yoke runs, from serial code; blocks for seconds. `tell` runs in the caller's thread, and keeps
 * nothing of the row. Returns how many rows are not reproducible or failed; YOKE_ECANCELED,
 * YOKE_EINVAL, YOKE_ENOMEM. `options` may be NULL. */
YOKE_API int yoke_verify_self(const yoke_verify_self_options *options,
                              void (*tell)(const yoke_verify_row *row, void *ctx), void *ctx);

#ifdef __cplusplus
}
#endif
#endif

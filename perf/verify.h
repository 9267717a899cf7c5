/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of yoke_verify_program share: settings, a process, its outputs and its records.
 */
#ifndef YOKE_PERF_VERIFY_H
#define YOKE_PERF_VERIFY_H

#include <sys/types.h>

#include "yoke/deadline.h"
#include "yoke/verify.h"

/* ---- settings (verify_setting.c) ---- */

/* NULL and 0: not set. */
typedef struct verify_setting {
    int threads;
    const char *schedule, *dynamic, *bind, *places, *wait, *isa;
    uint64_t shuffle;
    int perturb;          /* the byte that fresh memory is filled with */
    bool fixed_addresses; /* the layout of memory is the same in each run */
} verify_setting;

/* What OMP_SCHEDULE may be. */
typedef struct verify_schedules {
    const char *const *names;
    size_t count;
} verify_schedules;

/* Draws all but the threads. `random` is a state of splitmix64. */
void yoke__verify_setting_draw(verify_setting *setting, verify_schedules schedules,
                               uint64_t *random);
/* The same for one of them: 0 to YOKE__VERIFY_VARIABLES - 1. Returns what it is. */
enum { YOKE__VERIFY_VARIABLES = 6 };
const char *yoke__verify_setting_draw_one(verify_setting *setting, int which,
                                          verify_schedules schedules, uint64_t *random);

/* The environment: that of this process, without what settings may set, and with these. `channel`:
 * the value of YOKE_VERIFY; NULL: none. To be freed with yoke__verify_environment_free. NULL: no
 * memory. */
char **yoke__verify_environment(const verify_setting *setting, const char *channel);
void yoke__verify_environment_free(char **environment);
/* As a shell takes it; to be freed. NULL: no memory. */
char *yoke__verify_setting_text(const verify_setting *setting);

/* ---- a process (verify_process.c) ---- */

typedef struct verify_process {
    const char *const *command;
    char **environment;
    int input, output, error; /* descriptors that it gets; error -1: that of the caller */
    bool fixed_addresses;
    double timeout;            /* seconds; 0: none */
    const yoke_cancel *cancel; /* NULL: none */
} verify_process;

/* Runs it to its end, and ends what it has left in its process group. *status as a shell says it.
 */
int yoke__verify_process_run(const verify_process *process, int *status, bool *timed_out);

/* ---- outputs (verify_output.c) ---- */

/* What was written to a stream, or all that there was at a path. */
typedef struct verify_kept {
    int data;    /* -1: no file */
    mode_t mode; /* of a file at a path */
    char *link;  /* where the path leads as a symbolic link; NULL: it is none */
} verify_kept;

typedef struct verify_output {
    yoke_verify_what what;
    const char *path;      /* of a file; NULL */
    verify_kept before;    /* what was at the path before all runs */
    verify_kept first;     /* what the first run has left */
    int now;               /* what this run has written, where it is not a file of its own; -1 */
    uint64_t size, digest; /* of this run */
    bool missing;          /* after this run */
    bool taken;            /* the first run has ended */
} verify_output;

/* A temporary file without a name, -1 and a detail. */
int yoke__verify_temporary(void);

int yoke__verify_output_open(verify_output *output, yoke_verify_what what, const char *path);
/* A file is then as the first run has left it. */
int yoke__verify_output_close(verify_output *output);
/* Makes it ready for a run. */
int yoke__verify_output_prepare(verify_output *output);
/* After a run: size and digest; the first run's is kept; others are compared with it, and
 * *difference, zeroed, filled when `found` (what is allocated in it is the caller's). */
int yoke__verify_output_take(verify_output *output, bool is_first, bool *found,
                             yoke_verify_difference *difference);

/* ---- records (verify_records.c) ---- */

typedef struct verify_counts {
    uint64_t regions, announced;
    uint64_t digest; /* of the records that have an order */
} verify_counts;

/* Counts what a channel has. */
int yoke__verify_records_count(int channel, verify_counts *counts);
/* Compares two channels; 1 when they differ, and *difference, zeroed, is filled. */
int yoke__verify_records_compare(int first, int other, yoke_verify_difference *difference);

/* ---- what it depends on (verify_cause.c) ---- */

/* Runs the program with a setting; *digest stands for all that came of it. */
typedef int verify_probe_fn(void *ctx, const verify_setting *setting, uint64_t *digest);

typedef struct verify_search {
    const int *threads;
    size_t thread_count;
    verify_schedules schedules;
    uint64_t random;
    uint64_t first; /* the digest of the first run */
    verify_probe_fn *probe;
    void *ctx;
} verify_search;

int yoke__verify_cause(verify_search *search, const char **cause);

#endif

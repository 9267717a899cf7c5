/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of an experiment: points (configurations), the programs among the subjects, pinning,
 * and what runs use.
 */
#ifndef YOKE_PERF_EXPERIMENT_H
#define YOKE_PERF_EXPERIMENT_H

#include <sched.h>
#include <sys/types.h>

#include "perf/counting.h"
#include "yoke/experiment.h"
#include "yoke/profile.h"

/* ---- programs (experiment_command.c) ---- */

/* A program of the experiment, shared by its points. */
typedef struct yoke__program {
    const yoke_command *command;
    char *name;
    int out, err;    /* files that it writes to; out -1: nowhere */
    uint64_t digest; /* of its first output */
    bool has_digest;
} yoke__program;

int yoke__program_open(yoke__program *program, const yoke_command *command);
void yoke__program_close(yoke__program *program);

/* The state of a run of yoke__command_load: set before prepare, whose load_run it is kept in. */
typedef struct yoke__command_run {
    yoke__program *program;
    int threads; /* 0: not told */
    char **words, **environment;
    yoke_usage usage; /* of the last repeat */
} yoke__command_run;

extern const yoke_load yoke__command_load;

/* ---- pinning (affinity.c) ---- */

typedef struct yoke__pin {
    pid_t tid;
    cpu_set_t before;
} yoke__pin;

typedef struct yoke__pins {
    yoke__pin *members;
    int *processors;
    int threads;   /* 0: nothing is pinned */
    cpu_set_t all; /* the processors of the members */
} yoke__pins;

/* Pins the members of teams of that size, each to its processor (team false: none), and the calling
 * thread to all of these. Whatever fails, yoke__pins_clear is to be called. */
int yoke__pins_set(yoke__pins *pins, yoke_affinity affinity, int threads, bool team);
/* The calling thread to its own, from now on, or to all again. */
void yoke__pins_caller(const yoke__pins *pins, bool own);
void yoke__pins_clear(yoke__pins *pins);

/* ---- usage (experiment_usage.c) ---- */

/* Of this process until now. */
yoke_usage yoke__usage_now(void);
struct rusage;
yoke_usage yoke__usage_of(const struct rusage *usage);
/* sum += after - before; max_rss is the greater. before NULL: 0. */
void yoke__usage_add(yoke_usage *sum, const yoke_usage *after, const yoke_usage *before);
/* Bytes that this process has in memory; 0: not known. */
size_t yoke__resident(void);
/* Bytes that the system could give; 0: not known. */
size_t yoke__available(void);

/* ---- points (experiment_point.c) ---- */

typedef struct yoke__point {
    yoke_experiment_row row;
    const yoke_load *load;
    yoke__command_run command; /* where load is yoke__command_load */
    yoke_run run;
    yoke_load_run state;
    bool prepared, done;
    size_t inner;  /* repeats in a sample; 0: not yet known */
    size_t memory; /* that it takes when prepared */
    double spent;  /* seconds of its visits */
    double *samples;
    size_t count, capacity;
    yoke__counting *counting;        /* the experiment's */
    const cpu_set_t *cores;          /* of this visit; NULL: all */
    double columns[YOKE__COLUMNS];   /* of the sample that is taken */
    double *counted;                 /* figures of each sample; when settled, samples of each */
    yoke_experiment_metric *metrics; /* of the row */
    yoke_usage usage;                /* sum of the repeats */
    size_t repeats;
    char detail[256];
} yoke__point;

/* Prepares it where that is needed, takes some samples, checks the answer and sees whether that is
 * enough. Fails with YOKE_ECANCELED only, and without samples that were not checked; other failures
 * end the point. */
int yoke__point_visit(yoke__point *point, const yoke_experiment_options *options);
/* Frees what prepare made. */
void yoke__point_finish(yoke__point *point);
/* Fills the figures of the row; of a point that is not done they are cut. */
void yoke__point_settle(yoke__point *point, const yoke_experiment_options *options);

/* ---- output (experiment_json.c) ---- */

typedef struct yoke__json yoke__json;
void yoke__experiment_row_json(const yoke_experiment_row *row, yoke__json *json);

#endif

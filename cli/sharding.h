/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke bench sharding`: the command line, the loads that are put on the structures,
 * the runs that measure them, and what is written about it.
 */
#ifndef YOKE_CLI_SHARDING_H
#define YOKE_CLI_SHARDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/buffer.h"
#include "yoke/yoke.h"

enum { SHARDING_MOST_THREADS = 1024, SHARDING_MOST_COUNTS = 32, SHARDING_LOADS = 10 };

typedef enum sharding_output {
    SHARDING_TABLE,
    SHARDING_CSV,
    SHARDING_JSON,
    SHARDING_JSONL
} sharding_output;

/* ---- the command line (sharding_options.c) ---- */

typedef struct sharding_options {
    bool chosen[SHARDING_LOADS]; /* of sharding_loads */
    int threads[SHARDING_MOST_COUNTS];
    int thread_counts;
    double read_share; /* 0 to 1 */
    double skew;       /* exponent of Zipf's law; 0: uniform */
    uint64_t keys, seed;
    double seconds; /* of a run */
    int repeat;
    yoke_affinity affinity;
    sharding_output output;
    const char *output_path, *plot; /* NULL: not given */
    bool help;
} sharding_options;

/* Reads the command line. The texts stay argv's. YOKE_EINVAL. */
int sharding_options_parse(int argc, char **argv, sharding_options *options);

extern const char sharding_help[];

/* ---- loads (sharding_loads.c, sharding_queues.c) ---- */

typedef struct sharding_thread sharding_thread;

/* A structure under load, shared by the threads of a run. */
typedef struct sharding_run {
    const sharding_options *options;
    int threads;
    const int *processors; /* of the threads; NULL: any */
    void *state;           /* the load's own */
} sharding_run;

struct sharding_thread {
    _Alignas(YOKE_CACHE_PAD) const sharding_run *run;
    int index;
    const uint32_t *keys; /* KEYS_AHEAD drawn keys, with READ_BIT for a read */
    uint32_t at;
    uint64_t operations, sum, count; /* sum and count: the load's, for its check */
    double seconds, cpu;
    yoke_distribution *latencies; /* nanoseconds */
    yoke_deadline until;          /* how long a call of a queue may wait */
    void *own;                    /* the load's; released with free */
};

#define SHARDING_READ ((uint32_t)1 << 31)
enum { SHARDING_KEYS_AHEAD = 1 << 18 };

static inline uint32_t sharding_next_key(sharding_thread *t) {
    return t->keys[t->at++ & (SHARDING_KEYS_AHEAD - 1)];
}

typedef struct sharding_load {
    const char *name;
    int most_threads; /* 0: any number */
    int (*create)(sharding_run *run);
    /* Does about n operations; returns how many it did, or a failure. */
    long (*work)(sharding_thread *t, unsigned n);
    /* After the last run: what is wrong with the answer; NULL: nothing. */
    const char *(*check)(sharding_run *run, sharding_thread *threads);
    void (*destroy)(sharding_run *run);
} sharding_load;

extern const sharding_load *const sharding_loads[SHARDING_LOADS];
extern const sharding_load sharding_spsc, sharding_mpmc, sharding_mpsc, sharding_deque;

/* ---- runs (sharding_run.c) ---- */

typedef struct sharding_figures {
    const char *structure;
    int threads;
    double median, least, most; /* operations a second */
    double fairness;            /* Jain's index over the threads' operations */
    double imbalance;           /* the most over the least of them; 0: one did nothing */
    double cpus;                /* CPU time over wall-clock time */
    uint64_t p50, p90, p99, p999, slowest;
} sharding_figures;

/* Measures one load at one number of threads. YOKE_EDATA: the answer was wrong. */
int sharding_measure(const sharding_options *options, const sharding_load *load, int threads,
                     sharding_figures *figures);

/* ---- what is written (sharding_output.c, sharding_plot.c) ---- */

int sharding_write(const sharding_options *options, const sharding_figures *rows, size_t count,
                   buffer *to);
int sharding_plot(const sharding_options *options, const sharding_figures *rows, size_t count);

/* The command. argv[0] is "sharding". */
int sharding_main(int argc, char **argv);

#endif

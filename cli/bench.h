/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke bench sharding`: the command line, the loads that are put on the structures,
 * the runs that measure them, and what is written about it.
 */
#ifndef YOKE_CLI_BENCH_H
#define YOKE_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/buffer.h"
#include "yoke/yoke.h"

enum { BENCH_MOST_THREADS = 1024, BENCH_MOST_COUNTS = 32, BENCH_LOADS = 10 };

typedef enum bench_output { BENCH_TABLE, BENCH_CSV, BENCH_JSON, BENCH_JSONL } bench_output;

/* ---- the command line (bench_options.c) ---- */

typedef struct bench_options {
    bool chosen[BENCH_LOADS]; /* of bench_loads */
    int threads[BENCH_MOST_COUNTS];
    int thread_counts;
    double read_share; /* 0 to 1 */
    double skew;       /* exponent of Zipf's law; 0: uniform */
    uint64_t keys, seed;
    double seconds; /* of a run */
    int repeat;
    bool free_threads; /* do not pin */
    bench_output output;
    const char *output_path, *plot; /* NULL: not given */
    bool help;
} bench_options;

/* Reads the command line. The texts stay argv's. YOKE_EINVAL. */
int bench_options_parse(int argc, char **argv, bench_options *options);

extern const char bench_help[];

/* ---- loads (bench_loads.c, bench_queues.c) ---- */

typedef struct bench_thread bench_thread;

/* A structure under load, shared by the threads of a run. */
typedef struct bench_run {
    const bench_options *options;
    int threads;
    void *state; /* the load's own */
} bench_run;

struct bench_thread {
    _Alignas(YOKE_CACHE_PAD) const bench_run *run;
    int index;
    const uint32_t *keys; /* KEYS_AHEAD drawn keys, with READ_BIT for a read */
    uint32_t at;
    uint64_t operations, sum, count; /* sum and count: the load's, for its check */
    double seconds, cpu;
    yoke_distribution *latencies; /* nanoseconds */
    yoke_deadline until;          /* how long a call of a queue may wait */
    void *own;                    /* the load's; released with free */
};

#define BENCH_READ ((uint32_t)1 << 31)
enum { BENCH_KEYS_AHEAD = 1 << 18 };

static inline uint32_t bench_next_key(bench_thread *t) {
    return t->keys[t->at++ & (BENCH_KEYS_AHEAD - 1)];
}

typedef struct bench_load {
    const char *name;
    int most_threads; /* 0: any number */
    int (*create)(bench_run *run);
    /* Does about n operations; returns how many it did, or a failure. */
    long (*work)(bench_thread *t, unsigned n);
    /* After the last run: what is wrong with the answer; NULL: nothing. */
    const char *(*check)(bench_run *run, bench_thread *threads);
    void (*destroy)(bench_run *run);
} bench_load;

extern const bench_load *const bench_loads[BENCH_LOADS];
extern const bench_load bench_spsc, bench_mpmc, bench_mpsc, bench_deque;

/* ---- runs (bench_run.c) ---- */

typedef struct bench_figures {
    const char *structure;
    int threads;
    double median, least, most; /* operations a second */
    double fairness;            /* Jain's index over the threads' operations */
    double imbalance;           /* the most over the least of them; 0: one did nothing */
    double cpus;                /* CPU time over wall-clock time */
    uint64_t p50, p90, p99, p999, slowest;
} bench_figures;

/* Measures one load at one number of threads. YOKE_EDATA: the answer was wrong. */
int bench_measure(const bench_options *options, const bench_load *load, int threads,
                  bench_figures *figures);

/* ---- what is written (bench_output.c, bench_plot.c) ---- */

int bench_write(const bench_options *options, const bench_figures *rows, size_t count, buffer *to);
/* Whether there is a gnuplot; YOKE_ENOENT. */
int bench_plot_ready(const char *path);
int bench_plot(const bench_options *options, const bench_figures *rows, size_t count);

#endif

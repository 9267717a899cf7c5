/* SPDX-License-Identifier: Apache-2.0
 *
 * How overheads are measured: after Bull, "Measuring synchronisation and scheduling overheads in
 * OpenMP" (EWOMP 1999), and Bull, Reid and McDonnell, "A microbenchmark suite for OpenMP tasks"
 * (IWOMP 2012).
 *
 * The overhead of a construct on p threads is T_p - T_s / p: the time of a program that does
 * nothing but the construct, around a delay of known length, less that of the same delays on one
 * thread, over the threads. Where all threads work at the same time, each has a delay for each
 * construct, so T_s / p is what one thread takes for its own. Where the construct lets in one
 * thread at a time (critical, lock, ordered, atomic) the threads share the delays, and T_s is
 * subtracted. `size` is the number of constructs, `grain` the delay. Each repeat measures both
 * times, one after the other; a delay that is much longer than the construct hides it in the noise.
 */
#ifndef YOKE_PERF_LOAD_OVERHEAD_H
#define YOKE_PERF_LOAD_OVERHEAD_H

#include "perf/busy.h"
#include "perf/load.h"

#define YOKE__OVERHEAD_DELAY 0.1e-6 /* seconds, that of the suite */

/* The work of a thread, alone on its cache lines. */
typedef struct yoke__overhead_slot {
    _Alignas(128) uint64_t delays;
} yoke__overhead_slot;

typedef struct yoke__overhead {
    yoke__load_data data;
    uint64_t steps; /* of the delay */
    uint64_t n;     /* constructs */
    int threads;
    yoke__overhead_slot *slots; /* one a thread */
    uint64_t done, due;         /* delays of the last repeat: of all threads */
    void *own;
} yoke__overhead;

/* Runs the construct n times. */
typedef int yoke__overhead_fn(yoke__overhead *o);

int yoke__overhead_prepare(yoke_load_run *run);
/* One repeat: `reference` and then `test`. `due`: the delays that the test makes. */
int yoke__overhead_measure(yoke_load_run *run, yoke__overhead_fn *test,
                           yoke__overhead_fn *reference, uint64_t due);
/* Whether all delays were made, none twice. */
int yoke__overhead_check(yoke_load_run *run);

/* References: n delays in a row, or n additions. */
int yoke__overhead_delays(yoke__overhead *o);
int yoke__overhead_additions(yoke__overhead *o);

/* How many of n constructs a thread has, where they are shared. */
static inline uint64_t yoke__overhead_share(const yoke__overhead *o, int thread, int threads) {
    uint64_t me = (uint64_t)thread, team = (uint64_t)threads;
    return o->n * (me + 1) / team - o->n * me / team;
}

/* A delay of thread `thread`. */
static inline void yoke__overhead_work(yoke__overhead *o, int thread) {
    yoke__busy(o->steps);
    o->slots[thread].delays++;
}

#endif

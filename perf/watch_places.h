/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the threads of a process are, some hundred times a second of their CPU time, with their
 * registers: the kernel's CPU clock through perf_event_open(2), without hardware counters. Where
 * the processor has them, also loads that another core's cache had to answer (watch_transfers.h).
 */
#ifndef YOKE_PERF_WATCH_PLACES_H
#define YOKE_PERF_WATCH_PLACES_H

#include <stdint.h>
#include <sys/types.h>

typedef struct yoke__places yoke__places;

typedef struct yoke__place {
    pid_t pid, tid;
    uint64_t at;            /* the next instruction */
    uint64_t transfer;      /* 0: a sample of CPU time; else of a transfer, the load's address */
    uint64_t registers[16]; /* in the processor's order, rax 0 to r15 15; zero where not known */
} yoke__place;

typedef void yoke__place_fn(const yoke__place *place, void *ctx);

/* Samples all threads of the process, and those and the processes that they start.
 * Takes a descriptor for each thread and processor, at most half of those that there may be.
 * YOKE_EUNSUPPORTED when the kernel refuses, or they are too few, with the reason; YOKE_ENOENT when
 * the process has ended; YOKE_ENOMEM. */
int yoke__places_open(pid_t pid, yoke__places **places);
/* Hands over what has come since the last call. */
void yoke__places_drain(yoke__places *places, yoke__place_fn *fn, void *ctx);
void yoke__places_close(yoke__places *places);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which addresses threads use most: a table of fixed size for counts of (thread, address).
 */
#ifndef YOKE_PERF_WATCH_USES_H
#define YOKE_PERF_WATCH_USES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { YOKE__USES = 4096 };

typedef struct yoke__use {
    uint64_t address;
    uint64_t at; /* an instruction that used it */
    pid_t tid;
    uint32_t count, writes; /* uses, and those that wrote */
} yoke__use;

typedef struct yoke__uses {
    yoke__use table[YOKE__USES];
} yoke__uses;

/* Counts one use. */
void yoke__uses_add(yoke__uses *uses, pid_t tid, uint64_t address, uint64_t at, bool writes);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Failures on demand. In test programs named test_*_inject.c (and in yoke-inject, the program built
 * for tests) the linker sends the calls listed in tests/inject.wrap through here, from the program
 * and the library alike; calls inside shared libraries are not touched. All counters count the
 * calls of all threads together. Without a request everything passes through unchanged.
 *
 * yoke-inject takes its requests from the environment: INJECT_ALLOCATION=N, INJECT_IO=N (fails with
 * EIO), INJECT_IO=N:ERRNO, INJECT_SHORT_IO=BYTES, INJECT_INTERRUPT=N.
 */
#ifndef YOKE_TESTS_INJECT_H
#define YOKE_TESTS_INJECT_H

#include <stddef.h>

/* The n-th allocation from now on (1: the next) fails, once, as when memory is short. */
void inject_fail_allocation(long n);
/* The n-th call from now on that opens, reads, writes, seeks, or asks about a file fails, once,
 * with this errno. */
void inject_fail_io(long n, int error);
/* From now on reads and writes move at most `bytes` a call. 0: no limit. */
void inject_short_io(size_t bytes);
/* From now on every n-th read or write is interrupted (EINTR) before it moves anything. 0: none. */
void inject_interrupt_io(long n);
/* Takes all requests back. */
void inject_reset(void);
/* Whether the failure that was asked for has happened. */
int inject_happened(void);

/* Runs `operation` again and again, with the first, the second, the third ... allocation failing,
 * until a run ends before its failure. Every run that met its failure must return `status` or
 * succeed all the same (it had another way). Returns the number of runs that failed; the last,
 * untouched run must succeed. The operation releases what it made. */
long inject_each_allocation(int (*operation)(void *ctx), void *ctx, int status);
/* The same with each I/O call failing. */
long inject_each_io(int (*operation)(void *ctx), void *ctx, int error, int status);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YOKE_RUNTIME_THREAD_START_H
#define YOKE_RUNTIME_THREAD_START_H

#include <pthread.h>

/* Starts a thread of the library's own. Signals for the process go to other threads; those that
 * tell of a fault, and the profiler's, stay with the thread that they concern. 0, or an error
 * number. */
int yoke__thread_start(pthread_t *thread, void *(*fn)(void *ctx), void *ctx);

#endif

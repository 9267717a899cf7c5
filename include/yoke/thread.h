/* SPDX-License-Identifier: Apache-2.0
 *
 * Small numbers for threads.
 *
 * Each thread that uses a sharded structure gets an index, dense from 0 up, at its first use, and
 * gives it back when it ends; the next new thread takes the lowest that is free. Structures use it
 * to find the slot of a thread without a search. OpenMP, POSIX and all other threads are alike.
 */
#ifndef YOKE_THREAD_H
#define YOKE_THREAD_H

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#define YOKE_THREAD_LOCAL_ thread_local
#else
#define YOKE_THREAD_LOCAL_ _Thread_local
#endif

/* The calling thread's index + 1; 0 while it has none. Read it through yoke_thread_index. */
extern YOKE_API YOKE_THREAD_LOCAL_ unsigned yoke_thread_number_
    __attribute__((tls_model("initial-exec")));

/* Gives the calling thread an index: the slow path of yoke_thread_index. */
YOKE_API int yoke_thread_register(void);

/* The calling thread's index, 0 or above, below the largest number of threads that were alive at
 * the same time. No two living threads share one. What a thread wrote before it ended is visible to
 * the next that gets its index. YOKE_ENOMEM when the registry cannot grow. Any thread; takes a lock
 * at a thread's first call only. */
static inline int yoke_thread_index(void) {
    unsigned number = yoke_thread_number_;
    return number ? (int)(number - 1) : yoke_thread_register();
}

#ifdef __cplusplus
}
#endif
#endif

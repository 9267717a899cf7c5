/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/fork.h"

#include <pthread.h>

#include "yoke/status.h"

unsigned yoke__forks;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

static void count_fork(void) { yoke__forks++; } /* the child has one thread */
static void watch(void) { failed = pthread_atfork(NULL, NULL, count_fork); }

int yoke__fork_watch(void) {
    pthread_once(&once, watch);
    return failed ? yoke_fail(YOKE_ENOMEM, "no memory to watch for fork()") : YOKE_OK;
}

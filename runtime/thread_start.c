/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the library's own. See thread_start.h. */
#include "runtime/thread_start.h"

#include <signal.h>
#include <stddef.h>

int yoke__thread_start(pthread_t *thread, void *(*fn)(void *ctx), void *ctx) {
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t most, before;
    sigfillset(&most);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&most, own[i]);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    int failed = pthread_create(thread, NULL, fn, ctx);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The mutexes that belong to no object are held across a fork, so that the child finds what they
 * guard whole, and finds them free. The order is that in which they nest elsewhere.
 *
 * All of them are here, but for likwid's (perf/likwid.c), which is of no use to a child. What is
 * done once (pthread_once) needs none: glibc does it anew in a child when a thread that is not
 * there had begun it.
 */
#include "runtime/fork.h"

#include <pthread.h>

#include "runtime/lock_order.h"
#include "runtime/probe.h"
#include "runtime/region.h"
#include "runtime/thread.h"
#include "runtime/waitfor.h"

unsigned yoke__forks;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

static void before(void) {
    yoke__probes_lock();
    yoke__graph_lock();
    yoke__threads_lock();
    yoke__session_lock();
    yoke__order_lock();
}

static void in_parent(void) {
    yoke__order_unlock();
    yoke__session_unlock();
    yoke__threads_unlock();
    yoke__graph_unlock();
    yoke__probes_unlock();
}

/* It has one thread. */
static void in_child(void) {
    yoke__forks++;
    yoke__graph_forget_others();
    yoke__session_forget();
    yoke__probe_forget();
    in_parent();
}

static void watch(void) { failed = pthread_atfork(before, in_parent, in_child); }

/* Early: what was registered first is done last before a fork, so that others who prepare for it
 * may use yoke. Who needs it asks again, and is told of a failure. */
__attribute__((constructor)) static void begin(void) { pthread_once(&once, watch); }

int yoke__fork_watch(void) {
    pthread_once(&once, watch);
    return failed ? yoke_fail(YOKE_ENOMEM, "no memory to watch for fork()") : YOKE_OK;
}

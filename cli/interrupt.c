/* SPDX-License-Identifier: Apache-2.0
 *
 * The handler calls only what a signal handler may call: unlink, alarm, _exit, lock-free atomics,
 * yoke_progress_cancel and yoke_cancel_request.
 */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/interrupt.h"

/* How long a cancelled run may take to stop. */
enum { GRACE_SECONDS = 1 };

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { CAUGHT = sizeof caught_signals / sizeof *caught_signals };

static yoke_progress *_Atomic watched;
static yoke_cancel *_Atomic token;
/* Never written again: a handler on another thread may be reading them. */
static char temporary[INTERRUPT_FILES][PATH_MAX];
static int temporaries;          /* used */
static atomic_int temporary_now; /* its number from 1; 0: none */
static atomic_int arrived;
static atomic_bool once;
static atomic_int patience = GRACE_SECONDS; /* seconds left for the run */

static void end_now(int signal) {
    int number = atomic_load(&temporary_now);
    if (number) unlink(temporary[number - 1]);
    _exit(EXIT_SIGNAL + signal);
}

static void on_signal(int signal) {
    int before = 0, code = errno;
    yoke_progress *run = atomic_load(&watched);
    yoke_cancel *cancel = atomic_load(&token);
    if (!atomic_compare_exchange_strong(&arrived, &before, signal)) {
        if ((run || cancel) && atomic_load(&once)) return;
        end_now(before);
    }
    if (!run && !cancel) end_now(signal);
    if (run) yoke_progress_cancel(run);
    if (cancel) yoke_cancel_request(cancel);
    alarm(GRACE_SECONDS);
    errno = code;
}

static void on_alarm(int signal) {
    (void)signal;
    if (atomic_fetch_sub(&patience, GRACE_SECONDS) <= GRACE_SECONDS) end_now(atomic_load(&arrived));
    atomic_store(&once, false);
    alarm(GRACE_SECONDS);
}

static void catch_signal(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler}, old;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++) sigaddset(&action.sa_mask, caught_signals[i]);
    sigaddset(&action.sa_mask, SIGALRM);
    bool optional = signal != SIGALRM;
    if (optional && sigaction(signal, NULL, &old) == 0 && old.sa_handler == SIG_IGN) return;
    sigaction(signal, &action, NULL);
}

void interrupt_install(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody learns how a program ended */
    for (int i = 0; i < CAUGHT; i++) catch_signal(caught_signals[i], on_signal);
    catch_signal(SIGALRM, on_alarm);
}

void interrupt_watch(yoke_progress *run) { atomic_store(&watched, run); }

void interrupt_watch_token(yoke_cancel *cancel) { atomic_store(&token, cancel); }

void interrupt_patience(int seconds) { atomic_store(&patience, seconds); }

void interrupt_over(void) {
    atomic_store(&token, NULL);
    alarm(0);
}

void interrupt_once(void) { atomic_store(&once, true); }

void interrupt_file(const char *path) {
    if (strlen(path) >= sizeof *temporary || temporaries == INTERRUPT_FILES) return;
    memcpy(temporary[temporaries++], path, strlen(path) + 1);
    atomic_store(&temporary_now, temporaries);
}

void interrupt_forget_file(void) { atomic_store(&temporary_now, 0); }

void interrupt_hold(sigset_t *before) {
    sigset_t held;
    sigemptyset(&held);
    for (int i = 0; i < CAUGHT; i++) sigaddset(&held, caught_signals[i]);
    sigaddset(&held, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &held, before);
}

void interrupt_release(const sigset_t *before) { pthread_sigmask(SIG_SETMASK, before, NULL); }

int interrupt_signal(void) { return atomic_load(&arrived); }

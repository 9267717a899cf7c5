/* SPDX-License-Identifier: Apache-2.0
 *
 * Ctrl-C and its kin (SIGINT, SIGTERM, SIGHUP). While a run is watched the first signal cancels it,
 * and the program unwinds as after any failure; a second one, or a run that has not stopped after
 * a second (it waits for a pipe), ends the process at once. So does a signal at any other time. The
 * temporary output is removed in every case, and the exit status is 128 and the signal's number.
 */
#ifndef YOKE_CLI_INTERRUPT_H
#define YOKE_CLI_INTERRUPT_H

#include <signal.h>

#include "yoke/cancel.h"
#include "yoke/progress.h"

/* Catches the signals, except those that the parent chose to ignore; SIGPIPE is ignored, so that
 * writing to a closed pipe is an error like another. */
void interrupt_install(void);

/* The run to cancel; NULL: none. */
void interrupt_watch(yoke_progress *run);
/* The same for a run that has a token. */
void interrupt_watch_token(yoke_cancel *cancel);

/* A run whose results are worth more than a second has so many to stop; after the first, another
 * signal ends the process. */
void interrupt_patience(int seconds);

/* The run with a token has stopped by itself: what is left to do may take as long as it likes, and
 * a second signal ends it. */
void interrupt_over(void);

/* From now on a second signal does not end the process before the run's second is over: the run has
 * started others, which it has to end. */
void interrupt_once(void);

/* The file to remove, one at a time and INTERRUPT_FILES in the life of the process (the output and
 * the report); further ones and a path of PATH_MAX bytes or more are not taken.
 * interrupt_forget_file: it is no longer temporary. */
enum { INTERRUPT_FILES = 4 };
void interrupt_file(const char *path);
void interrupt_forget_file(void);

/* Holds the signals back and lets them come again, for the calling thread. */
void interrupt_hold(sigset_t *before);
void interrupt_release(const sigset_t *before);

/* The signal that came, 0 when none did. */
int interrupt_signal(void);

#endif

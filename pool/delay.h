/* SPDX-License-Identifier: Apache-2.0
 *
 * Delays at the racy points of the pool, in builds for tests (-DYOKE_DELAYS; the sanitized ones):
 * a thread that comes by goes on at once, yields, or sleeps for some microseconds, as a stream of
 * random numbers of its own says. The same seed gives every thread the same delays again.
 */
#ifndef YOKE_POOL_DELAY_H
#define YOKE_POOL_DELAY_H

#ifdef YOKE_DELAYS
#include <stdint.h>
extern uint64_t yoke__delay_seed; /* set by the test harness */
void yoke__delay(void);
#else
static inline void yoke__delay(void) {}
#endif

#endif

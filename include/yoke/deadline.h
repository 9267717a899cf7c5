/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines: the moment at which a blocking call gives up.
 *
 * A deadline is a point on CLOCK_MONOTONIC, not a span, so that one deadline can be passed through
 * several calls and setting the date does not move it. Every blocking function of yoke takes one:
 * with YOKE_NOW, or any moment that is past, it does what can be done without waiting and returns
 * YOKE_ETIMEDOUT otherwise; with YOKE_FOREVER it waits as long as it takes.
 */
#ifndef YOKE_DEADLINE_H
#define YOKE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t yoke_deadline; /* nanoseconds on CLOCK_MONOTONIC */

#define YOKE_NOW     ((yoke_deadline)0)
#define YOKE_FOREVER INT64_MAX

/* The moment `seconds` from now, rounded up to the nanosecond. 0, a negative number or NaN: now; a
 * span too long for the clock: YOKE_FOREVER. Any thread; does not block. */
YOKE_API yoke_deadline yoke_deadline_in(double seconds);

/* Whether the moment has come. Never true of YOKE_FOREVER, always of YOKE_NOW. Any thread; does not
 * block. */
YOKE_API bool yoke_deadline_passed(yoke_deadline deadline);

#ifdef __cplusplus
}
#endif
#endif

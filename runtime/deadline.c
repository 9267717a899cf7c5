/* SPDX-License-Identifier: Apache-2.0
 *
 * Deadlines are plain nanoseconds; the only care is for spans that do not fit.
 */
#include "yoke/deadline.h"

#include "runtime/clock.h"

yoke_deadline yoke_deadline_in(double seconds) {
    double at = yoke__seconds(CLOCK_MONOTONIC) * 1e9;
    if (seconds > 0) at += seconds * 1e9;
    return at < 9.2e18 ? (yoke_deadline)at : YOKE_FOREVER;
}

bool yoke_deadline_passed(yoke_deadline deadline) {
    if (deadline == YOKE_FOREVER) return false;
    return deadline <= YOKE_NOW || deadline <= yoke_deadline_in(0);
}

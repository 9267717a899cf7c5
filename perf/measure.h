/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a measurement: what threads recorded (runtime/region.h), the columns of counters,
 * the figures of objects; and how a profile is put together from them.
 */
#ifndef YOKE_PERF_MEASURE_H
#define YOKE_PERF_MEASURE_H

#include "runtime/region.h"
#include "runtime/text.h"
#include "yoke/measure.h"

/* Whether this library was compiled without regions: then its patterns report nothing. */
#ifdef YOKE_NO_REGIONS
enum { YOKE__NO_REGIONS = 1 };
#else
enum { YOKE__NO_REGIONS = 0 };
#endif

struct yoke__counters;

/* Puts the recorders' trees into one, and their cells, threads and spans into the profile.
 * YOKE_ENOMEM without a detail. */
int yoke__gather(yoke_profile *profile, const yoke__session *session,
                 const struct yoke__counters *counters);

/* Lines on what threads could not record, and on faults of the program. */
void yoke__gather_notes(yoke__text *notes, const yoke__session *session);

#endif

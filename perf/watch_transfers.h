/* SPDX-License-Identifier: Apache-2.0
 *
 * The processor's own count of transfers between caches: loads that hit in the shared cache and
 * had to be answered by another core's, which had changed the line. Each sample has the address.
 */
#ifndef YOKE_PERF_WATCH_TRANSFERS_H
#define YOKE_PERF_WATCH_TRANSFERS_H

#include <stdbool.h>
#include <stdint.h>

#define YOKE__TRANSFER_EVENT "mem_load_l3_hit_retired.xsnp_hitm"

enum { YOKE__TRANSFER_PERIOD = 20011 }; /* events a sample */

/* Seconds that one takes at least, on the processors that have it: some 48 ns on Skylake, more on
 * later ones. */
#define YOKE__TRANSFER_SECONDS 40e-9

/* The event of perf_event_open(2), of type PERF_TYPE_RAW. `root`: "" for the machine itself.
 * False for processors of which it is not known, or that have no counters. */
bool yoke__transfer_event(const char *root, uint64_t *config);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which processors have the event is told by the kernel's name of their counters. Numbers after
 * Intel's lists of events: from Ice Lake on the event is called xsnp_fwd, and also counts lines
 * that another core had for itself without a change.
 */
#include "perf/watch_transfers.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "runtime/bound.h"

bool yoke__transfer_event(const char *root, uint64_t *config) {
    static const char *const known[] = {"skylake", "icelake", "sapphire_rapids"};
    char path[PATH_MAX], name[64];
    snprintf(path, sizeof path, "%s/sys/bus/event_source/devices/cpu/caps/pmu_name", root);
    if (!yoke__file_line(path, name, sizeof name)) return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i]) != 0) continue;
        *config = 0x04d2; /* unit mask 04, event d2 */
        return true;
    }
    return false;
}

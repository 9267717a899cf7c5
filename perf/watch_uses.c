/* SPDX-License-Identifier: Apache-2.0
 *
 * Each (thread, address) has one place. Another one that hashes there takes the count down, and the
 * place over when the count is zero, so what is used often stays (after Misra and Gries, "Finding
 * repeated elements", 1982, with one counter a place).
 */
#include "perf/watch_uses.h"

void yoke__uses_add(yoke__uses *uses, pid_t tid, uint64_t address, uint64_t at, bool writes) {
    uint64_t hash = (address * 0x9e3779b97f4a7c15u) ^ ((uint64_t)tid * 0xc2b2ae3d27d4eb4fu);
    yoke__use *use = &uses->table[(hash >> 40) % YOKE__USES];
    if (use->count && (use->tid != tid || use->address != address)) {
        use->count--;
        return;
    }
    if (!use->count) *use = (yoke__use){.address = address, .tid = tid};
    use->count++;
    use->at = at;
    use->writes += writes;
}

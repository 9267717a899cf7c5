/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger of a batch: which items are done, and with what result. A file of a head, which says
 * what batch it is of, and of records that are appended, in the byte order of the machine:
 *
 *     head      magic[8]  version u32  length of job u32  items u64  checksum of job u32
 *               checksum of what is before it u32  job
 *     record    checksum of what is behind it, up to the bytes u32  size u32  status i32
 *               checksum of the bytes u32  index u64  bytes
 *
 * Checksums are CRC-32. The later of two records of an item counts. What is allowed to be wrong is
 * the end: a record that the file ends within, one whose bytes are wrong where the file ends, and
 * zeros up to the end, as a file system may leave them when the machine stops. That is cut off;
 * anything else is damage.
 *
 * One process at a time has a ledger open (flock(2)).
 */
#ifndef YOKE_PIPELINE_LEDGER_H
#define YOKE_PIPELINE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct yoke__record {
    uint64_t index;
    int status;
    bool before; /* it was read from the ledger */
    size_t size;
    char bytes[]; /* and a NUL behind them */
} yoke__record;

typedef struct yoke__ledger {
    const char *path;
    int descriptor;
    bool sync;
    uint64_t items, end; /* end: of what was written and is good */
    uint64_t *place; /* of each item: where its record is, doubled, + 1 if it failed; 0: not done */
    uint64_t done, failed, torn; /* when it was opened */
    char *buffer;                /* records not yet written */
    size_t used, room;
} yoke__ledger;

/* Opens, or makes, the ledger at `path`, and reads all of it. Items that failed are not done, if
 * `retry`. YOKE_EINVAL for the ledger of another batch, YOKE_EDATA for a damaged one, YOKE_EIO,
 * YOKE_ENOMEM. */
int yoke__ledger_open(yoke__ledger *ledger, const char *path, const char *job, uint64_t items,
                      bool sync, bool retry);
void yoke__ledger_close(yoke__ledger *ledger); /* drops what was not written */

/* Notes an item for the next flush. YOKE_ENOMEM. */
int yoke__ledger_add(yoke__ledger *ledger, const yoke__record *record);
/* Writes what was noted, by one call; when it fails nothing of it counts. YOKE_EIO. */
int yoke__ledger_flush(yoke__ledger *ledger);

static inline bool yoke__ledger_has(const yoke__ledger *ledger, uint64_t index) {
    return ledger->place && ledger->place[index] != 0;
}
/* Reads the record of an item that was done when the ledger was opened. To be freed by the caller.
 * Any thread. YOKE_EIO, YOKE_EDATA, YOKE_ENOMEM. */
int yoke__ledger_read(const yoke__ledger *ledger, uint64_t index, yoke__record **record);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a program under `yoke verify-repro` tells it: a record for each result, with its digest, in
 * the order of the calls. The variable YOKE_VERIFY names the file that records are appended to; it
 * is opened when the program is loaded, and without it nothing is digested.
 *
 * A record is a line of fields between tabs:
 *     process, place, kind, name, level, size, digest
 *     place  S: the first thread of the process, outside of parallel regions, so that the order of
 *            records means something; C: anywhere else, so that only their set does
 *     kind   R: a result of the library; D: announced by the program (yoke_verify_digest)
 *     level  of reproducibility, where it was chosen: "FAST", "EXACT", or nothing
 */
#ifndef YOKE_RUNTIME_VERIFY_H
#define YOKE_RUNTIME_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern int yoke__verify_channel; /* written when the program is loaded only; -1: nobody listens */

static inline bool yoke__verify_on(void) { return __builtin_expect(yoke__verify_channel >= 0, 0); }

/* Tells of `size` bytes. A record that cannot be written, or comes after the program has closed the
 * channel, is lost. Any thread. */
void yoke__verify_tell(char kind, const char *name, const char *level, const void *data,
                       size_t size);

/* 64 bits for some bytes, the same on all machines of one byte order; `before` is the digest of
 * what comes before them, 0 at the beginning. */
uint64_t yoke__verify_digest(uint64_t before, const void *data, size_t size);

#endif

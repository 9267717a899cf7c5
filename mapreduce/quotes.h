/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes across the blocks of a file; see quotes.c. */
#ifndef YOKE_MAPREDUCE_QUOTES_H
#define YOKE_MAPREDUCE_QUOTES_H

#include "mapreduce/source.h"

/* Makes room for the notes of source->blocks blocks. YOKE_ENOMEM. */
int yoke__quotes_init(yoke_source *source);
void yoke__quotes_fini(yoke_source *source);

/* Whether block `number`, whose own bytes hold that many quotes, begins between quotes. Any thread;
 * reads an earlier block where its reader is late. YOKE_ENOMEM, YOKE_EIO. */
int yoke__quotes_between(yoke_source *source, uint64_t number, size_t quotes, bool *between);

/* The text offsets of a block's own bytes: its range moved back by one; see source.c. */
void yoke__own_bytes(const yoke_source *source, uint64_t number, uint64_t *from, uint64_t *to);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * From blocks to records: a block is split into batches of about a thousand records (small enough
 * for the inner caches), each with the ends of all fields.
 */
#ifndef YOKE_MAPREDUCE_RECORDS_H
#define YOKE_MAPREDUCE_RECORDS_H

#include "mapreduce/source.h"
#include "yoke/memory.h"

/* Places for field ends, and counts of what was seen. All zero is empty. */
typedef struct yoke_splitter {
    uint32_t *ends;
    size_t capacity;
    char *repaired; /* a ragged record made whole */
    size_t repaired_capacity;
    uint64_t records, ragged;
    uint64_t ragged_at; /* ordinal of the first ragged record; valid when there was one */
    yoke_location first_ragged;
} yoke_splitter;

typedef int yoke__batch_fn(const yoke_records *records, void *ctx);

/* Calls `batch` for all records of the block, in order. YOKE_EDATA (place in the detail, ordinal of
 * the place in *at), YOKE_ENOMEM, or what batch returns (then *at is the batch's first record). */
int yoke__records_split(yoke_splitter *splitter, const yoke_block *block, yoke__batch_fn *batch,
                        void *ctx, uint64_t *at);
/* Releases the places; the counts stay. */
void yoke__splitter_fini(yoke_splitter *splitter);

/* Where the quote was opened that the record [begin, end) does not close. */
size_t yoke__open_quote(const char *data, size_t begin, size_t end, char quote);

/* The fields of a head block's first record, which may lack its line end. */
int yoke__records_first(const yoke_block *block, yoke_arena *arena, yoke_text **fields,
                        size_t *columns);

/* The text of one column: fields[0] to fields[count - 1], as yoke_records_field gives it. Readable
 * YOKE_RECORDS_SLACK beyond either end. YOKE_ENOMEM. */
int yoke__records_column(const yoke_records *records, size_t column, yoke_arena *scratch,
                         yoke_text *fields);

#endif

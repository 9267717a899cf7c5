/* SPDX-License-Identifier: Apache-2.0
 *
 * From inputs to blocks. A block is some megabytes at most of whole records in a buffer that
 * belongs to one reader (one reader a thread).
 *
 * Plain files and memory are cut at fixed offsets; a block holds the records that begin in its
 * range, so any thread can read any block, in parallel and with pread (several times faster than
 * mmap on the machines seen). Whether a cut lies between quotes follows from the number of quotes
 * before it (quotes.h). Pipes and
 * compressed inputs are streams: read by one thread at a time, cut after the last whole record, the
 * rest carried over.
 */
#ifndef YOKE_MAPREDUCE_SOURCE_H
#define YOKE_MAPREDUCE_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "mapreduce/scan.h"
#include "mapreduce/stream.h"
#include "yoke/dataset.h"
#include "yoke/memory.h"

/* An ordinal is the number of the input above these bits and the offset in its text below: the
 * order of all records of a dataset. */
#define YOKE_OFFSET_BITS  44
#define YOKE_MOST_INPUTS  ((size_t)1 << 19)
#define YOKE_NO_FAILURE   UINT64_MAX
#define YOKE_UNTERMINATED "a quote is opened here and never closed"
#define YOKE_OVERLONG     "the record is longer than %zu bytes"
#define YOKE_MISPLACED    "a quote may stand only at the beginning or end of a field"

typedef enum yoke_source_state {
    YOKE_SOURCE_CLOSED, /* not reached yet */
    YOKE_SOURCE_FILE,   /* cut at fixed offsets: a plain file or memory */
    YOKE_SOURCE_STREAM,
    YOKE_SOURCE_DONE, /* all its blocks were handed out */
} yoke_source_state;

typedef struct yoke_source {
    yoke_dataset *dataset;
    size_t index;
    char *name;
    yoke_input_kind kind;
    int descriptor;              /* -1: not open */
    bool waits;                  /* opening or reading it may wait for somebody: a pipe */
    const char *memory;          /* YOKE_INPUT_MEMORY */
    uint64_t origin;             /* file offset of text offset 0 */
    uint64_t size;               /* of a file's or memory's text */
    yoke_source_state state;     /* under the dataset's lock, as the next three */
    uint64_t begin;              /* text offset of the first record after mark and header */
    uint64_t next, blocks;       /* FILE: next block to hand out, their number */
    _Atomic uint64_t unfinished; /* FILE: blocks not given back; the last closes the file */
    _Atomic uint8_t *notes;      /* FILE: of each block's quotes, see quotes.c */

    pthread_mutex_t lock; /* STREAM: guards all that follows */
    yoke_stream *stream;
    char *carry; /* text read but not handed out */
    size_t carry_size, carry_capacity;
    uint64_t offset, line; /* of the carried text */
    uint64_t counted;      /* raw bytes told to progress */
    bool ended;
} yoke_source;

struct yoke_dataset {
    yoke_format format; /* names: our copies */
    char **header;      /* the first input's; NULL without one */
    size_t header_columns;
    char **names; /* of the columns */
    size_t columns;
    yoke_source *sources;
    size_t count;
    const yoke_scan_kernels *scan;
    bool lines; /* no delimiter: each line is a field */
    bool consumed;

    pthread_mutex_t lock; /* guards handing out blocks */
    size_t first;         /* sources before it are done */
    size_t window;        /* streams that may be read at the same time */
    size_t block_size;
    bool forward;             /* no reader goes back to an earlier source */
    _Atomic uint64_t failure; /* ordinal of the first failure: nothing behind it is handed out */
};

typedef struct yoke_block {
    yoke_source *source;
    char *data;        /* in the reader's buffer, slack before and after */
    size_t begin, end; /* whole records, each with its line end */
    bool quoted;       /* there is a quote in them */
    bool overlong;     /* the last record is cut off: it is beyond the limit */
    uint64_t offset;   /* text offset of data[0] */
    uint64_t line;     /* of data[begin], 0: not known */
    uint64_t bytes;    /* of input that this block stands for */
} yoke_block;

/* A thread's place to read into. All zero is empty. */
typedef struct yoke_reader {
    char *buffer;
    char *text; /* in it: where the block's text begins */
    size_t capacity;
    size_t shift;      /* of the text's address within a page */
    yoke_source *held; /* the file whose block was handed out last */
    size_t source;     /* number of the source that was read last */
    double wait;       /* seconds spent waiting for other threads */
} yoke_reader;

/* The next block: 1, or 0 when there is none. A failure returns its status, and *block has source
 * and offset of the place (begin 0) for the order of failures. Invalidates the block before it. */
int yoke__source_next(yoke_dataset *dataset, yoke_reader *reader, yoke_block *block);
void yoke__reader_fini(yoke_reader *reader);

/* Opens a source and leaves it at its first record, which is passed over when the format has a
 * header. Gives the first record's fields (in the arena; *columns 0 for an empty input). */
int yoke__source_open(yoke_source *source, yoke_arena *arena, yoke_text **fields, size_t *columns);
/* Cuts an open FILE into blocks of the dataset's size. YOKE_ENOMEM. */
int yoke__source_plan(yoke_source *source);
void yoke__source_close(yoke_source *source);

/* Bytes [offset, offset + size) of a FILE's text. YOKE_EIO also when the file has become shorter.
 */
int yoke__source_read(const yoke_source *source, uint64_t offset, char *to, size_t size);

/* The place of a text offset that lies in the block (or before its end, for a file). */
int yoke__block_locate(const yoke_block *block, uint64_t offset, yoke_location *location);
/* yoke_fail with "NAME: line L, column C: " before the message. */
int yoke__block_fail(const yoke_block *block, uint64_t offset, int status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline uint64_t yoke__source_ordinal(const yoke_source *source, uint64_t offset) {
    return ((uint64_t)source->index << YOKE_OFFSET_BITS) + offset;
}

/* Bytes of the UTF-8 byte order mark at the beginning of a text. */
static inline size_t yoke__mark_size(const char *text, size_t size) {
    return size >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

/* Prepares for one pass. `forward`: each reader gets its blocks in the order of the dataset, which
 * costs some balance where there are several streams. YOKE_EINVAL when there was a pass before,
 * YOKE_ENOMEM. */
int yoke__dataset_begin(yoke_dataset *dataset, size_t block_size, int threads, bool forward);

/* Notes a failure at an ordinal; returns whether it is the first in the dataset so far. */
bool yoke__dataset_note_failure(yoke_dataset *dataset, uint64_t ordinal);

#endif

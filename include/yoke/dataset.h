/* SPDX-License-Identifier: Apache-2.0
 *
 * A dataset is an ordered list of inputs that hold text records of one format: CSV and its kin
 * after RFC 4180, or plain lines. It is opened once, read once (by yoke_mapreduce or
 * yoke_groupby_run), and closed.
 *
 * Inputs may be files, open descriptors (pipes too) or memory. gzip and zstd are recognised by
 * content. A UTF-8 byte order mark at the beginning of an input is skipped. Records end in LF or
 * CR LF; the last may lack its end. Blank lines are skipped where a record has several columns.
 */
#ifndef YOKE_DATASET_H
#define YOKE_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum yoke_input_kind {
    YOKE_INPUT_PATH,
    YOKE_INPUT_DESCRIPTOR,
    YOKE_INPUT_MEMORY
} yoke_input_kind;

typedef struct yoke_input {
    yoke_input_kind kind;
    const char *name; /* the path, or what messages call this input; NULL: "(input N)" */
    int descriptor;   /* YOKE_INPUT_DESCRIPTOR: read from its current position; never closed */
    const void *data; /* YOKE_INPUT_MEMORY: `size` bytes that stay unchanged until close */
    size_t size;
} yoke_input;

/* What happens to a record with another number of fields than the rest. */
typedef enum yoke_on_ragged {
    YOKE_RAGGED_FAIL, /* the run fails with YOKE_EDATA */
    YOKE_RAGGED_SKIP, /* the record is left out and counted */
    YOKE_RAGGED_FILL, /* missing fields are empty, extra ones ignored; counted */
} yoke_on_ragged;

typedef struct yoke_format { /* all zero: plain lines, one field a record */
    unsigned char delimiter; /* ends a field; 0: each line is one field */
    unsigned char quote;     /* usually '"'; 0: quotes mean nothing */
    bool header;             /* the first record of every input names the columns */
    const char *const
        *names; /* column names that replace the header; NULL: the header's, or c1, c2, ... */
    size_t name_count;
    yoke_on_ragged on_ragged;
    size_t max_record; /* bytes of the longest legal record; 0: 64 MiB */
} yoke_format;

typedef struct yoke_dataset yoke_dataset;
struct yoke_arena;

/* Opens the inputs' first and reads its first record; looks whether the others exist and may be
 * read. The array, names and paths are copied; memory inputs are not.
 * Returns YOKE_EINVAL (no input, delimiter equal to quote, or either a line end), YOKE_ENOENT,
 * YOKE_EIO (directory, no permission, read error), YOKE_EDATA (no header where one is asked for, an
 * unterminated quote in it), YOKE_ENOMEM. May block on a pipe. */
YOKE_API int yoke_dataset_open(const yoke_input *inputs, size_t count, const yoke_format *format,
                               yoke_dataset **dataset);
YOKE_API void yoke_dataset_close(yoke_dataset *dataset); /* NULL is legal */

/* Number of columns; 0 when every input is empty and no names were given. */
YOKE_API size_t yoke_dataset_columns(const yoke_dataset *dataset);
/* Name of column `index`; the dataset owns it. */
YOKE_API const char *yoke_dataset_column_name(const yoke_dataset *dataset, size_t index);
/* Finds a column by its exact name, else by its number from 1. YOKE_ENOENT with the nearest name in
 * the detail ("no column 'tmep'; did you mean 'temp'?"); YOKE_EINVAL when two columns have that
 * name. */
YOKE_API int yoke_dataset_find_column(const yoke_dataset *dataset, const char *name, size_t *index);
/* Bytes of all regular files and memory inputs together; 0 when an input's size is not known. */
YOKE_API uint64_t yoke_dataset_bytes(const yoke_dataset *dataset);

/* ---- records: what a map function sees ---- */

/* Bytes before and after any field that may be read (not used): parsers load whole words. */
#define YOKE_RECORDS_SLACK 64
/* Records that come at a time, at most. */
#define YOKE_RECORDS_MOST 1024

/* Some consecutive records of one input, split into fields. Field c of record r spans
 *     [r == 0 && c == 0 ? begin : ends[r * columns + c - 1] + 1,  ends[r * columns + c])
 * in data, still with its quotes; yoke_records_field takes them off. Valid during the call. */
typedef struct yoke_records {
    const char *data;
    const uint32_t *ends;
    uint32_t begin;
    uint32_t count;   /* records, 1 to YOKE_RECORDS_MOST */
    uint32_t columns; /* fields a record */
    bool quoted;      /* some field may be quoted; false: no quote in any */
    unsigned char quote;
    uint64_t ordinal; /* ordinal + offset in data orders all records of the dataset as they stand */
    const struct yoke_block *block; /* for yoke_records_locate */
} yoke_records;

typedef struct yoke_text {
    const char *data; /* readable for YOKE_RECORDS_SLACK bytes on either side */
    size_t size;
} yoke_text;

/* Field c of record r as it stands, still quoted; without the CR of a CR LF. */
static inline yoke_text yoke_records_raw(const yoke_records *records, size_t r, size_t c) {
    size_t i = r * records->columns + c;
    uint32_t begin = i ? records->ends[i - 1] + 1 : records->begin;
    uint32_t end = records->ends[i];
    if (c + 1 == records->columns && end > begin && records->data[end - 1] == '\r') end--;
    return (yoke_text){records->data + begin, end - begin};
}

/* Its text: without the quotes around it and with doubled quotes single. Points into the records,
 * or into `scratch` where something had to be changed. YOKE_ENOMEM. */
YOKE_API int yoke_records_field(const yoke_records *records, size_t r, size_t c,
                                struct yoke_arena *scratch, yoke_text *field);

typedef struct yoke_location {
    const char *name; /* of the input; lives as long as the dataset */
    uint64_t line;    /* from 1, counting every line feed, also those in quotes */
    uint64_t column;  /* byte in the line, from 1 */
} yoke_location;

/* The place of byte `data` of these records. Reads a regular file again up to there, so it is for
 * error messages only. YOKE_EIO. */
YOKE_API int yoke_records_locate(const yoke_records *records, const char *data,
                                 yoke_location *location);

#ifdef __cplusplus
}
#endif
#endif

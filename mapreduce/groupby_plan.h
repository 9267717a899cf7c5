/* SPDX-License-Identifier: Apache-2.0
 *
 * A group by, worked out: which columns are read, what is kept for each group and where. The value
 * of a group is laid out as
 *     [records] { [numbers: yoke_exact] [fields: count] [first: cell] [last: cell] } of each column
 * with only those parts that some aggregate asks for.
 *
 * The key of a group is the text of the key column. With several key columns every text but the
 * last has its zeros written 00 FF and ends in 00 00; the last stands as it is. So keys order as
 * their columns do, one after the other.
 */
#ifndef YOKE_MAPREDUCE_GROUPBY_PLAN_H
#define YOKE_MAPREDUCE_GROUPBY_PLAN_H

#include "mapreduce/column.h"
#include "mapreduce/filter.h"
#include "yoke/groupby.h"

#define NOT_KEPT SIZE_MAX /* the offset of a part that nobody asks for */

/* A text kept for a group, with the ordinal of its record; data NULL: none yet. */
typedef struct groupby_cell {
    uint64_t ordinal;
    char *data;
    size_t size, capacity;
} groupby_cell;

/* A column that some key or aggregate reads. */
typedef struct groupby_column {
    size_t column; /* of the dataset */
    int parts;     /* of the accumulator; 0: its fields are not read as numbers */
    bool counted;  /* count() wants it: in `numbers` if these are kept, else in `fields` */
    bool takes_first, takes_last;
    size_t numbers, fields, first, last; /* offsets in the value, or NOT_KEPT */
} groupby_column;

typedef struct groupby_output {
    yoke_aggregate_op op;
    size_t offset; /* in the value, of what it is computed from */
    int parts;     /* of the accumulator at offset; 0: a count or a cell */
} groupby_output;

typedef struct groupby_plan {
    yoke_arena arena;   /* holds the arrays */
    yoke_groupby asked; /* as the caller gave it; good during the run only */
    yoke_text null;     /* data NULL: only empty fields are missing */
    size_t *keys;       /* places in columns */
    size_t key_count;
    groupby_column *columns;
    size_t column_count;
    groupby_output *outputs;
    size_t output_count;
    size_t records; /* offset of the number of records, or NOT_KEPT */
    size_t value_size;
    bool keeps_cells;  /* some column has first or last */
    bool zero_in_keys; /* some joined key has an escaped zero; known after the run */
    yoke_groupby_counts counts;
    uint64_t first_bad; /* ordinal of counts.first_bad */
} groupby_plan;

/* Fills a zeroed plan. YOKE_EINVAL, YOKE_ENOMEM; the arena is to be released in any case. */
int yoke__groupby_plan(groupby_plan *plan, const yoke_groupby *groupby);

/* The functions of the job; ctx is the plan. */
size_t yoke__groupby_state_size(void);
int yoke__groupby_map(const yoke_records *records, yoke_emitter *out, void *ctx);
int yoke__groupby_combine(void *into, const void *from, yoke_arena *arena, void *ctx);
int yoke__groupby_state_end(void *state, void *ctx);

/* Puts `text` into the cell. YOKE_ENOMEM. */
int yoke__groupby_cell_set(groupby_cell *cell, yoke_text text, uint64_t ordinal, yoke_arena *arena);

/* Joins the key columns of n rows: fields[k][i] is key k of row i. `zeros`: some field may hold a
 * zero. The keys lie in scratch, readable YOKE_RECORDS_SLACK beyond either end. YOKE_ENOMEM. */
int yoke__groupby_join_keys(const yoke_text *const *fields, size_t key_count, size_t n, bool zeros,
                            yoke_arena *scratch, yoke_text *keys);
/* Part `key` of a joined key, still escaped. */
yoke_text yoke__groupby_key_part(yoke_text joined, size_t key_count, size_t key);
/* Undoes the escapes of a part other than the last; returns the size. */
size_t yoke__groupby_key_unescape(yoke_text part, char *to);

static inline bool yoke__groupby_missing(yoke_text field, yoke_text null) {
    return !field.size ||
           (null.size && field.size == null.size && !memcmp(field.data, null.data, null.size));
}

static inline void *yoke__at(const void *value, size_t offset) { return (char *)value + offset; }

#endif

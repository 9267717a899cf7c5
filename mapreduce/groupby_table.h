/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of groups inside.
 */
#ifndef YOKE_MAPREDUCE_GROUPBY_TABLE_H
#define YOKE_MAPREDUCE_GROUPBY_TABLE_H

#include "mapreduce/groupby_plan.h"

struct yoke_table {
    groupby_plan plan;
    yoke_result *result;
    size_t rows;
    void *empty;        /* the value of the one row when no record made it; else NULL */
    size_t *order;      /* entry of each row; NULL: as the job ordered them */
    yoke_text *decoded; /* entry e's key k at e * key_count + k; NULL: no key has an escape */
};

static inline size_t yoke__table_entry(const yoke_table *table, size_t row) {
    return table->order ? table->order[row] : row;
}

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables for a terminal: the first column is names, the others are figures. Headings are broken
 * into lines and say where a figure comes from; columns for which there is no room follow in a
 * further table.
 */
#ifndef YOKE_PERF_TABLE_H
#define YOKE_PERF_TABLE_H

#include <stdbool.h>

#include "perf/emit.h"

enum { YOKE__TABLE_COLUMNS = 64 };

typedef struct yoke__table { /* all zero: empty */
    bool ascii;
    struct yoke__heading {
        char name[64];
        const char *source; /* "" for none */
        size_t width;
    } columns[YOKE__TABLE_COLUMNS];
    size_t column_count;
    char *text; /* of the cells, each with its NUL, row by row */
    size_t used, room, cell_count;
    bool failed; /* memory ran out */
} yoke__table;

/* All columns before the first cell; those beyond the last place are dropped, so are their cells.
 */
void yoke__table_column(yoke__table *table, const char *name, const char *source);
/* The next cell, in UTF-8. */
void yoke__table_cell(yoke__table *table, const char *text);
void yoke__table_figure(yoke__table *table, double value, const char *unit);
/* Writes it in lines of at most `width` columns where that can be, and frees the cells; nothing
 * when it has none. YOKE_ENOMEM
 * when a cell was lost. */
int yoke__table_write(yoke__table *table, size_t width, yoke__emit *emit);

#endif

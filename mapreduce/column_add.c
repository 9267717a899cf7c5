/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns of numbers into the accumulators of their groups: one loop for each set of parts that
 * accumulators can have, with no branch but for what is rare.
 */
#include "mapreduce/column.h"
#include "mapreduce/exact_wide.h"

static inline __attribute__((always_inline)) int add_all(const yoke_column *column,
                                                         const yoke_text *fields, size_t n,
                                                         void **slots, size_t offset, int parts,
                                                         bool plain, yoke_arena *arena) {
    int scale = column->scale;
    for (size_t i = 0; i < n; i++) {
        yoke_exact *into = (yoke_exact *)((char *)slots[i] + offset);
        if (!plain && column->cell[i] != YOKE_CELL_NUMBER) {
            if (column->cell[i] != YOKE_CELL_WIDE) continue;
            YOKE_TRY(yoke_exact_add_text(into, parts, fields[i].data, fields[i].size, arena));
            continue;
        }
        int64_t mantissa = column->mantissa[i];
        if (yoke_exact_scale(into) == scale && yoke__exact_add_mantissa(into, parts, mantissa))
            continue;
        YOKE_TRY(yoke_exact_add(into, parts, (yoke_number){mantissa, scale}, arena));
    }
    return YOKE_OK;
}

int yoke__column_accumulate(const yoke_column *column, const yoke_text *fields, size_t n,
                            void **slots, size_t offset, int parts, yoke_arena *arena) {
    bool plain = column->plain == n;
#define CASE(kept)                                                                                 \
    case kept:                                                                                     \
        return plain ? add_all(column, fields, n, slots, offset, kept, true, arena)                \
                     : add_all(column, fields, n, slots, offset, kept, false, arena);
    enum { SUM = YOKE_EXACT_SUM, RANGE = YOKE_EXACT_RANGE, SQUARES = YOKE_EXACT_SQUARES };
    switch (parts) {
        CASE(0)
        CASE(SUM)
        CASE(RANGE)
        CASE(SUM | RANGE)
        CASE(SUM | SQUARES)
    default: CASE(SUM | RANGE | SQUARES)
    }
#undef CASE
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke sort --binary: the names of types, and what the library is asked for.
 */
#include <string.h>

#include "cli/sort.h"

static const struct {
    const char *name;
    yoke_numbers_type type;
} types[] = {
    {"u64", YOKE_NUMBERS_U64}, {"i64", YOKE_NUMBERS_I64}, {"u32", YOKE_NUMBERS_U32},
    {"i32", YOKE_NUMBERS_I32}, {"f32", YOKE_NUMBERS_F32}, {"f64", YOKE_NUMBERS_F64},
};
enum { TYPES = sizeof types / sizeof *types };

int sort_binary_type(const char *name, yoke_numbers_type *type) {
    for (size_t i = 0; i < TYPES; i++) {
        if (strcmp(types[i].name, name) != 0) continue;
        *type = types[i].type;
        return YOKE_OK;
    }
    return yoke_fail(YOKE_EINVAL, "--binary: '%s' is not u64, i64, u32, i32, f32 or f64", name);
}

yoke_numbers_sort sort_binary_make(const sort_options *o) {
    return (yoke_numbers_sort){
        .type = o->type,
        .order = o->sort.reverse ? YOKE_DESCENDING : YOKE_ASCENDING,
        .unique = o->sort.unique,
        .memory = o->sort.memory,
        .temporary = o->sort.temporary,
        .temporary_count = o->sort.temporary_count,
        .packing = o->sort.packing,
    };
}

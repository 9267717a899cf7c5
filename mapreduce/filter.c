/* SPDX-License-Identifier: Apache-2.0
 *
 * The life of a filter, and how two values compare: numbers of up to 18 digits by their exact
 * decimal value, others as the nearest doubles, texts by bytes.
 */
#include "mapreduce/filter.h"

#include <stdlib.h>

int yoke_filter_compile(const char *text, const yoke_dataset *dataset, yoke_filter **filter) {
    if (!text || !dataset || !filter) return yoke_fail(YOKE_EINVAL, NULL);
    yoke_filter *made = calloc(1, sizeof *made);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    yoke_arena_init(&made->arena);
    int status = yoke__filter_parse(made, text, dataset);
    if (status < 0) {
        yoke_filter_destroy(made);
        return status;
    }
    *filter = made;
    return YOKE_OK;
}

void yoke_filter_destroy(yoke_filter *filter) {
    if (!filter) return;
    yoke_arena_fini(&filter->arena);
    free(filter);
}

int yoke__filter_number_read(yoke_text text, filter_number *number) {
    filter_number read = {0};
    yoke_number_kind kind = yoke_number_parse(text.data, text.size, &read.decimal);
    if (kind == YOKE_NUMBER_BAD) return YOKE_EDATA;
    read.wide = kind == YOKE_NUMBER_WIDE;
    YOKE_TRY(yoke_number_double(text.data, text.size, &read.value));
    *number = read;
    return YOKE_OK;
}

static __int128 at_scale(yoke_number number, int scale) {
    __int128 integer = number.mantissa;
    for (int s = number.scale; s < scale; s++) integer *= 10;
    return integer;
}

int yoke__filter_compare_numbers(const filter_number *a, const filter_number *b) {
    if (a->wide || b->wide) {
        if (a->value < b->value) return OUTCOME_LESS;
        if (a->value > b->value) return OUTCOME_GREATER;
        return a->value == b->value ? OUTCOME_EQUAL : OUTCOME_UNORDERED;
    }
    int scale = a->decimal.scale > b->decimal.scale ? a->decimal.scale : b->decimal.scale;
    __int128 x = at_scale(a->decimal, scale), y = at_scale(b->decimal, scale);
    return x < y ? OUTCOME_LESS : x > y ? OUTCOME_GREATER : OUTCOME_EQUAL;
}

int yoke__filter_compare_texts(yoke_text a, yoke_text b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order == 0) order = (a.size > b.size) - (a.size < b.size);
    return order < 0 ? OUTCOME_LESS : order > 0 ? OUTCOME_GREATER : OUTCOME_EQUAL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeping the longest spans in a bounded room. Lengths fall into classes that are an eighth apart;
 * when the room is full, a count of each class says from which class on at most half of it is used,
 * and the shorter ones go. Of the class at the border some stay, so that calls which are all alike
 * leave a timeline, too.
 */
#include <stdlib.h>

#include "runtime/region.h"

enum { CLASSES = 62 * 8 };

static unsigned class_of(uint64_t length) {
    if (length < 16) return (unsigned)length;
    unsigned shift = 60 - (unsigned)__builtin_clzll(length);
    return shift * 8 + (unsigned)(length >> shift);
}

static uint64_t least_of(unsigned class) {
    if (class < 16) return class;
    unsigned shift = class / 8 - 1;
    return (uint64_t)(class - shift * 8) << shift;
}

static unsigned span_class(const yoke__region_span *span) {
    return class_of(span->end - span->begin);
}

/* The class above which no more than `most` spans lie. */
static unsigned find_border(const yoke__spans *spans, size_t most) {
    unsigned counts[CLASSES] = {0}, border = CLASSES - 1;
    for (size_t i = 0; i < spans->count; i++) counts[span_class(&spans->at[i])]++;
    for (size_t above = 0; border > 0; border--) {
        above += counts[border];
        if (above > most) break;
    }
    return border;
}

static void drop_shortest(yoke__spans *spans) {
    unsigned border = find_border(spans, spans->room / 2);
    size_t kept = 0, of_border = 0, most = spans->room / 4;
    for (size_t i = 0; i < spans->count; i++) {
        unsigned class = span_class(&spans->at[i]);
        if (class > border || (class == border && of_border++ < most))
            spans->at[kept++] = spans->at[i];
    }
    spans->lost += spans->count - kept;
    spans->count = kept;
    spans->least = least_of(border + 1);
}

static void enlarge(yoke__spans *spans) {
    size_t size = spans->size ? 2 * spans->size : 64;
    if (size > spans->room) size = spans->room;
    yoke__region_span *at = realloc(spans->at, size * sizeof *at);
    if (!at) {
        spans->room = spans->size; /* it stays as it is */
        return;
    }
    spans->at = at;
    spans->size = size;
}

void yoke__spans_add(yoke__spans *spans, const yoke__region *region, int cpu, uint64_t begin,
                     uint64_t end) {
    if (spans->count == spans->size && spans->size < spans->room) enlarge(spans);
    if (spans->count == spans->size && spans->count > 0) drop_shortest(spans);
    if (spans->count == spans->size || end - begin < spans->least) {
        spans->lost++;
        return;
    }
    spans->at[spans->count++] = (yoke__region_span){region, cpu, begin, end};
}

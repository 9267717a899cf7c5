/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of several columns as one byte string that orders like the columns: see groupby_plan.h.
 */
#include "mapreduce/groupby_plan.h"

/* May write and read 16 bytes beyond what it is asked for: short fields take one move. */
static char *put(char *to, yoke_text field) {
    memcpy(to, field.data, 16);
    if (field.size > 16) memcpy(to + 16, field.data + 16, field.size - 16);
    return to + field.size;
}

static char *put_escaped(char *to, yoke_text field) {
    for (size_t i = 0; i < field.size; i++) {
        *to++ = field.data[i];
        if (!field.data[i]) *to++ = (char)0xFF;
    }
    return to;
}

static char *put_end(char *to) {
    *to++ = 0;
    *to++ = 0;
    return to;
}

int yoke__groupby_join_keys(const yoke_text *const *fields, size_t key_count, size_t n, bool zeros,
                            yoke_arena *scratch, yoke_text *keys) {
    size_t last = key_count - 1, size = n * 2 * last;
    for (size_t k = 0; k < key_count; k++) {
        for (size_t i = 0; i < n; i++) size += fields[k][i].size << zeros;
    }
    char *to = yoke_arena_alloc(scratch, size + (size_t)2 * YOKE_RECORDS_SLACK);
    if (!to) return yoke_fail(YOKE_ENOMEM, NULL);
    to += YOKE_RECORDS_SLACK;
    for (size_t i = 0; i < n; i++) {
        keys[i].data = to;
        for (size_t k = 0; k < last; k++) {
            to = put_end(zeros ? put_escaped(to, fields[k][i]) : put(to, fields[k][i]));
        }
        to = put(to, fields[last][i]);
        keys[i].size = (size_t)(to - keys[i].data);
    }
    return YOKE_OK;
}

/* The first 00 at or after `at` that is not followed by FF; `end` when there is none. */
static const char *find_end(const char *at, const char *end) {
    while ((at = memchr(at, 0, (size_t)(end - at))) && (unsigned char)at[1] == 0xFF) at += 2;
    return at ? at : end;
}

yoke_text yoke__groupby_key_part(yoke_text joined, size_t key_count, size_t key) {
    const char *at = joined.data, *end = joined.data + joined.size;
    for (size_t k = 0; k < key; k++) at = find_end(at, end) + 2;
    const char *part_end = key + 1 < key_count ? find_end(at, end) : end;
    return (yoke_text){at, (size_t)(part_end - at)};
}

size_t yoke__groupby_key_unescape(yoke_text part, char *to) {
    const char *from = part.data, *end = part.data + part.size;
    char *start = to;
    while (from < end) {
        *to++ = *from;
        from += *from ? 1 : 2;
    }
    return (size_t)(to - start);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * From the keys of the caller to a plan, and from a line to the part that a key covers.
 *
 * Without a separator a field begins with the blanks before it. A separator ends a field and
 * belongs to none, but to a key that reaches over it.
 */
#include "mapreduce/lines_key.h"

#include <stdlib.h>
#include <string.h>

/* ---- making the plan ---- */

static const unsigned char *upper_case(void) {
    static const unsigned char table[256] = {
#define BYTE(c)    ((c) >= 'a' && (c) <= 'z' ? (c) - 'a' + 'A' : (c))
#define BYTES4(c)  BYTE(c), BYTE((c) + 1), BYTE((c) + 2), BYTE((c) + 3)
#define BYTES16(c) BYTES4(c), BYTES4((c) + 4), BYTES4((c) + 8), BYTES4((c) + 12)
#define BYTES64(c) BYTES16(c), BYTES16((c) + 16), BYTES16((c) + 32), BYTES16((c) + 48)
        BYTES64(0), BYTES64(64), BYTES64(128), BYTES64(192)};
#undef BYTE
#undef BYTES4
#undef BYTES16
#undef BYTES64
    return table;
}

static bool is_letter_or_digit(int byte) {
    int lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (byte < 128 && lower >= 'a' && lower <= 'z');
}

static bool is_ignored(const yoke_line_key *key, int byte) {
    bool word = yoke__is_blank((unsigned char)byte) || is_letter_or_digit(byte);
    bool printable = byte >= 0x20 && byte < 0x7F;
    return key->dictionary ? !word : !printable;
}

static int make_key(const yoke_line_key *from, yoke__line_key *key) {
    *key = (yoke__line_key){
        .is = *from,
        .whole_begin = !from->begin_field,
        .whole_end = !from->end_field,
        .begin_field = from->begin_field ? from->begin_field - 1 : 0,
        .begin_byte = from->begin_byte ? from->begin_byte - 1 : 0,
        /* Without a byte the key takes the whole field, so it ends where the next one begins. */
        .end_field = from->end_field && from->end_byte ? from->end_field - 1 : from->end_field,
        .end_byte = from->end_byte,
        .fold = from->fold_case ? upper_case() : NULL,
    };
    if (from->order > YOKE_LINE_MONTH) return yoke_fail(YOKE_EINVAL, "sort: no such order");
    if (!from->dictionary && !from->printable) return YOKE_OK;
    if (from->order != YOKE_LINE_TEXT)
        return yoke_fail(YOKE_EINVAL, "sort: bytes are left out of texts only");
    key->ignored = malloc(256 * sizeof *key->ignored);
    if (!key->ignored) return yoke_fail(YOKE_ENOMEM, NULL);
    for (int byte = 0; byte < 256; byte++) key->ignored[byte] = is_ignored(from, byte);
    return YOKE_OK;
}

static int make_keys(const yoke_line_sort *sort, yoke__line_plan *plan) {
    yoke_line_key line = {.reverse = sort->reverse};
    bool last = !sort->key_count || (!sort->stable && !sort->unique);
    plan->keys = calloc(sort->key_count + 1, sizeof *plan->keys);
    if (!plan->keys) return yoke_fail(YOKE_ENOMEM, NULL);
    for (; plan->count < sort->key_count; plan->count++)
        YOKE_TRY(make_key(&sort->keys[plan->count], &plan->keys[plan->count]));
    return last ? make_key(&line, &plan->keys[plan->count++]) : YOKE_OK;
}

int yoke__line_plan_make(const yoke_line_sort *sort, yoke__line_plan *plan) {
    *plan = (yoke__line_plan){
        .has_separator = sort->has_separator,
        .separator = sort->separator,
        .unique = sort->unique,
        .end = sort->zero_terminated ? '\0' : '\n',
    };
    if (sort->key_count > YOKE_LINE_KEYS || (sort->key_count && !sort->keys))
        return yoke_fail(YOKE_EINVAL, "sort: at most %d keys", YOKE_LINE_KEYS);
    plan->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!plan->c_locale) return yoke_fail(YOKE_ENOMEM, NULL);
    return make_keys(sort, plan);
}

void yoke__line_plan_free(yoke__line_plan *plan) {
    for (size_t i = 0; plan->keys && i < plan->count; i++) free(plan->keys[i].ignored);
    free(plan->keys);
    if (plan->c_locale) freelocale(plan->c_locale);
    *plan = (yoke__line_plan){0};
}

/* ---- fields ---- */

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && yoke__is_blank((unsigned char)*at)) at++;
    return at;
}

static const char *skip_text(const char *at, const char *end) {
    while (at < end && !yoke__is_blank((unsigned char)*at)) at++;
    return at;
}

static const char *find_separator(const yoke__line_plan *plan, const char *at, const char *end) {
    const char *found = at < end ? memchr(at, plan->separator, (size_t)(end - at)) : NULL;
    return found ? found : end;
}

/* Where so many fields end: behind their separator; the last one's is kept out with `keep`. */
static const char *skip_fields(const yoke__line_plan *plan, const char *at, const char *end,
                               size_t fields, bool keep) {
    while (at < end && fields--) {
        if (!plan->has_separator) {
            at = skip_text(skip_blanks(at, end), end);
            continue;
        }
        at = find_separator(plan, at, end);
        if (at < end && (fields || !keep)) at++;
    }
    return at;
}

static const char *add_bytes(const char *at, const char *end, size_t bytes) {
    return bytes < (size_t)(end - at) ? at + bytes : end;
}

static const char *find_begin(const yoke__line_plan *plan, const yoke__line_key *key,
                              const char *line, const char *end) {
    const char *at = skip_fields(plan, line, end, key->begin_field, false);
    if (key->is.begin_after_blanks) at = skip_blanks(at, end);
    return add_bytes(at, end, key->begin_byte);
}

static const char *find_end(const yoke__line_plan *plan, const yoke__line_key *key,
                            const char *line, const char *end) {
    const char *at = skip_fields(plan, line, end, key->end_field, !key->end_byte);
    if (!key->end_byte) return at;
    if (key->is.end_after_blanks) at = skip_blanks(at, end);
    return add_bytes(at, end, key->end_byte);
}

yoke_string yoke__line_part(const yoke__line_plan *plan, const yoke__line_key *key,
                            yoke_string line) {
    const char *end = line.data + line.size;
    const char *begin = find_begin(plan, key, line.data, end);
    if (!key->whole_end) end = find_end(plan, key, line.data, end);
    return (yoke_string){begin, begin < end ? (size_t)(end - begin) : 0};
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys after POSIX: -k 2,2n and the letters that order them.
 */
#include <string.h>

#include "cli/sort.h"

bool sort_ordering_add(sort_ordering *o, char letter, bool begin, bool end) {
    switch (letter) {
    case 'b':
        o->blanks_begin |= begin;
        o->blanks_end |= end;
        return true;
    case 'd': return o->dictionary = true;
    case 'f': return o->fold = true;
    case 'g': return o->general = true;
    case 'h': return o->human = true;
    case 'i': return o->printable = true;
    case 'M': return o->month = true;
    case 'n': return o->numeric = true;
    case 'r': return o->reverse = true;
    default: return false;
    }
}

/* ---- -k ---- */

/* Digits as a number; the largest one when they are too many. False: there is no digit. */
static bool parse_number(const char **text, size_t *number) {
    const char *at = *text;
    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        size_t digit = (size_t)(*at - '0');
        bool fits = *number <= (SIZE_MAX - digit) / 10;
        *number = fits ? *number * 10 + digit : SIZE_MAX;
    }
    bool any = at > *text;
    *text = at;
    return any;
}

static int fail(const char *text, const char *why) {
    return yoke_fail(YOKE_EINVAL, "-k '%s': %s", text, why);
}

/* One position with its letters; `at` moves on. */
static int parse_position(const char *text, const char **at, size_t *field, size_t *byte,
                          sort_key *key, bool begin) {
    if (!parse_number(at, field)) return fail(text, "expected the number of a field");
    if (!*field) return fail(text, "fields are numbered from 1");
    if (**at == '.') {
        ++*at;
        if (!parse_number(at, byte)) return fail(text, "expected the number of a byte after '.'");
        if (begin && !*byte) return fail(text, "bytes are numbered from 1");
    }
    while (**at && sort_ordering_add(&key->ordering, **at, begin, !begin)) ++*at;
    return YOKE_OK;
}

int sort_key_parse(const char *text, sort_key *key) {
    const char *at = text;
    *key = (sort_key){0};
    yoke_line_key *k = &key->key;
    YOKE_TRY(parse_position(text, &at, &k->begin_field, &k->begin_byte, key, true));
    if (*at == ',') {
        at++;
        YOKE_TRY(parse_position(text, &at, &k->end_field, &k->end_byte, key, false));
    }
    if (*at) return fail(text, "expected FIELD[.BYTE][bdfghiMnr][,FIELD[.BYTE][bdfghiMnr]]");
    return YOKE_OK;
}

/* ---- keys of the library ---- */

static bool says_nothing(const sort_ordering *o) {
    static const sort_ordering nothing = {0};
    return memcmp(o, &nothing, sizeof nothing) == 0;
}

static int check_ordering(const sort_ordering *o) {
    bool ignore = o->dictionary || o->printable;
    if (o->numeric + o->general + o->human + o->month + ignore <= 1) return YOKE_OK;
    return yoke_fail(YOKE_EINVAL, "options '-%s%s%s%s%s%s' are incompatible",
                     o->dictionary ? "d" : "", o->general ? "g" : "", o->human ? "h" : "",
                     o->printable ? "i" : "", o->month ? "M" : "", o->numeric ? "n" : "");
}

static int make_key(const sort_ordering *o, yoke_line_key *key) {
    YOKE_TRY(check_ordering(o));
    key->begin_after_blanks = o->blanks_begin;
    key->end_after_blanks = o->blanks_end;
    key->order = o->numeric   ? YOKE_LINE_NUMERIC
                 : o->general ? YOKE_LINE_GENERAL
                 : o->human   ? YOKE_LINE_HUMAN
                 : o->month   ? YOKE_LINE_MONTH
                              : YOKE_LINE_TEXT;
    key->reverse = o->reverse;
    key->fold_case = o->fold;
    key->dictionary = o->dictionary;
    key->printable = o->printable;
    return YOKE_OK;
}

int sort_keys_make(const sort_key *keys, size_t count, const sort_ordering *all, yoke_line_key *to,
                   size_t *made) {
    for (size_t i = 0; i < count; i++) {
        to[i] = keys[i].key;
        YOKE_TRY(make_key(says_nothing(&keys[i].ordering) ? all : &keys[i].ordering, &to[i]));
    }
    sort_ordering but_reverse = *all;
    but_reverse.reverse = false;
    *made = count;
    if (count || says_nothing(&but_reverse)) return YOKE_OK;
    to[0] = (yoke_line_key){0};
    *made = 1;
    return make_key(all, &to[0]);
}

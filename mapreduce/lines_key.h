/* SPDX-License-Identifier: Apache-2.0
 *
 * The keys of a sort of lines: where they lie in a line, the words that yoke__sort_words sorts by,
 * and their comparison. A line handed to these functions has 8 readable bytes behind it.
 */
#ifndef YOKE_MAPREDUCE_LINES_KEY_H
#define YOKE_MAPREDUCE_LINES_KEY_H

#include <locale.h>

#include "kernels/sort_words.h"
#include "yoke/sort_lines.h"
#include "yoke/sort_strings.h"

#define YOKE__LINE_SLACK 8

/* A key as it is used: fields from 0, bounds as distances. */
typedef struct yoke__line_key {
    yoke_line_key is;
    bool whole_begin, whole_end;
    size_t begin_field, begin_byte, end_field, end_byte;
    const unsigned char *fold; /* 256 bytes; NULL: none */
    bool *ignored;             /* of 256 bytes; NULL: none */
} yoke__line_key;

/* All that comparing needs. Never changed once it is made. */
typedef struct yoke__line_plan {
    yoke__line_key *keys; /* with the whole line as the last one where that decides */
    size_t count;
    bool has_separator, unique;
    unsigned char separator, end;
    locale_t c_locale; /* of numbers */
} yoke__line_plan;

/* YOKE_EINVAL, YOKE_ENOMEM. Release the plan also after a failure. */
int yoke__line_plan_make(const yoke_line_sort *sort, yoke__line_plan *plan);
void yoke__line_plan_free(yoke__line_plan *plan);

static inline bool yoke__is_blank(unsigned char byte) {
    return byte == ' ' || byte == '\t' || byte == '\n';
}

/* The part of a line that a key covers. */
yoke_string yoke__line_part(const yoke__line_plan *plan, const yoke__line_key *key,
                            yoke_string line);

/* The levels of key k are those from k * YOKE__KEY_LEVELS on. */
#define YOKE__KEY_LEVELS (1 << 12)

uint64_t yoke__line_word(const yoke__line_plan *plan, yoke_string line, uint32_t level);
uint32_t yoke__line_next(const yoke__line_plan *plan, uint32_t level, uint64_t word);
/* Compares in the keys from `level` on. */
int yoke__line_compare(const yoke__line_plan *plan, yoke_string a, yoke_string b, uint32_t level);

/* The same in what equal words of level 0 leave open. */
int yoke__line_compare_rest(const yoke__line_plan *plan, yoke_string a, yoke_string b,
                            uint64_t word);

/* ---- numbers (lines_number.c) ---- */

/* Words: equal ones are the same number unless yoke__line_decimal_goes_on. */
uint64_t yoke__line_decimal_word(yoke_string text);
bool yoke__line_decimal_goes_on(uint64_t word);
int yoke__line_decimal_compare(yoke_string a, yoke_string b);
/* Of the number's sign and unit. */
uint64_t yoke__line_unit_word(yoke_string text, const unsigned char *fold);

/* Two words of a long double; `piece` 0 or 1. The second is needed where the first says so. */
uint64_t yoke__line_general_word(yoke_string text, locale_t c_locale, int piece);
bool yoke__line_general_goes_on(uint64_t word);

uint64_t yoke__line_month_word(yoke_string text);

#endif

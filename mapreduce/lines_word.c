/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of a line: those of its first key, then those of the second, and so on. A reversed key
 * has the complements. Each word tells whether its key goes on.
 */
#include <string.h>

#include "kernels/string_word.h"
#include "mapreduce/lines_key.h"

/* The last pieces of keys; what goes on behind them is compared. Where bytes are ignored, each
 * piece is looked for from the beginning of the text. */
enum { LAST_PIECE = YOKE__KEY_LEVELS - 1, LAST_FILTERED = 31 };

/* ---- texts ---- */

/* Seven bytes from the at-th that counts on, after yoke__word_of. */
static uint64_t filtered_word(const yoke__line_key *key, yoke_string text, size_t at) {
    uint64_t word = 0, count = 0;
    size_t i = key->ignored ? 0 : at, skip = key->ignored ? at : 0;
    for (; i < text.size && count <= YOKE__WORD_BYTES; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (key->ignored && key->ignored[byte]) continue;
        if (skip && skip--) continue;
        if (key->fold) byte = key->fold[byte];
        if (count < YOKE__WORD_BYTES) word |= (uint64_t)byte << (56 - 8 * count);
        count++;
    }
    return word | count;
}

static uint64_t text_word(const yoke__line_key *key, yoke_string text, size_t piece) {
    size_t at = piece * YOKE__WORD_BYTES;
    if (key->fold || key->ignored) return filtered_word(key, text, at);
    return at < text.size ? yoke__word_of(text.data + at, text.size - at) : 0;
}

/* The next byte that counts, from text->data on; -1 at the end. */
static int next_byte(const yoke__line_key *key, yoke_string *text) {
    while (text->size) {
        unsigned char byte = (unsigned char)*text->data++;
        text->size--;
        if (!key->ignored || !key->ignored[byte]) return key->fold ? key->fold[byte] : byte;
    }
    return -1;
}

static int compare_texts(const yoke__line_key *key, yoke_string a, yoke_string b) {
    if (!key->fold && !key->ignored) return yoke_string_compare(a, b);
    for (;;) {
        int x = next_byte(key, &a), y = next_byte(key, &b);
        if (x != y || x < 0) return x - y;
    }
}

/* ---- keys of any order ---- */

static inline yoke_string part_of(const yoke__line_plan *plan, const yoke__line_key *key,
                                  yoke_string line) {
    bool whole =
        key->whole_begin && key->whole_end && !key->begin_byte && !key->is.begin_after_blanks;
    return whole ? line : yoke__line_part(plan, key, line);
}

static uint64_t key_word(const yoke__line_plan *plan, const yoke__line_key *key, yoke_string text,
                         uint32_t piece) {
    switch (key->is.order) {
    case YOKE_LINE_NUMERIC: return yoke__line_decimal_word(text);
    case YOKE_LINE_GENERAL: return yoke__line_general_word(text, plan->c_locale, (int)piece);
    case YOKE_LINE_HUMAN:
        return piece ? yoke__line_decimal_word(text) : yoke__line_unit_word(text, key->fold);
    case YOKE_LINE_MONTH: return yoke__line_month_word(text);
    default: return text_word(key, text, piece);
    }
}

uint64_t yoke__line_word(const yoke__line_plan *plan, yoke_string line, uint32_t level) {
    const yoke__line_key *key = &plan->keys[level / YOKE__KEY_LEVELS];
    yoke_string text = part_of(plan, key, line);
    uint64_t word = key_word(plan, key, text, level % YOKE__KEY_LEVELS);
    return key->is.reverse ? ~word : word;
}

/* ---- where a key goes on ---- */

/* 1: with another piece; 0: it is at its end; -1: only a comparison tells. */
static int goes_on(const yoke__line_key *key, uint32_t piece, uint64_t word) {
    switch (key->is.order) {
    case YOKE_LINE_NUMERIC: return -yoke__line_decimal_goes_on(word);
    case YOKE_LINE_GENERAL: return !piece && yoke__line_general_goes_on(word);
    case YOKE_LINE_HUMAN: return piece ? -yoke__line_decimal_goes_on(word) : 1;
    case YOKE_LINE_MONTH: return 0;
    default: break;
    }
    if (!yoke__word_goes_on(word)) return 0;
    return piece < (key->ignored ? LAST_FILTERED : LAST_PIECE) ? 1 : -1;
}

uint32_t yoke__line_next(const yoke__line_plan *plan, uint32_t level, uint64_t word) {
    uint32_t index = level / YOKE__KEY_LEVELS, piece = level % YOKE__KEY_LEVELS;
    const yoke__line_key *key = &plan->keys[index];
    int more = goes_on(key, piece, key->is.reverse ? ~word : word);
    if (more > 0) return level + 1;
    if (more < 0) return level | YOKE__LEVEL_COMPARE;
    return index + 1 < plan->count ? (index + 1) * YOKE__KEY_LEVELS : YOKE__LEVEL_END;
}

/* ---- comparison ---- */

static int compare_words(const yoke__line_plan *plan, const yoke__line_key *key, yoke_string a,
                         yoke_string b, uint32_t pieces) {
    for (uint32_t piece = 0; piece < pieces; piece++) {
        uint64_t x = key_word(plan, key, a, piece), y = key_word(plan, key, b, piece);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_key(const yoke__line_plan *plan, const yoke__line_key *key, yoke_string a,
                       yoke_string b) {
    int found = 0;
    switch (key->is.order) {
    case YOKE_LINE_NUMERIC: return yoke__line_decimal_compare(a, b);
    case YOKE_LINE_GENERAL: return compare_words(plan, key, a, b, 2);
    case YOKE_LINE_HUMAN:
        found = compare_words(plan, key, a, b, 1);
        return found ? found : yoke__line_decimal_compare(a, b);
    case YOKE_LINE_MONTH: return compare_words(plan, key, a, b, 1);
    default: return compare_texts(key, a, b);
    }
}

int yoke__line_compare(const yoke__line_plan *plan, yoke_string a, yoke_string b, uint32_t level) {
    for (size_t i = level / YOKE__KEY_LEVELS; i < plan->count; i++) {
        const yoke__line_key *key = &plan->keys[i];
        int found = compare_key(plan, key, part_of(plan, key, a), part_of(plan, key, b));
        if (found) return key->is.reverse ? -found : found;
    }
    return 0;
}

int yoke__line_compare_rest(const yoke__line_plan *plan, yoke_string a, yoke_string b,
                            uint64_t word) {
    uint32_t level = yoke__line_next(plan, 0, word);
    if (level == YOKE__LEVEL_END) return 0;
    return yoke__line_compare(plan, a, b, level & ~YOKE__LEVEL_COMPARE);
}

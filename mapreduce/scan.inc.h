/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of the scan kernels; see scan.h. The including file defines
 *     SCAN_(name)   the name of this instance's function
 *     SCAN_TARGET   the attribute that allows its instructions
 *     SCAN_LABEL    its name as text
 * and the functions
 *     uint64_t SCAN_(equal)(const char *p, unsigned char byte)  which masks 64 bytes,
 *     void SCAN_(extract)(uint32_t *to, size_t base, uint64_t mask)  which writes base + the number
 *         of each set bit, and may write up to 64 places,
 *     uint64_t SCAN_(prefix_xor)(uint64_t mask)  whose bits are the parity of the mask's bits up to
 *         and including them: from quotes to "between quotes" (the opening one included, the
 *         closing one not).
 */

/* Bits of the bytes that lie before end. */
SCAN_TARGET static inline uint64_t SCAN_(within)(size_t at, size_t end) {
    return end - at >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (end - at)) - 1;
}

SCAN_TARGET static size_t SCAN_(separators)(yoke_scan *scan, const char *data, size_t end,
                                            uint32_t *ends, size_t wanted) {
    size_t count = 0, at = scan->position, newlines = 0;
    while (at < end && count < wanted) {
        uint64_t valid = SCAN_(within)(at, end);
        uint64_t line_ends = SCAN_(equal)(data + at, '\n') & valid;
        uint64_t found = line_ends | (SCAN_(equal)(data + at, scan->delimiter) & valid);
        SCAN_(extract)(ends + count, at, found);
        count += (size_t)__builtin_popcountll(found);
        newlines += (size_t)__builtin_popcountll(line_ends);
        at += 64;
    }
    scan->position = at < end ? at : end;
    scan->newlines = newlines;
    return count;
}

/* What one step hands on to the next. */
typedef struct SCAN_(quotes) {
    bool inside;          /* between quotes at the beginning of the step */
    bool after_separator; /* the byte before the step ends a field */
    bool after_closing;   /* the byte before the step is a closing quote */
} SCAN_(quotes);

/* Opening quotes that follow neither a separator nor a closing quote (both are then one doubled
 * quote), and bytes behind a closing quote that are neither a separator nor again a quote. */
SCAN_TARGET static inline uint64_t SCAN_(misplaced)(const SCAN_(quotes) * state, uint64_t quotes,
                                                    uint64_t between, uint64_t separators) {
    uint64_t opening = quotes & between, closing = quotes & ~between;
    uint64_t after_closing = closing << 1 | state->after_closing;
    uint64_t may_open = separators << 1 | state->after_separator | after_closing;
    return (opening & ~may_open) | (after_closing & ~(separators | opening));
}

/* The first bad quote of those that misplaced() found: where the byte behind a closing quote was
 * found, the one before it, unless that byte begins a CR LF. */
static void SCAN_(note_bad)(yoke_scan *scan, const char *data, size_t at, size_t end,
                            uint64_t found) {
    for (; found && scan->bad_quote == YOKE_SCAN_NONE; found &= found - 1) {
        size_t i = at + (size_t)__builtin_ctzll(found);
        bool line_end = data[i] == '\r' && (i + 1 == end || data[i + 1] == '\n');
        if (!line_end) scan->bad_quote = data[i] == (char)scan->quote ? i : i - 1;
    }
}

SCAN_TARGET static size_t SCAN_(separators_quoted)(yoke_scan *scan, const char *data, size_t end,
                                                   uint32_t *ends, size_t wanted) {
    size_t count = 0, at = scan->position, newlines = 0;
    SCAN_(quotes) state = {.after_separator = true};
    scan->bad_quote = YOKE_SCAN_NONE;
    while (at < end && count < wanted) {
        uint64_t valid = SCAN_(within)(at, end);
        uint64_t quotes = SCAN_(equal)(data + at, scan->quote) & valid;
        uint64_t between = SCAN_(prefix_xor)(quotes) ^ (state.inside ? ~(uint64_t)0 : 0);
        uint64_t line_ends = SCAN_(equal)(data + at, '\n') & valid & ~between;
        uint64_t found = line_ends | (SCAN_(equal)(data + at, scan->delimiter) & valid & ~between);
        if (quotes | state.after_closing) {
            uint64_t bad = SCAN_(misplaced)(&state, quotes, between, found) & valid;
            if (__builtin_expect(bad != 0, 0)) SCAN_(note_bad)(scan, data, at, end, bad);
        }
        SCAN_(extract)(ends + count, at, found);
        count += (size_t)__builtin_popcountll(found);
        newlines += (size_t)__builtin_popcountll(line_ends);
        state = (SCAN_(quotes)){between >> 63, found >> 63, (quotes & ~between) >> 63};
        at += 64;
    }
    scan->position = at < end ? at : end;
    scan->newlines = newlines;
    return count;
}

SCAN_TARGET static size_t SCAN_(count)(const char *data, size_t begin, size_t end,
                                       unsigned char byte) {
    size_t count = 0;
    for (size_t at = begin; at < end; at += 64) {
        uint64_t found = SCAN_(equal)(data + at, byte) & SCAN_(within)(at, end);
        count += (size_t)__builtin_popcountll(found);
    }
    return count;
}

/* Line ends outside quotes of one step; `inside` is carried on. */
SCAN_TARGET static inline uint64_t SCAN_(line_ends)(const char *data, size_t at, size_t end,
                                                    unsigned char quote, bool *inside) {
    uint64_t valid = SCAN_(within)(at, end);
    uint64_t line_ends = SCAN_(equal)(data + at, '\n') & valid;
    if (!quote) return line_ends;
    uint64_t quotes = SCAN_(equal)(data + at, quote) & valid;
    uint64_t between = SCAN_(prefix_xor)(quotes) ^ (*inside ? ~(uint64_t)0 : 0);
    *inside = between >> 63;
    return line_ends & ~between;
}

SCAN_TARGET static size_t SCAN_(first_line_end)(const char *data, size_t begin, size_t end,
                                                unsigned char quote, bool inside) {
    for (size_t at = begin; at < end; at += 64) {
        uint64_t found = SCAN_(line_ends)(data, at, end, quote, &inside);
        if (found) return at + (size_t)__builtin_ctzll(found);
    }
    return YOKE_SCAN_NONE;
}

SCAN_TARGET static size_t SCAN_(last_line_end)(const char *data, size_t begin, size_t end,
                                               unsigned char quote, bool inside) {
    size_t last = YOKE_SCAN_NONE;
    for (size_t at = begin; at < end; at += 64) {
        uint64_t found = SCAN_(line_ends)(data, at, end, quote, &inside);
        if (found) last = at + 63 - (size_t)__builtin_clzll(found);
    }
    return last;
}

const yoke_scan_kernels SCAN_(table) = {
    .name = SCAN_LABEL,
    .separators = SCAN_(separators),
    .separators_quoted = SCAN_(separators_quoted),
    .count = SCAN_(count),
    .first_line_end = SCAN_(first_line_end),
    .last_line_end = SCAN_(last_line_end),
};

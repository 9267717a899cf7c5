/* SPDX-License-Identifier: Apache-2.0
 *
 * The portable reader of columns. A field is read a word of eight characters at a time, from its
 * end, so that digits of equal weight always lie at the same byte whatever the length. The digits
 * before the point move up by one byte. As long as the point does not move from field to field the
 * masks for this stay the same.
 */
#include "mapreduce/column_read.h"

#include <string.h>

#include "mapreduce/natural.h"

/* ---- words of eight characters ---- */

#define EACH_BYTE(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The first character is in the lowest byte. */
static inline uint64_t load_word(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Word `w` of a field, counted from its end. */
static inline uint64_t word_before(const char *end, int w) {
    return load_word(end - 8 * ((ptrdiff_t)w + 1));
}

/* A high bit where a byte is 10 or more. */
static inline uint64_t not_digits(uint64_t word) {
    return ((word + EACH_BYTE(0x80 - 10)) | word) & EACH_BYTE(0x80);
}

/* A high bit at the first point; bits at later bytes mean nothing. */
static inline uint64_t find_points(uint64_t word) {
    uint64_t other = word ^ EACH_BYTE('.');
    return (other - EACH_BYTE(1)) & ~other & EACH_BYTE(0x80);
}

/* How many bytes lie behind the first point; 0 without one. */
static inline int bytes_behind(uint64_t points) {
    return 7 - (__builtin_ctzll(points | (uint64_t)1 << 63) >> 3);
}

/* The number that eight digits make: pairs, then fours, then all. */
static inline uint64_t digits_to_number(uint64_t digits) {
    digits = digits * 10 + (digits >> 8);
    const uint64_t pairs = 0x000000FF000000FFu;
    return ((digits & pairs) * 0x000F424000000064u +
            (digits >> 16 & pairs) * 0x0000271000000001u) >>
           32;
}

/* The last `count` bytes, 1 to 8. */
static inline uint64_t keep_last(uint64_t word, int count) {
    int spare = 64 - 8 * count;
    return word >> spare << spare;
}

static inline int64_t with_sign(uint64_t value, uint64_t negative) {
    return (int64_t)((value ^ -negative) + negative);
}

static const uint8_t clear_then_set[64] = {
    [32] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255,        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/* Which bytes of word `w`, counted from the end, are among the last `count` of three words. */
static inline uint64_t among_last(int count, int w) {
    return word_before((const char *)clear_then_set + 32 + count, w);
}

/* ---- one field ---- */

/* Up to 8 characters behind the sign, the point anywhere. False: of another form. */
static inline bool read_short(yoke_text field, int64_t *mantissa, uint8_t *scale) {
    uint64_t negative = *field.data == '-';
    size_t length = field.size - negative;
    if (length - 1 > 7) return false;
    unsigned spare = 64 - 8 * (unsigned)length;
    uint64_t word = word_before(field.data + field.size, 0) >> spare << spare;
    uint64_t points = find_points(word);
    unsigned has_point = points != 0;
    uint64_t before = ((points & -points) << 1) - 1; /* up to the point; all without one */
    uint64_t digits = word ^ ((word ^ word << 8 * has_point) & before);
    spare += 8 * has_point;
    if (spare > 56) return false;
    digits = (digits ^ EACH_BYTE('0')) >> spare << spare;
    if (not_digits(digits)) return false;
    *mantissa = with_sign(digits_to_number(digits), negative);
    *scale = (uint8_t)bytes_behind(points);
    return true;
}

/* How many characters of three words lie behind the first point; 24: there is none. */
static inline int find_point(const uint64_t word[3]) {
    int place = 24;
    for (int w = 0; w < 3; w++) {
        uint64_t points = find_points(word[w]);
        int here = 8 * w + bytes_behind(points);
        place = points ? here : place;
    }
    return place;
}

/* The same for up to 24 characters, of which the first 6 digits may be no more than leading zeros.
 */
static inline bool read_long(yoke_text field, int64_t *mantissa, uint8_t *scale) {
    uint64_t negative = *field.data == '-';
    size_t length = field.size - negative;
    if (length - 1 > 23) return false;
    const char *end = field.data + field.size;
    uint64_t word[3], part[3], bad = 0;
    for (int w = 0; w < 3; w++) {
        word[w] = word_before(end, w) & among_last((int)length, w);
    }
    int point = find_point(word);
    int has_point = point < 24, digits = (int)length - has_point;
    for (int w = 0; w < 3; w++) {
        uint64_t before = word_before(end - has_point, w), behind = among_last(point, w);
        part[w] = (before ^ ((before ^ word[w]) & behind) ^ EACH_BYTE('0')) & among_last(digits, w);
        bad |= not_digits(part[w]);
        part[w] = digits_to_number(part[w]);
    }
    point = has_point ? point : 0;
    if (bad || digits < 1 || point > 18 || part[2] >= 100) return false;
    uint64_t value = part[0] + part[1] * yoke__power10[8] + part[2] * yoke__power10[16];
    *mantissa = with_sign(value, negative);
    *scale = (uint8_t)point;
    return true;
}

/* ---- runs of fields ---- */

/* Reads fields from i on as long as they have up to 8 `words` characters behind the sign and a
 * point `scale` places before their end (0: none). Returns the first that has not. */
static inline __attribute__((always_inline)) size_t
read_alike(const yoke_text *fields, size_t i, size_t n, int scale, int words, int64_t *mantissa) {
    size_t has_point = scale > 0, least = (size_t)scale + 1, most = 8 * (size_t)words + has_point;
    uint64_t behind[2];
    for (int w = 0; w < words; w++) behind[w] = among_last(scale ? scale : 24, w);
    for (; i < n; i++) {
        const char *end = fields[i].data + fields[i].size;
        uint64_t negative = *fields[i].data == '-', bad = 0, part[2];
        size_t length = fields[i].size - negative;
        if (length - least > most - least) break;
        int digits = (int)(length - has_point);
        for (int w = words - 1; w >= 0; w--) {
            uint64_t word = word_before(end, w);
            uint64_t moved = word_before(end - 1, w);
            part[w] = moved ^ ((moved ^ word) & behind[w]) ^ EACH_BYTE('0');
            part[w] = words == 1 ? keep_last(part[w], digits) : part[w] & among_last(digits, w);
            bad |= not_digits(part[w]);
        }
        if (bad || (has_point && end[-1 - scale] != '.')) break;
        uint64_t value = digits_to_number(part[0]);
        if (words > 1) value += digits_to_number(part[1]) * yoke__power10[8];
        mantissa[i] = with_sign(value, negative);
    }
    return i;
}

static size_t read_run(const yoke_text *fields, size_t i, size_t n, int scale, int64_t *mantissa,
                       uint8_t *cell) {
    size_t first = i;
    bool is_long = fields[first - 1].size > 8;
    if (scale <= 7 && !is_long) i = read_alike(fields, i, n, scale, 1, mantissa);
    if (scale <= 15 && is_long) i = read_alike(fields, i, n, scale, 2, mantissa);
    memset(cell + first, scale, i - first);
    return i;
}

/* Reads fields i to end, each by itself. Returns whether any was refused. */
static bool read_mixed(const yoke_text *fields, size_t i, size_t end, int64_t *mantissa,
                       uint8_t *scale) {
    bool refused = false;
    for (; i < end; i++) {
        if (read_short(fields[i], &mantissa[i], &scale[i])) continue;
        if (read_long(fields[i], &mantissa[i], &scale[i])) continue;
        bool empty = fields[i].size == 0;
        scale[i] = empty ? YOKE__NO_NUMBER + YOKE_CELL_NULL : YOKE__REFUSED;
        mantissa[i] = 0;
        refused |= !empty;
    }
    return refused;
}

/* A field by itself shows where the point is; after a short run come some more by themselves. */
bool yoke__column_read_portable(const yoke_text *fields, size_t n, int64_t *mantissa,
                                uint8_t *scale) {
    bool refused = false;
    size_t step = 1;
    int guess = 0;
    for (size_t i = 0; i < n;) {
        size_t end = n - i < step ? n : i + step;
        refused |= read_mixed(fields, i, end, mantissa, scale);
        if (scale[end - 1] < YOKE__NO_NUMBER) guess = scale[end - 1];
        i = read_run(fields, end, n, guess, mantissa, scale);
        step = i - end < 4 ? 64 : 1;
    }
    return refused;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of columns for AVX-512: eight fields at a time, each in one 64-bit lane if all have up
 * to eight characters, else in three lanes for up to 24. As in the portable reader, characters are
 * aligned at the end of the field, a minus sign becomes a leading zero, and what stands before the
 * point moves up by one byte; but here no step depends on where a point or a sign is.
 */
#include "mapreduce/column_read.h"

#ifdef __x86_64__
#include <immintrin.h>

#define TARGET               __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl")))
#define EACH(x)              _mm512_set1_epi64(x)
#define BITS(a, b, c, table) _mm512_ternarylogic_epi64(a, b, c, table)
enum {
    OR_AND = 0xF8,
    XOR_AND = 0x78,
    SELECT = 0xD8,
    XOR_THEN_AND = 0x28
}; /* a | b & c; a ^ b & c;
c ? b : a; (a ^ b) & c */

bool yoke__has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

/* ---- characters ---- */

/* Word `w` of each field, counted from its end. */
TARGET static inline __m512i load_words(const yoke_text *fields, int w) {
    int64_t word[8];
    for (int i = 0; i < 8; i++) {
        const char *end = fields[i].data + fields[i].size;
        __builtin_memcpy(&word[i], end - 8 * ((ptrdiff_t)w + 1), sizeof word[i]);
    }
    return _mm512_setr_epi64(word[0], word[1], word[2], word[3], word[4], word[5], word[6],
                             word[7]);
}

TARGET static inline __m512i load_sizes(const yoke_text *fields) {
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    return _mm512_permutex2var_epi64(_mm512_loadu_si512(fields), odd,
                                     _mm512_loadu_si512(fields + 4));
}

/* The bytes of word w that are among the last `count` characters. Shifts of 64 or more clear all.
 */
TARGET static inline __m512i among_last(__m512i count, int w, int words) {
    __m512i spare = _mm512_sub_epi64(EACH(64 * ((int64_t)w + 1)), _mm512_slli_epi64(count, 3));
    if (words > 1) spare = _mm512_max_epi64(spare, EACH(0));
    return _mm512_sllv_epi64(EACH(-1), spare);
}

/* Word w when every byte moves to the place of the next. */
TARGET static inline __m512i move_up(const __m512i *word, int w, int words) {
    __m512i moved = _mm512_slli_epi64(word[w], 8);
    if (w + 1 == words) return moved;
    return _mm512_or_si512(moved, _mm512_srli_epi64(word[w + 1], 56));
}

/* Eight fields as characters; only the last `words` words of each are in use. */
typedef struct eight {
    __m512i word[3];  /* counted from the end; other bytes than the field's are clear */
    __m512i valid[3]; /* the field's bytes */
    __m512i inner[3]; /* the same but for the first */
    __m512i size, scale;
    __mmask8 negative, has_point;
} eight;

TARGET static inline eight load(const yoke_text *fields, __m512i size, int words) {
    eight e = {.size = size};
    for (int w = 0; w < words; w++) {
        e.valid[w] = among_last(size, w, words);
        e.word[w] = _mm512_and_si512(load_words(fields, w), e.valid[w]);
    }
    for (int w = 0; w < words; w++) e.inner[w] = move_up(e.valid, w, words);
    return e;
}

/* Makes a minus sign a zero. */
TARGET static inline void take_sign(eight *e, int words) {
    __m512i place = EACH(0), first = EACH(0);
    for (int w = 0; w < words; w++) {
        __m512i here = _mm512_andnot_si512(e->inner[w], e->valid[w]);
        place = _mm512_or_si512(place, here);
        first = BITS(first, e->word[w], here, OR_AND);
    }
    __m512i minus = _mm512_and_si512(place, _mm512_set1_epi8('-'));
    e->negative = _mm512_cmpeq_epi64_mask(first, minus);
    __m512i change = _mm512_maskz_and_epi64(e->negative, place, _mm512_set1_epi8('-' ^ '0'));
    for (int w = 0; w < words; w++) {
        __m512i here = _mm512_andnot_si512(e->inner[w], e->valid[w]);
        e->word[w] = BITS(e->word[w], change, here, XOR_AND);
    }
}

/* Moves what stands before the first point up over it. A second point stays, and is no digit. */
TARGET static inline void take_point(eight *e, int words) {
    __m512i before[3]; /* and the point itself */
    e->has_point = 0;
    e->scale = EACH(0);
    for (int w = words - 1; w >= 0; w--) {
        __m512i points =
            _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(e->word[w], _mm512_set1_epi8('.')));
        __m512i lowest = _mm512_and_si512(points, _mm512_sub_epi64(EACH(0), points));
        __mmask8 here = _mm512_test_epi64_mask(points, points);
        __m512i behind = _mm512_srli_epi64(_mm512_lzcnt_epi64(lowest), 3);
        e->scale = _mm512_mask_add_epi64(e->scale, here, behind, EACH((int64_t)8 * w));
        before[w] =
            _mm512_maskz_add_epi64((__mmask8)~e->has_point, EACH(-1), _mm512_slli_epi64(lowest, 8));
        e->has_point |= here;
    }
    for (int w = 0; w < words; w++) {
        __m512i moved = move_up(e->word, w, words);
        e->word[w] =
            _mm512_mask_ternarylogic_epi64(e->word[w], e->has_point, moved, before[w], SELECT);
        e->valid[w] = _mm512_mask_mov_epi64(e->valid[w], e->has_point, e->inner[w]);
    }
}

/* ---- digits ---- */

/* The number that eight digits make: pairs, then fours, then all. */
TARGET static inline __m512i digits_to_number(__m512i digits) {
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    return _mm512_add_epi64(_mm512_mul_epu32(fours, EACH(10000)), _mm512_srli_epi64(fours, 32));
}

/* The magnitudes; *good loses the fields that are no such number. */
TARGET static inline __m512i read_digits(const eight *e, int words, __mmask8 *good) {
    __m512i part[3], largest = EACH(0);
    for (int w = 0; w < words; w++) {
        __m512i digits = BITS(e->word[w], _mm512_set1_epi8('0'), e->valid[w], XOR_THEN_AND);
        largest = _mm512_max_epu8(largest, digits);
        part[w] = digits_to_number(digits);
    }
    __m512i nine = _mm512_set1_epi8(9);
    *good &= _mm512_cmpeq_epi64_mask(_mm512_max_epu8(largest, nine), nine);
    if (words == 1) return part[0];
    *good &= _mm512_cmplt_epu64_mask(part[2], EACH(100));
    __m512i high = _mm512_mullo_epi64(part[2], EACH(10000000000000000));
    __m512i middle = _mm512_mul_epu32(part[1], EACH(100000000));
    return _mm512_add_epi64(part[0], _mm512_add_epi64(middle, high));
}

/* Fields that have at least one digit and not too much of anything. */
TARGET static inline __mmask8 check_sizes(const eight *e, int words) {
    __m512i least = _mm512_mask_add_epi64(EACH(1), e->has_point, EACH(1), EACH(1));
    least = _mm512_mask_add_epi64(least, e->negative, least, EACH(1));
    __mmask8 good = _mm512_cmple_epu64_mask(least, e->size);
    good &= _mm512_cmple_epu64_mask(e->size, EACH((int64_t)8 * words));
    if (words > 1) good &= _mm512_cmple_epu64_mask(e->scale, EACH(18));
    return good;
}

/* Returns which of the eight were refused. */
TARGET static inline __attribute__((always_inline)) __mmask8
read_eight(const yoke_text *fields, __m512i size, int words, int64_t *mantissa, uint8_t *cell) {
    eight e = load(fields, size, words);
    take_sign(&e, words);
    take_point(&e, words);
    __mmask8 good = check_sizes(&e, words), empty = _mm512_testn_epi64_mask(size, size);
    __m512i value = read_digits(&e, words, &good);
    value = _mm512_mask_sub_epi64(value, e.negative, EACH(0), value);
    _mm512_storeu_si512(mantissa, _mm512_maskz_mov_epi64(good, value));
    __m512i codes = _mm512_mask_mov_epi64(EACH(YOKE__REFUSED), good, e.scale);
    codes = _mm512_mask_mov_epi64(codes, empty, EACH(YOKE__NO_NUMBER + YOKE_CELL_NULL));
    _mm_storel_epi64((__m128i *)(void *)cell, _mm512_cvtepi64_epi8(codes));
    return (__mmask8) ~(good | empty);
}

TARGET bool yoke__column_read_avx512(const yoke_text *fields, size_t n, int64_t *mantissa,
                                     uint8_t *cell) {
    size_t i = 0;
    __mmask8 refused = 0;
    for (; i + 8 <= n; i += 8) {
        __m512i size = load_sizes(fields + i);
        if (_mm512_cmpgt_epu64_mask(size, EACH(8))) {
            refused |= read_eight(fields + i, size, 3, mantissa + i, cell + i);
        } else {
            refused |= read_eight(fields + i, size, 1, mantissa + i, cell + i);
        }
    }
    return yoke__column_read_portable(fields + i, n - i, mantissa + i, cell + i) || refused;
}
#else
typedef int yoke__column_avx512_is_for_x86;
#endif

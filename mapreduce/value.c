/* SPDX-License-Identifier: Apache-2.0
 *
 * Result values: their text and their order.
 */
#include <math.h>
#include <string.h>

#include "mapreduce/number.h"
#include "yoke/exact.h"

/* ---- text ---- */

/* magnitude, below 10^38, in decimal digits, at least `digits` of them */
static size_t write_padded(char *to, yoke__u128 magnitude, size_t digits) {
    char reversed[YOKE_VALUE_TEXT];
    size_t n = 0;
    bool small = magnitude < yoke__power10[19];
    uint64_t part = (uint64_t)(small ? magnitude : magnitude % yoke__power10[19]);
    uint64_t rest = (uint64_t)(small ? 0 : magnitude / yoke__power10[19]);
    for (; part || rest || n < digits; part /= 10) {
        if (n == 19) {
            part = rest;
            rest = 0;
        }
        reversed[n++] = (char)('0' + part % 10);
    }
    for (size_t i = 0; i < n; i++) to[i] = reversed[n - 1 - i];
    return n;
}

static size_t write_decimal(char *to, yoke_i128 integer, size_t scale) {
    char *p = to;
    if (integer < 0) *p++ = '-';
    yoke__u128 magnitude = integer < 0 ? -(yoke__u128)integer : (yoke__u128)integer;
    size_t n = write_padded(p, magnitude, scale + 1);
    if (scale) {
        memmove(p + n - scale + 1, p + n - scale, scale);
        p[n - scale] = '.';
        n++;
    }
    return (size_t)(p - to) + n;
}

size_t yoke_value_format(const yoke_value *value, char text[YOKE_VALUE_TEXT]) {
    size_t n = 0;
    if (value->kind == YOKE_VALUE_DOUBLE) return yoke_number_format(value->number, text);
    if (value->kind == YOKE_VALUE_DECIMAL) {
        n = write_decimal(text, value->integer, (size_t)value->scale);
    }
    text[n] = 0;
    return n;
}

/* ---- order ---- */

static int compare_i128(__int128 a, __int128 b) { return (a > b) - (a < b); }

/* Integers before the point first, then what is behind it at a common scale. */
static int compare_decimals(const yoke_value *a, const yoke_value *b) {
    __int128 power_a = (__int128)yoke__power10[a->scale], power_b = yoke__power10[b->scale];
    int order = compare_i128(a->integer / power_a, b->integer / power_b);
    if (order) return order;
    return compare_i128(a->integer % power_a * (__int128)yoke__power10[18 - a->scale],
                        b->integer % power_b * (__int128)yoke__power10[18 - b->scale]);
}

/* NULL, numbers, nan */
static int rank(const yoke_value *value) {
    if (value->kind == YOKE_VALUE_NULL) return 0;
    return isnan(value->number) ? 2 : 1;
}

int yoke_value_compare(const yoke_value *a, const yoke_value *b) {
    int rank_a = rank(a), rank_b = rank(b);
    if (rank_a != rank_b || rank_a != 1) return rank_a - rank_b;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (a->kind != b->kind) return a->kind == YOKE_VALUE_DECIMAL ? -1 : 1;
    return a->kind == YOKE_VALUE_DECIMAL ? compare_decimals(a, b) : 0;
}

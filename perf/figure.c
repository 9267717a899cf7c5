/* SPDX-License-Identifier: Apache-2.0
 *
 * Figures and names as people read them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "perf/figure.h"

static const char *scaled(double value, const char *unit, char text[YOKE__NUMBER]) {
    double size = fabs(value);
    int decimals = size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0;
    yoke__fixed_text(value, decimals, text);
    size_t length = strlen(text);
    if (*unit) snprintf(text + length, YOKE__NUMBER - length, " %s", unit);
    return text;
}

static const char *seconds(double value, char text[YOKE__NUMBER]) {
    double size = fabs(value);
    if (size == 0) return strcpy(text, "0 s");
    if (size < 1e-6) return scaled(value * 1e9, "ns", text);
    if (size < 1e-3) return scaled(value * 1e6, "us", text);
    if (size < 1) return scaled(value * 1e3, "ms", text);
    return scaled(value, "s", text);
}

static const char *bytes(double value, char text[YOKE__NUMBER]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    while (fabs(value) >= 1024 && unit < 5) value /= 1024, unit++;
    if (unit) return scaled(value, units[unit], text);
    snprintf(text, YOKE__NUMBER, "%d B", (int)lround(value));
    return text;
}

const char *yoke__count_text(uint64_t value, char text[YOKE__NUMBER]) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *at = text;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

const char *yoke__figure_text(double value, const char *unit, char text[YOKE__NUMBER]) {
    if (!yoke_is_measured(value)) return strcpy(text, "not measured");
    if (strcmp(unit, "s") == 0) return seconds(value, text);
    if (strcmp(unit, "bytes") == 0) return bytes(value, text);
    if (strcmp(unit, "%") == 0) {
        yoke__fixed_text(100 * value, 1, text);
        return strcat(text, " %");
    }
    if (!*unit && value >= 0 && value < 1e15)
        return yoke__count_text((uint64_t)llround(value), text);
    return scaled(value, "", text);
}

/* ---- names ---- */

size_t yoke__columns_of(const char *text, size_t size) {
    size_t columns = 0;
    for (; size; size--, text++) columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

/* The character at `name` as it is shown. */
static const char *shown(const char *name, size_t size, bool ascii, char text[8]) {
    unsigned char byte = (unsigned char)*name;
    bool control = byte < 0x20 || byte == 0x7F || (byte == 0xC2 && (unsigned char)name[1] < 0xA0);
    if (control || (ascii && size != 1)) return "?";
    if (!size) return YOKE__REPLACEMENT;
    memcpy(text, name, size);
    text[size] = '\0';
    return text;
}

size_t yoke__clean_name(const char *name, bool ascii, char *text, size_t size) {
    char character[8];
    size_t used = 0, cut = 0; /* bytes; as many leave room for dots */
    while (name && *name) {
        size_t bytes_of = yoke__utf8_size(name);
        const char *next = shown(name, bytes_of, ascii, character);
        size_t length = strlen(next);
        if (used + 4 <= size) cut = used;
        if (used + length >= size) {
            strcpy(text + cut, "...");
            return yoke__columns_of(text, cut + 3);
        }
        memcpy(text + used, next, length);
        used += length;
        name += bytes_of ? bytes_of : 1;
    }
    text[used] = '\0';
    return yoke__columns_of(text, used);
}

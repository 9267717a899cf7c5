/* SPDX-License-Identifier: Apache-2.0
 *
 * Buffered output, characters, and numbers that no locale can change.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/emit.h"
#include "runtime/file.h"

void yoke__emit_begin(yoke__emit *emit, yoke_report_write *write, void *ctx) {
    emit->write = write;
    emit->ctx = ctx;
    emit->status = 0;
    emit->used = 0;
}

static void flush(yoke__emit *emit) {
    if (!emit->status && emit->used) {
        emit->status = emit->write(emit->ctx, emit->bytes, emit->used);
        if (emit->status > 0) emit->status = 0;
    }
    emit->used = 0;
}

void yoke__emit_bytes(yoke__emit *emit, const char *bytes, size_t size) {
    while (size) {
        if (emit->used == sizeof emit->bytes) flush(emit);
        size_t room = sizeof emit->bytes - emit->used;
        size_t part = size < room ? size : room;
        memcpy(emit->bytes + emit->used, bytes, part);
        emit->used += part;
        bytes += part;
        size -= part;
    }
}

void yoke__emit_text(yoke__emit *emit, const char *text) {
    yoke__emit_bytes(emit, text, strlen(text));
}

void yoke__emit_repeated(yoke__emit *emit, const char *text, size_t times) {
    for (size_t size = strlen(text); times; times--) yoke__emit_bytes(emit, text, size);
}

void yoke__emit_print(yoke__emit *emit, const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    yoke__emit_bytes(emit, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

int yoke__emit_end(yoke__emit *emit) {
    flush(emit);
    return emit->status;
}

int yoke_report_to_descriptor(void *descriptor, const char *bytes, size_t size) {
    if (yoke__write_all(*(int *)descriptor, bytes, size) < 0)
        return yoke_fail(YOKE_EIO, "cannot write the report: %m");
    return 0;
}

/* ---- characters ---- */

/* The least and greatest second byte rule out overlong forms, surrogates and what is too large. */
size_t yoke__utf8_size(const char *text) {
    const unsigned char *byte = (const unsigned char *)text;
    unsigned lead = byte[0], least = 0x80, most = 0xBF;
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead == 0xE0) least = 0xA0;
    if (lead == 0xED) most = 0x9F;
    if (lead == 0xF0) least = 0x90;
    if (lead == 0xF4) most = 0x8F;
    if (byte[1] < least || byte[1] > most) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((byte[i] & 0xC0) != 0x80) return 0;
    }
    return size;
}

/* ---- numbers ---- */

/* Replaces whatever stands between the digits by a point; "inf" has none. */
static void set_point(char *text) {
    if (!text[strcspn(text, "0123456789")]) return;
    size_t begin = strspn(text, "+-0123456789");
    if (!text[begin] || text[begin] == 'e') return;
    size_t size = strcspn(text + begin, "0123456789e");
    text[begin] = '.';
    memmove(text + begin + 1, text + begin + size, strlen(text + begin + size) + 1);
}

const char *yoke__number_text(double value, char text[YOKE__NUMBER]) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, YOKE__NUMBER, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    set_point(text);
    return text;
}

const char *yoke__fixed_text(double value, int decimals, char text[YOKE__NUMBER]) {
    snprintf(text, YOKE__NUMBER, fabs(value) < 1e15 ? "%.*f" : "%.*g", decimals, value);
    set_point(text);
    return text;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "perf/json.h"

static void next(yoke__json *json) {
    if (json->comma) yoke__emit_bytes(json->emit, ",", 1);
    json->comma = true;
}

void yoke__json_open(yoke__json *json, char bracket) {
    next(json);
    yoke__emit_bytes(json->emit, &bracket, 1);
    json->comma = false;
}

void yoke__json_close(yoke__json *json, char bracket) {
    yoke__emit_bytes(json->emit, &bracket, 1);
    json->comma = true;
}

/* Writes the character at `text` and returns what follows it. */
static const char *add_character(yoke__emit *emit, const char *text) {
    unsigned char byte = (unsigned char)*text;
    if (byte == '"' || byte == '\\') {
        yoke__emit_bytes(emit, (char[]){'\\', *text}, 2);
    } else if (byte == '\n') {
        yoke__emit_text(emit, "\\n");
    } else if (byte < 0x20 || byte == 0x7F) {
        yoke__emit_print(emit, "\\u%04x", byte);
    } else {
        size_t size = yoke__utf8_size(text);
        if (size)
            yoke__emit_bytes(emit, text, size);
        else
            yoke__emit_text(emit, "\\ufffd");
        return text + (size ? size : 1);
    }
    return text + 1;
}

void yoke__json_line(yoke__json *json, const char *text, size_t size) {
    const char *end = text + size;
    next(json);
    yoke__emit_bytes(json->emit, "\"", 1);
    while (text < end && *text) text = add_character(json->emit, text);
    yoke__emit_bytes(json->emit, "\"", 1);
}

void yoke__json_text(yoke__json *json, const char *text) {
    yoke__json_line(json, text ? text : "", text ? strlen(text) : 0);
}

void yoke__json_boolean(yoke__json *json, bool value) {
    next(json);
    yoke__emit_text(json->emit, value ? "true" : "false");
}

void yoke__json_key(yoke__json *json, const char *key) {
    yoke__json_text(json, key);
    yoke__emit_bytes(json->emit, ":", 1);
    json->comma = false;
}

void yoke__json_null(yoke__json *json) {
    next(json);
    yoke__emit_text(json->emit, "null");
}

void yoke__json_number(yoke__json *json, double value) {
    char text[YOKE__NUMBER];
    if (!isfinite(value)) {
        yoke__json_null(json);
        return;
    }
    next(json);
    yoke__emit_text(json->emit, yoke__number_text(value, text));
}

void yoke__json_count(yoke__json *json, uint64_t value) {
    if (value > INT64_MAX)
        yoke__json_number(json, (double)value);
    else
        yoke__json_integer(json, (int64_t)value);
}

void yoke__json_integer(yoke__json *json, int64_t value) {
    next(json);
    yoke__emit_print(json->emit, "%" PRId64, value);
}

void yoke__json_member_text(yoke__json *json, const char *key, const char *text) {
    yoke__json_key(json, key);
    yoke__json_text(json, text);
}

void yoke__json_member_number(yoke__json *json, const char *key, double value) {
    yoke__json_key(json, key);
    yoke__json_number(json, value);
}

void yoke__json_member_count(yoke__json *json, const char *key, uint64_t value) {
    yoke__json_key(json, key);
    yoke__json_count(json, value);
}

void yoke__json_member_integer(yoke__json *json, const char *key, int64_t value) {
    yoke__json_key(json, key);
    yoke__json_integer(json, value);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON (RFC 8259), piece by piece; commas come by themselves.
 */
#ifndef YOKE_PERF_JSON_H
#define YOKE_PERF_JSON_H

#include "perf/emit.h"

typedef struct yoke__json { /* all zero but `emit`: nothing written yet */
    yoke__emit *emit;
    bool comma; /* one must stand before the next value */
} yoke__json;

void yoke__json_open(yoke__json *json, char bracket); /* '{' or '[' */
void yoke__json_close(yoke__json *json, char bracket);
void yoke__json_key(yoke__json *json, const char *key);
void yoke__json_text(yoke__json *json, const char *text); /* NULL: "" */
/* Its first `size` bytes at most. */
void yoke__json_line(yoke__json *json, const char *text, size_t size);
void yoke__json_number(yoke__json *json, double value); /* null when it is not finite */
/* Beyond 2^63 - 1, which readers may refuse, as a floating-point number. */
void yoke__json_count(yoke__json *json, uint64_t value);
void yoke__json_integer(yoke__json *json, int64_t value);
void yoke__json_boolean(yoke__json *json, bool value);
void yoke__json_null(yoke__json *json);

/* Members of an object. */
void yoke__json_member_text(yoke__json *json, const char *key, const char *text);
void yoke__json_member_number(yoke__json *json, const char *key, double value);
void yoke__json_member_count(yoke__json *json, const char *key, uint64_t value);
void yoke__json_member_integer(yoke__json *json, const char *key, int64_t value);

#endif

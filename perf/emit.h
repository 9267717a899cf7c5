/* SPDX-License-Identifier: Apache-2.0
 *
 * Output in pieces: a small buffer before a yoke_report_write. A failed write is remembered and the
 * rest is dropped, so that writers look once, at the end.
 */
#ifndef YOKE_PERF_EMIT_H
#define YOKE_PERF_EMIT_H

#include <stddef.h>
#include <stdint.h>

#include "yoke/report.h"

/* What stands for bytes that are not UTF-8: U+FFFD. */
#define YOKE__REPLACEMENT "\xEF\xBF\xBD"

enum { YOKE__EMIT_BYTES = 1 << 13, YOKE__NUMBER = 40 };

typedef struct yoke__emit {
    yoke_report_write *write;
    void *ctx;
    int status;
    size_t used;
    char bytes[YOKE__EMIT_BYTES];
} yoke__emit;

void yoke__emit_begin(yoke__emit *emit, yoke_report_write *write, void *ctx);
void yoke__emit_bytes(yoke__emit *emit, const char *bytes, size_t size);
void yoke__emit_text(yoke__emit *emit, const char *text);
void yoke__emit_repeated(yoke__emit *emit, const char *text, size_t times);
/* After printf(3), up to 255 bytes; no %f or %g, which depend on the locale. */
void yoke__emit_print(yoke__emit *emit, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Hands the rest over. 0, or the first failure. */
int yoke__emit_end(yoke__emit *emit);

/* Bytes of the UTF-8 character (RFC 3629) at `text`; 0 when there is none. The text ends with a
 * NUL. */
size_t yoke__utf8_size(const char *text);

/* The shortest digits that read back as the same number, with a point in every locale. `value` is
 * finite. */
const char *yoke__number_text(double value, char text[YOKE__NUMBER]);
/* "%.*f" with a point in every locale; values beyond 1e15 as "%.*g". */
const char *yoke__fixed_text(double value, int decimals, char text[YOKE__NUMBER]);

#endif

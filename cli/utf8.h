/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 (RFC 3629), one character at a time.
 */
#ifndef YOKE_CLI_UTF8_H
#define YOKE_CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* What stands for bytes that are not UTF-8: U+FFFD. */
#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

/* Bytes of the character at the beginning of `text` (`size` bytes, at least 1); 0 when there is no
 * valid one. *point becomes its code point. */
size_t utf8_decode(const char *text, size_t size, uint32_t *point);

#endif

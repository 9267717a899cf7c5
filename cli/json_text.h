/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts of others (names of files, programs, functions) in JSON.
 */
#ifndef YOKE_CLI_JSON_TEXT_H
#define YOKE_CLI_JSON_TEXT_H

#include <jansson.h>

/* A text, in which bytes that are not UTF-8 become U+FFFD; NULL when memory ran out. */
json_t *json_text(const char *bytes);

#endif

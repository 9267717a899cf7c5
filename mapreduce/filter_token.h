/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the filter language.
 */
#ifndef YOKE_MAPREDUCE_FILTER_TOKEN_H
#define YOKE_MAPREDUCE_FILTER_TOKEN_H

#include "yoke/dataset.h"
#include "yoke/memory.h"

typedef enum filter_token_kind {
    TOKEN_END,
    TOKEN_NAME, /* of a column, bare or quoted */
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_COMPARE, /* `accept` is a COMPARE_ set */
    TOKEN_MATCH,   /* `accept` is 1 for ~, 0 for !~ */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
} filter_token_kind;

typedef struct filter_token {
    filter_token_kind kind;
    yoke_text raw;  /* as it stands in the condition */
    yoke_text text; /* NAME, NUMBER, STRING: without quotes, ended by a zero, in the arena */
    unsigned accept;
} filter_token;

/* Reads the word at `at` (after blanks) of the condition that begins at `start`. YOKE_ESYNTAX with
 * the position in the detail, YOKE_ENOMEM. */
int yoke__filter_token_read(const char *start, const char *at, yoke_arena *arena,
                            filter_token *token);

#endif

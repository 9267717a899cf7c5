/* SPDX-License-Identifier: Apache-2.0
 *
 * Cuts a condition into words. Names begin with a letter, an underscore or a byte of a UTF-8
 * sequence and go on with digits and points too; others are written "so" or `so`.
 */
#include "mapreduce/filter_token.h"

#include <strings.h>

#include "mapreduce/filter.h"

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}
static bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '.'; }

static int keep_text(yoke_arena *arena, const char *data, size_t size, yoke_text *text) {
    char *copy = yoke_arena_alloc(arena, size + 1);
    if (!copy) return yoke_fail(YOKE_ENOMEM, NULL);
    memcpy(copy, data, size);
    copy[size] = 0;
    *text = (yoke_text){copy, size};
    return YOKE_OK;
}

static const char *name_of_quotes(char quote) { return quote == '\'' ? "string" : "name"; }

/* Text between quotes, in which a doubled quote stands for one. */
static int read_quoted(const char *start, yoke_arena *arena, filter_token *token) {
    const char *from = token->raw.data;
    char quote = *from++;
    char *to = yoke_arena_alloc(arena, strlen(from) + 1);
    if (!to) return yoke_fail(YOKE_ENOMEM, NULL);
    token->text.data = to;
    for (; *from != quote || from[1] == quote; *to++ = *from++) {
        if (!*from) {
            return yoke_fail(YOKE_ESYNTAX, "where: position %td: this %s is not closed by %c",
                             token->raw.data - start + 1, name_of_quotes(quote), quote);
        }
        if (*from == quote) from++;
    }
    *to = 0;
    token->kind = quote == '\'' ? TOKEN_STRING : TOKEN_NAME;
    token->text.size = (size_t)(to - token->text.data);
    token->raw.size = (size_t)(from + 1 - token->raw.data);
    return YOKE_OK;
}

static bool begins_number(const char *at) {
    if (*at == '+' || *at == '-') at++;
    if (*at == '.') at++;
    return is_digit(*at);
}

static int read_number(const char *start, yoke_arena *arena, filter_token *token) {
    const char *end = token->raw.data + 1;
    while (is_word(*end) || ((*end == '+' || *end == '-') && strchr("eEpP", end[-1]))) end++;
    token->kind = TOKEN_NUMBER;
    token->raw.size = (size_t)(end - token->raw.data);
    yoke_number number;
    if (yoke_number_parse(token->raw.data, token->raw.size, &number) == YOKE_NUMBER_BAD) {
        return yoke_fail(YOKE_ESYNTAX, "where: position %td: '%.*s' is not a number",
                         token->raw.data - start + 1, (int)token->raw.size, token->raw.data);
    }
    return keep_text(arena, token->raw.data, token->raw.size, &token->text);
}

static int read_word(yoke_arena *arena, filter_token *token) {
    static const struct {
        const char *word;
        filter_token_kind kind;
    } keywords[] = {{"and", TOKEN_AND}, {"or", TOKEN_OR}, {"not", TOKEN_NOT}};
    size_t size = 1;
    while (is_word(token->raw.data[size])) size++;
    token->raw.size = size;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strlen(keywords[i].word) != size) continue;
        if (strncasecmp(keywords[i].word, token->raw.data, size)) continue;
        token->kind = keywords[i].kind;
        return YOKE_OK;
    }
    token->kind = TOKEN_NAME;
    return keep_text(arena, token->raw.data, size, &token->text);
}

static int read_symbol(const char *start, filter_token *token) {
    static const struct {
        char symbol[3];
        filter_token_kind kind;
        unsigned accept;
    } symbols[] = {{"==", TOKEN_COMPARE, COMPARE_EQ},
                   {"!=", TOKEN_COMPARE, COMPARE_NE},
                   {"<>", TOKEN_COMPARE, COMPARE_NE},
                   {"<=", TOKEN_COMPARE, COMPARE_LE},
                   {">=", TOKEN_COMPARE, COMPARE_GE},
                   {"!~", TOKEN_MATCH, 0},
                   {"=", TOKEN_COMPARE, COMPARE_EQ},
                   {"<", TOKEN_COMPARE, COMPARE_LT},
                   {">", TOKEN_COMPARE, COMPARE_GT},
                   {"~", TOKEN_MATCH, 1},
                   {"(", TOKEN_OPEN, 0},
                   {")", TOKEN_CLOSE, 0}};
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        size_t size = strlen(symbols[i].symbol);
        if (strncmp(token->raw.data, symbols[i].symbol, size)) continue;
        token->kind = symbols[i].kind;
        token->accept = symbols[i].accept;
        token->raw.size = size;
        return YOKE_OK;
    }
    return yoke_fail(YOKE_ESYNTAX, "where: position %td: '%c' means nothing here",
                     token->raw.data - start + 1, *token->raw.data);
}

int yoke__filter_token_read(const char *start, const char *at, yoke_arena *arena,
                            filter_token *token) {
    at += strspn(at, " \t\n\r\f\v");
    *token = (filter_token){.kind = TOKEN_END, .raw = {at, 0}};
    if (!*at) return YOKE_OK;
    if (*at == '\'' || *at == '"' || *at == '`') return read_quoted(start, arena, token);
    if (begins_number(at)) return read_number(start, arena, token);
    if (is_letter(*at)) return read_word(arena, token);
    return read_symbol(start, token);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The parser of filters: recursive descent, one function a level of the grammar, one token ahead.
 * `and` and `or` take any number of operands, so that a long chain is wide and not deep. What does
 * not depend on a column is folded to a constant.
 */
#include <regex.h>

#include "mapreduce/filter.h"
#include "mapreduce/filter_token.h"

enum { MAX_DEPTH = 100 }; /* of parentheses and `not` */

typedef struct filter_parser {
    const char *start;
    yoke_filter *filter;
    const yoke_dataset *dataset;
    filter_token token, previous; /* the one to look at, and the one before it */
    int depth;
} filter_parser;

/* One side of a comparison. */
typedef struct filter_operand {
    filter_token_kind kind; /* NAME, NUMBER or STRING */
    size_t column;          /* NAME: place in the filter's columns */
    filter_number number;   /* NUMBER */
    yoke_text text;         /* NUMBER and STRING */
} filter_operand;

static size_t position(const filter_parser *parser) {
    return (size_t)(parser->token.raw.data - parser->start) + 1;
}

static int expected(const filter_parser *parser, const char *what) {
    yoke_text before = parser->previous.raw;
    if (!before.data) {
        return yoke_fail(YOKE_ESYNTAX, "where: position %zu: expected %s", position(parser), what);
    }
    return yoke_fail(YOKE_ESYNTAX, "where: position %zu: expected %s after %s%.*s%s",
                     position(parser), what, *before.data == '\'' ? "" : "'",
                     (int)(before.size < 80 ? before.size : 80), before.data,
                     *before.data == '\'' ? "" : "'");
}

static int advance(filter_parser *parser) {
    parser->previous = parser->token;
    return yoke__filter_token_read(parser->start,
                                   parser->previous.raw.data + parser->previous.raw.size,
                                   &parser->filter->arena, &parser->token);
}

static int make_node(filter_parser *parser, filter_kind kind, filter_node **node) {
    filter_node *made = yoke_arena_alloc(&parser->filter->arena, sizeof *made);
    if (!made) {
        yoke_fail(YOKE_ENOMEM, NULL);
        return YOKE_ENOMEM;
    }
    *made = (filter_node){.kind = kind};
    *node = made;
    return YOKE_OK;
}

/* ---- operands ---- */

static int find_column(filter_parser *parser, const char *name, size_t *place) {
    yoke_filter *filter = parser->filter;
    size_t column, i = 0;
    int status = yoke_dataset_find_column(parser->dataset, name, &column);
    if (status < 0) {
        return yoke_fail(status, "where: position %zu: %s", position(parser), yoke_error_detail());
    }
    while (i < filter->column_count && filter->columns[i] != column) i++;
    if (i == filter->column_count) filter->columns[filter->column_count++] = column;
    *place = i;
    return YOKE_OK;
}

static int parse_operand(filter_parser *parser, const char *what, filter_operand *operand) {
    operand->kind = parser->token.kind;
    operand->text = parser->token.text;
    int status = YOKE_OK;
    switch (operand->kind) {
    case TOKEN_NAME: status = find_column(parser, operand->text.data, &operand->column); break;
    case TOKEN_NUMBER: status = yoke__filter_number_read(operand->text, &operand->number); break;
    case TOKEN_STRING: break;
    default: return expected(parser, what);
    }
    return status < 0 ? status : advance(parser);
}

/* ---- comparisons ---- */

/* The same comparison with its sides exchanged. */
static unsigned mirror(unsigned accept) {
    bool less = accept & COMPARE_LT, greater = accept & COMPARE_GT;
    accept &= ~(unsigned)(COMPARE_LT | COMPARE_GT);
    return accept | (less ? COMPARE_GT : 0) | (greater ? COMPARE_LT : 0);
}

/* Compares two constants. A number against a text that is no number is false. */
static int fold_comparison(const filter_operand *left, const filter_operand *right,
                           unsigned accept) {
    if (left->kind == TOKEN_STRING && right->kind == TOKEN_STRING) {
        return yoke__filter_accepts(accept, yoke__filter_compare_texts(left->text, right->text));
    }
    filter_number a, b;
    int status = yoke__filter_number_read(left->text, &a);
    if (status == YOKE_OK) status = yoke__filter_number_read(right->text, &b);
    if (status == YOKE_EDATA) return 0;
    if (status < 0) return yoke_fail(status, NULL);
    return yoke__filter_accepts(accept, yoke__filter_compare_numbers(&a, &b));
}

static int make_comparison(filter_parser *parser, filter_operand left, filter_operand right,
                           unsigned accept, filter_node **node) {
    if (left.kind != TOKEN_NAME && right.kind == TOKEN_NAME) {
        filter_operand column = right;
        right = left;
        left = column;
        accept = mirror(accept);
    }
    YOKE_TRY(make_node(parser, FILTER_CONSTANT, node));
    if (left.kind != TOKEN_NAME) {
        int truth = fold_comparison(&left, &right, accept);
        if (truth < 0) return truth;
        (*node)->accept = (unsigned)truth;
        return YOKE_OK;
    }
    (*node)->kind = right.kind == TOKEN_NAME     ? FILTER_COLUMNS
                    : right.kind == TOKEN_NUMBER ? FILTER_NUMBER
                                                 : FILTER_STRING;
    (*node)->accept = accept;
    (*node)->column = left.column;
    (*node)->other = right.column;
    (*node)->number = right.number;
    (*node)->text = right.text;
    return YOKE_OK;
}

/* The regex is compiled here only to see that it is one; each thread compiles its own. */
static int make_match(filter_parser *parser, const filter_operand *left, unsigned accept,
                      filter_node **node) {
    const char *pattern = parser->token.text.data;
    regex_t regex;
    int error = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (error == REG_ESPACE) return yoke_fail(YOKE_ENOMEM, NULL);
    if (error) {
        char why[80];
        regerror(error, &regex, why, sizeof why);
        return yoke_fail(YOKE_ESYNTAX, "where: position %zu: not a regular expression: %s",
                         position(parser), why);
    }
    bool folds = left->kind != TOKEN_NAME;
    bool matches = folds && regexec(&regex, left->text.data, 0, NULL, 0) == 0;
    regfree(&regex);
    YOKE_TRY(make_node(parser, folds ? FILTER_CONSTANT : FILTER_MATCH, node));
    (*node)->accept = folds ? matches == accept : accept;
    (*node)->column = left->column;
    (*node)->text = parser->token.text;
    if (!folds) (*node)->regex = parser->filter->regex_count++;
    return advance(parser);
}

static int parse_comparison(filter_parser *parser, filter_node **node) {
    filter_operand left = {0}, right = {0};
    YOKE_TRY(parse_operand(parser, "a condition", &left));
    filter_token word = parser->token;
    if (word.kind != TOKEN_COMPARE && word.kind != TOKEN_MATCH) {
        return expected(parser, "a comparison (= != < <= > >= ~ !~)");
    }
    YOKE_TRY(advance(parser));
    if (word.kind == TOKEN_MATCH) {
        if (parser->token.kind != TOKEN_STRING) return expected(parser, "a 'regex'");
        return make_match(parser, &left, word.accept, node);
    }
    YOKE_TRY(parse_operand(parser, "a value", &right));
    return make_comparison(parser, left, right, word.accept, node);
}

/* ---- and, or, not ---- */

static int parse_or(filter_parser *parser, filter_node **node);

static int parse_parenthesis(filter_parser *parser, filter_node **node) {
    YOKE_TRY(advance(parser));
    YOKE_TRY(parse_or(parser, node));
    if (parser->token.kind != TOKEN_CLOSE) return expected(parser, "'and', 'or' or ')'");
    return advance(parser);
}

static int parse_negation(filter_parser *parser, filter_node **node);

static int parse_not(filter_parser *parser, filter_node **node) {
    YOKE_TRY(advance(parser));
    YOKE_TRY(make_node(parser, FILTER_NOT, node));
    return parse_negation(parser, &(*node)->child);
}

static int parse_negation(filter_parser *parser, filter_node **node) {
    bool negated = parser->token.kind == TOKEN_NOT;
    if (!negated && parser->token.kind != TOKEN_OPEN) return parse_comparison(parser, node);
    if (++parser->depth > MAX_DEPTH) {
        return yoke_fail(YOKE_ESYNTAX, "where: position %zu: nested more than %d deep",
                         position(parser), MAX_DEPTH);
    }
    YOKE_TRY(negated ? parse_not(parser, node) : parse_parenthesis(parser, node));
    parser->depth--;
    return YOKE_OK;
}

/* Operands of one level, separated by `separator`; a single one needs no node of its own. */
static int parse_chain(filter_parser *parser, filter_token_kind separator, filter_kind kind,
                       int parse(struct filter_parser *, filter_node **), filter_node **node) {
    filter_node *operand = NULL;
    YOKE_TRY(parse(parser, &operand));
    *node = operand;
    if (parser->token.kind != separator) return YOKE_OK;
    YOKE_TRY(make_node(parser, kind, node));
    filter_node *last = *node;
    last->child = operand;
    while (parser->token.kind == separator) {
        YOKE_TRY(advance(parser));
        YOKE_TRY(make_node(parser, kind, &last->next));
        last = last->next;
        YOKE_TRY(parse(parser, &last->child));
    }
    return YOKE_OK;
}

static int parse_and(filter_parser *parser, filter_node **node) {
    return parse_chain(parser, TOKEN_AND, FILTER_AND, parse_negation, node);
}

static int parse_or(filter_parser *parser, filter_node **node) {
    return parse_chain(parser, TOKEN_OR, FILTER_OR, parse_and, node);
}

int yoke__filter_parse(yoke_filter *filter, const char *text, const yoke_dataset *dataset) {
    size_t columns = yoke_dataset_columns(dataset), length = strlen(text);
    if (columns > length) columns = length; /* more cannot be named */
    filter->columns = yoke_arena_alloc(&filter->arena, columns * sizeof *filter->columns + 1);
    if (!filter->columns) return yoke_fail(YOKE_ENOMEM, NULL);
    filter_parser parser = {.start = text, .filter = filter, .dataset = dataset};
    YOKE_TRY(yoke__filter_token_read(text, text, &filter->arena, &parser.token));
    YOKE_TRY(parse_or(&parser, &filter->root));
    if (parser.token.kind != TOKEN_END) return expected(&parser, "'and', 'or' or the end");
    return YOKE_OK;
}

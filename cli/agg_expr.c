/* SPDX-License-Identifier: Apache-2.0
 *
 * The small languages of the command line.
 *
 *     expressions  =  expression {"," expression}
 *     expression   =  aggregate "(" [column] ")" ["as" name]
 *     names        =  name {"," name}
 *     sort         =  item {"," item}        item = text [":asc" | ":desc"]
 *
 * A name stands in "..." or `...`, where the quote is doubled to mean itself, or plain; a plain one
 * reaches to the next byte that means something at its place, and blanks around it do not count.
 * Aggregates and "as" are blind to case.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/agg.h"
#include "cli/cli.h"

static const char *const op_names[] = {
    "count",  "sum",   "mean", "min", "max", "var",
    "stddev", "first", "last", "avg", NULL}; /* in the order of yoke_aggregate_op; avg is mean */
enum { AVG = YOKE_AGGREGATE_LAST + 1 };

const char *agg_op_name(yoke_aggregate_op op) { return op_names[op]; }

typedef struct cursor {
    const char *what; /* the text's name in messages */
    const char *text, *at;
} cursor;

static int expected(const cursor *c, const char *what) {
    return yoke_fail(YOKE_ESYNTAX, "%s: position %zu: expected %s", c->what,
                     (size_t)(c->at - c->text) + 1, what);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void skip_blanks(cursor *c) {
    while (is_blank(*c->at)) c->at++;
}

/* Goes over `byte`, if it comes next. */
static bool accept(cursor *c, char byte) {
    skip_blanks(c);
    if (*c->at != byte) return false;
    c->at++;
    return true;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of the word that comes next; 0: none. */
static size_t word_length(const cursor *c) {
    size_t size = 0;
    while (is_word(c->at[size])) size++;
    return size;
}

static int quoted_name(cursor *c, char **name) {
    char quote = *c->at++;
    char *made = malloc(strlen(c->at) + 1);
    if (!made) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t size = 0;
    for (; *c->at && (*c->at != quote || c->at[1] == quote); c->at++) {
        if (*c->at == quote) c->at++;
        made[size++] = *c->at;
    }
    if (!*c->at) {
        free(made);
        return expected(c, quote == '"' ? "a closing \"" : "a closing `");
    }
    c->at++;
    made[size] = '\0';
    *name = made;
    return 0;
}

/* A name, plain up to one of the bytes in `stops`. */
static int parse_name(cursor *c, const char *stops, const char *what, char **name) {
    skip_blanks(c);
    if (*c->at == '"' || *c->at == '`') return quoted_name(c, name);
    size_t length = strcspn(c->at, stops), size = length;
    while (size && is_blank(c->at[size - 1])) size--;
    if (!size) return expected(c, what);
    *name = strndup(c->at, size);
    c->at += length;
    return *name ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

/* ---- expressions ---- */

static int parse_op(cursor *c, yoke_aggregate_op *op) {
    skip_blanks(c);
    size_t size = word_length(c);
    if (!size) return expected(c, "an aggregate such as count() or mean(column)");
    int found = 0;
    while (op_names[found] &&
           (strncasecmp(op_names[found], c->at, size) || op_names[found][size])) {
        found++;
    }
    if (op_names[found]) {
        c->at += size;
        *op = found == AVG ? YOKE_AGGREGATE_MEAN : (yoke_aggregate_op)found;
        return 0;
    }
    char word[32] = "";
    memcpy(word, c->at, size < sizeof word ? size : sizeof word - 1);
    const char *near = nearest_name(word, op_names);
    return yoke_fail(YOKE_ESYNTAX, "%s: position %zu: no aggregate '%s'; %s%s%s", c->what,
                     (size_t)(c->at - c->text) + 1, word, near ? "did you mean '" : "there are ",
                     near ? near : "count, sum, mean, min, max, var, stddev, first and last",
                     near ? "'?" : "");
}

/* "()" or "(*)": what follows the open parenthesis. */
static bool accept_nothing(cursor *c) {
    cursor ahead = *c;
    accept(&ahead, '*');
    if (!accept(&ahead, ')')) return false;
    *c = ahead;
    return true;
}

static int parse_column(cursor *c, agg_expression *expression) {
    bool optional = expression->op == YOKE_AGGREGATE_COUNT;
    if (!accept(c, '(')) return expected(c, "'('");
    if (optional && accept_nothing(c)) return 0;
    const char *what = optional ? "a column or ')'" : "a column";
    YOKE_TRY(parse_name(c, "(),\"`", what, &expression->column));
    return accept(c, ')') ? 0 : expected(c, "')'");
}

static int parse_expression(cursor *c, agg_expression *expression) {
    YOKE_TRY(parse_op(c, &expression->op));
    YOKE_TRY(parse_column(c, expression));
    skip_blanks(c);
    if (word_length(c) != 2 || strncasecmp(c->at, "as", 2)) return 0;
    c->at += 2;
    return parse_name(c, ",", "a name after 'as'", &expression->alias);
}

/* One more zeroed item of `size` bytes at the end of the array that *list points to. */
static void *list_add(void *list, size_t *count, size_t size) {
    void *items;
    memcpy(&items, list, sizeof items);
    char *grown = reallocarray(items, *count + 1, size);
    if (!grown) return NULL;
    memcpy(list, &grown, sizeof grown);
    return memset(grown + (*count)++ * size, 0, size);
}

int agg_expressions_parse(const char *text, agg_expressions *list) {
    cursor c = {"expressions", text, text};
    do {
        agg_expression *one = list_add(&list->items, &list->count, sizeof *one);
        if (!one) return yoke_fail(YOKE_ENOMEM, NULL);
        YOKE_TRY(parse_expression(&c, one));
    } while (accept(&c, ','));
    return *c.at ? expected(&c, "',' or 'as' or the end") : 0;
}

void agg_expressions_free(agg_expressions *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].column);
        free(list->items[i].alias);
    }
    free(list->items);
    *list = (agg_expressions){0};
}

/* ---- lists of names ---- */

static int name_list_parse(const char *option, const char *text, name_list *list) {
    cursor c = {option, text, text};
    do {
        char **name = list_add(&list->names, &list->count, sizeof *name);
        if (!name) return yoke_fail(YOKE_ENOMEM, NULL);
        YOKE_TRY(parse_name(&c, ",", "a name", name));
    } while (accept(&c, ','));
    return *c.at ? expected(&c, "',' or the end") : 0;
}

static void name_list_free(name_list *list) {
    for (size_t i = 0; i < list->count; i++) free(list->names[i]);
    free(list->names);
    *list = (name_list){0};
}

/* ---- lists of sort columns ---- */

/* The length of an item: up to a comma that stands neither in quotes nor in parentheses. */
static size_t item_length(const char *text) {
    char quote = '\0';
    int depth = 0;
    size_t size = 0;
    for (; text[size]; size++) {
        char byte = text[size];
        if (quote) {
            if (byte == quote) quote = '\0';
        } else if (byte == '"' || byte == '`') {
            quote = byte;
        } else if (byte == ',' && !depth) {
            break;
        } else {
            depth += (byte == '(') - (byte == ')' && depth);
        }
    }
    return size;
}

/* Cuts a suffix off, blind to case. */
static bool cut_suffix(char *text, const char *suffix) {
    size_t size = strlen(text), cut = strlen(suffix);
    if (size < cut || strcasecmp(text + size - cut, suffix)) return false;
    size -= cut;
    while (size && is_blank(text[size - 1])) size--;
    text[size] = '\0';
    return true;
}

/* The item without quotes, if quotes are around the whole of it, else as it is. */
static int unquote(const char *text, char **name) {
    cursor c = {"--sort", text, text};
    if (*text != '"' && *text != '`') {
        *name = strdup(text);
        return *name ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
    }
    YOKE_TRY(quoted_name(&c, name));
    return *c.at ? expected(&c, "',', ':asc', ':desc' or the end") : 0;
}

static int sort_list_parse(const char *text, sort_list *list) {
    cursor c = {"--sort", text, text};
    do {
        skip_blanks(&c);
        size_t length = item_length(c.at), size = length;
        while (size && is_blank(c.at[size - 1])) size--;
        if (!size) return expected(&c, "a column of the output");
        sort_item *item = list_add(&list->items, &list->count, sizeof *item);
        if (!item) return yoke_fail(YOKE_ENOMEM, NULL);
        item->text = strndup(c.at, size);
        if (!item->text) return yoke_fail(YOKE_ENOMEM, NULL);
        item->descending = cut_suffix(item->text, ":desc");
        if (!item->descending) cut_suffix(item->text, ":asc");
        YOKE_TRY(unquote(item->text, &item->name));
        c.at += length;
    } while (accept(&c, ','));
    return 0;
}

static void sort_list_free(sort_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].text);
        free(list->items[i].name);
    }
    free(list->items);
    *list = (sort_list){0};
}

/* ---- all of them ---- */

int agg_names_parse(const agg_options *options, agg_names *names) {
    YOKE_TRY(agg_expressions_parse(options->expressions, &names->expressions));
    if (options->by) YOKE_TRY(name_list_parse("--by", options->by, &names->by));
    if (options->columns) YOKE_TRY(name_list_parse("--columns", options->columns, &names->columns));
    return options->sort ? sort_list_parse(options->sort, &names->sort) : 0;
}

void agg_names_free(agg_names *names) {
    agg_expressions_free(&names->expressions);
    name_list_free(&names->by);
    name_list_free(&names->columns);
    sort_list_free(&names->sort);
}

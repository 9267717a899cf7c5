/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters inside: the tree that the parser makes and the evaluator walks, some records at a
 * time. The tree is read-only once compiled; what changes belongs to a thread's filter_state.
 */
#ifndef YOKE_MAPREDUCE_FILTER_H
#define YOKE_MAPREDUCE_FILTER_H

#include "yoke/groupby.h"

/* A comparison is the set of outcomes that make it true. */
enum { OUTCOME_LESS, OUTCOME_EQUAL, OUTCOME_GREATER, OUTCOME_UNORDERED };
enum {
    COMPARE_EQ = 1 << OUTCOME_EQUAL,
    COMPARE_LT = 1 << OUTCOME_LESS,
    COMPARE_LE = COMPARE_LT | COMPARE_EQ,
    COMPARE_GT = 1 << OUTCOME_GREATER,
    COMPARE_GE = COMPARE_GT | COMPARE_EQ,
    COMPARE_NE = COMPARE_LT | COMPARE_GT | 1 << OUTCOME_UNORDERED,
};

static inline bool yoke__filter_accepts(unsigned accept, int outcome) {
    return accept >> outcome & 1;
}

typedef struct filter_number {
    bool wide;           /* not a short decimal: only `value` holds */
    yoke_number decimal; /* exact */
    double value;        /* the nearest double */
} filter_number;

typedef enum filter_kind {
    FILTER_AND,
    FILTER_OR,
    FILTER_NOT,
    FILTER_CONSTANT, /* `accept` is 0 or 1 */
    FILTER_NUMBER,   /* column against number */
    FILTER_STRING,   /* column against text */
    FILTER_COLUMNS,  /* column against other */
    FILTER_MATCH,    /* column against the regex in text */
} filter_kind;

typedef struct filter_node {
    filter_kind kind;
    unsigned accept;           /* comparisons: COMPARE_; MATCH: 1 for ~, 0 for !~ */
    size_t column, other;      /* places in the filter's columns */
    filter_number number;      /* NUMBER */
    yoke_text text;            /* STRING, MATCH; a zero ends it */
    size_t regex;              /* MATCH: place among the regexes */
    struct filter_node *child; /* AND, OR, NOT: the operand */
    struct filter_node *next;  /* AND, OR: a node of the same kind with the next operand */
} filter_node;

struct yoke_filter {
    yoke_arena arena; /* holds the rest */
    filter_node *root;
    size_t *columns; /* of the dataset, each once */
    size_t column_count;
    size_t regex_count;
};

/* Parses `text` into filter->root and the rest. Statuses as yoke_filter_compile. */
int yoke__filter_parse(yoke_filter *filter, const char *text, const yoke_dataset *dataset);

/* YOKE_EDATA when `text` is no number, YOKE_ENOMEM; both without a detail. */
int yoke__filter_number_read(yoke_text text, filter_number *number);
int yoke__filter_compare_numbers(const filter_number *a, const filter_number *b);
int yoke__filter_compare_texts(yoke_text a, yoke_text b);

/* What one thread needs to evaluate a filter. */
typedef struct filter_state filter_state;
int yoke__filter_state_create(const yoke_filter *filter, filter_state **state);
void yoke__filter_state_destroy(filter_state *state); /* NULL is legal */

/* Writes the indices of the records that pass, ascending, and returns how many, or YOKE_ENOMEM. */
int yoke__filter_select(filter_state *state, const yoke_records *records, uint32_t *rows);

#endif

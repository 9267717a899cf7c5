/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds become a tree from the root down. A search compares a line with the words that its node's
 * bounds have in common, in order, then looks for its word among theirs; lines that differ in the
 * former are before or behind all of these bounds. The words of many lines are looked for in the
 * root at the same time, since each step waits for memory.
 *
 * A bound need not be followed to its end: with one bound left, lines that have its words so far
 * are behind it. So a range is all lines from some words on, and a line's place depends on its
 * words and, when it is equal to several bounds, on its place in the input.
 */
#include "mapreduce/lines_bounds.h"

enum {
    TOGETHER = 8,   /* searches side by side */
    MOST_ALIKE = 2, /* bounds that are worth no look at what tells them apart */
};

/* ---- bounds ---- */

static void follow(const yoke__line_plan *plan, yoke_string line, yoke__line_bound *bound) {
    uint32_t level = 0;
    bound->count = 0;
    while (level < YOKE__LEVEL_COMPARE && bound->count < YOKE__BOUND_WORDS) {
        uint64_t word = yoke__line_word(plan, line, level);
        bound->levels[bound->count] = level;
        bound->words[bound->count++] = word;
        level = yoke__line_next(plan, level, word);
    }
    bound->whole = level == YOKE__LEVEL_END;
}

/* Words from the first on. */
static size_t in_common(const yoke__line_bound *a, const yoke__line_bound *b) {
    size_t i = 0;
    while (i < a->count && i < b->count && a->words[i] == b->words[i]) i++;
    return i;
}

static bool are_same(const yoke__line_bound *a, const yoke__line_bound *b) {
    return in_common(a, b) == a->count;
}

/* ---- the tree ---- */

static size_t add_node(yoke__line_bounds *b, size_t first, size_t count);

/* The bounds from the begin-th to the end-th of a node have the same word there. */
static void go_on(yoke__line_bounds *b, yoke__line_node *node, size_t begin, size_t end) {
    const yoke__line_bound *bound = &b->bounds[node->first + begin];
    if (end - begin <= MOST_ALIKE) return;
    if (node->depth + 1 < bound->count)
        node->next[end - 1] = (uint8_t)add_node(b, node->first + begin, end - begin);
    else if (bound->whole)
        b->equal[node->first + end - 1] = end - begin;
}

static size_t add_node(yoke__line_bounds *b, size_t first, size_t count) {
    const yoke__line_bound *bound = &b->bounds[first];
    yoke__line_node *node = &b->nodes[b->node_count];
    size_t index = b->node_count++, depth = in_common(bound, bound + count - 1);
    if (depth == bound->count) depth--;
    *node = (yoke__line_node){.first = first, .count = count, .depth = depth};
    for (size_t i = 0; i < YOKE__RANGES; i++)
        node->words[i] = i < count ? bound[i].words[depth] : UINT64_MAX;
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && node->words[end] == node->words[begin];) end++;
        go_on(b, node, begin, end);
    }
    return index;
}

/* Lines between two bounds have in common what these have. */
static uint32_t level_between(const yoke__line_bound *a, const yoke__line_bound *b) {
    size_t depth = in_common(a, b);
    return depth < a->count ? a->levels[depth] : YOKE__LEVEL_END;
}

bool yoke__line_bounds_make(yoke__line_bounds *b, const yoke__line_plan *plan,
                            const yoke_string *lines) {
    *b = (yoke__line_bounds){0};
    for (size_t i = 0; i < YOKE__BOUNDS; i++) {
        follow(plan, lines[i], &b->bounds[i]);
        if (i >= MOST_ALIKE && !b->bounds[i].whole &&
            are_same(&b->bounds[i - MOST_ALIKE], &b->bounds[i]))
            return false;
        if (i) b->levels[i] = level_between(&b->bounds[i - 1], &b->bounds[i]);
    }
    add_node(b, 0, YOKE__BOUNDS);
    return true;
}

/* ---- searches ---- */

/* How many of the words are not above each of TOGETHER others. */
static inline void count_below(const uint64_t *words, const uint64_t *others, uint8_t *counts) {
    size_t at[TOGETHER] = {0};
    for (size_t half = YOKE__RANGES / 2; half; half /= 2)
        for (size_t i = 0; i < TOGETHER; i++)
            at[i] += half & -(size_t)(words[at[i] + half - 1] <= others[i]);
    for (size_t i = 0; i < TOGETHER; i++) counts[i] = (uint8_t)at[i];
}

static size_t count_below_one(const yoke__line_node *node, uint64_t word) {
    size_t at = 0;
    for (size_t half = YOKE__RANGES / 2; half; half /= 2)
        at += half & -(size_t)(node->words[at + half - 1] <= word);
    return at < node->count ? at : node->count;
}

/* Whether a line has the words from the from-th on that all bounds of a node have; if not, *range
 * is where it belongs. */
static inline bool is_inside(const yoke__line_bounds *b, const yoke__line_plan *plan,
                             yoke_string line, const yoke__line_node *node, size_t from,
                             size_t *range) {
    const yoke__line_bound *bound = &b->bounds[node->first];
    for (size_t i = from; i < node->depth; i++) {
        uint64_t word = yoke__line_word(plan, line, bound->levels[i]);
        if (word == bound->words[i]) continue;
        *range = node->first + (word < bound->words[i] ? 0 : node->count);
        return false;
    }
    return true;
}

/* Of a line that is equal to the last of several bounds, or has the words of one so far. */
static size_t share_out(const yoke__line_bounds *b, size_t bound, uint32_t share) {
    size_t equal = b->equal[bound];
    if (!equal) return bound + 1;
    return bound + 2 - equal + equal * share / YOKE__SHARES;
}

/* The range of a line whose word is that of the at-th bound of a node. */
static size_t go_down(const yoke__line_bounds *b, const yoke__line_plan *plan, yoke_string line,
                      const yoke__line_node *node, size_t at, uint32_t share) {
    while (node->next[at]) {
        size_t from = node->depth + 1, range;
        node = &b->nodes[node->next[at]];
        if (!is_inside(b, plan, line, node, from, &range)) return range;
        uint64_t word = yoke__line_word(plan, line, b->bounds[node->first].levels[node->depth]);
        at = count_below_one(node, word);
        if (!at || node->words[at - 1] != word) return node->first + at;
        at--;
    }
    return share_out(b, node->first + at, share);
}

/* The words of lines at the depth of the root, and which lines do not begin as all bounds do. */
typedef struct search {
    uint64_t words[YOKE__LINES_TOGETHER];
    uint8_t outside[YOKE__LINES_TOGETHER]; /* 0, or the range and 1 */
} search;

static void load(search *s, const yoke__line_bounds *b, const yoke__line_plan *plan,
                 const char *text, size_t begin, const uint32_t *ends, size_t count) {
    const yoke__line_node *root = &b->nodes[0];
    uint32_t level = b->bounds[0].levels[root->depth];
    for (size_t i = 0, range; i < count; begin = ends[i++] + 1) {
        yoke_string line = {text + begin, ends[i] - begin};
        bool inside = is_inside(b, plan, line, root, 0, &range);
        s->outside[i] = inside ? 0 : (uint8_t)(range + 1);
        s->words[i] = inside ? yoke__line_word(plan, line, level) : 0;
    }
    for (; count % TOGETHER; count++) s->words[count] = 0;
}

void yoke__line_bounds_find(const yoke__line_bounds *b, const yoke__line_plan *plan,
                            const char *text, size_t begin, const uint32_t *ends, size_t count,
                            uint32_t share, uint8_t *ranges) {
    const yoke__line_node *root = &b->nodes[0];
    search s;
    load(&s, b, plan, text, begin, ends, count);
    for (size_t i = 0; i < count; i += TOGETHER) count_below(root->words, s.words + i, ranges + i);
    for (size_t i = 0; i < count; begin = ends[i++] + 1) {
        size_t at = ranges[i];
        if (s.outside[i])
            ranges[i] = s.outside[i] - 1;
        else if (at && root->words[at - 1] == s.words[i])
            ranges[i] = (uint8_t)go_down(b, plan, (yoke_string){text + begin, ends[i] - begin},
                                         root, at - 1, share);
    }
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounds between ranges of lines, and finding the range of a line. A bound is the words of a
 * line, one after the other (mapreduce/lines_key.h). Bounds that have words in common form a tree:
 * a node has the bounds that agree in the words before its depth, with their words at that depth; a
 * line that has the word of several bounds goes on with the node of those (string sample sort,
 * Bingmann and Sanders, "Parallel String Sample Sort", ESA 2013). So what all lines begin with
 * costs a look and no more, and what many begin with is divided, too.
 *
 * Where several bounds are one line, all lines that are equal to it are divided by where they stand
 * in the input.
 */
#ifndef YOKE_MAPREDUCE_LINES_BOUNDS_H
#define YOKE_MAPREDUCE_LINES_BOUNDS_H

#include "mapreduce/lines_key.h"

enum {
    YOKE__RANGES = 32, /* a power of two */
    YOKE__BOUNDS = YOKE__RANGES - 1,
    YOKE__BOUND_WORDS = 160, /* at most */
    YOKE__BOUND_NODES = 2 * YOKE__RANGES,
    YOKE__SHARES = 1 << 16,
};

typedef struct yoke__line_bound {
    uint64_t words[YOKE__BOUND_WORDS];
    uint32_t levels[YOKE__BOUND_WORDS]; /* of the words */
    size_t count;
    bool whole; /* lines that have all these words are equal */
} yoke__line_bound;

typedef struct yoke__line_node {
    uint64_t words[YOKE__RANGES]; /* at the depth, in order; filled up */
    uint8_t next[YOKE__RANGES];   /* with the last of several equal words: their node; else 0 */
    size_t first, count;          /* bounds */
    size_t depth;                 /* of the words; those before are the same in all of them */
} yoke__line_node;

typedef struct yoke__line_bounds {
    yoke__line_bound bounds[YOKE__BOUNDS];
    size_t equal[YOKE__BOUNDS]; /* with the last of several equal whole ones: how many; else 0 */
    yoke__line_node nodes[YOKE__BOUND_NODES]; /* the first one is the root */
    size_t node_count;
    /* Lines of a range are equal before this level; YOKE__LEVEL_END: in all keys. */
    uint32_t levels[YOKE__RANGES];
} yoke__line_bounds;

/* Makes bounds of YOKE__BOUNDS lines in order. False when as many lines as fill a range are the
 * same as far as words tell, and may differ further on. */
bool yoke__line_bounds_make(yoke__line_bounds *bounds, const yoke__line_plan *plan,
                            const yoke_string *lines);

/* The ranges of lines side by side, the i-th from the end of the one before it (the first from
 * `begin`) up to ends[i]. `share` of YOKE__SHARES says how far on in the input they stand: of equal
 * lines, a later one never is in an earlier range. At most YOKE__LINES_TOGETHER lines; `ranges` has
 * room for so many. */
#define YOKE__LINES_TOGETHER 384 /* a multiple of 8 */
void yoke__line_bounds_find(const yoke__line_bounds *bounds, const yoke__line_plan *plan,
                            const char *text, size_t begin, const uint32_t *ends, size_t count,
                            uint32_t share, uint8_t *ranges);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging by a tree of losers: each inner node keeps who lost there, so a new line of the winner is
 * compared once on each level on its way up. Words are compared first, and mostly decide.
 */
#include "mapreduce/lines_merge.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER = 1 << 18,  /* bytes written at a time */
    CHECKED = 1 << 12, /* lines between looks at the deadline */
};

typedef struct merging {
    const yoke__line_plan *plan;
    yoke__line_stream *streams;
    size_t count;
    size_t *losers; /* losers[0] is the winner of all */
    yoke__line_sink *sink;
    yoke__line_buffer buffer;
    yoke__line_buffer last; /* unique: the last line that was written */
    uint64_t last_word;
    bool any;
} merging;

/* ---- the tree ---- */

/* In the keys from the one on that the words leave open. */
static int compare(const yoke__line_plan *plan, yoke_string a, yoke_string b, uint64_t word) {
    uint32_t level = yoke__line_next(plan, 0, word);
    if (level == YOKE__LEVEL_END) return 0;
    return yoke__line_compare(plan, a, b, level & ~YOKE__LEVEL_COMPARE);
}

static bool is_before(const merging *m, size_t i, size_t j) {
    const yoke__line_stream *a = &m->streams[i], *b = &m->streams[j];
    if (a->ended || b->ended) return a->ended == b->ended ? i < j : b->ended;
    if (a->word != b->word) return a->word < b->word;
    int found = compare(m->plan, a->line, b->line, a->word);
    return found ? found < 0 : i < j;
}

/* Plays the games of a stream up to the root. */
static void play(merging *m, size_t winner) {
    for (size_t node = (winner + m->count) / 2; node; node /= 2) {
        size_t other = m->losers[node];
        if (!is_before(m, other, winner)) continue;
        m->losers[node] = winner;
        winner = other;
    }
    m->losers[0] = winner;
}

/* The winner below a node; the leaf of stream i is node count + i. */
static size_t build(merging *m, size_t node) {
    if (node >= m->count) return node - m->count;
    size_t left = build(m, 2 * node), right = build(m, 2 * node + 1);
    bool first = is_before(m, left, right);
    m->losers[node] = first ? right : left;
    return first ? left : right;
}

/* ---- output ---- */

static int flush(merging *m) {
    YOKE_TRY(yoke__line_sink_pack(m->sink, &m->buffer));
    return yoke__line_sink_put(m->sink, &m->buffer);
}

static int append(yoke__line_buffer *to, yoke_string line, unsigned char end) {
    YOKE_TRY(yoke__line_buffer_reserve(to, to->size + line.size + 1));
    if (line.size) memcpy(to->text + to->size, line.data, line.size);
    to->text[to->size + line.size] = (char)end;
    to->size += line.size + 1;
    return YOKE_OK;
}

/* Whether the line is equal to the last one; if not it becomes the last one. */
static int is_repeated(merging *m, const yoke__line_stream *s) {
    yoke_string last = {m->last.text, m->last.size};
    if (m->any && m->last_word == s->word && !compare(m->plan, last, s->line, s->word)) return 1;
    m->any = true;
    m->last_word = s->word;
    m->last.size = 0;
    YOKE_TRY(yoke__line_buffer_reserve(&m->last, s->line.size + YOKE__LINE_SLACK));
    if (s->line.size) memcpy(m->last.text, s->line.data, s->line.size);
    m->last.size = s->line.size;
    return 0;
}

static int write_line(merging *m, const yoke__line_stream *s) {
    if (m->plan->unique) {
        int repeated = is_repeated(m, s);
        if (repeated) return repeated < 0 ? repeated : YOKE_OK;
    }
    if (m->buffer.size && m->buffer.size + s->line.size >= BUFFER) YOKE_TRY(flush(m));
    return append(&m->buffer, s->line, m->plan->end);
}

/* ---- the merge ---- */

static int merge_all(merging *m, const yoke_run *run) {
    m->losers = calloc(m->count, sizeof *m->losers);
    if (!m->losers) return yoke_fail(YOKE_ENOMEM, NULL);
    YOKE_TRY(yoke__line_buffer_reserve(&m->buffer, BUFFER));
    m->losers[0] = build(m, 1);
    for (size_t lines = 0;; lines++) {
        yoke__line_stream *first = &m->streams[m->losers[0]];
        if (first->ended) break;
        if (lines % CHECKED == 0) YOKE_TRY(yoke__run_check(run));
        YOKE_TRY(write_line(m, first));
        YOKE_TRY(yoke__line_stream_next(first, m->plan));
        play(m, m->losers[0]);
    }
    return flush(m);
}

int yoke__line_streams_merge(const yoke__line_plan *plan, yoke__line_stream *streams, size_t count,
                             yoke__line_sink *sink, const yoke_run *run) {
    merging m = {.plan = plan, .streams = streams, .count = count, .sink = sink};
    int status = count ? merge_all(&m, run) : YOKE_OK;
    free(m.losers);
    yoke__line_buffer_free(&m.buffer);
    yoke__line_buffer_free(&m.last);
    return status;
}

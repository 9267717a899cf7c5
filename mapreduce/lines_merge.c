/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging by a tree of losers: each inner node keeps who lost there, so a new line of the winner is
 * compared once on each level on its way up. Words are compared first, and mostly decide.
 */
#include "mapreduce/lines_merge.h"
#include "runtime/region.h"

#include <stdlib.h>
#include <string.h>

enum { CHECKED = 1 << 12 /* lines between looks at the deadline */ };

/* ---- the tree ---- */

static bool is_before(const yoke__line_merge *m, size_t i, size_t j) {
    const yoke__line_stream *a = &m->streams[i], *b = &m->streams[j];
    if (a->ended || b->ended) return a->ended == b->ended ? i < j : b->ended;
    if (a->word != b->word) return a->word < b->word;
    int found = yoke__line_compare_rest(m->plan, a->line, b->line, a->word);
    return found ? found < 0 : i < j;
}

/* Plays the games of a stream up to the root. */
static void play(yoke__line_merge *m, size_t winner) {
    for (size_t node = (winner + m->count) / 2; node; node /= 2) {
        size_t other = m->losers[node];
        if (!is_before(m, other, winner)) continue;
        m->losers[node] = winner;
        winner = other;
    }
    m->losers[0] = winner;
}

/* The winner below a node; the leaf of stream i is node count + i. */
static size_t build(yoke__line_merge *m, size_t node) {
    if (node >= m->count) return node - m->count;
    size_t left = build(m, 2 * node), right = build(m, 2 * node + 1);
    bool first = is_before(m, left, right);
    m->losers[node] = first ? right : left;
    return first ? left : right;
}

/* ---- output ---- */

static int append(yoke__line_buffer *to, yoke_string line, unsigned char end) {
    if (to->capacity - to->size <= line.size)
        YOKE_TRY(yoke__line_buffer_reserve(to, to->size + to->size / 4 + line.size + 1));
    if (line.size) memcpy(to->text + to->size, line.data, line.size);
    to->text[to->size + line.size] = (char)end;
    to->size += line.size + 1;
    return YOKE_OK;
}

/* Whether the line is equal to the last one; if not it becomes the last one. */
static int is_repeated(yoke__line_merge *m, const yoke__line_stream *s) {
    yoke_string last = {m->last.text, m->last.size};
    if (m->any && m->last_word == s->word &&
        !yoke__line_compare_rest(m->plan, last, s->line, s->word))
        return 1;
    m->any = true;
    m->last_word = s->word;
    return yoke__line_keep(&m->last, s->line);
}

static int take_line(yoke__line_merge *m, const yoke__line_stream *s) {
    if (m->plan->unique) {
        int repeated = is_repeated(m, s);
        if (repeated) return repeated < 0 ? repeated : YOKE_OK;
    }
    if (m->buffer.size && m->buffer.size + s->line.size >= m->limit) YOKE_TRY(m->flush(m));
    return append(&m->buffer, s->line, m->plan->end);
}

/* ---- the merge ---- */

static bool is_at_stop(const yoke__line_merge *m, const yoke__line_stream *s) {
    if (s->ended) return true;
    return m->stop && yoke__line_mark_compare(m->plan, m->stop, s->word, s->line) <= 0;
}

int yoke__line_merge_all(yoke__line_merge *m) {
    YOKE__REGION("merge lines", YOKE_ACTIVITY_WORK);
    if (!m->count) return YOKE_OK;
    if (!m->losers) m->losers = calloc(m->count, sizeof *m->losers);
    if (!m->losers) return yoke_fail(YOKE_ENOMEM, NULL);
    m->any = false;
    m->losers[0] = build(m, 1);
    for (size_t lines = 0;; lines++) {
        yoke__line_stream *first = &m->streams[m->losers[0]];
        if (is_at_stop(m, first)) return YOKE_OK;
        if (lines % CHECKED == 0) YOKE_TRY(yoke__run_check(m->run));
        YOKE_TRY(take_line(m, first));
        YOKE_TRY(yoke__line_stream_next(first, m->plan));
        play(m, m->losers[0]);
    }
}

void yoke__line_merge_free(yoke__line_merge *m) {
    free(m->losers);
    yoke__line_buffer_free(&m->buffer);
    yoke__line_buffer_free(&m->last);
    m->losers = NULL;
}

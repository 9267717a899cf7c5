/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing pieces: filled, and compressed where that is asked for, at the same time; written in
 * turn.
 */
#include "mapreduce/lines_sink.h"
#include "mapreduce/lines_turns.h"
#include "yoke/team.h"

typedef struct writing {
    yoke__line_sink *sink;
    yoke__line_fill_fn *fill;
    void *ctx;
    yoke__line_turns turns;
} writing;

static int fill_and_pack(const writing *w, size_t piece, size_t *at, yoke__line_buffer *buffer) {
    int more = w->fill(w->ctx, piece, at, buffer);
    if (more >= 0) YOKE_TRY(yoke__line_sink_pack(w->sink, buffer));
    return more;
}

static int write_piece(writing *w, size_t piece, yoke__line_buffer *buffer) {
    size_t at = 0;
    int status = fill_and_pack(w, piece, &at, buffer);
    if (status >= 0 && !yoke__line_turns_wait(&w->turns, piece)) return YOKE_OK;
    for (int more = status; status >= 0;) {
        status = yoke__line_sink_put(w->sink, buffer);
        if (status < 0 || !more) break;
        status = more = fill_and_pack(w, piece, &at, buffer);
    }
    yoke__line_turns_end(&w->turns, status);
    return status;
}

static int run_member(yoke_team *team, int member, void *ctx) {
    writing *w = ctx;
    yoke__line_buffer buffer = {0};
    int status = YOKE_OK;
    (void)team, (void)member;
    for (size_t piece; status >= 0 && yoke__line_turns_take(&w->turns, &piece);)
        status = write_piece(w, piece, &buffer);
    yoke__line_buffer_free(&buffer);
    return status;
}

int yoke__line_pieces_write(yoke__line_sink *sink, size_t pieces, int members,
                            yoke__line_fill_fn *fill, void *ctx) {
    writing w = {.sink = sink, .fill = fill, .ctx = ctx};
    yoke__line_turns_init(&w.turns, pieces);
    int status = yoke_team_run(members, run_member, &w);
    yoke__line_turns_fini(&w.turns);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams of lines. The text of an input is moved to the front when its last line is not whole, and
 * the buffer grows when one line fills it; a frame has whole lines.
 */
#include "mapreduce/lines_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "mapreduce/lines_sink.h"

enum { BUFFER = 1 << 18 /* bytes read at a time */ };

/* ---- memory ---- */

static int reserve(char **memory, size_t *capacity, size_t size) {
    if (size <= *capacity) return YOKE_OK;
    char *larger = realloc(*memory, size + YOKE__LINE_SLACK);
    if (!larger) return yoke_fail(YOKE_ENOMEM, "no memory for a line of %zu bytes", size);
    *memory = larger;
    *capacity = size;
    return YOKE_OK;
}

/* ---- inputs ---- */

/* Reads more text behind what is there; 0 at the end, where a last line gets its end. */
static int read_input(yoke__line_stream *s, unsigned char end) {
    size_t rest = s->end - s->begin;
    if (rest) memmove(s->text, s->text + s->begin, rest);
    s->begin = 0;
    s->end = rest;
    YOKE_TRY(reserve(&s->text, &s->capacity, rest < BUFFER / 2 ? BUFFER : 2 * rest));
    ssize_t got = yoke__line_input_read(&s->input, s->text + rest, s->capacity - rest);
    if (got < 0) return (int)got;
    s->end += (size_t)got;
    if (got) return 1;
    if (!rest) return 0;
    s->text[s->end++] = (char)end;
    return 1;
}

/* ---- runs ---- */

static int read_exactly(yoke__line_run *run, void *to, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got =
            pread(run->descriptor, (char *)to + done, size - done, (off_t)(run->begin + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return yoke_fail(YOKE_EIO, "cannot read a temporary file: %m");
        if (!got) return yoke_fail(YOKE_EIO, "a temporary file has become shorter");
        done += (size_t)got;
    }
    run->begin += size;
    return YOKE_OK;
}

static int fail_as_changed(void) { return yoke_fail(YOKE_EIO, "a temporary file has changed"); }

static int read_head(yoke__line_stream *s, yoke__line_frame *head) {
    YOKE_TRY(read_exactly(&s->run, head, sizeof *head));
    return head->head_sum == yoke__line_head_sum(head) ? YOKE_OK : fail_as_changed();
}

static int read_stored(yoke__line_stream *s, const yoke__line_frame *head, char *to) {
    YOKE_TRY(read_exactly(&s->run, to, head->stored));
    return head->sum == yoke__line_sum(to, head->stored) ? YOKE_OK : fail_as_changed();
}

static int unpack(yoke__line_stream *s, const yoke__line_frame *frame) {
    YOKE_TRY(reserve(&s->packed, &s->packed_capacity, frame->stored));
    YOKE_TRY(read_stored(s, frame, s->packed));
    if (!s->decompressor) s->decompressor = ZSTD_createDCtx();
    if (!s->decompressor) return yoke_fail(YOKE_ENOMEM, NULL);
    size_t size =
        ZSTD_decompressDCtx(s->decompressor, s->text, frame->size, s->packed, frame->stored);
    return size == frame->size ? YOKE_OK : fail_as_changed();
}

int yoke__line_stream_frame(yoke__line_stream *s) {
    yoke__line_frame frame;
    if (s->run.begin == s->run.end) return 0;
    YOKE_TRY(read_head(s, &frame));
    YOKE_TRY(reserve(&s->text, &s->capacity, frame.size));
    s->begin = 0;
    s->end = frame.size;
    YOKE_TRY(frame.stored == frame.size ? read_stored(s, &frame, s->text) : unpack(s, &frame));
    return 1;
}

/* ---- lines ---- */

int yoke__line_stream_next(yoke__line_stream *s, const yoke__line_plan *plan) {
    size_t seen = 0; /* bytes without an end of line */
    for (;;) {
        size_t left = s->end - s->begin;
        const char *from = s->text + s->begin;
        const char *found = seen < left ? memchr(from + seen, plan->end, left - seen) : NULL;
        if (found) {
            s->line = (yoke_string){from, (size_t)(found - from)};
            s->begin += s->line.size + 1;
            s->word = yoke__line_word(plan, s->line, 0);
            return YOKE_OK;
        }
        seen = left;
        int more = s->framed ? yoke__line_stream_frame(s) : read_input(s, plan->end);
        if (more < 0) return more;
        if (!more) break;
    }
    s->ended = true;
    s->line = (yoke_string){NULL, 0};
    return YOKE_OK;
}

int yoke__line_stream_open_input(yoke__line_stream *s, const yoke__line_plan *plan,
                                 const yoke_input *input, size_t index) {
    *s = (yoke__line_stream){0};
    YOKE_TRY(reserve(&s->text, &s->capacity, BUFFER));
    YOKE_TRY(yoke__line_input_open(&s->input, input, index));
    return yoke__line_stream_next(s, plan);
}

int yoke__line_stream_open_run(yoke__line_stream *s, const yoke__line_plan *plan,
                               const yoke__line_run *run) {
    s->framed = true;
    s->ended = false;
    s->begin = s->end = 0;
    s->run = *run;
    return yoke__line_stream_next(s, plan);
}

void yoke__line_stream_close(yoke__line_stream *s) {
    if (!s->framed) yoke__line_input_close(&s->input);
    free(s->text);
    free(s->packed);
    ZSTD_freeDCtx(s->decompressor);
    *s = (yoke__line_stream){.ended = true};
}

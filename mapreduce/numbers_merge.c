/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging runs of numbers, or inputs that are sorted.
 *
 * Of each there is one frame in memory at a time. In a round the least of the last numbers of all
 * frames that others follow is the bound: whatever is still to be read stands behind it or is equal
 * to it, so all numbers up to it are collected, sorted, and written, and one frame at least is then
 * used up: frames of a run are what was written (they have sums), blocks of an input are looked at.
 * Numbers that are equal are the same bytes, so it does not matter which comes first. The
 * sort costs less than a tree of losers on one thread, and uses all of them.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/run.h"
#include "mapreduce/numbers.h"

/* Numbers of a run, or of an input: then the first may be one that was there before. */
typedef struct source {
    yoke__line_stream stream;
    yoke__numbers_reader reader; /* without inputs: it is a run */
    uint64_t ahead;              /* numbers of the input that were there before */
    bool more;                   /* others may follow */
} source;

typedef struct merging {
    const yoke__numbers *numbers;
    const yoke_run *run;
    source *sources;
    size_t count, frame;
    yoke__line_sink *sink;
    char *batch; /* room for a frame of each source */
    size_t size; /* bytes */
    char last[8];
    bool has_last; /* a number has been written */
} merging;

/* ---- reading ---- */

static int fail_as_unsorted(const source *from, uint64_t number) {
    return yoke_fail(YOKE_EDATA, "%s:%llu: disorder in a file to be merged",
                     from->reader.input.name, (unsigned long long)number);
}

/* As many numbers of an input as a frame has, behind the last one of those before. */
static int read_input(const merging *m, source *from) {
    yoke__line_stream *s = &from->stream;
    size_t size = m->numbers->size, sorted;
    if (!s->text) s->text = malloc(m->frame);
    if (!s->text) return yoke_fail(YOKE_ENOMEM, NULL);
    if (s->end) memcpy(s->text, s->text + s->end - size, size);
    s->begin = s->end = s->end ? size : 0;
    int last = yoke__numbers_read(&from->reader, s->text, &s->end, m->frame, m->run);
    if (last < 0) return last;
    size_t n = s->end / size, before = s->begin / size;
    YOKE_TRY(yoke__numbers_count_sorted(m->numbers, s->text, n, &sorted, m->run));
    if (sorted < n) return fail_as_unsorted(from, from->ahead - before + sorted + 1);
    from->ahead += n - before;
    from->more = !last;
    return s->end > s->begin;
}

static int read_run(source *from) {
    int found = yoke__line_stream_frame(&from->stream);
    from->more = from->stream.run.begin != from->stream.run.end;
    return found;
}

/* Sees to it that each source has numbers, unless it has ended. Returns 0 when all have. */
static int fill_sources(merging *m) {
    int more = 0;
    for (size_t i = 0; i < m->count; i++) {
        source *from = &m->sources[i];
        yoke__line_stream *s = &from->stream;
        if (!s->ended && s->begin == s->end) {
            int found = from->reader.inputs ? read_input(m, from) : read_run(from);
            if (found < 0) return found;
            s->ended = !found;
        }
        more |= !s->ended;
    }
    return more;
}

/* ---- rounds ---- */

/* UINT64_MAX when nothing follows. */
static uint64_t find_bound(const merging *m) {
    uint64_t bound = UINT64_MAX;
    for (size_t i = 0; i < m->count; i++) {
        const yoke__line_stream *s = &m->sources[i].stream;
        if (s->ended || !m->sources[i].more) continue;
        uint64_t rank = yoke__numbers_rank(m->numbers, s->text + s->end - m->numbers->size);
        if (rank < bound) bound = rank;
    }
    return bound;
}

/* Moves a stream's numbers up to the bound to the batch. */
static void take(merging *m, yoke__line_stream *s, uint64_t bound) {
    size_t size = m->numbers->size, low = 0, high = (s->end - s->begin) / size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (yoke__numbers_rank(m->numbers, s->text + s->begin + middle * size) <= bound)
            low = middle + 1;
        else
            high = middle;
    }
    memcpy(m->batch + m->size, s->text + s->begin, low * size);
    s->begin += low * size;
    m->size += low * size;
}

static int write_batch(merging *m) {
    const yoke__numbers *of = m->numbers;
    size_t n = m->size / of->size;
    YOKE_TRY(of->sort(m->batch, n, of->order, m->run));
    if (of->unique) n = yoke__numbers_drop(of, m->batch, n, m->has_last ? m->last : NULL);
    m->size = n * of->size;
    if (n) memcpy(m->last, m->batch + m->size - of->size, of->size);
    m->has_last |= n != 0;
    return yoke__numbers_write(m->sink, m->batch, m->size, m->frame, m->run);
}

static int merge_all(merging *m) {
    for (;;) {
        int more = fill_sources(m);
        if (more <= 0) return more;
        uint64_t bound = find_bound(m);
        m->size = 0;
        for (size_t i = 0; i < m->count; i++)
            if (!m->sources[i].stream.ended) take(m, &m->sources[i].stream, bound);
        YOKE_TRY(write_batch(m));
    }
}

/* ---- the calls ---- */

static int merge(const yoke__numbers *numbers, source *sources, size_t count, size_t frame,
                 yoke__line_sink *sink, const yoke_run *run) {
    YOKE__REGION("merge numbers", YOKE_ACTIVITY_WORK);
    merging m = {
        .numbers = numbers,
        .run = run,
        .sources = sources,
        .count = count,
        .frame = frame,
        .sink = sink,
        .batch = yoke_aligned_alloc(count * frame + 1),
    };
    int status = m.batch ? merge_all(&m) : yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) {
        yoke__numbers_reader_close(&sources[i].reader);
        yoke__line_stream_close(&sources[i].stream);
    }
    free(sources);
    yoke_aligned_free(m.batch);
    return status;
}

int yoke__numbers_merge(const yoke__numbers *numbers, const yoke__line_run *runs, size_t count,
                        size_t frame, yoke__line_sink *sink, const yoke_run *run) {
    source *sources = calloc(count + 1, sizeof *sources);
    if (!sources) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++)
        sources[i].stream = (yoke__line_stream){.framed = true, .run = runs[i]};
    return merge(numbers, sources, count, frame, sink, run);
}

int yoke__numbers_merge_inputs(const yoke__numbers *numbers, const yoke_input *inputs, size_t first,
                               size_t count, size_t frame, yoke__line_sink *sink,
                               const yoke_run *run) {
    source *sources = calloc(count + 1, sizeof *sources);
    if (!sources) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) {
        sources[i].stream.framed = true; /* it has no input of its own */
        sources[i].reader = (yoke__numbers_reader){
            .numbers = numbers, .inputs = inputs, .opened = first + i, .count = first + i + 1};
    }
    return merge(numbers, sources, count, frame, sink, run);
}

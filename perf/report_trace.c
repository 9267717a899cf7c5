/* SPDX-License-Identifier: Apache-2.0
 *
 * Chrome's trace events ("Trace Event Format", Google, 2016), the JSON that Perfetto and
 * chrome://tracing open. When there is too much of it the shortest spans stay out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "perf/json.h"
#include "perf/names.h"
#include "perf/sums.h"
#include "perf/timeline.h"
#include "yoke/yoke.h"

enum { SAMPLES = 500, MOST_BYTES = 64 << 20 };
/* A span's bytes without its name, at most. */
enum { SPAN_BYTES = sizeof "{\"ph\":\"X\",\"pid\":-2147483648,\"tid\":-2147483648,"
                           "\"ts\":18446744073709551.615,\"dur\":18446744073709551.615,\"name\":,"
                           "\"cat\":\"runtime\",\"args\":{\"cpu\":-2147483648}}," };

typedef struct trace {
    const yoke_profile *profile;
    yoke__timeline work; /* of all threads */
    yoke_efficiency efficiency;
    long pid;
    bool *left_out; /* of each span; NULL: none is */
    size_t left_out_count;
    yoke__emit emit;
    yoke__json json;
} trace;

/* ---- events ---- */

static void begin_event(trace *t, const char *phase, int tid) {
    yoke__json_open(&t->json, '{');
    yoke__json_member_text(&t->json, "ph", phase);
    yoke__json_member_integer(&t->json, "pid", t->pid);
    yoke__json_member_integer(&t->json, "tid", tid);
}

static void add_time(trace *t, const char *key, uint64_t ns) {
    yoke__json_key(&t->json, key);
    yoke__emit_print(&t->emit, "%" PRIu64 ".%03u", ns / 1000, (unsigned)(ns % 1000));
    t->json.comma = true;
}

static uint64_t length_of(const yoke_span *span) {
    return span->end_ns > span->begin_ns ? span->end_ns - span->begin_ns : 0;
}

/* Thread 0 is number 1: viewers take 0 for no thread. */
static void add_span(trace *t, const yoke_span *span) {
    const yoke_region_node *region = &t->profile->regions[span->region];
    begin_event(t, "X", span->thread + 1);
    add_time(t, "ts", span->begin_ns);
    add_time(t, "dur", length_of(span));
    yoke__json_member_text(&t->json, "name", region->name);
    yoke__json_member_text(&t->json, "cat", yoke__activity_name(region->activity));
    yoke__json_key(&t->json, "args");
    yoke__json_open(&t->json, '{');
    yoke__json_member_integer(&t->json, "cpu", span->cpu);
    yoke__json_close(&t->json, '}');
    yoke__json_close(&t->json, '}');
}

/* "process_name" and its like: one argument. */
static void add_name(trace *t, const char *what, int tid, const char *name) {
    begin_event(t, "M", tid);
    yoke__json_member_text(&t->json, "name", what);
    yoke__json_key(&t->json, "args");
    yoke__json_open(&t->json, '{');
    yoke__json_member_text(&t->json, "name", name);
    yoke__json_close(&t->json, '}');
    yoke__json_close(&t->json, '}');
}

static void add_names(trace *t) {
    const yoke_profile *p = t->profile;
    add_name(t, "process_name", 0, p->program);
    for (size_t i = 0; i < p->thread_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "thread %zu (%ld)", i, p->threads[i].tid);
        add_name(t, "thread_name", (int)i + 1, name);
    }
}

static void add_counter(trace *t, uint64_t ns, double value) {
    begin_event(t, "C", 0);
    add_time(t, "ts", ns);
    yoke__json_member_text(&t->json, "name", "threads at work");
    yoke__json_key(&t->json, "args");
    yoke__json_open(&t->json, '{');
    yoke__json_key(&t->json, "threads");
    char text[YOKE__NUMBER];
    yoke__emit_text(&t->emit, yoke__fixed_text(value > 0 ? value : 0, 2, text));
    yoke__json_close(&t->json, '}');
    yoke__json_close(&t->json, '}');
}

static void add_counters(trace *t) {
    for (size_t i = 0; i < t->work.columns && t->profile->span_count; i++) {
        uint64_t ns = (uint64_t)((double)i * t->work.column_s * 1e9);
        add_counter(t, ns, yoke__timeline_at(&t->work, 0, i)[YOKE_ACTIVITY_WORK]);
    }
}

static void add_other_data(trace *t) {
    yoke__json_key(&t->json, "otherData");
    yoke__json_open(&t->json, '{');
    yoke__json_member_text(&t->json, "yoke", YOKE_VERSION);
    yoke__json_member_text(&t->json, "program", t->profile->program);
    yoke__json_member_text(&t->json, "machine", t->profile->machine);
    yoke__json_member_number(&t->json, "seconds", t->profile->seconds);
    yoke__json_member_text(&t->json, "limit", t->efficiency.sentence);
    yoke__json_member_count(&t->json, "spans_lost", t->profile->spans_lost);
    yoke__json_member_count(&t->json, "spans_left_out", t->left_out_count);
    yoke__json_close(&t->json, '}');
}

static int write_trace(trace *t, bool spans, yoke_report_write *write, void *ctx) {
    yoke__emit_begin(&t->emit, write, ctx);
    t->json = (yoke__json){.emit = &t->emit};
    yoke__json_open(&t->json, '{');
    yoke__json_member_text(&t->json, "displayTimeUnit", "ms");
    add_other_data(t);
    yoke__json_key(&t->json, "traceEvents");
    yoke__json_open(&t->json, '[');
    add_names(t);
    for (size_t i = 0; spans && i < t->profile->span_count; i++) {
        if (!t->left_out || !t->left_out[i]) add_span(t, &t->profile->spans[i]);
    }
    add_counters(t);
    yoke__json_close(&t->json, ']');
    yoke__json_close(&t->json, '}');
    yoke__emit_text(&t->emit, "\n");
    return yoke__emit_end(&t->emit);
}

/* ---- what fits ---- */

static int count_bytes(void *ctx, const char *bytes, size_t size) {
    (void)bytes;
    *(size_t *)ctx += size;
    return 0;
}

static size_t bytes_of(const trace *t, const yoke_span *span) {
    enum { ESCAPED = 6 }; /* of a byte, at most */
    const char *name = t->profile->regions[span->region].name;
    size_t size = 0;
    for (; name && *name; name++) {
        unsigned char byte = (unsigned char)*name;
        size += byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7F ? ESCAPED : 1;
    }
    return SPAN_BYTES + 2 + size;
}

/* The longest first; of the same length the earlier. */
static int compare_spans(const void *a, const void *b) {
    const yoke_span *x = *(const yoke_span *const *)a, *y = *(const yoke_span *const *)b;
    uint64_t p = length_of(x), q = length_of(y);
    if (p != q) return p < q ? 1 : -1;
    return (x > y) - (x < y);
}

static int leave_out(trace *t, size_t room) {
    size_t count = t->profile->span_count, used = 0;
    const yoke_span **spans = malloc(count * sizeof *spans);
    t->left_out = calloc(count, sizeof *t->left_out);
    if (!spans || !t->left_out) {
        free(spans);
        return yoke_fail(YOKE_ENOMEM, NULL);
    }
    for (size_t i = 0; i < count; i++) spans[i] = &t->profile->spans[i];
    qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 0; i < count; i++) {
        used += bytes_of(t, spans[i]);
        t->left_out[spans[i] - t->profile->spans] = used > room;
        t->left_out_count += used > room;
    }
    free(spans);
    return 0;
}

static int fit(trace *t, size_t most) {
    size_t fixed = 0, spans = 0;
    t->left_out_count = SIZE_MAX; /* as long as its digits can be */
    YOKE_TRY(write_trace(t, false, count_bytes, &fixed));
    t->left_out_count = 0;
    for (size_t i = 0; i < t->profile->span_count; i++) spans += bytes_of(t, &t->profile->spans[i]);
    size_t room = most > fixed ? most - fixed : 0;
    return spans > room ? leave_out(t, room) : 0;
}

int yoke_report_trace(const yoke_profile *profile, const yoke_report_options *options,
                      yoke_report_write *write, void *ctx) {
    trace t = {.profile = profile};
    size_t most = options && options->trace_bytes ? options->trace_bytes : MOST_BYTES;
    YOKE_TRY(yoke_efficiency_read(profile, 0, &t.efficiency));
    YOKE_TRY(yoke__timeline_make(profile, YOKE__ROWS_ALL, SAMPLES, &t.work));
    t.pid = profile->thread_count && profile->threads[0].tid > 0 ? profile->threads[0].tid : 1;
    int status = fit(&t, most);
    if (!status) status = write_trace(&t, true, write, ctx);
    free(t.left_out);
    yoke__timeline_free(&t.work);
    return status;
}

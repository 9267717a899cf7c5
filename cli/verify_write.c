/* SPDX-License-Identifier: Apache-2.0
 *
 * What came of a program's runs: as text and as JSON.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/json_text.h"
#include "cli/verify.h"

/* ---- text ---- */

/* Of a thing that is compared, with its name. */
static void add_name(buffer *to, yoke_verify_what what, const char *name) {
    switch (what) {
    case YOKE_VERIFY_OUTPUT: buffer_print(to, "standard output"); break;
    case YOKE_VERIFY_ERROR: buffer_print(to, "standard error"); break;
    case YOKE_VERIFY_FILE: buffer_print(to, "%s", name); break;
    case YOKE_VERIFY_STATUS: buffer_print(to, "the exit status"); break;
    case YOKE_VERIFY_ANNOUNCED: buffer_print(to, "digest '%s'", name); break;
    default: buffer_print(to, "%s", name);
    }
}

static void add_place(buffer *to, const yoke_verify_difference *d) {
    bool called = d->what == YOKE_VERIFY_REGION || d->what == YOKE_VERIFY_ANNOUNCED;
    if (called && d->call)
        buffer_print(to, ", %s %llu", d->what == YOKE_VERIFY_REGION ? "call" : "number",
                     (unsigned long long)d->call);
    else if (called)
        buffer_print(to, ", calls without an order");
    else if (d->line)
        buffer_print(to, ", line %llu, byte %llu", (unsigned long long)d->line,
                     (unsigned long long)d->byte);
}

static void add_difference(buffer *to, const yoke_verify_difference *d) {
    buffer_print(to, "differs: ");
    add_name(to, d->what, d->name);
    add_place(to, d);
    buffer_print(to, "\n  run 1: %s\n  run %zu: %s\n", d->first, d->run + 1, d->other);
}

static void add_outputs(buffer *to, const yoke_verify_report *report) {
    for (size_t i = 0; i < report->output_count; i++) {
        const yoke_verify_output *o = &report->outputs[i];
        buffer_print(to, "  ");
        add_name(to, o->what, o->name);
        if (o->missing)
            buffer_print(to, ": no such file\n");
        else
            buffer_print(to, ": %llu bytes, digest %016llx\n", (unsigned long long)o->size,
                         (unsigned long long)o->digest);
    }
    if (report->regions)
        buffer_print(to, "  results of yoke: %llu\n", (unsigned long long)report->regions);
    if (report->announced)
        buffer_print(to, "  digests announced: %llu\n", (unsigned long long)report->announced);
    if (report->runs[0].status) buffer_print(to, "  exit status: %d\n", report->runs[0].status);
}

/* Groups of equal runs are A to Z; what is beyond is rare, and all of it '?'. */
static void add_runs(buffer *to, const yoke_verify_report *report) {
    enum { LETTERS = 26 };
    buffer_print(to, "runs (those with the same letter gave the same):\n");
    for (size_t i = 0; i < report->run_count; i++) {
        const yoke_verify_run *run = &report->runs[i];
        buffer_print(to, "  %c %3zu  %s\n", run->group < LETTERS ? 'A' + run->group : '?', i + 1,
                     run->settings);
    }
}

void verify_write_text(const yoke_verify_report *report, buffer *to) {
    if (!report->difference_count) {
        buffer_print(to, "the same in %zu runs:\n", report->run_count);
        add_outputs(to, report);
        return;
    }
    for (size_t i = 0; i < report->difference_count; i++)
        add_difference(to, &report->differences[i]);
    if (report->cause) buffer_print(to, "depends on %s\n", report->cause);
    add_runs(to, report);
}

/* ---- JSON ---- */

static const char *const whats[] = {"region", "announced", "stdout", "stderr", "file", "status"};

static json_t *number(uint64_t value) { return json_integer((json_int_t)value); }

static json_t *difference_json(const yoke_verify_difference *d) {
    bool text = d->line != 0;
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "what", whats[d->what], "name",
                     json_text(d->name), "run", (json_int_t)d->run + 1, "call",
                     d->call ? number(d->call) : json_null(), "line",
                     text ? number(d->line) : json_null(), "byte",
                     text ? number(d->byte) : json_null(), "first", json_text(d->first), "other",
                     json_text(d->other));
}

static json_t *output_json(const yoke_verify_output *o) {
    char digest[20];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)o->digest);
    return json_pack("{s:s, s:o, s:b, s:I, s:s}", "what", whats[o->what], "name",
                     json_text(o->name), "missing", (int)o->missing, "size", (json_int_t)o->size,
                     "digest", digest);
}

static json_t *run_json(const yoke_verify_run *run) {
    return json_pack("{s:i, s:s, s:i, s:b, s:f, s:i}", "threads", run->threads, "settings",
                     run->settings, "status", run->status, "timed_out", (int)run->timed_out,
                     "seconds", run->seconds, "group", run->group);
}

int verify_write_json(const yoke_verify_report *report, buffer *to) {
    json_t *differences = json_array(), *outputs = json_array(), *runs = json_array();
    for (size_t i = 0; i < report->difference_count; i++)
        json_array_append_new(differences, difference_json(&report->differences[i]));
    for (size_t i = 0; i < report->output_count; i++)
        json_array_append_new(outputs, output_json(&report->outputs[i]));
    for (size_t i = 0; i < report->run_count; i++)
        json_array_append_new(runs, run_json(&report->runs[i]));
    json_t *all =
        json_pack("{s:b, s:o, s:s?, s:i, s:o, s:I, s:I, s:o}", "same", !report->difference_count,
                  "differences", differences, "cause", report->cause, "cause_runs",
                  report->cause_runs, "outputs", outputs, "regions", (json_int_t)report->regions,
                  "announced", (json_int_t)report->announced, "runs", runs);
    char *text = all ? json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (text) buffer_print(to, "%s\n", text);
    free(text);
    json_decref(all);
    return text && !to->failed ? 0 : yoke_fail(YOKE_ENOMEM, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What the doctor says: lines for people, or one JSON object.
 */
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/doctor_races.h"
#include "cli/json_text.h"
#include "cli/sink.h"
#include "yoke/yoke.h"

/* NULL when memory ran out. */
static json_t *findings_json(const yoke_finding *findings, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++) {
        const yoke_finding *f = &findings[i];
        json_t *one = json_pack("{s:s, s:I, s:o, s:o, s:s}", "kind", yoke_finding_name(f->kind),
                                "pid", (json_int_t)f->pid, "program", json_text(f->program),
                                "evidence", json_text(f->evidence), "advice", f->advice);
        if (json_array_append_new(list, one) == 0) continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static int add_dumped(const char *text, size_t size, void *to) {
    buffer_add(to, text, size);
    return 0;
}

/* Takes the object. */
static void dump(json_t *object, buffer *text) {
    if (!object || json_dump_callback(object, add_dumped, text, JSON_INDENT(1)) < 0)
        text->failed = true;
    json_decref(object);
    buffer_add_byte(text, '\n');
}

static void show_findings(const yoke_finding *findings, size_t count, buffer *text) {
    for (size_t i = 0; i < count; i++) {
        const yoke_finding *f = &findings[i];
        if (f->program[0])
            buffer_print(text, "%s in %s (process %ld): %s\n", yoke_finding_name(f->kind),
                         f->program, f->pid, f->evidence);
        else
            buffer_print(text, "%s: %s\n", yoke_finding_name(f->kind), f->evidence);
        buffer_print(text, "  advice: %s\n", f->advice);
    }
}

/* ---- a program ---- */

static void program_json(const yoke_diagnosis *d, const doctor_end *end, buffer *text) {
    json_t *notes = json_array();
    for (size_t i = 0; notes && i < d->note_count; i++)
        json_array_append_new(notes, json_text(d->notes[i]));
    dump(json_pack("{s:s, s:o, s:b, s:f, s:f, s:f, s:i, s:i, s:I, s:o, s:o}", "yoke", YOKE_VERSION,
                   "status", end->ended ? json_integer(end->status) : json_null(), "killed",
                   end->killed, "seconds", d->seconds, "cpus", d->cpus, "cpu_limit", d->cpu_limit,
                   "threads", d->threads, "processes", d->processes, "samples",
                   (json_int_t)d->samples, "findings", findings_json(d->findings, d->finding_count),
                   "notes", notes),
         text);
}

void doctor_show_program(const doctor_options *o, const yoke_diagnosis *d, const doctor_end *end,
                         buffer *text) {
    if (o->json) {
        program_json(d, end, text);
        return;
    }
    buffer_print(text,
                 "yoke doctor: watched for %.2f s: %.2f of %g CPUs, at most %d thread%s, %d "
                 "process%s, %zu sample%s\n",
                 d->seconds, d->cpus, d->cpu_limit, d->threads, d->threads == 1 ? "" : "s",
                 d->processes, d->processes == 1 ? "" : "es", d->samples,
                 d->samples == 1 ? "" : "s");
    show_findings(d->findings, d->finding_count, text);
    for (size_t i = 0; i < d->note_count; i++) buffer_print(text, "note: %s\n", d->notes[i]);
    if (end->killed) buffer_print(text, "the program was ended: it would have hung for ever\n");
    if (!d->finding_count) buffer_print(text, "nothing found\n");
}

/* ---- races ---- */

void doctor_show_races(const doctor_options *o, const doctor_reports *reports,
                       const doctor_end *end, buffer *text) {
    static const char unchecked[] =
        "nothing was built with ThreadSanitizer, so nothing was checked: the build must take its "
        "compiler from CC, and begin afresh (make clean)";
    if (o->json) {
        json_t *notes = json_array();
        if (!reports->checked) json_array_append_new(notes, json_string(unchecked));
        dump(json_pack("{s:s, s:i, s:I, s:o, s:o}", "yoke", YOKE_VERSION, "status", end->status,
                       "reports", (json_int_t)reports->total, "findings",
                       findings_json(reports->findings, reports->count), "notes", notes),
             text);
        return;
    }
    buffer_print(text, "yoke doctor: %zu report%s of ThreadSanitizer, %zu different\n",
                 reports->total, reports->total == 1 ? "" : "s", reports->count);
    show_findings(reports->findings, reports->count, text);
    if (!reports->checked) buffer_print(text, "note: %s\n", unchecked);
}

/* ---- this node ---- */

static void node_json(const yoke_node *node, buffer *text) {
    json_t *facts = json_array();
    for (size_t i = 0; facts && i < node->fact_count; i++) {
        const yoke_fact *f = &node->facts[i];
        json_array_append_new(facts, json_pack("{s:s, s:o, s:o, s:o}", "group", f->group, "name",
                                               json_text(f->name), "value", json_text(f->value),
                                               "source", json_text(f->source)));
    }
    dump(json_pack("{s:s, s:o, s:o}", "yoke", YOKE_VERSION, "facts", facts, "findings",
                   findings_json(node->findings, node->finding_count)),
         text);
}

void doctor_show_node(const doctor_options *o, const yoke_node *node, buffer *text) {
    if (o->json) {
        node_json(node, text);
        return;
    }
    const char *group = "";
    for (size_t i = 0; i < node->fact_count; i++) {
        const yoke_fact *f = &node->facts[i];
        if (strcmp(f->group, group) != 0) buffer_print(text, "%s%s\n", i ? "\n" : "", f->group);
        group = f->group;
        buffer_print(text, "  %-26s %s%s%s%s\n", f->name, f->value, f->source[0] ? "   (" : "",
                     f->source, f->source[0] ? ")" : "");
    }
    buffer_add_byte(text, '\n');
    show_findings(node->findings, node->finding_count, text);
    if (!node->finding_count) buffer_print(text, "nothing found\n");
}

/* ---- where it goes ---- */

int doctor_write(const doctor_options *o, const buffer *text, bool node) {
    if (text->failed) return message("%s", yoke_status_message(YOKE_ENOMEM)), EXIT_FAULT;
    if (!node && !o->output_path)
        return write_all(STDERR_FILENO, text->data, text->size) < 0 ? EXIT_FAULT : 0;
    sink out;
    int status = sink_open(&out, o->output_path);
    if (!status) status = sink_write(&out, text->data, text->size);
    if (!status) status = sink_commit(&out);
    return sink_exit_status(&out, status);
}

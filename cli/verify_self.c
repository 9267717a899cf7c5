/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke verify-repro --self: the library's promises, each tried.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/verify.h"

typedef struct table {
    buffer *text;
    bool json;
    json_t *rows; /* NULL: text, or memory ran out */
    int count, ways;
} table;

/* With a comma before each three digits. */
static void add_count(buffer *to, size_t count) {
    if (count >= 1000) add_count(to, count / 1000);
    buffer_print(to, count >= 1000 ? ",%03zu" : "%zu", count % 1000);
}

static void write_row(buffer *to, const yoke_verify_row *row) {
    buffer_print(to, "| %s | ", row->algorithm);
    add_count(to, row->size);
    buffer_print(to, " %s | %s | ", row->input, row->level);
    if (row->local)
        buffer_print(to, "of this machine");
    else
        buffer_print(to, "`%016llx`", (unsigned long long)row->digest);
    buffer_print(to, " | %s |\n",
                 row->same == row->ways && row->status >= 0 ? "same" : "**DIFFERS**");
}

static json_t *row_json(const yoke_verify_row *row) {
    char digest[20];
    snprintf(digest, sizeof digest, "%016llx", (unsigned long long)row->digest);
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:b, s:i, s:i, s:s, s:s, s:f}", "algorithm",
                     row->algorithm, "input", row->input, "size", (json_int_t)row->size, "level",
                     row->level, "headers", row->headers, "digest", digest, "local",
                     (int)row->local, "ways", row->ways, "same", row->same, "differs", row->differs,
                     "status", yoke_status_name(row->status), "seconds", row->seconds);
}

/* What is wrong is told at once, with the detail of a failure. */
static void take(const yoke_verify_row *row, void *ctx) {
    table *t = ctx;
    t->count++;
    t->ways += row->ways;
    if (row->status < 0)
        message("%s: %s (%s)", row->algorithm, yoke_error_detail(), row->differs);
    else if (row->same < row->ways)
        message("%s: %d of %d ways differ, the first with %s", row->algorithm,
                row->ways - row->same, row->ways, row->differs);
    if (!t->json)
        write_row(t->text, row);
    else if (json_array_append_new(t->rows, row_json(row)) < 0)
        t->text->failed = true;
}

static int finish_json(table *t, int failed) {
    json_t *all = json_pack("{s:b, s:i, s:O}", "same", !failed, "ways", t->ways, "rows", t->rows);
    char *text = all ? json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    if (text)
        buffer_print(t->text, "%s\n", text);
    else
        t->text->failed = true;
    free(text);
    json_decref(all);
    return failed;
}

int verify_self(const verify_options *options) {
    buffer text = {0};
    table t = {.text = &text, .json = options->json, .rows = options->json ? json_array() : NULL};
    if (!options->json)
        buffer_print(&text,
                     "| algorithm | input, up to | reproducible | digest | tries |\n"
                     "|---|---|---|---|---|\n");
    int failed = yoke_verify_self(&options->self, take, &t);
    if (failed >= 0 && t.json) finish_json(&t, failed);
    json_decref(t.rows);
    if (failed < 0 || !t.count) buffer_free(&text);
    if (failed < 0) return verify_fault(failed);
    if (!t.count)
        return message_usage("--only: no algorithm has '%s' in its name", options->self.only);
    return verify_print(&text, failed ? EXIT_DIFFERS : 0);
}

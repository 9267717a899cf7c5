/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of loads and groups become loads, and the texts of --vs become words.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cli.h"

void bench_list(buffer *to) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    const char *group = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(group, loads[i]->group) != 0) buffer_print(to, "%s\n", loads[i]->group);
        group = loads[i]->group;
        buffer_print(to, "  %-24s %s\n", loads[i]->name, loads[i]->about);
    }
}

/* ---- loads ---- */

static int add_load(bench_options *o, const yoke_load *load) {
    size_t count = o->run.subject_count;
    for (size_t i = 0; i < count; i++) {
        if (o->subjects[i].load == load) return 0;
    }
    if (count == BENCH_MOST) return yoke_fail(YOKE_EINVAL, "more than %d loads", BENCH_MOST);
    o->subjects[o->run.subject_count++].load = load;
    return 0;
}

static int no_such_load(const char *name) {
    size_t count;
    const yoke_load *const *loads = yoke_loads(&count);
    const char **names = calloc(count + 1, sizeof *names);
    if (!names) return yoke_fail(YOKE_ENOMEM, NULL);
    for (size_t i = 0; i < count; i++) names[i] = loads[i]->name;
    const char *near = nearest_name(name, names);
    free((void *)names);
    return yoke_fail(YOKE_EINVAL, "no load or group '%s'%s%s%s", name,
                     near ? "; did you mean '" : "; --list shows them", near ? near : "",
                     near ? "'?" : "");
}

/* The load of that name, or all loads of the group. */
static int add_named(bench_options *o, const char *name) {
    size_t count, before = o->run.subject_count;
    const yoke_load *const *loads = yoke_loads(&count), *one = yoke_load_find(name);
    if (one) return add_load(o, one);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(loads[i]->group, name) != 0) continue;
        found = true;
        YOKE_TRY(add_load(o, loads[i]));
    }
    return found || before < o->run.subject_count ? 0 : no_such_load(name);
}

/* ---- commands ---- */

/* The end of a word, which is cut out of the text in place: quotes and backslashes as in a shell,
 * nothing else. NULL: a quote is open. */
static char *cut_word(char *from, char *to) {
    char quote = 0;
    for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
        if (*from == quote && quote) {
            quote = 0;
        } else if (!quote && (*from == '\'' || *from == '"')) {
            quote = *from;
        } else {
            if (*from == '\\' && quote != '\'' && from[1]) from++;
            *to++ = *from;
        }
    }
    char *next = *from ? from + 1 : from;
    *to = 0;
    return quote ? NULL : next;
}

static int cut_words(const char *text, bench_command *c) {
    size_t count = 0;
    c->text = strdup(text);
    c->words = calloc(strlen(text) / 2 + 2, sizeof *c->words);
    if (!c->text || !c->words) return yoke_fail(YOKE_ENOMEM, NULL);
    for (char *at = c->text;;) {
        while (isspace((unsigned char)*at)) at++;
        if (!*at) break;
        c->words[count++] = at;
        at = cut_word(at, at);
        if (!at) return yoke_fail(YOKE_EINVAL, "--vs: a quote is open in '%s'", text);
    }
    return count ? 0 : yoke_fail(YOKE_EINVAL, "--vs: an empty command");
}

static int add_command(bench_options *o, bench_command *c, const char *name) {
    if (o->run.subject_count == BENCH_MOST)
        return yoke_fail(YOKE_EINVAL, "more than %d commands", BENCH_MOST);
    c->command = (yoke_command){.words = (const char *const *)c->words,
                                .name = name,
                                .check_output = o->check_output,
                                .any_status = o->any_status};
    o->subjects[o->run.subject_count++].command = &c->command;
    return 0;
}

static int find_commands(bench_options *o) {
    if (o->name_count) return yoke_fail(YOKE_EINVAL, "a load and a command: choose one");
    if (!o->words[0]) return yoke_fail(YOKE_EINVAL, "expected a command after '--'");
    o->commands = calloc(o->other_count + 1, sizeof *o->commands);
    if (!o->commands) return yoke_fail(YOKE_ENOMEM, NULL);
    o->commands[0].words = o->words;
    YOKE_TRY(add_command(o, &o->commands[0], NULL));
    o->base_count = 1;
    for (size_t i = 0; i < o->other_count; i++) {
        YOKE_TRY(cut_words(o->others[i], &o->commands[i + 1]));
        YOKE_TRY(add_command(o, &o->commands[i + 1], o->others[i]));
    }
    return 0;
}

/* ---- both ---- */

/* The time of an overhead is without its delays, so its tasks have no efficiency. */
static bool has_tasks(const yoke_load *load) {
    return load && load->grain > 0 && strcmp(load->group, "overhead") != 0;
}

static int need_grain(const bench_options *o) {
    for (size_t i = 0; i < o->run.subject_count; i++) {
        const yoke_load *load = o->subjects[i].load;
        if (!has_tasks(load))
            return yoke_fail(YOKE_EINVAL, "--metg: %s has no tasks whose length can be chosen",
                             load ? load->name : "a command");
    }
    return 0;
}

static int find_loads(bench_options *o) {
    for (size_t i = 0; i < o->name_count; i++) YOKE_TRY(add_named(o, o->names[i]));
    o->base_count = o->run.subject_count;
    if (!o->other_count) return 0;
    if (!o->run.size_count && !o->metg) { /* sides are compared at one size */
        if (o->base_count > 1)
            return yoke_fail(YOKE_EINVAL, "--vs with several loads needs --size");
        o->sizes[0] = o->subjects[0].load->size;
        o->run.size_count = 1;
    }
    for (size_t i = 0; i < o->other_count; i++) {
        size_t before = o->run.subject_count;
        YOKE_TRY(add_named(o, o->others[i]));
        if (before == o->run.subject_count)
            return yoke_fail(YOKE_EINVAL, "--vs: '%s' is measured already", o->others[i]);
    }
    return 0;
}

static bool has_size_word(const bench_options *o) {
    for (size_t i = 0; o->words[i]; i++) {
        if (strstr(o->words[i], "{size}")) return true;
    }
    return false;
}

int bench_subjects_find(bench_options *o) {
    if (!o->words) {
        if (!o->name_count) {
            return yoke_fail(YOKE_EINVAL,
                             "expected loads, or -- and a command (--list shows loads)");
        }
        YOKE_TRY(find_loads(o));
    } else {
        if (o->run.size_count && !has_size_word(o))
            return yoke_fail(YOKE_EINVAL, "--size: no word of the command has {size}");
        YOKE_TRY(find_commands(o));
    }
    o->run.subjects = o->subjects;
    return o->metg ? need_grain(o) : 0;
}

void bench_options_free(bench_options *o) {
    for (size_t i = 1; o->commands && i <= o->other_count; i++) {
        free(o->commands[i].text);
        free((void *)o->commands[i].words);
    }
    free(o->commands);
    o->commands = NULL;
}

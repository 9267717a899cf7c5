/* SPDX-License-Identifier: Apache-2.0
 *
 * Which options of yoke bench go together: each that is given acts, or is refused.
 */
#include <string.h>

#include "cli/bench.h"

/* The first of these names that was given as an option; NULL: none. */
static const char *first_given(const bench_options *o, const char *const names[]) {
    for (size_t i = 0; i < o->given_count; i++) {
        for (size_t k = 0; names[k]; k++) {
            if (strcmp(o->given[i], names[k]) == 0) return names[k];
        }
    }
    return NULL;
}

static bool is_given(const bench_options *o, const char *name) {
    return first_given(o, (const char *const[]){name, NULL}) != NULL;
}

static int refuse(const char *option, const char *reason) {
    return yoke_fail(YOKE_EINVAL, "--%s: %s", option, reason);
}

bool bench_measures(const bench_options *o) {
    bool two = o->compare && strstr(o->compare, "..");
    return !o->compare || (!two && (o->words || o->name_count));
}

static int check_kept(const bench_options *o) {
    if (!o->compare && o->threshold > 0)
        return yoke_fail(YOKE_EINVAL, "--threshold belongs to --compare");
    if (o->compare && o->no_database) return yoke_fail(YOKE_EINVAL, "--compare needs a database");
    if (o->database && o->no_database)
        return yoke_fail(YOKE_EINVAL, "--db and --no-db: choose one");
    return 0;
}

/* Names are those of results, which need not be loads of this program. */
static int check_comparison(const bench_options *o) {
    static const char *const idle[] = {"threads",   "size",    "weak",         "grain",      "metg",
                                       "affinity",  "vs",      "check-output", "any-status", "reps",
                                       "precision", "seconds", "repro",        "group",      NULL};
    const char *name = first_given(o, idle);
    if (o->words)
        return yoke_fail(YOKE_EINVAL, "--compare A..B measures nothing; name what is kept");
    if (name)
        return yoke_fail(YOKE_EINVAL, "--%s: --compare %s measures nothing%s", name, o->compare,
                         strstr(o->compare, "..") ? "" : " without loads or a command");
    if (o->output == BENCH_CSV || o->plot || o->report.kind)
        return yoke_fail(YOKE_EINVAL, "--compare writes a table, json or jsonl");
    return 0;
}

static bool has_grain(const yoke_load *load) { return load->grain > 0; }
static bool has_levels(const yoke_load *load) { return load->levels; }

static bool any_load(const bench_options *o, bool (*has)(const yoke_load *load)) {
    bool any = false;
    for (size_t i = 0; i < o->run.subject_count; i++)
        any |= o->subjects[i].load && has(o->subjects[i].load);
    return any;
}

static int check_subjects(const bench_options *o) {
    static const char *const of_loads[] = {"grain", "metg", "repro", NULL};
    static const char *const of_commands[] = {"check-output", "any-status", NULL};
    const char *name = first_given(o, o->words ? of_loads : of_commands);
    if (name) return refuse(name, o->words ? "belongs to loads" : "belongs to commands");
    if (is_given(o, "grain") && !any_load(o, has_grain))
        return refuse("grain", "no load has tasks whose length can be chosen");
    if (is_given(o, "repro") && !any_load(o, has_levels))
        return refuse("repro", "no load adds up floating-point numbers");
    if (o->words && o->run.weak && !o->run.size_count)
        return refuse("weak", "a command needs --size for that");
    return 0;
}

int bench_check(const bench_options *o) {
    YOKE_TRY(check_kept(o));
    if (!bench_measures(o)) return check_comparison(o);
    YOKE_TRY(check_subjects(o));
    if (o->metg && is_given(o, "size")) return refuse("size", "--metg chooses the sizes");
    if (o->run.reps && is_given(o, "seconds")) return refuse("seconds", "--reps says how long");
    if (o->compare && (o->output == BENCH_CSV || o->output == BENCH_JSONL))
        return yoke_fail(YOKE_EINVAL, "--compare beside a measurement writes a table or json");
    return 0;
}

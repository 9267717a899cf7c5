/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of yoke bench.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/gnuplot.h"
#include "cli/option_value.h"

enum { OPT_LIST = 256, OPT_WEAK, OPT_GRAIN, OPT_AFFINITY, OPT_METG, OPT_VS, OPT_CHECK, OPT_STATUS };
enum { OPT_REPS = 512, OPT_PRECISION, OPT_CONFIDENCE, OPT_SECONDS, OPT_SEED, OPT_REPRO, OPT_GROUP };
enum { OPT_FORMAT = 1024, OPT_PLOT, OPT_REPORT, OPT_DB, OPT_NO_DB, OPT_COMPARE, OPT_THRESHOLD };

static const struct option long_options[] = {
    {"list", no_argument, NULL, OPT_LIST},
    {"threads", required_argument, NULL, 'j'},
    {"size", required_argument, NULL, 'n'},
    {"weak", no_argument, NULL, OPT_WEAK},
    {"grain", required_argument, NULL, OPT_GRAIN},
    {"metg", no_argument, NULL, OPT_METG},
    {"affinity", required_argument, NULL, OPT_AFFINITY},
    {"vs", required_argument, NULL, OPT_VS},
    {"check-output", no_argument, NULL, OPT_CHECK},
    {"any-status", no_argument, NULL, OPT_STATUS},
    {"reps", required_argument, NULL, OPT_REPS},
    {"precision", required_argument, NULL, OPT_PRECISION},
    {"confidence", required_argument, NULL, OPT_CONFIDENCE},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"repro", required_argument, NULL, OPT_REPRO},
    {"group", required_argument, NULL, OPT_GROUP},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"output", required_argument, NULL, 'o'},
    {"plot", required_argument, NULL, OPT_PLOT},
    {"report", optional_argument, NULL, OPT_REPORT},
    {"db", required_argument, NULL, OPT_DB},
    {"no-db", no_argument, NULL, OPT_NO_DB},
    {"compare", required_argument, NULL, OPT_COMPARE},
    {"threshold", required_argument, NULL, OPT_THRESHOLD},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/* ---- lists ---- */

static int full(const char *option) {
    return yoke_fail(YOKE_EINVAL, "%s: at most %d values", option, BENCH_MOST);
}

static int take_threads(const char *item, void *ctx) {
    bench_options *o = ctx;
    unsigned long long count;
    YOKE_TRY(option_count("--threads", item, 1, 4096, &count));
    if (o->run.thread_count == BENCH_MOST) return full("--threads");
    o->threads[o->run.thread_count++] = (int)count;
    return 0;
}

static int take_size(const char *item, void *ctx) {
    bench_options *o = ctx;
    if (o->run.size_count == BENCH_MOST) return full("--size");
    YOKE_TRY(option_size("--size", item, &o->sizes[o->run.size_count]));
    o->run.size_count++;
    return 0;
}

static int take_grain(const char *item, void *ctx) {
    bench_options *o = ctx;
    if (o->run.grain_count == BENCH_MOST) return full("--grain");
    YOKE_TRY(option_seconds("--grain", item, &o->grains[o->run.grain_count]));
    o->run.grain_count++;
    return 0;
}

static int take_affinity(const char *item, void *ctx) {
    static const char *const names[] = {"none", "compact", "scatter", NULL};
    bench_options *o = ctx;
    int choice;
    YOKE_TRY(option_choice("--affinity", item, names, &choice));
    if (o->run.affinity_count == BENCH_MOST) return full("--affinity");
    o->affinities[o->run.affinity_count++] = (yoke_affinity)choice;
    return 0;
}

static int add_name(const char *option, const char *name, const char **names, size_t *count) {
    if (*count == BENCH_MOST) return full(option);
    names[(*count)++] = name;
    return 0;
}

/* ---- numbers ---- */

/* Percent, as a share. */
static int set_share(const char *option, const char *value, double *share) {
    char *end;
    errno = 0;
    double number = strtod(value, &end);
    if (end == value || (*end && strcmp(end, "%") != 0) || !(number > 0 && number < 100)) {
        return yoke_fail(YOKE_EINVAL, "%s: '%s' is no percentage between 0 and 100", option, value);
    }
    *share = number / 100;
    return 0;
}

static int set_reps(const char *value, size_t *reps) {
    unsigned long long count = 0;
    if (strcmp(value, "auto") != 0) YOKE_TRY(option_count("--reps", value, 1, 1000000, &count));
    *reps = (size_t)count;
    return 0;
}

static int set_seed(const char *value, uint64_t *seed) {
    unsigned long long count;
    YOKE_TRY(option_count("--seed", value, 0, SIZE_MAX, &count));
    *seed = count;
    return 0;
}

static int set_repro(const char *value, yoke_repro *repro) {
    static const char *const names[] = {"threads", "fast", "exact", NULL};
    int choice;
    YOKE_TRY(option_choice("--repro", value, names, &choice));
    *repro = (yoke_repro)choice;
    return 0;
}

static int set_group(const char *value, const char **group) {
    if (!*value) return yoke_fail(YOKE_EINVAL, "--group: expected a group of likwid");
    *group = value;
    return 0;
}

static int set_format(const char *value, bench_output *output) {
    static const char *const names[] = {"table", "csv", "json", "jsonl", NULL};
    int choice;
    YOKE_TRY(option_choice("--format", value, names, &choice));
    *output = (bench_output)choice;
    return 0;
}

static int set_report(const char *value, report_option *report) {
    YOKE_TRY(option_report(value, report));
    if (report->kind != REPORT_TRACE) return 0;
    return yoke_fail(YOKE_EINVAL, "--report: an experiment has no trace; text, json, csv or html");
}

/* ---- all ---- */

static int set_option(int code, const char *value, bench_options *o) {
    switch (code) {
    case OPT_LIST: o->list = true; return 0;
    case 'j': return option_each("--threads", value, take_threads, o);
    case 'n': return option_each("--size", value, take_size, o);
    case OPT_WEAK: o->run.weak = true; return 0;
    case OPT_GRAIN: return option_each("--grain", value, take_grain, o);
    case OPT_METG: o->metg = true; return 0;
    case OPT_AFFINITY: return option_each("--affinity", value, take_affinity, o);
    case OPT_VS: return add_name("--vs", value, o->others, &o->other_count);
    case OPT_CHECK: o->check_output = true; return 0;
    case OPT_STATUS: o->any_status = true; return 0;
    case OPT_REPS: return set_reps(value, &o->run.reps);
    case OPT_PRECISION: return set_share("--precision", value, &o->run.precision);
    case OPT_CONFIDENCE: return set_share("--confidence", value, &o->run.confidence);
    case OPT_SECONDS: return option_seconds("--seconds", value, &o->run.seconds);
    case OPT_SEED: return set_seed(value, &o->run.seed);
    case OPT_REPRO: return set_repro(value, &o->run.repro);
    case OPT_GROUP: return set_group(value, &o->run.likwid);
    case OPT_FORMAT: return set_format(value, &o->output);
    case 'o': o->output_path = value; return 0;
    case OPT_PLOT: return gnuplot_option(value, &o->plot);
    case OPT_REPORT: return set_report(value, &o->report);
    case OPT_DB: o->database = value; return 0;
    case OPT_NO_DB: o->no_database = true; return 0;
    case OPT_COMPARE: o->compare = value; return 0;
    case OPT_THRESHOLD: return set_share("--threshold", value, &o->threshold);
    default: o->help = true; return 0;
    }
}

/* What stands after the first "--" is a command. */
static int find_command(int argc, char **argv, bench_options *o) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0) continue;
        o->words = argv + i + 1;
        return i;
    }
    return argc;
}

/* Tasks of a millisecond and half as long each time, down to a tenth of a microsecond; so many that
 * a run of each takes as long. */
static void sweep_grains(bench_options *o) {
    static const double coarsest = 1e-3, seconds = 0.05;
    o->run.work = seconds;
    o->run.weak = true;
    for (int i = 0; !o->run.grain_count && i < 14; i++) o->grains[i] = coarsest / (1 << i);
    if (!o->run.grain_count) o->run.grain_count = 14;
}

static void point_to_lists(bench_options *o) {
    o->run.threads = o->threads;
    o->run.sizes = o->sizes;
    o->run.grains = o->grains;
    o->run.affinities = o->affinities;
}

static void note_given(int code, bench_options *o) {
    const struct option *option = long_options;
    while (option->val != code) option++;
    for (size_t i = 0; i < o->given_count; i++)
        if (strcmp(o->given[i], option->name) == 0) return;
    o->given[o->given_count++] = option->name;
}

int bench_options_parse(int argc, char **argv, bench_options *o) {
    *o = (bench_options){.run = {.seed = 1}};
    argc = find_command(argc, argv, o);
    opterr = 0;
    for (;;) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has been started */
        int code = getopt_long(argc, argv, ":j:n:o:h", long_options, NULL);
        if (code == -1) break;
        if (code == '?' || code == ':') return option_error(code, argv, long_options);
        YOKE_TRY(set_option(code, optarg, o));
        note_given(code, o);
    }
    while (optind < argc) YOKE_TRY(add_name("LOAD", argv[optind++], o->names, &o->name_count));
    if (o->list && (o->name_count || o->words))
        return yoke_fail(YOKE_EINVAL, "--list shows all loads, and takes no names");
    if (o->help || o->list) return 0;
    if (!bench_measures(o)) return bench_check(o);
    point_to_lists(o);
    YOKE_TRY(bench_subjects_find(o));
    YOKE_TRY(bench_check(o));
    if (o->metg) sweep_grains(o);
    return 0;
}

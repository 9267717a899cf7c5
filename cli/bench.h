/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke bench`: the command line, what is measured, and what is written about it. The
 * structures that threads share have a command of their own (cli/sharding.h).
 */
#ifndef YOKE_CLI_BENCH_H
#define YOKE_CLI_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/buffer.h"
#include "cli/option_report.h"
#include "yoke/yoke.h"

enum { BENCH_MOST = 64 }; /* of each list of the command line */

typedef enum bench_output { BENCH_TABLE, BENCH_CSV, BENCH_JSON, BENCH_JSONL } bench_output;

/* A command of the line, cut into words. */
typedef struct bench_command {
    char **words; /* up to a NULL */
    char *text;   /* where the words of --vs lie; the first command's are argv's */
    yoke_command command;
} bench_command;

typedef struct bench_options {
    /* what the line says */
    const char *names[BENCH_MOST], *others[BENCH_MOST];
    size_t name_count, other_count;
    char **words; /* after "--"; NULL: none */
    int threads[BENCH_MOST];
    size_t sizes[BENCH_MOST];
    double grains[BENCH_MOST];
    yoke_affinity affinities[BENCH_MOST];
    bool check_output, any_status, metg, list, help;
    bench_output output;
    const char *output_path, *plot, *database, *compare; /* NULL: not given */
    report_option report;
    bool no_database;
    const char *given[BENCH_MOST]; /* names of the options on the line, each once */
    size_t given_count;
    double threshold; /* of regressions; a share */
    /* what that means */
    yoke_subject subjects[BENCH_MOST];
    size_t base_count; /* subjects before those of --vs */
    bench_command *commands;
    yoke_experiment_options run;
} bench_options;

/* Reads the command line. The texts stay argv's. YOKE_EINVAL. bench_options_free is to be called
 * whatever comes of it. */
int bench_options_parse(int argc, char **argv, bench_options *options);
void bench_options_free(bench_options *options);

/* Whether there is anything to measure: --compare may do with what is kept (bench_check.c). */
bool bench_measures(const bench_options *options);
/* Whether all options that were given can act. YOKE_EINVAL. */
int bench_check(const bench_options *options);

extern const char bench_help[];

/* Makes the subjects of names, others and words (bench_subjects.c). YOKE_EINVAL, YOKE_ENOMEM. */
int bench_subjects_find(bench_options *options);
/* All loads, with their groups. */
void bench_list(buffer *to);

/* ---- what is kept (bench_store.c) ---- */

/* Opens the database of the options; *results stays NULL where none is asked for, or where the
 * usual one cannot be used and is not needed, which is told. */
int bench_store_open(const bench_options *options, yoke_results **results);
int bench_store_add(yoke_results *results, const yoke_experiment *experiment);

/* The commits of --compare. */
typedef struct bench_sides {
    char before[80], after[80];
    bool has_after;
} bench_sides;

/* YOKE_EINVAL, YOKE_ENOMEM. */
int bench_sides_read(const char *compare, bench_sides *sides);
/* `measured` NULL: kept results on both sides. Statuses are those of yoke_results_compare. */
int bench_changes_find(const bench_options *options, const bench_sides *sides,
                       yoke_results *results, const yoke_experiment *measured,
                       yoke_changes *changes);
/* Compares what is kept, and writes what has changed. The exit status. */
int bench_compare(const bench_options *options, const bench_sides *sides);
enum { BENCH_REGRESSION = 3 };

/* What has changed (bench_changes.c): a table; an object a line; members of an object. */
void bench_write_changes(const bench_options *options, const yoke_changes *changes, buffer *to);
int bench_write_changes_lines(const yoke_changes *changes, buffer *to);
int bench_write_changes_json(const yoke_changes *changes, buffer *to);

/* ---- what is written ---- */

/* Two rows of the same configuration, `other` being one of --vs. */
typedef struct bench_pair {
    const yoke_experiment_row *row, *other;
    yoke_comparison comparison;
} bench_pair;

typedef struct bench_results {
    const bench_options *options;
    const yoke_experiment *experiment;
    bench_pair *pairs;
    yoke_scaling *scalings;
    yoke_metg *metgs;
    size_t pair_count, scaling_count, metg_count;
    const yoke_changes *changes; /* NULL: nothing was compared with what is kept */
    bool regression;
    int output; /* of report_open */
} bench_results;

/* In the format of the options (bench_output.c). */
int bench_write(const bench_results *results, buffer *to);
/* An object on a line, and rows of figures, with members and columns more at their end. */
int bench_write_json(const bench_results *results, buffer *to);
void bench_write_csv(const yoke_experiment *experiment, const yoke_roof *roof, buffer *to);
/* The table and what follows from it (bench_table.c). */
void bench_write_table(const bench_results *results, buffer *to);
/* A time with its unit: "1.234 ms". */
const char *bench_time(double seconds, char text[32]);
/* A configuration in words: "triad, 1000 elements, 2 threads". */
const char *bench_row_name(const yoke_experiment_row *row, char text[256]);

/* What the rows say about scaling, in words (bench_scaling.c). */
void bench_write_scaling(const bench_results *results, buffer *to);
const char *bench_law_name(yoke_law law);

/* What --report asks for: all of the above, where it was made, and the roof of this node, if rows
 * have work to compare with it (bench_report.c). */
int bench_report(const bench_results *results);

/* The picture (bench_plot.c), and that of --metg (bench_plot_metg.c). */
int bench_plot(const bench_results *results);
int bench_plot_metg(const bench_results *results);

#endif

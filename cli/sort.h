/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke sort`: the command line, the keys, the list of files.
 */
#ifndef YOKE_CLI_SORT_H
#define YOKE_CLI_SORT_H

#include "cli/buffer.h"
#include "cli/option_report.h"
#include "cli/sink.h"
#include "yoke/yoke.h"

/* ---- keys (sort_keys.c) ---- */

/* How a key is ordered, as letters say it. */
typedef struct sort_ordering {
    bool blanks_begin, blanks_end, dictionary, fold, printable, reverse;
    bool numeric, general, human, month;
} sort_ordering;

/* A key of -k before it is known what -r and the like say for all. */
typedef struct sort_key {
    yoke_line_key key; /* its fields and bytes */
    sort_ordering ordering;
} sort_key;

/* Adds what a letter means; false: it is none of b d f g h i M n r. b is about the beginning of a
 * key, or its end, or both. */
bool sort_ordering_add(sort_ordering *ordering, char letter, bool begin, bool end);
/* Reads "F[.C][OPTS][,F[.C][OPTS]]". YOKE_EINVAL. */
int sort_key_parse(const char *text, sort_key *key);
/* The keys of the library: those that say nothing about their order take it from `all`, which is a
 * key of its own when there is no other. `to` has room for one more than `count`. YOKE_EINVAL. */
int sort_keys_make(const sort_key *keys, size_t count, const sort_ordering *all, yoke_line_key *to,
                   size_t *made);

/* ---- the command line (sort_options.c) ---- */

typedef enum sort_mode { SORT_LINES, SORT_MERGE, SORT_CHECK, SORT_CHECK_QUIETLY } sort_mode;

typedef struct sort_options {
    sort_mode mode;
    yoke_line_sort sort; /* its keys and directories are the options' */
    yoke_line_key *keys;
    const char **files; /* at least one: "-" when none is given */
    size_t file_count;
    buffer names; /* of --files0-from */
    const char **directories;
    const char *output_path;
    bool binary; /* arrays of numbers of this type, not lines */
    yoke_numbers_type type;
    int threads;
    report_option report;
    bool help;
} sort_options;

/* Reads the command line; the texts stay argv's. YOKE_EINVAL, YOKE_ENOMEM, and failures to read the
 * file of --files0-from. Release the options also after a failure. */
int sort_options_parse(int argc, char **argv, sort_options *options);
void sort_options_free(sort_options *options);

extern const char sort_help[];

/* ---- arrays of numbers (sort_binary.c) ---- */

/* The type of a name. YOKE_EINVAL. */
int sort_binary_type(const char *name, yoke_numbers_type *type);
/* What the library is asked for. */
yoke_numbers_sort sort_binary_make(const sort_options *options);

#endif

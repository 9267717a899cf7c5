/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of `yoke fetch`: the command line, the list of addresses, the log.
 */
#ifndef YOKE_CLI_FETCH_H
#define YOKE_CLI_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/option_report.h"
#include "yoke/fetch.h"
#include "yoke/yoke.h"

/* ---- the command line (fetch_options.c) ---- */

typedef struct fetch_options {
    yoke_fetch_options run;
    const char *directory; /* NULL: the current one */
    const char *log;       /* NULL: none */
    yoke_progress_when progress;
    report_option report;
    bool help;
    char **lists; /* the rest of the line */
    int list_count;
} fetch_options;

/* Reads the command line. The texts stay argv's. YOKE_EINVAL. */
int fetch_options_parse(int argc, char **argv, fetch_options *options);

extern const char fetch_help[];

/* ---- the addresses (fetch_list.c) ---- */

typedef struct fetch_list {
    yoke_fetch_item *items;
    size_t count, room;
    yoke_arena texts;
} fetch_list;

/* Reads a list of addresses, "-" for standard input, behind those that are there; an argument with
 * "://" is an address itself. YOKE_ENOENT, YOKE_EIO, YOKE_EDATA with the place, YOKE_ENOMEM. */
int fetch_list_read(fetch_list *list, const char *name, const char *directory);
/* Whether no two items make the same file. YOKE_EDATA. */
int fetch_list_check(const fetch_list *list);
void fetch_list_free(fetch_list *list);

/* ---- the log (fetch_log.c) ---- */

typedef struct fetch_log {
    int descriptor; /* -1: none */
    const char *name;
    bool failed; /* a line could not be written */
} fetch_log;

/* path NULL: no log. YOKE_EIO. */
int fetch_log_open(fetch_log *log, const char *path);
/* A line of JSON, written at once. */
void fetch_log_write(fetch_log *log, const yoke_fetch_item *item, const yoke_fetch_result *result);
/* YOKE_EIO when something is missing in it. */
int fetch_log_close(fetch_log *log);

#endif

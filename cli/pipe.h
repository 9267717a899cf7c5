/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke pipe: the parts of the command.
 */
#ifndef YOKE_CLI_PIPE_H
#define YOKE_CLI_PIPE_H

#include "cli/option_report.h"
#include "yoke/compress.h"
#include "yoke/pipe.h"

typedef struct pipe_options {
    yoke_pipe_options run;
    const char **inputs; /* to be freed with pipe_options_free */
    char *list;          /* the text of --files */
    bool codec;          /* instead of a command */
    bool for_command;    /* there are options that only a command has a use for */
    yoke_compress_options compress;
    yoke_progress_when progress;
    report_option report;
    bool help;
} pipe_options;

extern const char pipe_help[];

/* Reads the command line, and the list of --files. YOKE_EINVAL and others, with a detail. */
int pipe_options_parse(int argc, char **argv, pipe_options *options);
/* Puts all inputs through the codec. Returns the exit status. */
int pipe_compress(pipe_options *options);
/* The exit status of a failure, which it tells if need be. */
int pipe_fault(int status);
void pipe_options_free(pipe_options *options);

#endif

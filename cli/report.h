/* SPDX-License-Identifier: Apache-2.0
 *
 * The report of a command: measures its work, and writes the profile where --report says. A file is
 * there whole or not at all.
 */
#ifndef YOKE_CLI_REPORT_H
#define YOKE_CLI_REPORT_H

#include <stdbool.h>

#include "cli/buffer.h"
#include "cli/option_report.h"

typedef struct command_report { /* all zero: none */
    report_option option;
    bool measuring;
    int output; /* while measuring: standard output for "-", which the command may close; or -1 */
} command_report;

/* Whether a report of that kind can be there: this build has it, and its file can be written.
 * YOKE_EIO, YOKE_ENOMEM, YOKE_EUNSUPPORTED. */
int report_ready(const report_option *option);

/* The same, and for a report on standard output a descriptor of that, as the command may close its
 * own before; else -1. */
int report_open(const report_option *option, int *output);

/* Writes a report where the option says, `output` being that of report_open. What standard error
 * does not take is lost. YOKE_EIO, YOKE_ENOENT, YOKE_ENOMEM. */
int report_write(const report_option *option, int output, const buffer *text);

/* Closes the descriptor, if it is one, which is -1 then. Closing is where some file systems say
 * that the disk is full: YOKE_EIO. */
int report_close(int *output);

/* A yoke_report_write that adds to a buffer. */
int report_add(void *to, const char *bytes, size_t size);

/* Begins to measure, when a report is asked for. Before the work, as it finds out whether the file
 * can be there. YOKE_EIO, YOKE_ENOENT, YOKE_ENOMEM, and YOKE_EINVAL when something else measures.
 */
int report_begin(command_report *r, const report_option *option, const char *program);

/* Ends measuring and writes the report.
 *   job  what the command itself tells, or NULL: lines before the text; or, for JSON, an object on
 *        a line, to which the profile is added as its last member, "profile" */
int report_end(command_report *r, const buffer *job);

/* The same for a command that ended with an exit status, which it returns; 1 for 0 when the report
 * could not be written, which is told. After a signal there is no report. */
int report_after(command_report *r, int exit_status);

/* Ends measuring, without a report. Legal at any time. */
void report_abandon(command_report *r);

#endif

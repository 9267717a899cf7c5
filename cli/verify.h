/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of yoke verify-repro share.
 */
#ifndef YOKE_CLI_VERIFY_H
#define YOKE_CLI_VERIFY_H

#include "cli/buffer.h"
#include "yoke/yoke.h"

enum { VERIFY_MOST_COUNTS = 64 };

typedef struct verify_options {
    yoke_verify_options run;
    yoke_verify_self_options self;
    int threads[VERIFY_MOST_COUNTS];
    const char **files, **schedules; /* of run; freed by verify_options_free */
    bool is_self, json, help;
} verify_options;

extern const char verify_help[];

/* Reads the command line; YOKE_EINVAL and a detail when it is wrong. To be followed by
 * verify_options_free in any case. */
int verify_options_parse(int argc, char **argv, verify_options *options);
void verify_options_free(verify_options *options);

/* What came of a program's runs. */
void verify_write_text(const yoke_verify_report *report, buffer *to);
int verify_write_json(const yoke_verify_report *report, buffer *to);

/* yoke verify-repro --self; the exit status. */
int verify_self(const verify_options *options);

/* Exit statuses beside 0 and those of cli.h: results differ; something could not be done. */
enum { EXIT_DIFFERS = 1, EXIT_TROUBLE = 3, EXIT_TIMED_OUT = 124, EXIT_NO_COMMAND = 127 };

/* Tells of a failure. */
int verify_fault(int status);

/* Writes what a buffer holds to standard output; the exit status, or `status` when that is 0. */
int verify_print(buffer *text, int status);

#endif

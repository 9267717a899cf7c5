/* SPDX-License-Identifier: Apache-2.0
 *
 * The option --report[=KIND][:FILE], the same for all commands.
 */
#ifndef YOKE_CLI_OPTION_REPORT_H
#define YOKE_CLI_OPTION_REPORT_H

typedef enum report_kind {
    REPORT_NONE,
    REPORT_TEXT,
    REPORT_JSON,
    REPORT_CSV,
    REPORT_HTML,
    REPORT_TRACE,
} report_kind;

typedef struct report_option {
    report_kind kind;
    const char *file; /* NULL: standard error; "-": standard output */
} report_option;

/* Its lines in the text of --help. */
#define REPORT_HELP                                                                                \
    "      --report[=KIND[:FILE]]  what each core did and what limits: text (default), json, "     \
    "csv,\n"                                                                                       \
    "                        html, or trace for Perfetto; on standard error, or in FILE\n"

/* Reads its value, NULL when it has none. The text stays the caller's. YOKE_EINVAL. */
int option_report(const char *value, report_option *option);

#endif

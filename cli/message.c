/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages: one line on standard error, written by one call so that lines of several processes do
 * not mix, and the plain texts of --help and --version.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/sink.h"

enum { LONGEST_LINE = 2048 };

static const char *program = "yoke";

void message_program(const char *name) { program = name; }

__attribute__((format(printf, 1, 0))) static void write_line(const char *format,
                                                             va_list arguments) {
    char line[LONGEST_LINE];
    int length = snprintf(line, sizeof line, "%s: ", program);
    if (length < 0 || (size_t)length >= sizeof line - 1) return;
    int more = vsnprintf(line + length, sizeof line - 1 - (size_t)length, format, arguments);
    if (more < 0) return;
    size_t size = strlen(line);
    line[size++] = '\n';
    if (write_all(STDERR_FILENO, line, size) < 0) return; /* nobody is left to tell */
}

void message(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
}

int message_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    write_line(format, arguments);
    va_end(arguments);
    char hint[128];
    int length = snprintf(hint, sizeof hint, "try '%s --help'\n", program);
    if (length > 0) write_all(STDERR_FILENO, hint, (size_t)length);
    return EXIT_USAGE;
}

int print_text(const char *text) {
    sink out;
    int status = sink_open(&out, NULL);
    if (!status) status = sink_write(&out, text, strlen(text));
    if (!status) status = sink_commit(&out);
    return sink_exit_status(&out, status);
}

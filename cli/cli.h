/* SPDX-License-Identifier: Apache-2.0
 *
 * What all commands of the program share: exit statuses, messages, the list of commands.
 */
#ifndef YOKE_CLI_CLI_H
#define YOKE_CLI_CLI_H

enum {
    EXIT_FAULT = 1,         /* the data or the system */
    EXIT_USAGE = 2,         /* the command line, unknown columns included */
    EXIT_SIGNAL = 128,      /* plus the number of the signal */
    EXIT_CLOSED_PIPE = 141, /* what a filter's death by SIGPIPE looks like in a shell */
};

/* Names the program in messages from now on: "yoke agg". The text is not copied. */
void message_program(const char *name);

/* Writes "NAME: text" and a line end to standard error, in one piece. A line that cannot be written
 * is lost. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with a second line that points to --help; returns EXIT_USAGE. */
int message_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes a text to standard output. Returns the exit status: a full disk is told, a closed pipe is
 * not. */
int print_text(const char *text);

/* The nearest of a NULL-terminated list of names, when it is near enough to be meant; else NULL. */
const char *nearest_name(const char *name, const char *const names[]);

struct option;

/* To call when getopt_long (with opterr 0 and ':' first) returned '?' or ':' as `code`:
 * YOKE_EINVAL, and the detail says what is wrong with the option. `options` are the long ones. */
int option_error(int code, char **argv, const struct option *options);

/* The commands. argv[0] is the command's own name; each returns the exit status. */
int agg_main(int argc, char **argv);
int bench_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int fetch_main(int argc, char **argv);
int pipe_main(int argc, char **argv);
int sort_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int version_main(void);

#endif

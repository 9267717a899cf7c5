/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke doctor: what its parts share.
 */
#ifndef YOKE_CLI_DOCTOR_H
#define YOKE_CLI_DOCTOR_H

#include <stdbool.h>

#include "cli/buffer.h"
#include "yoke/doctor.h"

typedef struct doctor_options {
    bool help, json, races, keep;
    const char *output_path; /* NULL: standard error, of the node's report standard output */
    double seconds;          /* 0: until the end; of the node's report: of measuring noise */
    double interval;
    long pid;       /* 0: none */
    char **command; /* NULL: none */
} doctor_options;

extern const char doctor_help[];

/* YOKE_EINVAL with a detail for what is wrong with the line. */
int doctor_options_parse(int argc, char **argv, doctor_options *options);

/* How a command ended. */
typedef struct doctor_end {
    bool ended;  /* false: it was only watched for a time */
    int status;  /* its exit status, 128 and the number of the signal that killed it */
    bool killed; /* by the doctor, since it would have hung for ever */
} doctor_end;

/* Starts the command, and has it watched to its end. EXIT_FAULT, 126 or 127 after a message, or 0.
 */
int doctor_run(const doctor_options *options, yoke_diagnosis **diagnosis, doctor_end *end);
/* Watches a process that runs already. */
int doctor_attach(const doctor_options *options, yoke_diagnosis **diagnosis, doctor_end *end);
/* Runs the command under ThreadSanitizer's recipe. Returns the exit status. */
int doctor_races(const doctor_options *options);

/* Catches the signals that end programs: those that the terminal sends go to the command too,
 * others are handed on to it. To be called before it is started. */
void doctor_signals(void);
/* Waits for the end of a command. */
int doctor_wait(long pid, doctor_end *end);

/* Starts a command with its own standard streams; `prepare` is called in the child. Returns its
 * process id, or -126 or -127 after a message. */
long doctor_start(char **command, void (*prepare)(void *ctx), void *ctx);

/* Writes a report. Returns the exit status. */
int doctor_write(const doctor_options *options, const buffer *text, bool node);
void doctor_show_program(const doctor_options *options, const yoke_diagnosis *d,
                         const doctor_end *end, buffer *text);
void doctor_show_node(const doctor_options *options, const yoke_node *node, buffer *text);

#endif

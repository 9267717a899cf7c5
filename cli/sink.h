/* SPDX-License-Identifier: Apache-2.0
 *
 * Where output goes: standard output, or a file that is written whole or not at all.
 *
 * A file is made under a temporary name in its own directory, brought to the disk (unless that is
 * waived between opening and committing, as for reports of short runs), and renamed over
 * the old one by sink_commit; until then the old file stays as it was, and sink_abandon or a signal
 * removes the new one. A symbolic link keeps pointing, to the new file. What is no regular file (a
 * device, a pipe) cannot be replaced and is written directly.
 */
#ifndef YOKE_CLI_SINK_H
#define YOKE_CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sink {
    const char *name; /* for messages */
    char *path;       /* to replace; NULL: written directly */
    char *temporary;
    int descriptor; /* -1: not open */
    bool closed_pipe;
    bool unsynced; /* need not be on the disk when it takes its name */
} sink;

/* Opens the file at `path`, standard output when it is NULL. The path is not copied. YOKE_EIO,
 * YOKE_ENOENT, YOKE_ENOMEM. */
int sink_open(sink *out, const char *path);
/* Writes all bytes, or fails with YOKE_EIO; with YOKE_ECANCELED when the reader of a pipe has gone.
 */
int sink_write(sink *out, const char *data, size_t size);
/* Makes what was written final. Does the work of sink_abandon when it fails. */
int sink_commit(sink *out);
/* Removes what is not final. Legal at any time after sink_open, also when that failed. */
void sink_abandon(sink *out);
/* Tells a failure and gives the exit status; a closed pipe is not told. */
int sink_exit_status(const sink *out, int status);

/* write(2) until all is written; -1 and errno when it cannot be. */
int write_all(int descriptor, const char *data, size_t size);

#endif

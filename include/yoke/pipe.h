/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams through commands: input is cut into blocks at the ends of records, and so many copies of
 * a command as there are processors read a block each; what they write comes out in the order of
 * the blocks.
 *
 *     const char *command[] = {"grep", "-c", "GET", NULL};
 *     yoke_pipe_options options = {.command = command};     // from standard input to output
 *     yoke_pipe_report report;
 *     YOKE_TRY(yoke_pipe_run(&options, &report));
 *
 * Blocks of regular files go to the command's pipe without being copied, where the records allow
 * it. Memory is bounded: by the blocks under way, a MiB for the output of each block that has to
 * wait for its turn (more goes to a temporary file without a name), and at most four blocks for
 * each command are ahead of the oldest one.
 *
 * Where commands take less than 10 ms (a moving mean), most of the time is between the end of one
 * and the start of the next. There, up to twice as many as may read at a time, 32 at most, are
 * started ahead, each for a block that is there; one gets its input, and its time begins, when
 * another ends.
 *
 * Each command runs in a process group of its own, which is ended as a whole (SIGTERM, then
 * SIGKILL) when its time is over or the run stops early; nothing is left running.
 */
#ifndef YOKE_PIPE_H
#define YOKE_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a record is. A line end belongs to the record before it. The last of an input may have none;
 * if the same command then reads of another input, it gets one, so that records stay apart. */
typedef enum yoke_pipe_records {
    YOKE_PIPE_LINES,   /* a line */
    YOKE_PIPE_CSV,     /* a line, but line ends between double quotes do not count */
    YOKE_PIPE_PATTERN, /* what begins with a line that matches `pattern`, up to the next such */
} yoke_pipe_records;

/* How blocks meet commands. */
typedef enum yoke_pipe_mode {
    YOKE_PIPE_EACH,        /* a new command for each block */
    YOKE_PIPE_ROUND_ROBIN, /* block i goes to the command i modulo `jobs`; each reads many */
    YOKE_PIPE_TEE,         /* each of `jobs` commands reads all blocks */
} yoke_pipe_mode;

/* A command that failed. */
typedef struct yoke_pipe_failure {
    uint64_t number; /* of the block; or of the command, in the other modes; from 0 */
    uint64_t at;     /* of the block: its first byte, counted over all inputs */
    size_t size;     /* of the block, in bytes */
    int status;      /* as a shell says it: its exit status, or 128 and the signal's number;
                        124: its time was over */
    bool timed_out;  /* so it was, and the command did not end with 124 by itself */
    bool will_retry;
} yoke_pipe_failure;

typedef struct yoke_pipe_options {
    const char *const *command; /* its argv, up to a NULL. In each word "{#}" becomes the number of
                                   the block (or command), from 1 */
    const char *const *inputs;  /* paths, up to a NULL; "-": standard input. A block does not
                                   go beyond the end of an input. NULL: standard input */
    size_t block;               /* bytes, about; at least one record. 0: 4 MiB,
                                   and of large files 1/64, up to 64 MiB */
    uint64_t lines;             /* with LINES: so many in a block instead; 0: by bytes */
    size_t max_record;          /* bytes by which a record may be longer than a block; beyond
                                   that it is YOKE_ERANGE. 0: 1 GiB */
    yoke_pipe_records records;
    const char *pattern; /* a POSIX extended regular expression */
    unsigned header;     /* lines at the head of an input that each of its blocks begins with; where
                            no input has more, the first one's are the only block */
    int jobs;            /* commands that read at a time; 0: yoke_team_default_size() */
    yoke_pipe_mode mode;
    bool unordered;          /* outputs come whole, but as they are ready */
    bool fail_fast;          /* the first failure ends the run */
    unsigned retries;        /* of a block whose command failed; its output is dropped. EACH only */
    double timeout;          /* seconds for each command; 0: none */
    int output, error;       /* descriptors; 0 and 0: standard output and standard error */
    yoke_progress *progress; /* counts bytes of input; cancels. NULL: none */
    /* Is told of each failure, in the calling thread. NULL: nobody. */
    void (*failed)(void *ctx, const yoke_pipe_failure *failure);
    void *ctx;
} yoke_pipe_options;

typedef struct yoke_pipe_report {
    uint64_t blocks, bytes; /* of input */
    uint64_t written;       /* bytes of output */
    uint64_t failures;      /* without those that were retried with success */
    int status;             /* of the first command, in the order of numbers, that failed; 0 */
    bool not_run;           /* the call failed because the command could not be run */
} yoke_pipe_report;

/* Runs the commands until the input has ended and all have. A command that fails is no error of
 * this call; it is in the report. YOKE_EINVAL: options that do not fit; a pattern that is none;
 * YOKE_ENOENT: an input, or the command, is not there; YOKE_ERANGE: a record too long;
 * YOKE_ECLOSED: nobody reads the output any more; YOKE_ECANCELED; YOKE_EIO; YOKE_ENOMEM. *report is
 * written in any case. Blocks. Not to be called by two threads at a time with the same descriptors;
 * SIGPIPE must be ignored. */
YOKE_API int yoke_pipe_run(const yoke_pipe_options *options, yoke_pipe_report *report);

#ifdef __cplusplus
}
#endif
#endif

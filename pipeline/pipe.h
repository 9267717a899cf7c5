/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of yoke_pipe_run. One thread does it all: a loop over poll(2) that reads the source,
 * feeds the commands, takes their output, and hears of their ends. The work is in the commands.
 *
 * A block is a range of a file, or memory. A result collects what the command of a block (or, when
 * commands read many blocks, a command) writes until it is that result's turn; from then on it
 * goes straight to the output. Results are a ring: that of number n is results[n % window], and no
 * block begins before there is a place for it.
 *
 * Where commands are brief, starting them is most of the time, and most of that is waiting: for one
 * to end, to be heard of, and for the next to be loaded. So the next ones are started while the
 * present ones run, each for a block that is there already, and get their input when those end.
 */
#ifndef YOKE_PIPELINE_PIPE_H
#define YOKE_PIPELINE_PIPE_H

#include <poll.h>
#include <regex.h>
#include <sys/types.h>

#include "yoke/deadline.h"
#include "yoke/pipe.h"

/* ---- records (pipe_records.c) ---- */

typedef struct cutter {
    yoke_pipe_records records;
    uint64_t lines;
    regex_t pattern;
    bool compiled;
    /* how far the data were looked through */
    size_t seen, found; /* found: the last end of a record; 0: none */
    uint64_t count;
    bool quoted;
} cutter;

int yoke__cutter_open(cutter *c, const yoke_pipe_options *options);
void yoke__cutter_close(cutter *c);
/* Begins with other data. */
void yoke__cutter_reset(cutter *c);
/* The size of a block: about `target` bytes of `data`, up to the end of a record; 0: there is none
 * in `size` bytes. To be called again with more of the same data. */
size_t yoke__cut(cutter *c, const char *data, size_t size, size_t target);

/* ---- the source (pipe_source.c) ---- */

/* Lines at the head of an input, shared by its blocks. */
typedef struct header {
    unsigned refs;
    size_t size;
    char data[];
} header;

typedef struct block {
    uint64_t number, at;
    size_t size;
    header *header; /* NULL: none */
    int fd;         /* of the file, its own; -1: in memory */
    off_t offset;
    char *data;
    size_t room; /* of data */
    bool open;   /* the end of an input, without a line end */
    struct source *from;
    unsigned refs;
} block;

/* Memory of a block that is done, for the next one: fresh pages are dear. */
typedef struct spare {
    struct spare *next;
    size_t room;
} spare;

typedef struct source {
    const yoke_pipe_options *options;
    size_t next_input, block, max_record;
    const char *path;
    int fd; /* -1: none is open */
    bool regular, ended, headed;
    off_t offset;
    header *header;
    header *alone; /* of the first input, while there is no block */
    char *buffer;  /* what was read and is in no block yet */
    size_t have, room;
    spare *spares;
    cutter cutter;
    uint64_t number, at;
} source;

int yoke__pipe_source_open(source *s, const yoke_pipe_options *options);
void yoke__pipe_source_close(source *s);
/* The next block, with a reference: 1; 0: when s->fd is readable; 2: the end; or a failure. */
int yoke__pipe_source_next(source *s, block **next);
void yoke__block_release(block *b);

/* ---- results (pipe_spool.c) ---- */

/* Bytes that wait: in memory, or all of them in a file when they are many. */
typedef struct spool {
    char *data;
    size_t size, room;
    int fd; /* -1: in memory */
} spool;

void yoke__spool_init(spool *s);
int yoke__spool_add(spool *s, const char *data, size_t size);
/* Writes all to a descriptor and empties it. */
int yoke__spool_flush(spool *s, int fd, yoke_progress *progress, uint64_t *written);
void yoke__spool_clear(spool *s);
void yoke__spool_free(spool *s);

typedef struct result {
    uint64_t number;
    spool output, errors;
    bool begun, done;
    int status; /* of the command, 0: good */
} result;

/* ---- commands (pipe_job.c) ---- */

typedef struct job {
    bool running, exited, timed_out, told_to_end;
    bool waiting; /* started ahead: it may not read yet */
    pid_t pid;
    int pidfd, in, out, err; /* -1: closed */
    block *block;            /* that it reads; NULL: none now */
    bool joint;              /* it gets a line end before the block */
    bool open;               /* the block ends without one */
    size_t fed;              /* bytes of line end, header and block that it has got */
    bool last;               /* no block comes after this one */
    unsigned attempt;
    int wait_status;
    result *result;
    yoke_deadline admitted; /* when it could begin to read */
    yoke_deadline deadline; /* of the command; then, when it was told to end, of its group */
} job;

void yoke__job_init(job *j);
/* Starts the command for result j->result. */
int yoke__job_start(job *j, const yoke_pipe_options *options);
/* Whether it has got its block, or has none, or takes no more. */
bool yoke__job_is_fed(const job *j);
/* Gives it what its pipe takes. When the block is done it is released, and the pipe closed if it
 * was the last. */
int yoke__job_feed(job *j, char *room, size_t size);
/* Tells its process group to end, or, the second time, kills it. */
void yoke__job_stop(job *j);
/* The command has ended, if it has. */
void yoke__job_reap(job *j);
/* Ended, and all output taken. */
bool yoke__job_over(const job *j);
void yoke__job_close(job *j);
/* Waits until the deadline for the end of a command that was told to end, and kills it if need be.
 */
void yoke__job_end(job *j, yoke_deadline deadline);
/* As in yoke_pipe_failure. */
int yoke__job_status(const job *j);

/* ---- the loop (pipe.c) ---- */

enum { COPY = 1 << 18, WINDOW = 4 };

typedef struct pipe_run {
    const yoke_pipe_options *options;
    yoke_pipe_report *report;
    source source;
    block *next; /* read, and not given to a command yet */
    bool ended;  /* no block comes any more */
    bool stopping;
    int limit, ahead; /* commands that may read at a time; that may be started ahead */
    int jobs_count, window;
    yoke_deadline took; /* by a command lately, in ns */
    job *jobs;
    result *results;
    uint64_t begun, turn; /* results that were begun; that whose output is written now */
    uint64_t failed;      /* the first result whose command failed; UINT64_MAX: none */
    struct pollfd *polls;
    char *copy;
} pipe_run;

/* ---- output (pipe_output.c) ---- */

/* Reads what a command wrote. */
int yoke__pipe_take(pipe_run *run, job *j, int *fd, bool error);
/* Writes what may be written now. */
int yoke__pipe_emit(pipe_run *run);

#endif

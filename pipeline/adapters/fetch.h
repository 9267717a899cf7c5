/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching inside. A run has jobs, one for each item, and lanes, one for each transfer at a time.
 *
 * Jobs that may begin stand in line at their host; hosts that have such a job and room for it stand
 * in the line of hosts. Jobs that pause before their next try are in a heap by their time.
 */
#ifndef YOKE_PIPELINE_FETCH_H
#define YOKE_PIPELINE_FETCH_H

#include <curl/curl.h>

#include "pipeline/adapters/sha256.h"
#include "yoke/fetch.h"

#define YOKE__NONE SIZE_MAX
enum { YOKE__FETCH_BUFFER = 64 << 10 };

typedef struct yoke__fetch_job {
    size_t host, next; /* in the line of its host */
    yoke_deadline due, began;
    yoke_fetch_result result;
    bool ended;
    bool kept; /* this run left a partial file to go on with */
} yoke__fetch_job;

typedef struct yoke__fetch_host {
    char *name; /* "host:port" as in the address */
    size_t first, last;
    size_t next; /* in the line of hosts */
    unsigned running;
    bool in_line;
} yoke__fetch_host;

typedef struct yoke__fetch_queue {
    yoke__fetch_job *jobs;
    size_t count;
    unsigned per_host;
    yoke__fetch_host *hosts;
    size_t host_count, host_room;
    size_t *table; /* open addressing, by the hash of the name; YOKE__NONE: empty */
    size_t table_size;
    size_t first, last; /* hosts */
    size_t *heap;       /* jobs by `due` */
    size_t paused;
} yoke__fetch_queue;

/* All jobs in the order of the items. YOKE_ENOMEM. */
int yoke__fetch_queue_init(yoke__fetch_queue *q, const yoke_fetch_item *items, size_t count,
                           unsigned per_host);
void yoke__fetch_queue_fini(yoke__fetch_queue *q);
/* The next job that may begin now, YOKE__NONE when there is none; it counts as running. */
size_t yoke__fetch_queue_take(yoke__fetch_queue *q);
/* A running job has ended, or pauses until job->due. */
void yoke__fetch_queue_end(yoke__fetch_queue *q, size_t job);
void yoke__fetch_queue_pause(yoke__fetch_queue *q, size_t job);
/* When the first pause is over; YOKE_FOREVER. */
yoke_deadline yoke__fetch_queue_due(const yoke__fetch_queue *q);

/* ---- the file of a transfer (fetch_file.c) ---- */

typedef struct yoke__fetch_file {
    char *part, *tag; /* PATH.part and PATH.part.etag */
    const char *path, *url;
    int file;        /* -1: not open, and all bytes are in the buffer */
    uint64_t size;   /* bytes so far */
    uint64_t before; /* of them, those of the partial file that it goes on with */
    size_t buffered;
    bool summed;
    yoke__sha256 sum;
    char etag[256]; /* strong; "": none */
    char buffer[YOKE__FETCH_BUFFER];
} yoke__fetch_file;

/* Begins. YOKE_ENOMEM. */
int yoke__fetch_file_begin(yoke__fetch_file *f, const yoke_fetch_item *item, bool summed);
/* Finds a partial file with its tag: f->etag and f->before are set, 0 when there is none. */
void yoke__fetch_file_find(yoke__fetch_file *f);
/* The body begins at f->before (going_on), or at 0. YOKE_EIO. */
int yoke__fetch_file_open(yoke__fetch_file *f, bool going_on);
int yoke__fetch_file_add(yoke__fetch_file *f, const char *data, size_t size);
/* Gives it its name. `sum`: its checksum, "" if none is made. `wanted`: what it must be, or NULL;
 * YOKE_EDATA when it is not, and the part is removed. YOKE_EIO. */
int yoke__fetch_file_commit(yoke__fetch_file *f, const char *wanted, char sum[65]);
/* Ends without a file. Whether a partial one was kept with its tag; what has none is removed. */
bool yoke__fetch_file_abandon(yoke__fetch_file *f, bool keep);
void yoke__fetch_file_end(yoke__fetch_file *f);
/* Whether PATH is there and, if a checksum is wanted, has it; its size and checksum (if it was
 * made). */
bool yoke__fetch_file_is_there(const yoke_fetch_item *item, bool summed, yoke_fetch_result *result);

/* ---- transfers (fetch_try.c) ---- */

typedef struct yoke__fetch_lane {
    const struct yoke__fetch_run *run;
    CURL *curl;
    struct curl_slist *headers;
    size_t job; /* YOKE__NONE: free */
    yoke__fetch_file file;
    bool begun;    /* the body */
    bool ignored;  /* it is that of a failure */
    uint64_t from; /* of Content-Range */
    bool has_from;
    int failure;           /* a status of ours, with its detail; 0: none */
    bool anew;             /* what is there of the body is of no use */
    yoke_deadline silence; /* until when something must be heard; YOKE_FOREVER while it connects */
    char etag[256];
    char reason[CURL_ERROR_SIZE];
    char detail[256];
} yoke__fetch_lane;

typedef struct yoke__fetch_run {
    const yoke_fetch_item *items;
    yoke_fetch_options options; /* with the defaults */
    yoke__fetch_queue queue;
    yoke__fetch_lane *lanes;
    CURLM *multi;
    size_t left; /* jobs that have not ended */
    unsigned running;
} yoke__fetch_run;

int yoke__fetch_lane_init(yoke__fetch_lane *lane, const yoke__fetch_run *run);
void yoke__fetch_lane_fini(yoke__fetch_lane *lane);
/* Makes the lane ready for a try of the job. */
int yoke__fetch_try_begin(yoke__fetch_lane *lane, size_t job);
/* The transfer has ended. Fills the job's result. Whether it may be tried again. */
bool yoke__fetch_try_end(yoke__fetch_lane *lane, CURLcode code);
/* The transfer was stopped. */
void yoke__fetch_try_stop(yoke__fetch_lane *lane);

#endif

/* SPDX-License-Identifier: Apache-2.0
 *
 * likwid-bench's loops as loads, so that one experiment measures them and ours in turn: kernels
 * with the instructions in use, of as many bytes and threads. likwid-bench times itself, and pins
 * its threads to the first processors of the node.
 */
#include "perf/load.h"
#include "perf/roof.h"

static int measure(yoke_load_run *run, const char *loop, double bytes) {
    yoke__load_data *d = yoke__load_of(run);
    double all = bytes * (double)run->size;
    YOKE_TRY(yoke__roof_likwid(loop, (size_t)all, yoke__load_threads(run), &d->number));
    run->seconds = all / d->number;
    return YOKE_OK;
}

/* Whether there is a likwid-bench is found out here, at a small size. */
static int prepare(yoke_load_run *run) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    yoke__load_data *d = yoke__load_of(run);
    YOKE_TRY(yoke_roof_likwid("copy", 1000000, 1, 1, &d->number));
    return yoke__load_answer(run, &d->number, sizeof d->number);
}

static int triad(yoke_load_run *run) { return measure(run, "triad", 32); }
static int stream(yoke_load_run *run) { return measure(run, "stream", 24); }
static int stream_mem(yoke_load_run *run) { return measure(run, "stream_mem", 24); }
static int copy(yoke_load_run *run) { return measure(run, "copy", 16); }

/* No memory moves nothing, or a petabyte, in a second. */
static int check(yoke_load_run *run) {
    double bandwidth = yoke__load_of(run)->number;
    if (bandwidth > 1e6 && bandwidth < 1e15) return YOKE_OK;
    return yoke_fail(YOKE_EDATA, "a bandwidth of %g bytes a second", bandwidth);
}

#define LIKWID                                                                                     \
    .group = "likwid", .item = "element", .size = 1 << 24, .least = 100000, .prepare = prepare,    \
    .check = check, .finish = yoke__load_close
const yoke_load yoke__loads_likwid[] = {
    {LIKWID, .name = "likwid_triad", .about = "likwid-bench's triad, beside triad", .bytes = 32,
     .flops = 2, .repeat = triad},
    {LIKWID, .name = "likwid_stream", .about = "likwid-bench's stream, beside stream_triad",
     .bytes = 24, .flops = 2, .repeat = stream},
    {LIKWID, .name = "likwid_stream_mem",
     .about = "likwid-bench's stream_mem, beside stream_triad_nt", .bytes = 24, .flops = 2,
     .repeat = stream_mem},
    {LIKWID, .name = "likwid_copy", .about = "likwid-bench's copy, beside stream_copy", .bytes = 16,
     .repeat = copy},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * The roof of a node: the bandwidth of its memory and the speed of its arithmetic, as loops of
 * ours and, where it is installed, likwid-bench measure them. Rooflines are drawn below it
 * (Williams, Waterman and Patterson, "Roofline", CACM 2009), and reports name what a kernel reaches
 * of it.
 */
#ifndef YOKE_ROOF_H
#define YOKE_ROOF_H

#include <stddef.h>

#include "yoke/run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yoke_roof {
    double bytes;         /* a second, of all members together */
    double flops;         /* a second: doubles, additions and multiplications */
    const char *bytes_by; /* the load of yoke/load.h that was the best: "stream_triad_nt",
                             "likwid_stream_mem" */
    const char *flops_by; /* the instructions: "avx512 fma" */
} yoke_roof;

/* Measures with run->threads members (run may be NULL), for about `seconds` (0: one) after the
 * memory is touched, and takes the best of many repeats: what disturbs makes them slower only.
 *
 * Bytes are the best of STREAM's four loops, the triad whose stores pass by the caches, and
 * likwid-bench's stream_mem (as yoke_roof_likwid runs it; a fraction of a second more) where it is
 * installed. All are counted as STREAM counts: lines that an ordinary store reads first are not, so
 * the bus moves more.
 *
 * Flops are fused multiplications and additions of the widest vectors in use (yoke/isa.h), in
 * registers; each counts as two.
 *
 * Where a quota holds back the process the roof is that of its share. Any thread; opens teams. As
 * in yoke/run.h, and YOKE_ENOMEM; needs 400 MB.
 */
YOKE_API int yoke_roof_measure(const yoke_run *run, double seconds, yoke_roof *roof);

/* The bandwidth, in bytes a second, that `likwid-bench -t kernel` reports with arrays of `bytes`
 * together and so many threads, one a core of the node, in so many iterations (0: as many as take a
 * second). Any thread; runs the program and waits for it. YOKE_ENOENT: it is not installed;
 * YOKE_EINVAL: a name that is none, less than one thread or 1000 bytes a thread; YOKE_EIO: it
 * failed, as for a kernel that it does not have. */
YOKE_API int yoke_roof_likwid(const char *kernel, size_t bytes, int threads, int iterations,
                              double *bandwidth);

#ifdef __cplusplus
}
#endif
#endif

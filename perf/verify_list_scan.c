/* SPDX-License-Identifier: Apache-2.0
 *
 * Scans.
 */
#include "perf/verify_list.h"
#include "yoke/scan.h"

enum { N = 50000, SEGMENTS = 300 };

static int scan(verify_case *c, const yoke_run *run) {
    double *x, *y;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &y, c->n * sizeof *y));
    YOKE_TRY(yoke_inclusive_scan(x, y, c->n, run));
    YOKE_TRY(yoke__verify_add(c, y, c->n * sizeof *y));
    YOKE_TRY(yoke_exclusive_scan(x, x, c->n, run));
    return yoke__verify_add(c, x, c->n * sizeof *x);
}

static int scans(verify_case *c) { return scan(c, c->run); }
static int exact_scans(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return scan(c, &exact);
}

static int integers(verify_case *c) {
    uint64_t *x, *y;
    YOKE_TRY(yoke__verify_words(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &y, c->n * sizeof *y));
    YOKE_TRY(yoke_inclusive_scan(x, y, c->n, c->run));
    YOKE_TRY(yoke__verify_add(c, y, c->n * sizeof *y));
    YOKE_TRY(yoke_exclusive_scan(x, y, c->n, c->run));
    return yoke__verify_add(c, y, c->n * sizeof *y);
}

static int scan_segments(verify_case *c, const yoke_run *run) {
    double *x, *y;
    uint8_t *starts;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &y, c->n * sizeof *y));
    YOKE_TRY(yoke__verify_room(c, &starts, c->n));
    for (size_t i = 0; i < c->n; i++) starts[i] = yoke__verify_random(c) % 1000 == 0;
    YOKE_TRY(yoke_segmented_inclusive_scan(x, starts, y, c->n, run));
    YOKE_TRY(yoke__verify_add(c, y, c->n * sizeof *y));
    YOKE_TRY(yoke_segmented_exclusive_scan(x, starts, y, c->n, run));
    return yoke__verify_add(c, y, c->n * sizeof *y);
}

static int segmented(verify_case *c) { return scan_segments(c, c->run); }
static int exact_segmented(verify_case *c) {
    yoke_run exact = yoke__verify_exactly(c);
    return scan_segments(c, &exact);
}

static int by_offsets(verify_case *c) {
    double *x, *y;
    size_t *offsets;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke__verify_room(c, &y, c->n * sizeof *y));
    YOKE_TRY(yoke__verify_room(c, &offsets, (SEGMENTS + 1) * sizeof *offsets));
    for (size_t i = 1; i <= SEGMENTS; i++) offsets[i] = c->n * i / SEGMENTS;
    YOKE_TRY(yoke_inclusive_scan_segments(x, offsets, SEGMENTS, y, c->run));
    YOKE_TRY(yoke__verify_add(c, y, c->n * sizeof *y));
    YOKE_TRY(yoke_exclusive_scan_segments(x, offsets, SEGMENTS, y, c->run));
    return yoke__verify_add(c, y, c->n * sizeof *y);
}

/* Maps x -> a x + b, one after the other. */
typedef struct affine {
    double a, b;
} affine;
static inline affine then(affine f, affine g) { return (affine){g.a * f.a, g.a * f.b + g.b}; }
#define UNCHANGED ((affine){1, 0})
YOKE_DEFINE_SCAN(composition, affine, UNCHANGED, then)

static int own(verify_case *c) {
    affine *maps, *to;
    YOKE_TRY(yoke__verify_room(c, &maps, c->n * sizeof *maps));
    YOKE_TRY(yoke__verify_room(c, &to, c->n * sizeof *to));
    for (size_t i = 0; i < c->n; i++) {
        maps[i].a = 1 + 1e-3 * yoke__verify_real(c);
        maps[i].b = yoke__verify_real(c);
    }
    YOKE_TRY(composition_inclusive(maps, to, c->n, c->run)); /* yoke_scan */
    YOKE_TRY(yoke__verify_add(c, to, c->n * sizeof *to));
    YOKE_TRY(composition_exclusive(maps, to, c->n, c->run));
    return yoke__verify_add(c, to, c->n * sizeof *to);
}

#define SCAN(text, of, promise, fn)                                                                \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = (promise), .headers = "scan", .n = N,         \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_scan[] = {
    SCAN("inclusive and exclusive scan", "doubles", "any threads", scans),
    SCAN("inclusive and exclusive scan, exact", "doubles", "exact", exact_scans),
    SCAN("inclusive and exclusive scan of integers", "64-bit integers", "always", integers),
    SCAN("segmented scans", "doubles, 1 of 1,000 begins a segment", "any threads", segmented),
    SCAN("segmented scans, exact", "doubles, 1 of 1,000 begins a segment", "exact",
         exact_segmented),
    SCAN("segmented scans by offsets", "doubles, 300 segments", "any threads", by_offsets),
    SCAN("a scan of one's own: affine maps, composed", "maps", "any threads", own),
    {.algorithm = NULL}};

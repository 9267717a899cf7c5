/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of scans.
 */
#include "tests/digests.h"
#include "yoke/scan.h"

enum { N = 300000 };

static double x[N], y[N];

static void fill(void) {
    for (int i = 0; i < N; i++) x[i] = digest_random_real();
}

static int add_results(int status, digest *into) {
    if (status == YOKE_OK) digest_add(into, y, sizeof y);
    return status;
}

DIGEST(scan_inclusive, "inclusive scan", "300,000 doubles") {
    fill();
    return add_results(yoke_inclusive_scan(x, y, N, run), into);
}

DIGEST(scan_exclusive, "exclusive scan, in place", "300,000 doubles") {
    fill();
    for (int i = 0; i < N; i++) y[i] = x[i];
    return add_results(yoke_exclusive_scan(y, y, N, run), into);
}

DIGEST(scan_segmented, "segmented scan", "300,000 doubles, about 300 segments") {
    static uint8_t starts[N];
    fill();
    for (int i = 0; i < N; i++) starts[i] = digest_random() % 1000 == 0;
    return add_results(yoke_segmented_inclusive_scan(x, starts, y, N, run), into);
}

DIGEST(scan_segments, "segmented scan by offsets", "300,000 doubles, 300 segments") {
    static size_t offsets[301];
    fill();
    for (int i = 0; i < 300; i++) offsets[i + 1] = offsets[i] + digest_random() % 1000;
    offsets[300] = N;
    return add_results(yoke_exclusive_scan_segments(x, offsets, 300, y, run), into);
}

/* Maps x -> a x + b, one after the other. */
typedef struct affine {
    double a, b;
} affine;
static inline affine then(affine f, affine g) { return (affine){g.a * f.a, g.a * f.b + g.b}; }
#define UNCHANGED ((affine){1, 0})
YOKE_DEFINE_SCAN(composition, affine, UNCHANGED, then)

DIGEST(scan_own, "a scan of one's own: affine maps, composed", "100,000 maps") {
    static affine maps[N / 3];
    for (int i = 0; i < N / 3; i++)
        maps[i] = (affine){1 + 1e-3 * digest_random_real(), digest_random_real()};
    YOKE_TRY(composition_inclusive(maps, maps, N / 3, run));
    digest_add(into, maps, sizeof maps);
    return YOKE_OK;
}

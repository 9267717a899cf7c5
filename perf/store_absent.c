/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of databases where yoke was built without SQLite. */
#include "perf/store.h"

#ifndef YOKE_HAVE_SQLITE

static int absent(void) {
    return yoke_fail(YOKE_EUNSUPPORTED,
                     "results are kept by SQLite, and this yoke was built without it "
                     "(package libsqlite3-dev)");
}

const char *yoke_results_engine(void) { return NULL; }

int yoke_results_open(const char *path, yoke_results **results) {
    (void)path, (void)results;
    return absent();
}

void yoke_results_close(yoke_results *results) { (void)results; }

int yoke_results_add(yoke_results *results, const yoke_origin *origin,
                     const yoke_experiment *experiment) {
    (void)results, (void)origin, (void)experiment;
    return absent();
}

int yoke_results_compare(yoke_results *results, const yoke_results_query *query,
                         yoke_changes *changes) {
    (void)results, (void)query, (void)changes;
    return absent();
}

#endif

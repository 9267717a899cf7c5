/* SPDX-License-Identifier: Apache-2.0
 *
 * Healthy: a pool whose workers have nothing to do most of the time.
 */
#include "tests/doctor/patient.h"
#include "yoke/pool.h"
#include "yoke/task.h"

static int visit(yoke_worker *worker, size_t begin, size_t end, void *ctx) {
    (void)worker;
    (void)ctx;
    work(100 * (long)(end - begin));
    return 0;
}

static int root(yoke_worker *worker, void *ctx) {
    return yoke_parallel_for(worker, 0, 1000, 0, visit, ctx);
}

int main(int argc, char **argv) {
    double end = until(argc, argv, 1.5);
    yoke_pool *pool;
    if (yoke_pool_create(NULL, &pool) < 0) return 8;
    while (seconds() < end) {
        if (yoke_pool_run(pool, root, NULL) < 0) return 8;
        nap(0.05);
    }
    yoke_pool_destroy(pool);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Limiters when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/limiter.h"

static int make_and_use(void *ctx) {
    (void)ctx;
    yoke_limiter *limiter = NULL;
    yoke_limiter_lease *lease[2];
    int status = yoke_limiter_create("a:2", NULL, &limiter);
    int taken = 0;
    for (; status == YOKE_OK && taken < 2; taken += status == YOKE_OK) {
        yoke_limiter_need need = {0, 1};
        status = yoke_limiter_acquire(limiter, &need, 1, YOKE_NOW, &lease[taken]);
    }
    while (taken > 0) yoke_limiter_release(lease[--taken]);
    CU_ASSERT_EQUAL(yoke_limiter_destroy(limiter), YOKE_OK);
    return status;
}

TEST(memory_is_short) { CU_ASSERT(inject_each_allocation(make_and_use, NULL, YOKE_ENOMEM) >= 4); }

/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue between two threads when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/queue_spsc.h"

static int make(void *ctx) {
    yoke_queue_spsc *queue = ctx;
    int status = yoke_queue_spsc_create(100, 24, &queue);
    if (status < 0) CU_ASSERT_PTR_EQUAL(queue, ctx); /* not written */
    if (status == YOKE_OK) yoke_queue_spsc_destroy(queue);
    return status;
}

TEST(says_that_memory_is_short) {
    CU_ASSERT_EQUAL(inject_each_allocation(make, NULL, YOKE_ENOMEM), 2);
}

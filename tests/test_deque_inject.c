/* SPDX-License-Identifier: Apache-2.0
 *
 * The deque when memory is short.
 */
#include "tests/harness.h"
#include "tests/inject.h"
#include "yoke/deque.h"

static int fill(void *ctx) {
    static char cells[100];
    yoke_deque *deque;
    (void)ctx;
    YOKE_TRY(yoke_deque_create(1, &deque));
    int status = YOKE_OK;
    size_t pushed = 0;
    while (pushed < sizeof cells && status == YOKE_OK) {
        status = yoke_deque_push(deque, &cells[pushed]);
        if (status == YOKE_OK) pushed++;
    }
    CU_ASSERT_EQUAL(yoke_deque_size(deque), pushed);
    while (pushed > 0) CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &cells[--pushed]);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    yoke_deque_destroy(deque);
    return status;
}

TEST(nothing_is_lost_when_memory_is_short) {
    /* the deque, its first ring, and 7 larger ones */
    CU_ASSERT_EQUAL(inject_each_allocation(fill, NULL, YOKE_ENOMEM), 9);
}

TEST(goes_on_after_a_push_that_failed) {
    static char cells[6];
    yoke_deque *deque;
    void *item;
    REQUIRE(yoke_deque_create(4, &deque) == YOKE_OK);
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(yoke_deque_push(deque, &cells[i]), YOKE_OK);
    inject_fail_allocation(1);
    CU_ASSERT_EQUAL(yoke_deque_push(deque, &cells[4]), YOKE_ENOMEM);
    CU_ASSERT_STRING_EQUAL(yoke_error_detail(), "a deque cannot grow beyond 4 items");
    CU_ASSERT_EQUAL(yoke_deque_steal(deque, &item), 1);
    CU_ASSERT_PTR_EQUAL(item, &cells[0]);
    CU_ASSERT_EQUAL(yoke_deque_push(deque, &cells[4]), YOKE_OK); /* where the stolen item was */
    inject_reset();
    CU_ASSERT_EQUAL(yoke_deque_push(deque, &cells[5]), YOKE_OK);
    for (int i = 5; i > 0; i--) CU_ASSERT_PTR_EQUAL(yoke_deque_take(deque), &cells[i]);
    CU_ASSERT_PTR_NULL(yoke_deque_take(deque));
    yoke_deque_destroy(deque);
}

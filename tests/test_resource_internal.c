/* SPDX-License-Identifier: Apache-2.0
 *
 * The stack of idle handles when a pop sleeps in the middle: its steps are done by hand, with whole
 * pops and pushes between them.
 */
#include "pool/resource.h"

#include "tests/resource_fake.h"

enum { HANDLES = 4 };

static void *take(fake *f) {
    void *handle = NULL;
    CU_ASSERT_EQUAL(yoke_resource_acquire(f->pool, &handle, yoke_deadline_in(600)), YOKE_OK);
    return handle;
}

static void put(fake *f, void *handle) {
    CU_ASSERT_EQUAL(yoke_resource_release(f->pool, handle), YOKE_OK);
}

static yoke__stack *own_stack(yoke_resource_pool *p) {
    return &p->stacks[(unsigned)yoke_thread_index() & p->stack_mask];
}

/* The thread has read that `a` is the top and `b` the next. Then both are taken, another handle and
 * `a` come back: the top is `a` again, and as many are there as before, but `b` is in use. */
TEST(a_pop_that_slept_does_not_take_a_top_that_came_back) {
    fake f = {0};
    yoke_resource_options options = fake_options(&f, HANDLES);
    REQUIRE(yoke_resource_create(&options, &f.pool) == YOKE_OK);
    void *handles[HANDLES];
    for (int i = 0; i < HANDLES; i++) handles[i] = take(&f);
    for (int i = HANDLES - 2; i >= 0; i--) put(&f, handles[i]);
    yoke__stack *stack = own_stack(f.pool);
    uint64_t seen = stack->head;
    const yoke__place *top = &f.pool->places[(seen & YOKE__TOP) - 1];
    CU_ASSERT_PTR_EQUAL(top->handle, handles[0]);
    uint64_t next = ((seen - YOKE__IDLE_1) & ~YOKE__TOP) + YOKE__TAG_1 + top->next;
    CU_ASSERT_PTR_EQUAL(take(&f), handles[0]);
    CU_ASSERT_PTR_EQUAL(take(&f), handles[1]);
    put(&f, handles[HANDLES - 1]);
    put(&f, handles[0]);
    /* but for the tag all is the same */
    CU_ASSERT_EQUAL(stack->head & (YOKE__TAG_1 - 1), seen & (YOKE__TAG_1 - 1));
    CU_ASSERT(!__atomic_compare_exchange_n(&stack->head, &seen, next, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST));
    CU_ASSERT_PTR_EQUAL(take(&f), handles[0]);
    CU_ASSERT_PTR_EQUAL(take(&f), handles[HANDLES - 1]);
    CU_ASSERT_PTR_EQUAL(take(&f), handles[2]);
    for (int i = 0; i < HANDLES; i++) put(&f, handles[i]);
    fake_end(&f);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting numbers in pieces when memory is short, or a call fails: it says so, or has another way.
 */
#include "tests/inject.h"

#include <errno.h>
#include <string.h>

#include "tests/lines_use.h"
#include "yoke/sort_numbers.h"

enum { NUMBERS = 60000 }; /* two pieces of the least memory */

typedef struct task {
    uint64_t *numbers;
    int output;
} task;

static int sort_in_pieces(void *ctx) {
    const task *t = ctx;
    const yoke_input in = {
        .kind = YOKE_INPUT_MEMORY, .data = t->numbers, .size = NUMBERS * sizeof *t->numbers};
    const yoke_numbers_sort sort = {
        .type = YOKE_NUMBERS_U64, .memory = 1 << 20, .packing = YOKE_LINE_PACK_ALWAYS};
    if (lseek(t->output, 0, SEEK_SET) < 0 || ftruncate(t->output, 0) < 0) return YOKE_EIO;
    return yoke_sort_numbers(&sort, &in, 1, t->output, &(yoke_run){.threads = 2});
}

static task make_task(void) {
    task t = {malloc(NUMBERS * sizeof *t.numbers), make_output()};
    for (uint64_t i = 0; i < NUMBERS; i++) t.numbers[i] = i * 7919 % NUMBERS;
    return t;
}

static void end_task(task *t) {
    content got = read_back(t->output);
    size_t wrong = got.size != NUMBERS * sizeof *t->numbers;
    for (uint64_t i = 0; !wrong && i < NUMBERS; i++)
        wrong = memcmp(got.data + i * sizeof i, &i, sizeof i) != 0;
    CU_ASSERT_EQUAL(wrong, 0);
    free(got.data), free(t->numbers);
}

TEST_WITH_LIMIT(each_allocation_fails, 120) {
    task t = make_task();
    CU_ASSERT(inject_each_allocation(sort_in_pieces, &t, YOKE_ENOMEM) > 10);
    end_task(&t);
}

TEST_WITH_LIMIT(each_call_fails, 120) {
    task t = make_task();
    CU_ASSERT(inject_each_io(sort_in_pieces, &t, EIO, YOKE_EIO) > 10);
    end_task(&t);
}

TEST_WITH_LIMIT(short_and_interrupted_calls, 120) {
    task t = make_task();
    inject_short_io(30011);
    inject_interrupt_io(3);
    CU_ASSERT_EQUAL(sort_in_pieces(&t), YOKE_OK);
    inject_reset();
    end_task(&t);
}

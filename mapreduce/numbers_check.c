/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking whether numbers are sorted, block by block; a block begins with the last number of the
 * one before. The place is found by halving, since each part of a sorted array is sorted.
 */
#include <string.h>

#include "kernels/run.h"
#include "mapreduce/numbers.h"

enum { BLOCK = 1 << 23 /* bytes */ };

typedef struct checking {
    yoke__numbers numbers;
    yoke__numbers_reader reader;
    const yoke_run *run;
    char *items;
    size_t size;    /* bytes */
    uint64_t ahead; /* numbers before the block */
} checking;

int yoke__numbers_count_sorted(const yoke__numbers *of, const char *items, size_t n, size_t *count,
                               const yoke_run *run) {
    size_t low = 0, high = n;
    bool sorted;
    YOKE_TRY(of->is_sorted(items, high, of->order, &sorted, run));
    if (sorted) low = high;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        YOKE_TRY(of->is_sorted(items, middle, of->order, &sorted, run));
        if (sorted)
            low = middle;
        else
            high = middle;
    }
    *count = low;
    return YOKE_OK;
}

/* How many of `count` have no equal one before them. */
static size_t count_unique(const checking *c, size_t count) {
    size_t size = c->numbers.size;
    for (size_t i = 1; i < count; i++)
        if (memcmp(c->items + (i - 1) * size, c->items + i * size, size) == 0) return i;
    return count;
}

static int check(checking *c, uint64_t *number) {
    size_t size = c->numbers.size, good;
    for (;;) {
        int last = yoke__numbers_read(&c->reader, c->items, &c->size, BLOCK, c->run);
        if (last < 0) return last;
        size_t n = c->size / size;
        YOKE_TRY(yoke__numbers_count_sorted(&c->numbers, c->items, n, &good, c->run));
        if (c->numbers.unique) good = count_unique(c, good);
        if (good < n) *number = c->ahead + good + 1;
        if (good < n || last) return good == n;
        memcpy(c->items, c->items + c->size - size, size);
        c->ahead += n - 1;
        c->size = size;
    }
}

int yoke_check_numbers(const yoke_numbers_sort *sort, const yoke_input *input, uint64_t *number,
                       const yoke_run *run) {
    YOKE__REGION(__func__, YOKE_ACTIVITY_WORK);
    checking c = {.run = run};
    YOKE_TRY(yoke__run_check(run));
    YOKE_TRY(yoke__numbers_make(sort, &c.numbers));
    if (!input || !number)
        return yoke_fail(YOKE_EINVAL, "check: no input or no place for a number");
    YOKE_TRY(yoke__line_inputs_check(input, 1));
    c.reader = (yoke__numbers_reader){.numbers = &c.numbers, .inputs = input, .count = 1};
    c.items = yoke_aligned_alloc(BLOCK);
    int status = c.items ? check(&c, number) : yoke_fail(YOKE_ENOMEM, NULL);
    yoke__numbers_reader_close(&c.reader);
    yoke_aligned_free(c.items);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading numbers, input by input; no number lies in two inputs.
 */
#include "kernels/run.h"
#include "mapreduce/numbers.h"

enum { AT_ONCE = 1 << 24 /* bytes between looks at the deadline */ };

static int open_next(yoke__numbers_reader *r) {
    const yoke_input *next = &r->inputs[r->opened];
    YOKE_TRY(yoke__line_input_open(&r->input, next, r->opened));
    r->opened++;
    r->is_open = true;
    r->began = r->input.at;
    return YOKE_OK;
}

static int end_input(yoke__numbers_reader *r) {
    uint64_t bytes = r->input.at - r->began;
    yoke__numbers_reader_close(r);
    if (bytes % r->numbers->size == 0) return YOKE_OK;
    return yoke_fail(YOKE_EDATA, "%s: %llu bytes are no whole number of %zu-byte elements",
                     r->input.name, (unsigned long long)bytes, r->numbers->size);
}

int yoke__numbers_read(yoke__numbers_reader *r, char *to, size_t *size, size_t capacity,
                       const yoke_run *run) {
    while (*size < capacity) {
        YOKE_TRY(yoke__run_check(run));
        if (!r->is_open && r->opened == r->count) return 1;
        if (!r->is_open) YOKE_TRY(open_next(r));
        size_t room = capacity - *size;
        ssize_t got = yoke__line_input_read(&r->input, to + *size, room < AT_ONCE ? room : AT_ONCE);
        if (got < 0) return (int)got;
        if (!got) YOKE_TRY(end_input(r));
        *size += (size_t)got;
    }
    return 0;
}

void yoke__numbers_reader_close(yoke__numbers_reader *r) {
    if (r->is_open) yoke__line_input_close(&r->input);
    r->is_open = false;
}

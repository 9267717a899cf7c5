/* SPDX-License-Identifier: Apache-2.0
 *
 * Integer keys and text in memory: a histogram of response times, in bins that double in width.
 * The results come in the order of the keys.
 */
#include <stdio.h>

#include "yoke/yoke.h"

#define ROWS 100000

typedef struct bin {
    uint64_t count, microseconds;
} bin;

/* Bin k holds the times from 2^k to below 2^(k+1) microseconds. */
static int sort_into_bins(const yoke_records *times, yoke_emitter *out, void *ctx) {
    (void)ctx;
    for (size_t r = 0; r < times->count; r++) {
        yoke_text field = yoke_records_raw(times, r, 0);
        yoke_number time = {0};
        yoke_number_parse(field.data, field.size, &time);
        if (time.mantissa < 1 || time.scale > 0) {
            return yoke_fail(YOKE_EDATA, "not a time: '%.*s'", (int)field.size, field.data);
        }
        bin *slot = yoke_emit_slot_u64(out, 63 - __builtin_clzll((uint64_t)time.mantissa));
        if (!slot) return YOKE_ENOMEM;
        *slot = (bin){slot->count + 1, slot->microseconds + (uint64_t)time.mantissa};
    }
    return YOKE_OK;
}

static int add(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    bin *sum = into;
    const bin *other = from;
    *sum = (bin){sum->count + other->count, sum->microseconds + other->microseconds};
    return YOKE_OK;
}

/* Times of a server that does not exist, one a line: mostly short, some very long. */
static size_t invent(char *text) {
    size_t size = 0;
    unsigned long long random = 1;
    for (size_t i = 0; i < ROWS; i++) {
        random = random * 6364136223846793005 + 1442695040888963407;
        unsigned long long longest = 100u << (__builtin_clzll(random | 1) % 12);
        size += (size_t)sprintf(text + size, "%llu\n", 50 + (random >> 20) % longest);
    }
    return size;
}

int main(void) {
    static char text[ROWS * 16];
    yoke_input input = {.kind = YOKE_INPUT_MEMORY, .data = text, .size = invent(text)};
    yoke_dataset *times = NULL;
    yoke_result *bins = NULL;
    int status;

    YOKE_TRY_GOTO(status, yoke_dataset_open(&input, 1, &(yoke_format){0}, &times), end);
    yoke_job job = {
        .dataset = times, .map = sort_into_bins, .combine = add, .value_size = sizeof(bin)};
    YOKE_TRY_GOTO(status, yoke_mapreduce(&job, &bins), end);

    printf("from (us)   count   mean (us)\n");
    for (size_t i = 0; i < yoke_result_count(bins); i++) {
        yoke_entry *entry = yoke_result_entry(bins, i);
        const bin *b = yoke_entry_value(entry);
        printf("%9llu %7llu %11.1f\n", 1ull << yoke_entry_u64(entry), (unsigned long long)b->count,
               (double)b->microseconds / (double)b->count);
    }
end:
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    yoke_result_destroy(bins);
    yoke_dataset_close(times);
    return status < 0;
}

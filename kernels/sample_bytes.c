/* SPDX-License-Identifier: Apache-2.0
 *
 * A sample as bytes: the mark, k, size of an item, seed, number of items; then each index and item,
 * in the order of the heap. Priorities follow from the indices.
 */
#include <string.h>

#include "kernels/bytes.h"
#include "kernels/sample.h"

#define MARK 0x315F504D534B4F59u /* "YOKSMP_1" */

enum { HEAD = 5 * 8 };

size_t yoke_sample_size(const yoke_sample *sample) {
    return HEAD + sample->n * (8 + sample->options.item_size) + YOKE__BYTES_SUM;
}

void yoke_sample_write(const yoke_sample *sample, void *bytes) {
    size_t size = sample->options.item_size;
    const uint64_t head[] = {MARK, sample->options.k, size, sample->options.seed, sample->n};
    unsigned char *at = bytes;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) yoke__put(&at, head[i], 8);
    for (size_t i = 0; i < sample->n; i++) {
        yoke__put(&at, sample->heap[i].index, 8);
        memcpy(at, sample->items + sample->heap[i].place * size, size);
        at += size;
    }
    yoke__seal(bytes, at);
}

int yoke_sample_read(const void *bytes, size_t size, yoke_sample **sample) {
    const unsigned char *at = (const unsigned char *)bytes + 8;
    if (!yoke__sealed(bytes, size, MARK, HEAD))
        return yoke_fail(YOKE_EDATA, "sample: these are not the bytes of a sample");
    yoke_sample_options options = {.k = yoke__get(&at, 8)};
    options.item_size = yoke__get(&at, 8);
    options.seed = yoke__get(&at, 8);
    uint64_t n = yoke__get(&at, 8);
    size_t body = size - HEAD - YOKE__BYTES_SUM;
    if (n > options.k || (n ? body % n || body / n != 8 + options.item_size : body))
        return yoke_fail(YOKE_EDATA, "sample: %zu bytes do not hold what they say", size);
    yoke_sample *s = NULL;
    int status = yoke_sample_create(&options, &s);
    if (status == YOKE_EINVAL) return YOKE_EDATA; /* with the same detail */
    YOKE_TRY(status);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t index = yoke__get(&at, 8);
        yoke_sample_add(s, index, at);
        at += options.item_size;
    }
    *sample = s;
    return YOKE_OK;
}

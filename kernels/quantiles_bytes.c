/* SPDX-License-Identifier: Apache-2.0
 *
 * A sketch of quantiles as bytes: the mark, k and levels, seed, coins, count, minimum and maximum;
 * of each level the number of items, and then these. Doubles as the bits of IEEE 754.
 */
#include <string.h>

#include "kernels/bytes.h"
#include "kernels/quantiles.h"

#define MARK 0x315F4C4C4B4B4F59u /* "YOKKLL_1" */

enum { HEAD = 8 + 2 * 4 + 5 * 8 };

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

size_t yoke_quantiles_size(const yoke_quantiles *quantiles) {
    size_t size = HEAD + YOKE__BYTES_SUM;
    for (int l = 0; l < quantiles->levels; l++) size += 4 + 8 * quantiles->level[l].n;
    return size;
}

void yoke_quantiles_write(const yoke_quantiles *quantiles, void *bytes) {
    const yoke_quantiles *q = quantiles;
    unsigned char *at = bytes;
    const uint64_t words[] = {q->seed, q->coins, q->count, bits_of(q->least), bits_of(q->most)};
    yoke__put(&at, MARK, 8);
    yoke__put(&at, q->k, 4);
    yoke__put(&at, (uint64_t)q->levels, 4);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) yoke__put(&at, words[i], 8);
    for (int l = 0; l < q->levels; l++) {
        yoke__put(&at, q->level[l].n, 4);
        for (size_t i = 0; i < q->level[l].n; i++) yoke__put(&at, bits_of(q->level[l].items[i]), 8);
    }
    yoke__seal(bytes, at);
}

/* The levels, and whether what they hold adds up to the count. */
static int read_levels(yoke_quantiles *q, int levels, const unsigned char *at,
                       const unsigned char *end) {
    uint64_t weight = 0;
    for (int l = 0; l < levels; l++) {
        if (l >= q->levels) YOKE_TRY(yoke__quantiles_grow(q));
        if (end - at < 4) return YOKE_EDATA;
        uint64_t n = yoke__get(&at, 4);
        if (n > q->k || (uint64_t)(end - at) < 8 * n) return YOKE_EDATA;
        for (uint64_t i = 0; i < n; i++) q->level[l].items[i] = double_of(yoke__get(&at, 8));
        q->level[l].n = n;
        weight += n << l;
    }
    return at == end && weight == q->count ? YOKE_OK : YOKE_EDATA;
}

static int read_all(yoke_quantiles *q, int levels, const unsigned char *at,
                    const unsigned char *end) {
    q->coins = yoke__get(&at, 8);
    q->count = yoke__get(&at, 8);
    q->least = double_of(yoke__get(&at, 8));
    q->most = double_of(yoke__get(&at, 8));
    return read_levels(q, levels, at, end);
}

int yoke_quantiles_read(const void *bytes, size_t size, yoke_quantiles **quantiles) {
    const unsigned char *at = (const unsigned char *)bytes + 8;
    if (!yoke__sealed(bytes, size, MARK, HEAD))
        return yoke_fail(YOKE_EDATA, "quantiles: these are not the bytes of a sketch");
    yoke_quantiles_options options = {.k = (unsigned)yoke__get(&at, 4)};
    uint64_t levels = yoke__get(&at, 4);
    options.seed = yoke__get(&at, 8);
    yoke_quantiles *q = NULL;
    if (levels < 1 || levels > YOKE__QUANTILES_LEVELS || !options.k)
        return yoke_fail(YOKE_EDATA, "quantiles: no sketch has %llu levels",
                         (unsigned long long)levels);
    int status = yoke_quantiles_create(&options, &q);
    if (status == YOKE_EINVAL) return YOKE_EDATA; /* with the same detail */
    YOKE_TRY(status);
    const unsigned char *end = (const unsigned char *)bytes + size - YOKE__BYTES_SUM;
    status = read_all(q, (int)levels, at, end);
    if (status == YOKE_OK) *quantiles = q;
    if (status < 0) yoke_quantiles_destroy(q);
    if (status == YOKE_EDATA) return yoke_fail(YOKE_EDATA, "quantiles: a sketch does not add up");
    return status;
}

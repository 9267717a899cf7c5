/* SPDX-License-Identifier: Apache-2.0
 *
 * A sketch of distinct items as bytes: the mark, precision, form, seed; then the number of entries
 * and these in ascending order, or the registers. So equal sketches have equal bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "kernels/bytes.h"
#include "kernels/distinct.h"

#define MARK 0x315F4C4C484B4F59u /* "YOKHLL_1" */

enum { HEAD = 8 + 4 + 4 + 8 };

size_t yoke_distinct_size(const yoke_distinct *distinct) {
    size_t body = distinct->sparse ? 4 * distinct->used : (size_t)1 << distinct->precision;
    return HEAD + body + YOKE__BYTES_SUM;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void put_entries(const yoke_distinct *d, unsigned char **at) {
    uint32_t entries[YOKE__DISTINCT_PLACES];
    size_t places = yoke__distinct_places(d->precision), n = 0;
    for (size_t i = 0; i < places; i++)
        if (d->entries[i]) entries[n++] = d->entries[i];
    qsort(entries, n, sizeof *entries, compare);
    for (size_t i = 0; i < n; i++) yoke__put(at, entries[i], 4);
}

void yoke_distinct_write(const yoke_distinct *distinct, void *bytes) {
    unsigned char *at = bytes;
    size_t registers = (size_t)1 << distinct->precision;
    yoke__put(&at, MARK, 8);
    yoke__put(&at, (uint64_t)distinct->precision, 4);
    yoke__put(&at, distinct->sparse, 4);
    yoke__put(&at, distinct->seed, 8);
    if (distinct->sparse) {
        put_entries(distinct, &at);
    } else {
        memcpy(at, distinct->registers, registers);
        at += registers;
    }
    yoke__seal(bytes, at);
}

/* Each within what can occur. */
static bool read_entries(yoke_distinct *d, const unsigned char *at, size_t size) {
    if (size % 4 || size / 4 > yoke__distinct_places(d->precision) / 2) return false;
    for (size_t i = 0; i < size / 4; i++) {
        uint32_t entry = (uint32_t)yoke__get(&at, 4), run = entry & 63;
        if (run < 1 || run > 64 - YOKE__DISTINCT_BITS + 1 || entry >> 31) return false;
        yoke__distinct_add_short(d, entry);
    }
    return d->used == size / 4;
}

static bool read_registers(yoke_distinct *d, const unsigned char *at, size_t size) {
    if (size != (size_t)1 << d->precision) return false;
    memcpy(d->registers, at, size);
    d->sparse = false;
    for (size_t i = 0; i < size; i++)
        if (d->registers[i] > 64 - d->precision + 1) return false;
    return true;
}

int yoke_distinct_read(const void *bytes, size_t size, yoke_distinct **distinct) {
    const unsigned char *at = (const unsigned char *)bytes + 8;
    if (!yoke__sealed(bytes, size, MARK, HEAD))
        return yoke_fail(YOKE_EDATA, "distinct: these are not the bytes of a sketch");
    yoke_distinct_options options = {.precision = (int)yoke__get(&at, 4)};
    uint64_t sparse = yoke__get(&at, 4);
    options.seed = yoke__get(&at, 8);
    yoke_distinct *d = NULL;
    int status = options.precision ? yoke_distinct_create(&options, &d) : YOKE_EINVAL;
    if (status == YOKE_EINVAL)
        return yoke_fail(YOKE_EDATA, "distinct: no sketch has precision %d", options.precision);
    YOKE_TRY(status);
    size_t body = size - HEAD - YOKE__BYTES_SUM;
    bool good = sparse ? read_entries(d, at, body) : read_registers(d, at, body);
    if (good) {
        *distinct = d;
        return YOKE_OK;
    }
    yoke_distinct_destroy(d);
    return yoke_fail(YOKE_EDATA, "distinct: a sketch holds what cannot be in it");
}

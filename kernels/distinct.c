/* SPDX-License-Identifier: Apache-2.0
 *
 * HyperLogLog. A hash's upper p bits choose a register, which keeps the longest run of zeros (plus
 * one) that begins the rest. The sparse form is a table of shortened hashes with open addressing:
 * 25 bits and a run, so that none is lost when it becomes dense, as soon as the table is half full.
 */
#include "kernels/distinct.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/run.h"

enum { BLOCK = 1 << 16 };

/* ---- hashing ---- */

/* Bijective (Stafford's thirteenth variant of Murmur3's finish). */
static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static uint64_t hash_number(uint64_t seed, uint64_t item) {
    return mix(mix(item + 0x9E3779B97F4A7C15u) ^ seed);
}

static uint64_t hash_bytes(uint64_t seed, const unsigned char *item, size_t size) {
    uint64_t hash = mix(mix(seed ^ 0xD6E8FEB86659FD93u) + size);
    for (size_t i = 0; i < size; i += 8) {
        uint64_t word = 0;
        for (size_t j = i; j < size && j < i + 8; j++) word |= (uint64_t)item[j] << 8 * (j - i);
        hash = mix(hash ^ word) + 0x9E3779B97F4A7C15u;
    }
    return mix(hash);
}

/* ---- making ---- */

int yoke_distinct_create(const yoke_distinct_options *options, yoke_distinct **distinct) {
    int precision = options && options->precision ? options->precision : 14;
    if (precision < 4 || precision > 18)
        return yoke_fail(YOKE_EINVAL, "distinct: precision %d is not 4 to 18", precision);
    size_t registers = (size_t)1 << precision, places = yoke__distinct_places(precision);
    yoke_distinct *d = calloc(1, sizeof *d + places * sizeof *d->entries + registers);
    if (!d) return yoke_fail(YOKE_ENOMEM, NULL);
    d->entries = (uint32_t *)(void *)(d + 1);
    d->registers = (unsigned char *)(d->entries + places);
    d->precision = precision;
    d->seed = options ? options->seed : 0;
    d->sparse = true;
    *distinct = d;
    return YOKE_OK;
}

void yoke_distinct_destroy(yoke_distinct *distinct) { free(distinct); }

/* ---- adding ---- */

static void add_dense(yoke_distinct *d, size_t index, unsigned run) {
    if (run > d->registers[index]) d->registers[index] = (unsigned char)run;
}

/* A shortened hash: the run is that behind the 25 bits, or within them. */
static void add_short_dense(yoke_distinct *d, uint32_t entry) {
    int more = YOKE__DISTINCT_BITS - d->precision;
    uint32_t index = entry >> 6, low = index & (((uint32_t)1 << more) - 1);
    unsigned run = low ? (unsigned)(__builtin_clz(low) - (32 - more)) + 1 //
                       : (unsigned)more + (entry & 63);
    add_dense(d, index >> more, run);
}

static void make_dense(yoke_distinct *d) {
    size_t places = yoke__distinct_places(d->precision);
    d->sparse = false;
    for (size_t i = 0; i < places; i++)
        if (d->entries[i]) add_short_dense(d, d->entries[i]);
}

/* A run is never 0, so neither is an entry. */
static void add_sparse(yoke_distinct *d, uint32_t entry) {
    size_t places = yoke__distinct_places(d->precision),
           at = (size_t)(entry >> 6) * 0x9E3779B1u % places;
    for (; d->entries[at]; at = (at + 1) % places) {
        if (d->entries[at] >> 6 != entry >> 6) continue;
        if (entry > d->entries[at]) d->entries[at] = entry;
        return;
    }
    d->entries[at] = entry;
    if (++d->used > places / 2) make_dense(d);
}

void yoke__distinct_add_short(yoke_distinct *d, uint32_t entry) {
    if (d->sparse)
        add_sparse(d, entry);
    else
        add_short_dense(d, entry);
}

static void add_hash(yoke_distinct *d, uint64_t hash) {
    int bits = d->sparse ? YOKE__DISTINCT_BITS : d->precision;
    uint64_t rest = hash << bits | (uint64_t)1 << (bits - 1); /* a run ends there at the latest */
    unsigned run = (unsigned)__builtin_clzll(rest) + 1;
    if (d->sparse)
        add_sparse(d, (uint32_t)(hash >> (64 - bits)) << 6 | run);
    else
        add_dense(d, hash >> (64 - bits), run);
}

void yoke_distinct_add(yoke_distinct *distinct, uint64_t item) {
    add_hash(distinct, hash_number(distinct->seed, item));
}

void yoke_distinct_add_bytes(yoke_distinct *distinct, const void *item, size_t size) {
    add_hash(distinct, hash_bytes(distinct->seed, item, size));
}

int yoke_distinct_merge(yoke_distinct *into, const yoke_distinct *from) {
    if (into->precision != from->precision || into->seed != from->seed)
        return yoke_fail(YOKE_EINVAL, "distinct: sketches of other precisions or seeds");
    if (into == from) return YOKE_OK;
    size_t places = yoke__distinct_places(from->precision),
           registers = (size_t)1 << from->precision;
    if (!from->sparse && into->sparse) make_dense(into);
    if (from->sparse)
        for (size_t i = 0; i < places; i++)
            if (from->entries[i]) yoke__distinct_add_short(into, from->entries[i]);
    if (!from->sparse)
        for (size_t i = 0; i < registers; i++) add_dense(into, i, from->registers[i]);
    return YOKE_OK;
}

/* ---- arrays: a sketch for each member ---- */

typedef struct adding {
    const yoke_distinct *like;
    const uint64_t *items;
    yoke_distinct **of; /* a member */
} adding;

static int add_block(void *ctx, size_t index, size_t begin, size_t end, int member) {
    adding *a = ctx;
    yoke_distinct_options options = {a->like->precision, a->like->seed};
    (void)index;
    if (!a->of[member]) YOKE_TRY(yoke_distinct_create(&options, &a->of[member]));
    for (size_t i = begin; i < end; i++) yoke_distinct_add(a->of[member], a->items[i]);
    return YOKE_OK;
}

int yoke_distinct_add_array(yoke_distinct *distinct, const uint64_t *items, size_t n,
                            const yoke_run *run) {
    YOKE__KERNEL;
    YOKE_TRY(yoke__run_check(run));
    if (n && !items) return yoke_fail(YOKE_EINVAL, "distinct: no array");
    int members = yoke__run_members(run, yoke__block_count(n, BLOCK));
    adding a = {distinct, items, calloc((size_t)members, sizeof *a.of)};
    if (!a.of) return yoke_fail(YOKE_ENOMEM, NULL);
    int status = yoke__run_blocks(run, n, BLOCK, add_block, &a);
    for (int m = 0; m < members; m++) {
        if (status == YOKE_OK && a.of[m]) status = yoke_distinct_merge(distinct, a.of[m]);
        yoke_distinct_destroy(a.of[m]);
    }
    free(a.of);
    YOKE__TELL(status, run, __func__, &(double){yoke_distinct_count(distinct)}, sizeof(double));
    return status;
}

/* ---- counting (Ertl 2017, algorithm 6) ---- */

static double sigma(double x) {
    if (x == 1) return INFINITY;
    double sum = x, before = -1;
    for (double y = 1; sum != before; y += y) {
        x *= x;
        before = sum;
        sum += x * y;
    }
    return sum;
}

static double tau(double x) {
    if (x == 0 || x == 1) return 0;
    double sum = 1 - x, before = -1;
    for (double y = 0.5; sum != before; y *= 0.5) {
        x = sqrt(x);
        before = sum;
        sum -= (1 - x) * (1 - x) * y;
    }
    return sum / 3;
}

static double count_dense(const yoke_distinct *d) {
    size_t registers = (size_t)1 << d->precision, with[66] = {0};
    int longest = 64 - d->precision;
    double m = (double)registers;
    for (size_t i = 0; i < registers; i++) with[d->registers[i]]++;
    double sum = m * tau(1 - (double)with[longest + 1] / m);
    for (int run = longest; run >= 1; run--) sum = 0.5 * (sum + (double)with[run]);
    sum += m * sigma((double)with[0] / m);
    return m / (2 * log(2)) * m / sum;
}

/* Of the 2^25 places some are empty: the estimate by linear counting. */
static double count_sparse(const yoke_distinct *d) {
    double places = (double)(1 << YOKE__DISTINCT_BITS);
    return -places * log1p(-(double)d->used / places);
}

double yoke_distinct_count(const yoke_distinct *distinct) {
    return distinct->sparse ? count_sparse(distinct) : count_dense(distinct);
}

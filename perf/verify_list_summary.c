/* SPDX-License-Identifier: Apache-2.0
 *
 * Summaries: quantiles, distinct items, samples, as the bytes that they are written as.
 */
#include "perf/verify_list.h"
#include "yoke/distinct.h"
#include "yoke/quantiles.h"
#include "yoke/sample.h"

enum { N = 50000, FRACTIONS = 5 };
static const double fractions[FRACTIONS] = {0, 0.1, 0.5, 0.99, 1};

static int add_quantiles(verify_case *c, const yoke_quantiles *q) {
    size_t size = yoke_quantiles_size(q);
    void *bytes;
    double numbers[FRACTIONS];
    YOKE_TRY(yoke__verify_room(c, &bytes, size));
    yoke_quantiles_write(q, bytes);
    yoke__verify_add(c, bytes, size);
    YOKE_TRY(yoke_quantiles_get(q, fractions, FRACTIONS, numbers));
    return yoke__verify_add(c, numbers, sizeof numbers);
}

static int quantiles(verify_case *c) {
    double *x;
    yoke_quantiles *q = NULL;
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke_quantiles_create(NULL, &q));
    int status = yoke_quantiles_add_array(q, x, c->n, c->run);
    if (status >= 0) status = add_quantiles(c, q);
    yoke_quantiles_destroy(q);
    return status;
}

static int exact_quantiles(verify_case *c) {
    double *x, numbers[FRACTIONS];
    YOKE_TRY(yoke__verify_reals(c, &x, c->n));
    YOKE_TRY(yoke_quantiles_exact(x, c->n, fractions, FRACTIONS, numbers, c->run));
    return yoke__verify_add(c, numbers, sizeof numbers);
}

static int add_distinct(verify_case *c, const yoke_distinct *d) {
    size_t size = yoke_distinct_size(d);
    void *bytes;
    double count = yoke_distinct_count(d);
    YOKE_TRY(yoke__verify_room(c, &bytes, size));
    yoke_distinct_write(d, bytes);
    yoke__verify_add(c, bytes, size);
    return yoke__verify_add(c, &count, sizeof count);
}

/* Half of the items come through a second sketch. */
static int sketch_distinct(verify_case *c, const uint64_t *x, yoke_distinct *d, yoke_distinct *of) {
    size_t half = c->n / 2;
    YOKE_TRY(yoke_distinct_add_array(d, x, half, c->run));
    YOKE_TRY(yoke_distinct_add_array(of, x + half, c->n - half, c->run));
    YOKE_TRY(yoke_distinct_merge(d, of));
    return add_distinct(c, d);
}

static int distinct(verify_case *c) {
    uint64_t *x;
    size_t count;
    yoke_distinct *d = NULL, *of = NULL;
    YOKE_TRY(yoke__verify_words(c, &x, c->n));
    YOKE_TRY(yoke_distinct_exact(x, c->n, &count, c->run));
    yoke__verify_add(c, &count, sizeof count);
    int status = yoke_distinct_create(NULL, &d);
    if (status >= 0) status = yoke_distinct_create(NULL, &of);
    if (status >= 0) status = sketch_distinct(c, x, d, of);
    yoke_distinct_destroy(d);
    yoke_distinct_destroy(of);
    return status;
}

static int add_sample(verify_case *c, yoke_sample *sample) {
    uint64_t items[100], indices[100];
    long count = yoke_sample_items(sample, items, indices);
    if (count < 0) return (int)count;
    yoke__verify_add(c, items, (size_t)count * sizeof *items);
    return yoke__verify_add(c, indices, (size_t)count * sizeof *indices);
}

static int sample(verify_case *c) {
    uint64_t *x;
    yoke_sample *of = NULL;
    YOKE_TRY(yoke__verify_words(c, &x, c->n));
    YOKE_TRY(yoke_sample_create(&(yoke_sample_options){.k = 100, .item_size = sizeof *x, .seed = 5},
                                &of));
    int status = yoke_sample_add_array(of, 7, x, c->n, c->run);
    if (status >= 0) status = add_sample(c, of);
    yoke_sample_destroy(of);
    return status;
}

#define SUMMARY(text, of, header, fn)                                                              \
    {                                                                                              \
        .algorithm = (text), .input = (of), .level = "always", .headers = (header), .n = N,        \
        .compute = (fn)                                                                            \
    }
const verify_entry yoke__verify_list_summary[] = {
    SUMMARY("sketch of quantiles", "doubles", "quantiles", quantiles),
    SUMMARY("exact quantiles", "doubles", "quantiles", exact_quantiles),
    SUMMARY("distinct items, sketched and exact", "64-bit integers", "distinct", distinct),
    SUMMARY("sample", "64-bit integers, 100 of them", "sample", sample),
    {.algorithm = NULL}};

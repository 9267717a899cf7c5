/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads that measure the bandwidth of memory. Bytes are counted as STREAM counts them (McCalpin
 * 1995): what the loop names. A store that does not pass by the caches reads its line first, which
 * is not counted. `triad` is that of likwid-bench, of four arrays; stream_triad that of STREAM.
 */
#include "perf/load.h"
#include "yoke/vector.h"

enum { TO, A, B, C };
static const double factor = 3;

static int prepare(yoke_load_run *run, int operands) {
    YOKE_TRY(yoke__load_open(run, sizeof(yoke__load_data)));
    for (int i = TO; i <= operands; i++) YOKE_TRY(yoke__load_f64(run, i, run->size));
    return yoke__load_answer(run, yoke__load_reals(run, TO), run->size * sizeof(double));
}

static int prepare_one(yoke_load_run *run) { return prepare(run, 1); }
static int prepare_two(yoke_load_run *run) { return prepare(run, 2); }
static int prepare_three(yoke_load_run *run) { return prepare(run, 3); }

/* All items against the loop by hand: an expression of i. */
#define CHECK(name, expression)                                                                    \
    static int check_##name(yoke_load_run *run) {                                                  \
        const double *to = yoke__load_reals(run, TO), *a = yoke__load_reals(run, A);               \
        const double *b = yoke__load_reals(run, B), *c = yoke__load_reals(run, C);                 \
        (void)b, (void)c;                                                                          \
        for (size_t i = 0; i < run->size; i++)                                                     \
            if (to[i] != (expression)) return yoke__load_wrong(i);                                 \
        return YOKE_OK;                                                                            \
    }
CHECK(copy, a[i])
CHECK(scale, factor *a[i])
CHECK(add, a[i] + b[i])
CHECK(stream_triad, a[i] + factor * b[i])
CHECK(update, a[i] + (a[i] + factor * b[i]))
CHECK(triad, a[i] * b[i] + c[i])

static int copy(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_copy_f64(d->array[TO], d->array[A], run->size, &d->run);
}

static int scale(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_scale_f64(d->array[TO], factor, d->array[A], run->size, &d->run);
}

static int add(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_add_f64(d->array[TO], d->array[A], d->array[B], run->size, &d->run);
}

static int stream_triad(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_triad_f64(d->array[TO], d->array[A], factor, d->array[B], run->size,
                                 &d->run);
}

static int stream_triad_nt(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_triad_nt_f64(d->array[TO], d->array[A], factor, d->array[B], run->size,
                                    &d->run);
}

static int triad(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_multiply_add_f64(d->array[TO], d->array[A], d->array[B], d->array[C],
                                        run->size, &d->run);
}

static int update(yoke_load_run *run) {
    yoke__load_data *d = yoke__load_of(run);
    return yoke_vector_update_f64(d->array[TO], d->array[A], factor, d->array[B], run->size,
                                  &d->run);
}

#define STREAM .group = "stream", .item = "element", .size = 1 << 24, .finish = yoke__load_close
const yoke_load yoke__loads_stream[] = {
    {STREAM, .name = "stream_copy", .about = "to = a", .bytes = 16, .prepare = prepare_one,
     .repeat = copy, .check = check_copy},
    {STREAM, .name = "stream_scale", .about = "to = q a", .bytes = 16, .flops = 1,
     .prepare = prepare_one, .repeat = scale, .check = check_scale},
    {STREAM, .name = "stream_add", .about = "to = a + b", .bytes = 24, .flops = 1,
     .prepare = prepare_two, .repeat = add, .check = check_add},
    {STREAM, .name = "stream_triad", .about = "to = a + q b", .bytes = 24, .flops = 2,
     .prepare = prepare_two, .repeat = stream_triad, .check = check_stream_triad},
    {STREAM, .name = "stream_triad_nt", .about = "to = a + q b, stores pass by the caches",
     .bytes = 24, .flops = 2, .prepare = prepare_two, .repeat = stream_triad_nt,
     .check = check_stream_triad},
    {STREAM, .name = "triad", .about = "to = a b + c, the triad of likwid-bench", .bytes = 32,
     .flops = 2, .prepare = prepare_three, .repeat = triad, .check = check_triad},
    {STREAM, .name = "update",
     .about = "to = to + (a + q b), nstream of the Parallel Research Kernels", .bytes = 32,
     .flops = 3, .prepare = prepare_two, .renew = copy, .repeat = update, .check = check_update},
    {.name = NULL}};

/* SPDX-License-Identifier: Apache-2.0
 *
 * yoke inside a parallel region of one's own. Called from a `single`, it adds tasks to the team
 * that is there: no second team, no more threads than before. The map function looks how deep it
 * runs.
 */
#include <omp.h>
#include <stdatomic.h>
#include <stdio.h>

#include "yoke/yoke.h"

typedef struct depth {
    atomic_int level;   /* deepest parallel region in which map ran */
    atomic_int threads; /* largest team */
} depth;

static void raise_to(atomic_int *most, int value) {
    int now = atomic_load(most);
    while (now < value && !atomic_compare_exchange_weak(most, &now, value)) {
    }
}

static int count_stations(const yoke_records *rows, yoke_emitter *out, void *ctx) {
    depth *seen = ctx;
    raise_to(&seen->level, omp_get_level());
    raise_to(&seen->threads, omp_get_num_threads());
    for (size_t r = 0; r < rows->count; r++) {
        yoke_text station = yoke_records_raw(rows, r, 0);
        uint64_t *count = yoke_emit_slot(out, station.data, station.size);
        if (!count) return YOKE_ENOMEM;
        *count += 1;
    }
    return YOKE_OK;
}

static int add(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    *(uint64_t *)into += *(const uint64_t *)from;
    return YOKE_OK;
}

static int run(depth *seen, size_t *stations) {
    yoke_input input = {.name = "examples/data/weather.csv"};
    yoke_format csv = {.delimiter = ',', .quote = '"', .header = true};
    yoke_dataset *data = NULL;
    yoke_result *result = NULL;
    int status;

    YOKE_TRY_GOTO(status, yoke_dataset_open(&input, 1, &csv, &data), end);
    yoke_job job = {.dataset = data,
                    .map = count_stations,
                    .combine = add,
                    .ctx = seen,
                    .value_size = sizeof(uint64_t)};
    YOKE_TRY_GOTO(status, yoke_mapreduce(&job, &result), end);
    *stations = yoke_result_count(result);
end:
    if (status < 0) fprintf(stderr, "%s\n", yoke_error_detail());
    yoke_result_destroy(result);
    yoke_dataset_close(data);
    return status;
}

int main(void) {
    depth seen = {0};
    size_t stations = 0;
    int status = YOKE_OK;
#pragma omp parallel num_threads(3) default(none) shared(seen, stations, status)
#pragma omp single
    status = run(&seen, &stations);

    if (status < 0) return 1;
    printf("%zu stations; map ran at nesting level %d, in a team of %d\n", stations,
           atomic_load(&seen.level), atomic_load(&seen.threads));
    return 0;
}

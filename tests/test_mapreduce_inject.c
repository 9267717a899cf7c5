/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole way from opening to results when memory is short, when reads are short or interrupted,
 * and when calls to the system fail.
 */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/csv_oracle.h"
#include "tests/inject.h"

/* A quoted and ragged table of three columns with more keys than a first table has places. */
static bytes write_table(size_t records) {
    bytes text = {0};
    bytes_add_text(&text, "key,\"a \"\"name\"\"\",value\n");
    for (size_t r = 0; r < records; r++) {
        char record[100];
        static const char *const forms[] = {"k%zu,\"a,b\",%zu\n", "k%zu,\"c\"\"d\",%zu\n",
                                            "k%zu,\"e\nf\"\n",
                                            "a key that is longer than sixteen %zu,g,%zu,h\n"};
        int size = snprintf(record, sizeof record, forms[r % 4], r / 2, r);
        bytes_add(&text, record, (size_t)size);
    }
    return text;
}

typedef struct work {
    yoke_input inputs[3];
    size_t count;
    int threads;
    size_t block_size;
    uint64_t digest; /* of the last success */
} work;

static int map_table(const yoke_records *records, yoke_emitter *out, void *ctx) {
    (void)ctx;
    yoke_text keys[YOKE_RECORDS_MOST], text;
    void *slots[YOKE_RECORDS_MOST];
    for (size_t r = 0; r < records->count; r++) {
        YOKE_TRY(yoke_records_field(records, r, 0, out->arena, &keys[r]));
        YOKE_TRY(yoke_records_field(records, r, 1, out->arena, &text));
    }
    YOKE_TRY(yoke_emit_slots(out, keys, records->count, slots));
    for (size_t r = 0; r < records->count; r++) *(uint64_t *)slots[r] += 1;
    for (size_t r = 0; r < records->count; r++) {
        yoke_records_field(records, r, 2, out->arena, &text);
        YOKE_TRY(yoke_emit(out, "sum", 3, &(uint64_t){text.size}));
    }
    return 0;
}

static int add(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    *(uint64_t *)into += *(const uint64_t *)from;
    return 0;
}

static uint64_t digest_of(const yoke_result *result) {
    uint64_t digest = yoke_result_count(result);
    for (size_t i = 0; i < yoke_result_count(result); i++) {
        yoke_entry *entry = yoke_result_entry(result, i);
        const unsigned char *key = (const unsigned char *)entry->key;
        for (size_t b = 0; b < entry->key_size; b++) digest = (digest ^ key[b]) * 0x100000001B3u;
        digest = (digest ^ *(uint64_t *)yoke_entry_value(entry)) * 0x100000001B3u;
    }
    return digest;
}

static int open_and_run(void *ctx) {
    work *w = ctx;
    yoke_format format = {
        .delimiter = ',', .quote = '"', .header = true, .on_ragged = YOKE_RAGGED_FILL};
    yoke_dataset *dataset = NULL;
    YOKE_TRY(yoke_dataset_open(w->inputs, w->count, &format, &dataset));
    yoke_job job = {.dataset = dataset,
                    .map = map_table,
                    .combine = add,
                    .value_size = 8,
                    .state_size = 8,
                    .order = YOKE_ORDER_FIRST,
                    .threads = w->threads,
                    .block_size = w->block_size,
                    .seed = 1};
    yoke_result *result = NULL;
    int status = yoke_mapreduce(&job, &result);
    if (status >= 0) w->digest = digest_of(result);
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
    return status;
}

static const char *gzip_file(const char *name, const bytes *text) {
    const char *path = test_file(name, "", 0);
    gzFile to = gzopen(path, "wb1");
    REQUIRE(to && gzwrite(to, text->data, (unsigned)text->size) == (int)text->size);
    REQUIRE(gzclose(to) == Z_OK);
    return path;
}

/* A plain file, a compressed one, and memory, all the same table. */
static work make_work(const bytes *text, int threads, size_t block_size) {
    work made = {.count = 3, .threads = threads, .block_size = block_size};
    const char *plain = test_file("plain", text->data, text->size);
    made.inputs[0] = (yoke_input){YOKE_INPUT_PATH, plain, 0, NULL, 0};
    made.inputs[1] = (yoke_input){YOKE_INPUT_PATH, gzip_file("packed", text), 0, NULL, 0};
    made.inputs[2] = (yoke_input){YOKE_INPUT_MEMORY, "memory", 0, text->data, text->size};
    return made;
}

TEST(every_allocation_may_fail) {
    bytes text = write_table(3000);
    for (int threads = 1; threads <= 3; threads++) {
        work w = make_work(&text, threads, 30000);
        REQUIRE(open_and_run(&w) == YOKE_OK);
        uint64_t digest = w.digest;
        long failures = inject_each_allocation(open_and_run, &w, YOKE_ENOMEM);
        CU_ASSERT(failures > 30);
        CU_ASSERT_EQUAL(w.digest, digest);
    }
    bytes_free(&text);
}

TEST(a_failed_allocation_says_so) {
    bytes text = write_table(2000);
    work w = make_work(&text, 2, 4096);
    for (long n = 1; n < 200; n++) {
        yoke_fail(YOKE_EINVAL, "something old");
        inject_fail_allocation(n);
        int status = open_and_run(&w);
        inject_reset();
        if (status == YOKE_OK) continue;
        CU_ASSERT_EQUAL(status, YOKE_ENOMEM);
        CU_ASSERT_PTR_NOT_NULL(strstr(yoke_error_detail(), "emory ran out"));
    }
    bytes_free(&text);
}

TEST(every_call_may_fail) {
    bytes text = write_table(1000);
    for (int threads = 1; threads <= 3; threads++) {
        work w = make_work(&text, threads, 4096);
        REQUIRE(open_and_run(&w) == YOKE_OK);
        uint64_t digest = w.digest;
        long failures = inject_each_io(open_and_run, &w, EIO, YOKE_EIO);
        CU_ASSERT(failures > 10);
        CU_ASSERT_EQUAL(w.digest, digest);
    }
    bytes_free(&text);
}

TEST(a_failed_call_says_which_file) {
    bytes text = write_table(1000);
    work w = make_work(&text, 2, 4096);
    int named = 0;
    for (long n = 1; n < 60; n++) {
        inject_fail_io(n, EACCES);
        int status = open_and_run(&w);
        inject_reset();
        if (status >= 0) continue; /* it was not needed: a size that may be unknown */
        CU_ASSERT_EQUAL(status, YOKE_EIO);
        char first[300], second[300];
        snprintf(first, sizeof first, "%s: Permission denied", w.inputs[0].name);
        snprintf(second, sizeof second, "%s: Permission denied", w.inputs[1].name);
        const char *detail = yoke_error_detail();
        CU_ASSERT(!strcmp(detail, first) || !strcmp(detail, second));
        named++;
    }
    CU_ASSERT(named > 10);
    bytes_free(&text);
}

TEST(short_and_interrupted_reads_change_nothing) {
    bytes text = write_table(300);
    for (int threads = 1; threads <= 3; threads++) {
        work w = make_work(&text, threads, 1000);
        REQUIRE(open_and_run(&w) == YOKE_OK);
        uint64_t digest = w.digest;
        static const size_t limits[] = {1, 7, 100};
        for (int i = 0; i < 3; i++) {
            inject_short_io(limits[i]);
            inject_interrupt_io(3);
            w.digest = 0;
            CU_ASSERT_EQUAL(open_and_run(&w), YOKE_OK);
            CU_ASSERT_EQUAL(w.digest, digest);
            inject_reset();
        }
    }
    bytes_free(&text);
}

/* ---- pipes ---- */

static int read_pipe(void *ctx) {
    work *w = ctx;
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const yoke_input *memory = &w->inputs[2];
    struct iovec all = {(void *)(uintptr_t)memory->data, memory->size};
    REQUIRE(writev(ends[1], &all, 1) == (ssize_t)memory->size); /* a call that never fails */
    close(ends[1]);
    work piped = *w;
    piped.count = 1;
    piped.inputs[0] = (yoke_input){YOKE_INPUT_DESCRIPTOR, "pipe", ends[0], NULL, 0};
    int status = open_and_run(&piped);
    w->digest = piped.digest;
    close(ends[0]);
    return status;
}

TEST(pipes_with_failures_and_short_reads) {
    bytes text = write_table(300);
    work w = make_work(&text, 2, 1000);
    REQUIRE(read_pipe(&w) == YOKE_OK);
    uint64_t digest = w.digest;
    CU_ASSERT(inject_each_io(read_pipe, &w, EIO, YOKE_EIO) > 1);
    CU_ASSERT(inject_each_allocation(read_pipe, &w, YOKE_ENOMEM) > 10);
    inject_short_io(5);
    inject_interrupt_io(2);
    CU_ASSERT_EQUAL(read_pipe(&w), YOKE_OK);
    inject_reset();
    CU_ASSERT_EQUAL(w.digest, digest);
    bytes_free(&text);
}

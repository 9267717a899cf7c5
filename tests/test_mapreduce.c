/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of all kinds, counted and put in order at several numbers of threads and block sizes.
 */
#include "tests/counting.h"

static const int thread_counts[] = {1, 2, 3, 7};
static const size_t block_sizes[] = {64, 1000, 0};

static bool compare_order(const key_list *keys, const bytes *text, const group *groups,
                          size_t count, yoke_order order) {
    bool same = true;
    for (size_t t = 0; t < 4 && same; t++) {
        size_t block_size = block_sizes[test_random_below(3)];
        counting ctx = {.keys = keys, .way = (emit_way)test_random_below(WAYS)};
        yoke_dataset *dataset = open_text(text);
        yoke_result *result = run(&ctx, dataset, order, thread_counts[t], block_size);
        same = same_groups(result, groups, count, order);
        if (!same)
            printf("    order %d threads %d block %zu way %d\n", order, thread_counts[t],
                   block_size, ctx.way);
        yoke_result_destroy(result);
        yoke_dataset_close(dataset);
    }
    return same;
}

static void compare_uses_of(const key_list *keys, const uint32_t *uses, size_t use_count) {
    bytes text = write_uses(uses, use_count);
    size_t count;
    group *groups = count_serially(keys, uses, use_count, &count);
    bool same = compare_order(keys, &text, groups, count, YOKE_ORDER_KEY) &&
                compare_order(keys, &text, groups, count, YOKE_ORDER_NONE);
    qsort(groups, count, sizeof *groups, compare_firsts);
    same = same && compare_order(keys, &text, groups, count, YOKE_ORDER_FIRST);
    free(groups);
    bytes_free(&text);
    REQUIRE(same);
}

/* Uses each key at random, `skew` times as likely the first ones. */
static void compare_random_uses(const key_list *keys, size_t use_count, unsigned skew) {
    uint32_t *uses = malloc((use_count + 1) * sizeof *uses);
    REQUIRE(uses != NULL);
    for (size_t i = 0; i < use_count; i++) {
        uint64_t limit = keys->count;
        for (unsigned s = 0; s < skew && limit > 1; s++) limit = 1 + test_random_below(limit);
        uses[i] = (uint32_t)test_random_below(limit);
    }
    compare_uses_of(keys, uses, use_count);
    free(uses);
}

/* ---- kinds of keys ---- */

TEST(no_records_and_few) {
    key_list keys = {0};
    add_key(&keys, "a", 1);
    add_key(&keys, "b", 1);
    for (size_t uses = 0; uses < 40; uses++) compare_random_uses(&keys, uses, 0);
    free_keys(&keys);
}

TEST(words) {
    for (size_t distinct = 1; distinct <= 30000; distinct *= 10 + test_random_below(10)) {
        key_list keys = {0};
        for (size_t i = 0; i < distinct; i++) {
            char word[24];
            size_t size = test_random_below(sizeof word);
            for (size_t j = 0; j < size; j++) word[j] = (char)('a' + test_random_below(3));
            add_key(&keys, word, size);
        }
        for (unsigned skew = 0; skew < 4; skew += 3) {
            compare_random_uses(&keys, test_size(20000, 3000), skew);
        }
        free_keys(&keys);
    }
}

TEST(keys_of_all_lengths) {
    static const size_t sizes[] = {0,  1,  7,  8,  9,  15,  16,   17,   23,
                                   24, 25, 31, 32, 33, 100, 1000, 70000};
    char *key = malloc(70000);
    REQUIRE(key != NULL);
    key_list keys = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int variant = 0; variant < 6; variant++) {
            memset(key, "aab\x80\xff\0"[variant], sizes[i]);
            if (sizes[i] && variant) key[test_random_below(sizes[i])] = 'x';
            add_key(&keys, key, sizes[i]);
        }
    }
    free(key);
    compare_random_uses(&keys, 3000, 0);
    free_keys(&keys);
}

/* Keys that differ in zeros at their ends, at and around the ends of words. */
TEST(keys_that_differ_in_trailing_zeros) {
    char key[64];
    key_list keys = {0};
    for (size_t text = 0; text <= 26; text++) {
        memset(key, 0, sizeof key);
        memset(key, 'k', text);
        for (size_t size = text; size <= 50; size++) add_key(&keys, key, size);
        for (size_t size = text + 1; size <= 50; size++) {
            key[size - 1] = (char)(1 + test_random_below(30)); /* a small number behind zeros */
            add_key(&keys, key, size);
            key[size - 1] = 0;
        }
    }
    compare_random_uses(&keys, 12000, 0);
    free_keys(&keys);
}

/* Long common beginnings, beyond the depth at which words are compared. */
TEST(keys_with_long_common_beginnings) {
    char key[2000];
    key_list keys = {0};
    memset(key, 'q', sizeof key);
    for (size_t i = 0; i < 3000; i++) {
        size_t size = 1 + test_random_below(sizeof key);
        char *at = &key[test_random_below(size)], old = *at;
        *at = (char)test_random_below(256);
        add_key(&keys, key, test_random_below(4) ? size : 700);
        *at = old;
    }
    compare_random_uses(&keys, 6000, 0);
    free_keys(&keys);
}

/* So many that some share their place and the bits of the hash that stand in it. */
TEST(many_keys_with_a_common_beginning) {
    key_list keys = {0};
    char key[32] = "sixteen bytes or";
    for (uint64_t i = 0; i < test_size(100000, 20000); i++) {
        uint64_t number = i * 0x9E3779B97F4A7C15u;
        memcpy(key + 16, &number, sizeof number);
        add_key(&keys, key, 24);
    }
    compare_random_uses(&keys, test_size(200000, 20000), 0);
    free_keys(&keys);
}

/* ---- integers ---- */

static int map_integers(const yoke_records *records, yoke_emitter *out, void *ctx) {
    (void)ctx;
    for (size_t r = 0; r < records->count; r++) {
        uint64_t number = parse_number(yoke_records_raw(records, r, 0));
        uint64_t *slot = yoke_emit_slot_u64(out, number * 0x9E3779B97F4A7C15u);
        if (!slot) return yoke_fail(YOKE_ENOMEM, NULL);
        ++*slot;
    }
    return 0;
}

static int add_counts(void *into, const void *from, yoke_arena *arena, void *ctx) {
    (void)arena, (void)ctx;
    *(uint64_t *)into += *(const uint64_t *)from;
    return 0;
}

/* `count` distinct numbers, all of them twice. */
static void check_integers(const bytes *text, size_t count, yoke_order order, int threads) {
    yoke_dataset *dataset = open_text(text);
    yoke_job job = {.dataset = dataset,
                    .map = map_integers,
                    .combine = add_counts,
                    .value_size = 8,
                    .order = order,
                    .threads = threads};
    yoke_result *result = NULL;
    REQUIRE(yoke_mapreduce(&job, &result) == YOKE_OK);
    CU_ASSERT_EQUAL(yoke_result_count(result), count);
    size_t wrong = 0;
    uint64_t before = 0, sum = 0, inverse = 0xF1DE83E19937733Du; /* of the odd factor above */
    for (size_t i = 0; i < yoke_result_count(result); i++) {
        const yoke_entry *entry = yoke_result_entry(result, i);
        uint64_t key = yoke_entry_u64(entry);
        if (order == YOKE_ORDER_KEY) wrong += i && key <= before;
        if (order == YOKE_ORDER_FIRST) wrong += key * inverse != i;
        wrong += *(uint64_t *)yoke_entry_value((yoke_entry *)(uintptr_t)entry) != 2;
        before = key;
        sum += key * inverse;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(sum, (uint64_t)count * (count - 1) / 2);
    yoke_result_destroy(result);
    yoke_dataset_close(dataset);
}

static void count_integers(size_t count, yoke_order order, int threads) {
    uint32_t *uses = malloc(2 * count * sizeof *uses);
    REQUIRE(uses != NULL);
    for (size_t i = 0; i < 2 * count; i++) uses[i] = (uint32_t)(i % count);
    bytes text = write_uses(uses, 2 * count);
    free(uses);
    check_integers(&text, count, order, threads);
    bytes_free(&text);
}

TEST(distinct_integers) {
    for (size_t count = 1; count < test_size(300000, 30000); count = 3 * count + 1) {
        count_integers(count, YOKE_ORDER_KEY, 3);
        count_integers(count, YOKE_ORDER_FIRST, 3);
    }
}

TEST_WITH_LIMIT(two_million_distinct_integers, 60) {
    count_integers(test_size(2000000, 60000), YOKE_ORDER_FIRST, 2);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The scan kernels against a loop over bytes: portable, AVX2 and AVX-512, on texts of a few bytes
 * that matter (delimiter, quote, line ends, letters), of every length and at every alignment.
 */
#include "mapreduce/scan.h"

#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "yoke/dataset.h"

enum { LONGEST = 300, ALIGNMENTS = 64 };

/* A text in memory of exactly its size and the slack, so that a sanitizer sees reads beyond it. */
typedef struct text {
    char *block, *data;
    size_t size;
} text;

static text make_text(size_t size, size_t shift, const char *alphabet) {
    text made = {malloc(shift + size + YOKE_RECORDS_SLACK), NULL, size};
    REQUIRE(made.block != NULL);
    made.data = made.block + shift;
    size_t letters = strlen(alphabet);
    for (size_t i = 0; i < shift + size + YOKE_RECORDS_SLACK; i++) {
        made.block[i] = alphabet[test_random_below(letters)];
    }
    return made;
}

/* ---- the oracle ---- */

typedef struct expected {
    uint32_t ends[LONGEST];
    size_t count, lines;
    size_t bad_quote;
    bool inside; /* between quotes at the end */
} expected;

static expected naive_separators(const char *data, size_t begin, size_t end, char delimiter) {
    expected e = {.bad_quote = YOKE_SCAN_NONE};
    for (size_t i = begin; i < end; i++) {
        if (data[i] != '\n' && data[i] != delimiter) continue;
        e.ends[e.count++] = (uint32_t)i;
        e.lines += data[i] == '\n';
    }
    return e;
}

static void note_bad(expected *e, size_t at) {
    if (e->bad_quote == YOKE_SCAN_NONE) e->bad_quote = at;
}

/* RFC 4180, section 2, rules 5 to 7, byte by byte. Whatever is wrong, a quote always changes
 * between inside and outside. */
static expected naive_quoted(const char *data, size_t begin, size_t end, char delimiter,
                             char quote) {
    expected e = {.bad_quote = YOKE_SCAN_NONE};
    enum { FIELD_START, BARE, INSIDE, CLOSED } state = FIELD_START;
    for (size_t i = begin; i < end; i++) {
        char c = data[i];
        bool separator = c == delimiter || c == '\n';
        if (state == INSIDE) {
            if (c == quote) state = CLOSED;
        } else if (c == quote) {
            if (state == BARE) note_bad(&e, i);
            state = INSIDE; /* opened, or doubled when the quote before had closed */
        } else if (separator) {
            e.ends[e.count++] = (uint32_t)i;
            e.lines += c == '\n';
            state = FIELD_START;
        } else {
            bool line_end_follows = c == '\r' && (i + 1 == end || data[i + 1] == '\n');
            if (state == CLOSED && !line_end_follows) note_bad(&e, i - 1);
            state = BARE;
        }
    }
    e.inside = state == INSIDE;
    return e;
}

/* ---- comparisons ---- */

static const yoke_scan_kernels *kernels[3];
static int kernel_count;

static void choose_kernels(void) {
    static const char *const names[] = {"portable", "avx2", "avx512"};
    for (int i = 0; i < 3; i++) {
        const yoke_scan_kernels *k = yoke__scan_select(names[i]);
        if (!k) continue;
        CU_ASSERT_STRING_EQUAL(k->name, names[i]);
        kernels[kernel_count++] = k;
    }
    REQUIRE(kernel_count >= 1 && kernels[0] == &yoke__scan_portable);
}

static void check_one(const yoke_scan_kernels *k, const text *t, size_t begin, bool quoted,
                      size_t wanted) {
    char delimiter = ',', quote = '"';
    expected e = quoted ? naive_quoted(t->data, begin, t->size, delimiter, quote)
                        : naive_separators(t->data, begin, t->size, delimiter);
    uint32_t *ends = malloc((wanted + YOKE_SCAN_ROOM) * sizeof *ends);
    REQUIRE(ends != NULL);
    yoke_scan scan = {(unsigned char)delimiter, (unsigned char)quote, begin, 0, YOKE_SCAN_NONE};
    size_t found =
        (quoted ? k->separators_quoted : k->separators)(&scan, t->data, t->size, ends, wanted);
    size_t lines = 0;
    int same = found <= e.count && found < wanted + YOKE_SCAN_ROOM;
    for (size_t i = 0; same && i < found; i++) {
        same = ends[i] == e.ends[i];
        lines += t->data[e.ends[i]] == '\n';
    }
    CU_ASSERT(same);
    CU_ASSERT_EQUAL(scan.newlines, lines);
    CU_ASSERT(found == e.count || found >= wanted);
    CU_ASSERT(scan.position <= t->size);
    if (found < wanted) CU_ASSERT_EQUAL(scan.position, t->size);
    if (found < e.count) CU_ASSERT(scan.position <= e.ends[found]);
    if (quoted && found < wanted) CU_ASSERT_EQUAL(scan.bad_quote, e.bad_quote);
    if (quoted && found >= wanted && scan.bad_quote != YOKE_SCAN_NONE) {
        CU_ASSERT_EQUAL(scan.bad_quote, e.bad_quote);
    }
    free(ends);
}

static void check_line_ends(const yoke_scan_kernels *k, const text *t, size_t begin,
                            unsigned char quote, bool inside) {
    size_t first = YOKE_SCAN_NONE, last = YOKE_SCAN_NONE, quotes = 0;
    bool within = inside;
    for (size_t i = begin; i < t->size; i++) {
        if (quote && t->data[i] == (char)quote) within = !within;
        quotes += t->data[i] == '"';
        if (t->data[i] != '\n' || (quote && within)) continue;
        if (first == YOKE_SCAN_NONE) first = i;
        last = i;
    }
    CU_ASSERT_EQUAL(k->first_line_end(t->data, begin, t->size, quote, inside), first);
    CU_ASSERT_EQUAL(k->last_line_end(t->data, begin, t->size, quote, inside), last);
    CU_ASSERT_EQUAL(k->count(t->data, begin, t->size, '"'), quotes);
}

static void check_text(const text *t, size_t begin) {
    for (int i = 0; i < kernel_count; i++) {
        const yoke_scan_kernels *k = kernels[i];
        for (int quoted = 0; quoted < 2; quoted++) {
            check_one(k, t, begin, quoted, LONGEST);
            check_one(k, t, begin, quoted, 1);
            check_one(k, t, begin, quoted, 1 + test_random_below(LONGEST));
        }
        check_line_ends(k, t, begin, 0, false);
        check_line_ends(k, t, begin, '"', false);
        check_line_ends(k, t, begin, '"', true);
    }
}

static void check_texts(const char *alphabet) {
    size_t rounds = test_size(20, 2);
    for (size_t size = 0; size <= LONGEST; size++) {
        for (size_t round = 0; round < rounds; round++) {
            text t = make_text(size, test_random_below(ALIGNMENTS), alphabet);
            check_text(&t, size ? test_random_below(size < 70 ? size : 70) : 0);
            free(t.block);
        }
    }
}

TEST(kernels_agree_with_a_loop_over_bytes) {
    choose_kernels();
    check_texts("ab,\"\n\r");
    check_texts("a,\"\n");
    check_texts("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz,,,,\n\"\"");
    check_texts(",\n");
    check_texts("\"");
    check_texts("\"\n");
    check_texts("a\xff\x80\x0a\x8a,\x2c\xac\"\xa2"); /* bytes that differ in their highest bit */
}

/* Well-formed records: nothing is bad in them, and most line ends stand outside quotes. */
TEST(kernels_find_nothing_wrong_in_sound_records) {
    static const char *const fields[] = {"a",        "",         "\"\"",     "\"a\"",
                                         "\"a,b\"",  "\"x\ny\"", "\"\"\"\"", "\"a\"\"b\"",
                                         "\"\r\n\"", "bb"};
    choose_kernels();
    for (size_t round = 0; round < test_size(3000, 300); round++) {
        text t = make_text(LONGEST, test_random_below(ALIGNMENTS), "\"a");
        size_t size = 0;
        while (size + 16 < LONGEST) {
            const char *field = fields[test_random_below(10)];
            memcpy(t.data + size, field, strlen(field));
            size += strlen(field);
            const char *end = test_random_below(3) ? "," : test_random_below(2) ? "\n" : "\r\n";
            memcpy(t.data + size, end, strlen(end));
            size += strlen(end);
        }
        t.size = size;
        expected e = naive_quoted(t.data, 0, size, ',', '"');
        CU_ASSERT_EQUAL(e.bad_quote, YOKE_SCAN_NONE);
        CU_ASSERT(!e.inside);
        check_text(&t, 0);
        free(t.block);
    }
}

/* A quoted field may be cut anywhere by the 64-byte steps. */
TEST(state_is_carried_from_step_to_step) {
    static const char *const middles[] = {"\"\"",   "\"a\"",     "\"a\"\"b\"", "\"\r\n\"",  "a\"",
                                          "\"a\"b", "\"a\"\r\n", "\"a\"\rb",   "\"\"\"\"a", "\""};
    choose_kernels();
    for (size_t before = 0; before < 140; before++) {
        for (size_t m = 0; m < 10; m++) {
            text t = make_text(LONGEST, 0, "b");
            memset(t.data, ',', before);
            memcpy(t.data + before, middles[m], strlen(middles[m]));
            t.data[before + strlen(middles[m])] = ',';
            check_text(&t, 0);
            t.size = before + strlen(middles[m]); /* the text ends there */
            check_text(&t, 0);
            free(t.block);
        }
    }
}

TEST(an_unknown_kernel_is_not_chosen) {
    CU_ASSERT_PTR_NULL(yoke__scan_select("mmx"));
    CU_ASSERT_PTR_NOT_NULL(yoke__scan_select(NULL));
}

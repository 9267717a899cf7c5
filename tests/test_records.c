/* SPDX-License-Identifier: Apache-2.0
 *
 * Records of random tables and random bytes against the oracle, whatever the source, the block size
 * and the number of threads; and the cases of RFC 4180 one by one.
 */
#include <stdint.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/csv_oracle.h"

static const size_t block_sizes[] = {64, 100, 4096, 0};
static const int thread_counts[] = {1, 2, 3, 7};

/* ---- sources of all kinds ---- */

typedef enum source_kind {
    MEMORY,
    FILE_,
    PIPE,
    GZIP,
    GZIP_MEMBERS,
    ZSTD,
    ZSTD_FRAMES,
    GZIP_FILE,
    KINDS,
} source_kind;

static void gzip(bytes *to, const char *data, size_t size) {
    z_stream z = {0};
    REQUIRE(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t most = deflateBound(&z, size) + 32;
    char *packed = malloc(most);
    REQUIRE(packed != NULL);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)most;
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    bytes_add(to, packed, most - z.avail_out);
    deflateEnd(&z);
    free(packed);
}

static void zstd(bytes *to, const char *data, size_t size) {
    size_t most = ZSTD_compressBound(size);
    char *packed = malloc(most);
    REQUIRE(packed != NULL);
    size_t used = ZSTD_compress(packed, most, data, size, 1);
    REQUIRE(!ZSTD_isError(used));
    bytes_add(to, packed, used);
    free(packed);
}

/* Packs in one or two parts. */
static void pack(void (*packer)(bytes *, const char *, size_t), const bytes *text, bool parts,
                 bytes *to) {
    const char *data = text->data ? text->data : "";
    size_t cut = parts ? test_random_below(text->size + 1) : 0;
    if (parts) packer(to, data, cut);
    packer(to, data + cut, text->size - cut);
}

typedef struct source {
    yoke_input input;
    char *memory; /* to be freed */
    int descriptor;
} source;

static source memory_source(const bytes *content, const char *name) {
    char *copy = bytes_copy(content);
    yoke_input input = {YOKE_INPUT_MEMORY, name, 0, copy, content->size};
    return (source){input, copy, -1};
}

/* The text must fit the pipe's buffer. */
static source pipe_source(const bytes *content, const char *name) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], content->data ? content->data : "", content->size) ==
            (ssize_t)content->size);
    close(ends[1]);
    return (source){{YOKE_INPUT_DESCRIPTOR, name, ends[0], NULL, 0}, NULL, ends[0]};
}

static source make_source(source_kind kind, const bytes *text, const char *name) {
    bytes packed = {0};
    if (kind == GZIP || kind == GZIP_MEMBERS || kind == GZIP_FILE) {
        pack(gzip, text, kind != GZIP, &packed);
    } else if (kind == ZSTD || kind == ZSTD_FRAMES) {
        pack(zstd, text, kind == ZSTD_FRAMES, &packed);
    }
    const bytes *content = packed.data ? &packed : text;
    source made;
    if (kind == FILE_ || kind == GZIP_FILE) {
        FILE *file = fopen(name, "wb");
        REQUIRE(file && fwrite(content->data ? content->data : "", 1, content->size, file) ==
                            content->size);
        fclose(file);
        made = (source){{YOKE_INPUT_PATH, name, 0, NULL, 0}, NULL, -1};
    } else {
        made = kind == PIPE ? pipe_source(content, name) : memory_source(content, name);
    }
    bytes_free(&packed);
    return made;
}

static void end_source(source *s) {
    free(s->memory);
    if (s->descriptor >= 0) close(s->descriptor);
    if (s->input.kind == YOKE_INPUT_PATH) unlink(s->input.name);
}

/* ---- comparing ---- */

enum { MOST_TEXTS = 5 };

static char names[MOST_TEXTS][128];

static void print_case(const bytes *texts, size_t count, const yoke_format *format, int threads,
                       size_t block_size) {
    printf("    delimiter %d quote %d header %d ragged %d max %zu threads %d block %zu\n",
           format->delimiter, format->quote, format->header, format->on_ragged, format->max_record,
           threads, block_size);
    for (size_t i = 0; i < count; i++) {
        printf("    text %zu: ", i);
        for (size_t j = 0; j < texts[i].size && j < 600; j++) {
            unsigned char c = (unsigned char)texts[i].data[j];
            printf(c >= 32 && c < 127 && c != '\\' ? "%c" : "\\x%02x", c);
        }
        printf("\n");
    }
}

static const char *const *name_list(void) {
    static const char *list[MOST_TEXTS];
    for (int i = 0; i < MOST_TEXTS; i++) {
        snprintf(names[i], sizeof names[i], "%s/text%d", test_directory(), i);
        list[i] = names[i];
    }
    return list;
}

/* Reads the texts in one way and compares; false stops the test, its case printed. */
static bool compare(const bytes *texts, size_t count, const yoke_format *format,
                    const csv_reading *expected, int threads, size_t block_size) {
    source sources[MOST_TEXTS];
    yoke_input inputs[MOST_TEXTS];
    for (size_t i = 0; i < count; i++) {
        source_kind kind = (source_kind)test_random_below(KINDS);
        if (kind == PIPE && texts[i].size > 60000) kind = MEMORY;
        sources[i] = make_source(kind, &texts[i], names[i]);
        inputs[i] = sources[i].input;
    }
    csv_reading reading = csv_read(inputs, count, format, threads, block_size);
    bool same = csv_check(&reading, expected);
    if (!same) print_case(texts, count, format, threads, block_size);
    csv_reading_free(&reading);
    for (size_t i = 0; i < count; i++) end_source(&sources[i]);
    return same;
}

static bool compare_ways(const bytes *texts, size_t count, const yoke_format *format, int ways) {
    csv_reading expected = csv_expect(texts, name_list(), count, format);
    bool same = true;
    for (int i = 0; i < ways && same; i++) {
        same = compare(texts, count, format, &expected, thread_counts[test_random_below(4)],
                       block_sizes[test_random_below(4)]);
    }
    csv_reading_free(&expected);
    return same;
}

/* ---- random texts ---- */

static yoke_format random_format(void) {
    static const unsigned char delimiters[] = {',', ',', ',', ';', '\t', '|', ' ', 'a', 0xff, 0};
    static const unsigned char quotes[] = {'"', '"', '"', '\'', 0};
    yoke_format format = {.delimiter = delimiters[test_random_below(sizeof delimiters)],
                          .quote = quotes[test_random_below(sizeof quotes)],
                          .header = !test_random_below(2),
                          .on_ragged = (yoke_on_ragged)test_random_below(3)};
    if (!test_random_below(4)) format.max_record = 1 + test_random_below(200);
    return format;
}

/* Bytes that mean something, in any order. */
static void add_soup(bytes *text, const yoke_format *format, size_t size) {
    char letters[] = {(char)format->delimiter, '\n', 'a', (char)format->quote, '\r', 'b', '\n',
                      (char)format->delimiter};
    size_t most = 3 + test_random_below(sizeof letters - 2);
    for (size_t i = 0; i < size; i++) bytes_add_byte(text, letters[test_random_below(most)]);
}

static void add_random_field(bytes *text, const yoke_format *format) {
    char d = format->delimiter ? (char)format->delimiter : 'x', q = (char)format->quote;
    size_t size = test_random_below(10) ? test_random_below(6) : test_random_below(300);
    bool quoted = q && !test_random_below(3);
    if (quoted) bytes_add_byte(text, q);
    for (size_t i = 0; i < size; i++) {
        char c = "abc\xc3\xa4 12"[test_random_below(9)];
        if (quoted && !test_random_below(3)) c = "\n\r\n"[test_random_below(3)];
        if (quoted && !test_random_below(4)) c = d;
        if (c == d && !quoted) c = '_';
        bytes_add_byte(text, c);
        if (quoted && !test_random_below(5)) bytes_add_byte(text, q), bytes_add_byte(text, q);
    }
    if (quoted) bytes_add_byte(text, q);
}

/* A table as programs write it, now and then with a record of another length or a blank line. */
static void add_table(bytes *text, const yoke_format *format, size_t columns, size_t records) {
    const char *line_end = test_random_below(2) ? "\n" : "\r\n";
    size_t oddity = test_random_below(3) ? 0 : 10;
    for (size_t r = 0; r < records; r++) {
        size_t fields = columns;
        if (r && oddity && !test_random_below(oddity)) fields = test_random_below(columns + 3);
        for (size_t f = 0; f < fields; f++) {
            if (f) bytes_add_byte(text, format->delimiter ? (char)format->delimiter : '_');
            add_random_field(text, format);
        }
        if (r + 1 < records || test_random_below(2)) bytes_add_text(text, line_end);
    }
}

/* Texts of one format; those that have headers and are several have the same header. */
static size_t make_texts(bytes texts[MOST_TEXTS], const yoke_format *format, bool soup) {
    size_t count = test_random_below(3) ? 1 : 1 + test_random_below(MOST_TEXTS);
    size_t columns = 1 + test_random_below(6);
    bytes header = {0};
    if (format->header && count > 1) {
        add_table(&header, format, columns, 1);
        if (!header.size || header.data[header.size - 1] != '\n') bytes_add_byte(&header, '\n');
    }
    for (size_t i = 0; i < count; i++) {
        texts[i] = (bytes){0};
        if (!test_random_below(8)) bytes_add_text(&texts[i], "\xEF\xBB\xBF");
        if (header.size) bytes_add(&texts[i], header.data, header.size);
        size_t size = test_random_below(test_random_below(4) ? 60 : 3000);
        if (soup)
            add_soup(&texts[i], format, size);
        else
            add_table(&texts[i], format, columns, size / 20);
    }
    bytes_free(&header);
    return count;
}

static void compare_random_texts(bool soup, size_t rounds) {
    for (size_t round = 0; round < rounds; round++) {
        yoke_format format = random_format();
        bytes texts[MOST_TEXTS];
        size_t count = make_texts(texts, &format, soup);
        bool same = compare_ways(texts, count, &format, 3);
        for (size_t i = 0; i < count; i++) bytes_free(&texts[i]);
        REQUIRE(same);
    }
}

TEST(random_tables) { compare_random_texts(false, test_size(1500, 150)); }

TEST(random_bytes) { compare_random_texts(true, test_size(1500, 200)); }

/* ---- case by case ---- */

/* Reads the text and writes fields as [a][b] and records as lines; a failure as its message. */
static const char *read_readably(const char *text, size_t size, const yoke_format *format) {
    static bytes out;
    yoke_input input = {YOKE_INPUT_MEMORY, "t", 0, text, size};
    csv_reading reading = csv_read(&input, 1, format, 2, 64);
    out.size = 0;
    for (size_t i = 0; reading.status >= 0 && i < reading.dump.size;) {
        if (reading.dump.data[i] == 'R') {
            if (i++) bytes_add_text(&out, "\n");
        }
        for (size_t c = 0; c < reading.columns; c++) {
            uint32_t length;
            memcpy(&length, reading.dump.data + i, sizeof length);
            bytes_add_text(&out, "[");
            bytes_add(&out, reading.dump.data + i + sizeof length, length);
            bytes_add_text(&out, "]");
            i += sizeof length + length;
        }
    }
    if (reading.status < 0) bytes_add_text(&out, reading.detail);
    bytes_add_byte(&out, '\0');
    csv_reading_free(&reading);
    return out.data;
}

typedef struct plain_case {
    const char *text, *expected;
} plain_case;

static void check_cases(const plain_case *cases, size_t count, const yoke_format *format) {
    for (size_t i = 0; i < count; i++) {
        const char *text = cases[i].text;
        CU_ASSERT_STRING_EQUAL(read_readably(text, strlen(text), format), cases[i].expected);
    }
}
#define CHECK_CASES(cases, ...)                                                                    \
    check_cases((cases), sizeof(cases) / sizeof *(cases), &(yoke_format){__VA_ARGS__})

#define MISPLACED    "a quote may stand only at the beginning or end of a field"
#define UNTERMINATED "a quote is opened here and never closed"

TEST(rfc_4180_case_by_case) {
    static const plain_case cases[] = {
        {"a,b\r\nc,d\r\n", "[a][b]\n[c][d]"},        /* rule 1 */
        {"a,b\r\nc,d", "[a][b]\n[c][d]"},            /* 2: the last line end may be missing */
        {"a,b\nc,d\n", "[a][b]\n[c][d]"},            /* as everybody writes it */
        {"a b, c \n", "[a b][ c ]"},                 /* 4: blanks are part of a field */
        {"\"a\",\"b\"\r\n", "[a][b]"},               /* 5 */
        {"\"a\r\nb\",\"c,d\"\r\n", "[a\r\nb][c,d]"}, /* 6 */
        {"\"a\"\"b\",\"\"\"\"\r\n", "[a\"b][\"]"},   /* 7 */
        {"\"\",\"\"\"\"\"\"\n", "[][\"\"]"},
        {",\n,\n", "[][]\n[][]"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "[a][b]"},
        {"\xEF\xBB\xBF"
         "\"a\",b\n",
         "[a][b]"},
        {"a,\xEF\xBB\xBF"
         "b\n",
         "[a][\xEF\xBB\xBF"
         "b]"},
        {"a,b\n\r\n\nc,d\n\n", "[a][b]\n[c][d]"}, /* blank lines between several columns */
        {"a\n\nb\n", "[a]\n[]\n[b]"},             /* but not where a line is one field */
        {"a,b\r", "[a][b]"},
        {"a,b\r\r\n", "[a][b\r]"},
        {"a\r,b\n", "[a\r][b]"},
        {"\"a\"\r\n", "[a]"},
        {"\"a\"\r", "[a]"},
        {"\"a\n\"", "[a\n]"},
        {"\n", "[]"},
        {"", ""},
        {"\xEF\xBB\xBF", ""},
    };
    CHECK_CASES(cases, .delimiter = ',', .quote = '"');
}

TEST(quotes_that_break_the_rules) {
    static const plain_case cases[] = {
        {"a,b\"c\n", "t: line 1, column 4: " MISPLACED},
        {"a,b\nc,\"d\"e\n", "t: line 2, column 5: " MISPLACED},
        {"a,b\nc, \"d\"\n", "t: line 2, column 4: " MISPLACED},
        {"a,b\n\"c\"\"d\"x,e\n", "t: line 2, column 6: " MISPLACED},
        {"a,b\n\"c\"\rx,e\n", "t: line 2, column 3: " MISPLACED},
        {"a,b\nc,\"d\n", "t: line 2, column 3: " UNTERMINATED},
        {"a,b\nc,\"d\"\"e\n\nf", "t: line 2, column 3: " UNTERMINATED},
        {"a,b\nc,\"\"\"", "t: line 2, column 3: " UNTERMINATED},
        {"\"", "t: line 1, column 1: " UNTERMINATED},
        {"\"a\nb\"\n\"c\nd\"\n\"e", "t: line 5, column 1: " UNTERMINATED},
        {"\xEF\xBB\xBF"
         "a,\"",
         "t: line 1, column 3: " UNTERMINATED},
        {"\xEF\xBB\xBF"
         "a,b\na,\"",
         "t: line 2, column 3: " UNTERMINATED},
        {"a,b\nc\nd,\"e\"f\n", "t: line 2, column 1: the record has 1 fields, expected 2"},
        {"a,b\nc,\"d\"e\nf\n", "t: line 2, column 5: " MISPLACED},
        {"a,b\nc,d,e", "t: line 2, column 1: the record has 3 fields, expected 2"},
        {"a,b\n\"\",\n \n", "t: line 3, column 1: the record has 1 fields, expected 2"},
    };
    CHECK_CASES(cases, .delimiter = ',', .quote = '"');
}

TEST(other_formats) {
    static const plain_case tabs[] = {{"a\t\"b\n\"\t\"\"\"\n", "[a][\"b]\n[\"][\"\"\"]"}};
    CHECK_CASES(tabs, .delimiter = '\t');
    static const plain_case apostrophes[] = {{"'a;b';c\"\n", "[a;b][c\"]"}};
    CHECK_CASES(apostrophes, .delimiter = ';', .quote = '\'');
    static const plain_case lines[] = {{"a,\"b\n\nc\r\n d", "[a,\"b]\n[]\n[c]\n[ d]"}};
    CHECK_CASES(lines, .delimiter = 0);
    static const plain_case quoted_lines[] = {{"\"a\nb\"\nc\n", "[a\nb]\n[c]"}};
    CHECK_CASES(quoted_lines, .quote = '"');
    static const plain_case headers[] = {
        {"h,\"i\n\"\na,b\n", "[a][b]"}, {"h,i", ""}, {"h,i\r\n\r\na,b", "[a][b]"}};
    CHECK_CASES(headers, .delimiter = ',', .quote = '"', .header = true);
    static const plain_case filled[] = {{"a,b,c\nd\n\ne,f,g,h\n\"i\",\r\nj,k,l",
                                         "[a][b][c]\n[d][][]\n[e][f][g]\n[i][][]\n[j][k][l]"},
                                        {"a,b\nc,d\r,e\n", "[a][b]\n[c][d\r]"}};
    CHECK_CASES(filled, .delimiter = ',', .quote = '"', .on_ragged = YOKE_RAGGED_FILL);
    static const plain_case skipped[] = {{"a,b\nc\nd,e\nf,g,h\n", "[a][b]\n[d][e]"}};
    CHECK_CASES(skipped, .delimiter = ',', .on_ragged = YOKE_RAGGED_SKIP);
    static const plain_case limited[] = {
        {"a,b\nccc,d\r\n", "[a][b]\n[ccc][d]"},
        {"a,b\nccc,dd\r\n", "t: line 2, column 1: the record is longer than 6 bytes"},
        {"aaaaaa,b", "t: line 1, column 1: the record is longer than 6 bytes"},
        {"a,b\nc\nddddd,e", "t: line 2, column 1: the record has 1 fields, expected 2"}};
    CHECK_CASES(limited, .delimiter = ',', .quote = '"', .max_record = 6);
}

TEST(nul_bytes_are_bytes) {
    static const char text[] = "a\0b,\0\n\0,\"\0\"\n";
    yoke_format format = {.delimiter = ',', .quote = '"'};
    bytes texts = {(char *)(uintptr_t)text, sizeof text - 1, 0};
    csv_reading expected = csv_expect(&texts, name_list(), 1, &format);
    CU_ASSERT_EQUAL(expected.records, 2);
    CU_ASSERT_EQUAL(expected.dump.size, 2 + 4 * 4 + 3 + 1 + 1 + 1);
    for (int i = 0; i < 50; i++) {
        REQUIRE(compare(&texts, 1, &format, &expected, thread_counts[i % 4], block_sizes[i % 3]));
    }
    csv_reading_free(&expected);
}

/* ---- large and wide ---- */

static void compare_large(const bytes *text, const yoke_format *format) {
    csv_reading expected = csv_expect(text, name_list(), 1, format);
    CU_ASSERT_EQUAL(expected.status, 0);
    for (int t = 0; t < 4; t++) {
        size_t block_size = block_sizes[test_random_below(4)];
        REQUIRE(compare(text, 1, format, &expected, thread_counts[t], block_size));
    }
    csv_reading_free(&expected);
}

/* Wrong far from the beginning, where streams are in their later blocks. */
static void compare_late_error(const char *wrong) {
    yoke_format format = {.delimiter = ',', .quote = '"'};
    bytes text = {0};
    size_t at = 1 + test_random_below(60000);
    for (size_t r = 0; r < 60000; r++) {
        bytes_add_text(&text, r == at ? wrong : r % 5 ? "a,b\n" : "\"a\n\",b\n");
    }
    csv_reading expected = csv_expect(&text, name_list(), 1, &format);
    CU_ASSERT_EQUAL(expected.status, YOKE_EDATA);
    for (int i = 0; i < 12; i++) {
        REQUIRE(
            compare(&text, 1, &format, &expected, thread_counts[i % 4], block_sizes[1 + i % 3]));
    }
    csv_reading_free(&expected);
    bytes_free(&text);
}

TEST(errors_far_from_the_beginning) {
    compare_late_error("a,b,c\n");
    compare_late_error("a\n");
    compare_late_error("a,\"b\"c\n");
    compare_late_error("a,\"b\n");
}

static void compare_wide(size_t columns, size_t records, bool ragged) {
    yoke_format format = {.delimiter = ',', .quote = '"', .on_ragged = YOKE_RAGGED_FILL};
    bytes text = {0};
    for (size_t r = 0; r < records; r++) {
        size_t fields = r && ragged ? columns / 2 + test_random_below(columns) : columns;
        for (size_t c = 0; c + 1 < fields; c++) {
            bytes_add_text(&text, c % 7 ? "x," : r % 3 ? "\"a,\"," : "y,");
        }
        bytes_add_text(&text, "end\n");
    }
    compare_large(&text, &format);
    bytes_free(&text);
}

TEST(wide_records) {
    compare_wide(300, test_size(1000, 50), false);
    compare_wide(300, test_size(1000, 50), true);
    compare_wide(20000, 8, false);
    compare_wide(20000, 8, true);
}

TEST(records_longer_than_blocks) {
    yoke_format format = {.delimiter = ',', .quote = '"'};
    bytes text = {0};
    for (size_t r = 0; r < test_size(60, 20); r++) {
        bytes_add_text(&text, r % 2 ? "plain," : "\"");
        size_t size = test_random_below(test_random_below(3) ? 300 : 100000);
        for (size_t i = 0; i < size; i++) bytes_add_byte(&text, r % 2 ? 'x' : "x\n,"[i % 3]);
        bytes_add_text(&text, r % 2 ? "\n" : "\",y\n");
    }
    compare_large(&text, &format);
    bytes_free(&text);
}

TEST(large_tables) {
    for (int quoted = 0; quoted < 2; quoted++) {
        yoke_format format = {.delimiter = ';', .quote = quoted ? '"' : 0, .header = true};
        bytes text = {0};
        bytes_add_text(&text, "a;b;c\n");
        for (size_t r = 0; r < test_size(30000, 3000); r++) {
            for (int c = 0; c < 3; c++) {
                add_random_field(&text, &format);
                bytes_add_byte(&text, c < 2 ? ';' : '\n');
            }
        }
        compare_large(&text, &format);
        bytes_free(&text);
    }
}
